/** From the start of the process until all functions are registered: the built app against a one-function app. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApps } from '../support/built-app.ts';
import { compare, type Comparison } from './compare.ts';

export type StartUp = { plain: Comparison; withCompileCache: Comparison };

/** Compares starts, without and with Node's compile cache (filled by the unmeasured starts). */
export async function compareStartUp(pairs: number): Promise<StartUp> {
  const apps = await buildApps();
  const cache = await mkdtemp(join(tmpdir(), 'compile-cache-'));
  const starts = (env: Record<string, string>) =>
    compare(
      () => async () => apps.start('app', env),
      () => async () => apps.start('smallest', env),
      { pairs, warmUp: 3 },
    );
  try {
    return {
      plain: await starts({}),
      withCompileCache: await starts({ NODE_COMPILE_CACHE: cache }),
    };
  } finally {
    await Promise.all([apps.remove(), rm(cache, { recursive: true, force: true })]);
  }
}
