import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, swaggerUiFiles } from '../../infra/build.ts';
import { startFunctionsHost } from '../../infra/local/host-process.ts';
import './patiently.ts';

let dir: string;
let outdir: string;
let meta: Awaited<ReturnType<typeof build>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'build-test-'));
  outdir = join(dir, 'dist');
  const entry = join(import.meta.dirname, 'fixtures/bundled/main.ts');
  meta = await build({ outdir, entry, meta: true });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('the bundle holds one entry, its chunks and the docs page’s assets', async () => {
  expect((await readdir(outdir)).sort()).toEqual(['chunks', 'main.js', 'meta.json', 'swagger-ui']);
  expect((await readdir(join(outdir, 'swagger-ui'))).sort()).toEqual([...swaggerUiFiles].sort());
});

test('what is imported lazily is not in the files that are read at start', () => {
  const outputs = Object.entries(meta.outputs);
  const byName = new Map(outputs.map(([path, output]) => [basename(path), output]));
  const atStart = new Set<string>();
  const visit = (name: string): void => {
    if (atStart.has(name)) return;
    atStart.add(name);
    for (const { path, kind } of byName.get(name)?.imports ?? []) {
      if (kind === 'import-statement') visit(basename(path));
    }
  };
  visit('main.js');
  const holdsJose = (name: string): boolean =>
    Object.keys(byName.get(name)?.inputs ?? {}).some((input) =>
      input.includes('node_modules/jose/'),
    );
  const holders = [...byName.keys()].filter(holdsJose);
  expect(holders.length).toBeGreaterThan(0);
  expect(holders.filter((name) => atStart.has(name))).toEqual([]);
});

test('the bundle runs, away from node_modules', async () => {
  await writeFile(join(dir, 'package.json'), '{"type":"module","main":"dist/main.js"}');
  await writeFile(
    join(dir, 'host.json'),
    '{"version":"2.0","extensions":{"http":{"routePrefix":""}}}',
  );
  const host = await startFunctionsHost({
    appDir: dir,
    port: 0,
    clockFile: join(dir, 'clock.json'),
    cors: { origins: [], credentials: false },
    env: { PATH: process.env['PATH'] },
    onLine: () => undefined,
  });
  expect(await (await fetch(`${host.url}/lazy`)).text()).toBe('function');
  await host.stop();
});
