import * as net from 'node:net';
import type { Server } from 'node:http';

/** A port of the local system: what listens there and the variable that moves it. */
export type PortPlan = { port: number; what: string; setting: string };

/** Names every port that is taken and how to choose another; nothing has been started by then. */
export class PortsTaken extends Error {}

/**
 * Throws `PortsTaken` when a port of the plan cannot be bound on the loopback address, or stands in it
 * twice. 0 (any free port) is always fine.
 */
export async function checkPorts(plan: readonly PortPlan[]): Promise<void> {
  const fixed = plan.filter(({ port }) => port !== 0);
  const problems = await Promise.all(
    fixed.map(async ({ port, what, setting }, index) => {
      const twin = fixed.slice(0, index).find((other) => other.port === port);
      if (twin) return `Port ${port} is meant for ${what} and for ${twin.what}: change ${setting}.`;
      if (await isFree(port)) return undefined;
      return `Port ${port} (${what}) is taken. Stop what uses it, or choose another with ${setting}.`;
    }),
  );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new PortsTaken(found.join('\n'));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Binds a server to the loopback address; resolves with its port, rejects when that is taken. */
export function listenLoopback(server: Server | net.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('No port was bound.'));
      else resolve(address.port);
    });
  });
}
