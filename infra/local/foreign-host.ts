/**
 * Another Functions host than ours, started by a command: the same system, and the same tests, then run on the real
 * Node.js worker (docs/decisions/local-functions-host.md).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { FunctionsHost, HostStart } from './host-process.ts';
import { listenLoopback } from './ports.ts';
import { rootDir } from './settings.ts';

export type ForeignHostStart = HostStart & {
  /**
   * What the shell runs. It gets `--app DIR`, `--settings FILE` (as local.settings.json), `--port N` and `--modules DIR`
   * (whose node_modules hold packages that it may use), and prints a line `ready URL` once it serves.
   */
  command: string;
  /** Where the settings file is written. */
  dataDir: string;
};

const functionList = z.array(z.object({ name: z.string() }));

/** Starts the command; rejects with what it printed when it ends before it is ready. */
export async function startForeignHost(start: ForeignHostStart): Promise<FunctionsHost> {
  const { command, dataDir, appDir, cors, onLine, onCrash, clockFile } = start;
  // Its address is a setting of the app, so it has to be known before.
  const port = start.port === 0 ? await freePort() : start.port;
  const url = `http://127.0.0.1:${port}`;
  const { PATH, HOME, TMPDIR, ...settings } = start.env;
  const values = { PUBLIC_BASE_URL: url, ...settings, TEST_CLOCK_FILE: clockFile };
  const hostSettings = { CORS: cors.origins.join(','), CORSCredentials: cors.credentials };
  const file = join(dataDir, 'host.settings.json');
  await writeFile(file, JSON.stringify({ IsEncrypted: false, Values: values, Host: hostSettings }));

  const given = ['--app', appDir, '--settings', file, '--port', String(port), '--modules', rootDir];
  // A process group of its own: the host may have its worker in another process.
  const child = spawn('sh', ['-c', `exec ${command} "$@"`, 'host', ...given], {
    cwd: appDir,
    env: { PATH, HOME, TMPDIR },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? 0), name);
    } catch {
      // It has ended.
    }
  };
  const killed = (): void => signal('SIGKILL');
  process.once('exit', killed);

  const printed: string[] = [];
  const state = { ready: false, expected: false };
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        onLine(line);
        if (state.ready) return;
        printed.push(line);
        if (!/^ready http/.test(line)) return;
        state.ready = true;
        resolve();
      });
    child.once('error', reject);
    child.once('exit', (code, how) => {
      process.off('exit', killed);
      if (state.ready && !state.expected) onCrash?.(String(how ?? code));
      reject(new Error(`The command ended (${how ?? code}).\n${printed.slice(-40).join('\n')}`));
    });
  });

  async function end(how: NodeJS.Signals, limit: number): Promise<void> {
    state.expected = true;
    signal(how);
    const timer = setTimeout(killed, limit);
    await exit;
    clearTimeout(timer);
    // Whatever it has left behind, a worker that is still at it for one.
    killed();
  }
  const listed = await fetch(`${url}/admin/functions`);
  return {
    url,
    port,
    pid: child.pid ?? 0,
    functions: functionList.parse(await listed.json()).map(({ name }) => name),
    stop: () => end('SIGTERM', 15_000),
    kill: () => end('SIGKILL', 15_000),
  };
}

async function freePort(): Promise<number> {
  const probe = http.createServer();
  const port = await listenLoopback(probe, 0);
  probe.close();
  await once(probe, 'close');
  return port;
}
