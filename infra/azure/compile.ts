/**
 * `npm run azure:compile`: compiles the Bicep files with the real compiler (`bicep` on the PATH). A warning fails too:
 * what is meant to be otherwise says so in place, with its reason. Needs Node alone, no installed package.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const folder = import.meta.dirname;

/** Settings that the parameter file reads and that have no default; the compiler asks for them. */
const example = {
  AZURE_ENV_NAME: 'example',
  AZURE_LOCATION: 'northeurope',
  TOKEN_AUDIENCE: '00000000-0000-4000-8000-000000000002',
  ALERT_EMAIL: 'operators@example.com',
  BUDGET_START_DATE: '2026-12-01',
};

const work = [
  ['build', 'main.bicep'],
  ['build', 'delivery-reports.bicep'],
  ['build-params', 'main.bicepparam'],
] as const;

/** Compiles everything; returns what the compiler has to say, empty when it has nothing. @throws Error without a compiler */
export function compile(compiler = 'bicep'): string {
  return work
    .map(([verb, file]) => {
      const { error, status, stderr } = spawnSync(
        compiler,
        [verb, resolve(folder, file), '--stdout'],
        { encoding: 'utf8', maxBuffer: 100_000_000, env: { ...process.env, ...example } },
      );
      if (error) throw new Error(`${compiler} cannot be run`, { cause: error });
      return status === 0 || stderr ? stderr : `${file}: the compiler ended with ${status}\n`;
    })
    .join('');
}

if (import.meta.main) {
  const said = compile();
  process.stderr.write(said);
  if (said) process.exitCode = 1;
}
