/** Storage out of reach: 503 with Retry-After within three seconds, and all is well again once it is back. */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalStack } from '../../infra/local/stack.ts';
import { signLink } from '../../src/credits/link-token.ts';
import { apiVersion } from '../../src/platform/http/api-version.ts';
import { newId } from '../../src/platform/ids.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';
import { startTestStack } from '../support/stack.ts';

let stack: LocalStack;
let operator: string;
let link: string;

const partnerId = newId();
const benefitId = newId();

beforeAll(async () => {
  stack = await startTestStack();
  operator = await stack.tokenFor({ roles: ['ProgramOperator'] });
  const ring = readKeyRing(stack.env['LINK_SIGNING_KEYS']!)!;
  link = signLink(ring, { partnerId, benefitId, linkId: newId() });
}, 60_000);

afterAll(() => stack.stop());

/** Asks, and gives up after the three seconds within which an answer is owed. */
function ask(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${stack.baseUrl}${path}?api-version=${apiVersion}`, {
    method,
    headers: {
      authorization: `Bearer ${operator}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(3_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const contoso = { displayName: 'Contoso', domains: ['contoso.com'] };
const register = () => ask('PUT', `/api/partners/${newId()}`, contoso);

/** All at once, each within its three seconds. */
async function expectAllRefused(): Promise<void> {
  const asked: [string, string, unknown?][] = [
    ['GET', '/api/health'],
    ['GET', `/api/partners/${partnerId}/benefits`],
    ['GET', '/api/partners'],
    ['PUT', `/api/partners/${partnerId}`, contoso],
    ['POST', `/api/partners/${partnerId}/users`, { email: 'ana@contoso.com', displayName: 'Ana' }],
    ['POST', `/api/partners/${partnerId}/memberships`, { type: 'launch', startDate: '2026-01-01' }],
    ['GET', `/api/redemptions/${link}`],
    ['POST', `/api/redemptions/${link}`, { azureSubscriptionId: newId() }],
  ];
  await Promise.all([
    ...asked.map(async ([method, path, body]) => {
      const answer = await ask(method, path, body);
      expect(answer.status, `${method} ${path}`).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('x-ms-error-code')).toBe('ServiceUnavailable');
      expect(await answer.json()).toMatchObject({ error: { code: 'ServiceUnavailable' } });
    }),
    (async () => {
      const page = await ask('GET', `/redeem/${link}`);
      expect(page.status).toBe(503);
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(page.headers.get('content-type')).toContain('text/html');
    })(),
  ]);
}

/** Servers in storage's place that take connections and never answer. */
async function hangingStorage(): Promise<{ stop: () => Promise<void> }> {
  const ports = [
    ...stack.storageConnectionString.matchAll(/(?:Table|Queue)Endpoint=http:[^:]+:(\d+)/g),
  ];
  const sockets = new Set<Socket>();
  const servers: Server[] = await Promise.all(
    ports.map(async ([, port]) => {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.resume();
      });
      server.listen(Number(port), '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return {
    async stop() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

test('storage that is gone, then hangs, then is back: 503 within three seconds, recovery without restart', async () => {
  expect((await register()).status).toBe(201);
  const pidOfHost = stack.pids()[0];

  await stack.killStorage();
  await expectAllRefused();

  const hanging = await hangingStorage();
  await expectAllRefused();
  await hanging.stop();

  await stack.startStorage();
  expect((await ask('GET', '/api/health')).status).toBe(200);
  expect((await register()).status).toBe(201);
  expect((await ask('GET', '/api/partners')).status).toBe(200);
  expect(stack.pids()).toContain(pidOfHost);
}, 90_000);
