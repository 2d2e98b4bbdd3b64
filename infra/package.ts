/**
 * `npm run package`: what the Functions host needs and nothing else, in `.package/`: host.json, a package.json that names
 * the entry, and the bundle. No node_modules: the bundle holds what it uses, and the worker gives `@azure/functions-core`.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from './build.ts';

const root = resolve(import.meta.dirname, '..');

/** Where the package is made. */
export const packageFolder = join(root, '.package');

/** Builds the app and lays the package out in a folder, which is emptied first. */
export async function packageApp(folder = packageFolder): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({ outdir: join(folder, 'dist') });
  await copyFile(join(root, 'host.json'), join(folder, 'host.json'));
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  // No dependencies and no scripts: a build service that finds some would run them.
  const { name, version, license, type, main } = manifest;
  const own = { name, version, private: true, license, type, main };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(own, null, 2)}\n`);
}

if (import.meta.main) {
  await packageApp();
  process.stdout.write('packaged in .package\n');
}
