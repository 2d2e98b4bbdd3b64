/** The app as it is deployed, built aside, and started as a worker starts it. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build as bundle, type Metafile } from 'esbuild';
import { build } from '../../infra/build.ts';
import type { Binding } from '../../infra/local/host/core-types.ts';
import { testSettings } from './settings.ts';

const root = resolve(import.meta.dirname, '../..');

export type BuiltApps = {
  /** The app's own. */
  entry: string;
  metafile: Metafile;
  /** Starts the app, or the smallest one there is, and returns what it registered. Throws what a failing start prints. */
  start(which: 'app' | 'smallest', env?: Record<string, string>): Registered[];
  remove(): Promise<void>;
};

export type Registered = { name: string; trigger: Binding };

/** Builds the app and the one-function app into a temporary folder. */
export async function buildApps(): Promise<BuiltApps> {
  const dir = await mkdtemp(join(tmpdir(), 'built-app-'));
  const worker = join(dir, 'worker.mjs');
  const smallest = join(root, 'test/bench/one-function.ts');
  const [metafile] = await Promise.all([
    build({ outdir: join(dir, 'app') }),
    build({ outdir: join(dir, 'smallest'), entry: smallest }),
    bundle({
      entryPoints: [join(root, 'test/support/start-until-registered.ts')],
      outfile: worker,
      bundle: true,
      format: 'esm',
      platform: 'node',
      minify: true,
    }),
    cp(join(root, 'infra/local/host/functions-core.cjs'), join(dir, 'functions-core.cjs')),
    writeFile(join(dir, 'package.json'), '{"type":"module"}'),
  ]);
  return {
    entry: join(dir, 'app/main.js'),
    metafile,
    start(which, env = {}) {
      const entry = join(dir, which, 'main.js');
      const { status, stdout, stderr } = spawnSync(process.execPath, [worker, entry], {
        env: { ...testSettings, ...env },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Registered[];
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
