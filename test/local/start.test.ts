import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listenLoopback } from '../../infra/local/ports.ts';
import { patiently } from './patiently.ts';

const root = join(import.meta.dirname, '../..');
const started: ChildProcess[] = [];
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'start-test-'));
});
afterEach(() => started.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

const anyPorts = Object.fromEntries(
  [
    ...['FUNCTIONS', 'SIGN_IN', 'MAILBOX', 'MAIL_SERVICE'],
    ...['AZURITE_BLOB', 'AZURITE_QUEUE', 'AZURITE_TABLE'],
  ].map((name) => [`LOCAL_${name}_PORT`, '0']),
);

/** Runs `npm start`'s script with the fixture app; `ready` resolves with its base URL. */
function start(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'infra/local/start.ts')], {
    env: {
      PATH: process.env['PATH'],
      LOCAL_DATA_DIR: dir,
      LOCAL_APP_DIR: join(import.meta.dirname, 'fixtures/app'),
      ...anyPorts,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const lines: string[] = [];
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const ready = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const url = /^ready (http\S+)$/.exec(line)?.[1];
        if (url) resolve(url);
      });
    }
    void exit.then(() => reject(new Error(lines.join('\n'))));
  });
  ready.catch(() => undefined);
  return { child, lines, ready, exit };
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('it comes up, keeps its data over a restart and leaves no process behind', async () => {
  const first = start();
  const url = await first.ready;
  expect((await fetch(`${url}/seen`)).status).toBe(200);
  const next = new Date(Date.now() + 40 * 86_400_000).toISOString();
  await fetch(`${url}/admin/clock`, { method: 'PUT', body: JSON.stringify({ now: next }) });
  const children = await childrenOf(first.child.pid ?? 0);
  expect(children).toHaveLength(2);
  first.child.kill('SIGINT');
  expect(await first.exit).toEqual([0, null]);
  expect(children.filter(alive)).toEqual([]);

  const second = start();
  const { now } = (await (await fetch(`${await second.ready}/admin/clock`)).json()) as {
    now: string;
  };
  expect(now > next).toBe(true);
  second.child.kill('SIGTERM');
  expect(await second.exit).toEqual([0, null]);
});

test('killed outright, it takes its children with it', async () => {
  const { child, ready, exit } = start();
  await ready;
  const children = await childrenOf(child.pid ?? 0);
  expect(children.filter(alive)).toHaveLength(2);
  child.kill('SIGKILL');
  await exit;
  await expect.poll(() => children.filter(alive), patiently).toEqual([]);
});

test('a taken port is named, with what wants it and how to choose another', async () => {
  const server = net.createServer();
  const port = String(await listenLoopback(server, 0));
  const { exit, lines } = start({ LOCAL_MAILBOX_PORT: port, LOCAL_SIGN_IN_PORT: 'x' });
  expect(await exit).toEqual([1, null]);
  expect(lines.join('\n')).toContain('LOCAL_SIGN_IN_PORT should be a port number');

  const taken = start({ LOCAL_MAILBOX_PORT: port, LOCAL_FUNCTIONS_PORT: port });
  expect(await taken.exit).toEqual([1, null]);
  const text = taken.lines.join('\n');
  expect(text).toContain(`Port ${port} (the Functions host) is taken.`);
  expect(text).toContain('--port or LOCAL_FUNCTIONS_PORT');
  expect(text).toContain('LOCAL_MAILBOX_PORT');
  server.close();
});

test('an app that does not come up ends it with the reason, and no process stays', async () => {
  const { exit, lines } = start({ LOCAL_APP_DIR: join(import.meta.dirname, 'fixtures/empty-app') });
  expect(await exit).toEqual([1, null]);
  expect(lines.join('\n')).toContain('The app registers no functions.');
});

test('when npm, which runs it, is killed outright, nothing is left', async () => {
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: {
      ...process.env,
      LOCAL_DATA_DIR: dir,
      LOCAL_APP_DIR: join(import.meta.dirname, 'fixtures/app'),
      ...anyPorts,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(npm);
  await new Promise<void>((resolve) => {
    createInterface({ input: npm.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve();
    });
  });
  const descendants = await descendantsOf(npm.pid ?? 0);
  expect(descendants.length).toBeGreaterThanOrEqual(3);
  npm.kill('SIGKILL');
  await expect.poll(() => descendants.filter(alive), patiently).toEqual([]);
});

async function descendantsOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const further = await Promise.all(children.map(descendantsOf));
  return [...children, ...further.flat()];
}
