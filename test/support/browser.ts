/** A real Chromium for tests, from a package: nothing is downloaded and nothing need be installed. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const modules = resolve(import.meta.dirname, '../../node_modules');

/**
 * Starts the browser; whoever starts it closes it. The package's own arguments are left out: they switch off web
 * security, which tests are to see at work, and put all into one process, which ends with its first window.
 */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: join(await unpacked(), 'chromium') });
}

/**
 * The folder with the unpacked browser. The package takes a file that another test file is still writing for a whole
 * one, so each unpacks into a folder of its own and moves that into place at once.
 */
async function unpacked(): Promise<string> {
  const manifest = await readFile(join(modules, '@sparticuz/chromium/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const cache = join(modules, '.cache');
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;

  await mkdir(cache, { recursive: true });
  const own = await mkdtemp(join(cache, 'chromium-'));
  const { TMPDIR } = process.env;
  try {
    process.env['TMPDIR'] = own;
    await sparticuz.executablePath();
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
  await rename(own, folder).catch(async (error: unknown) => {
    await rm(own, { recursive: true });
    // Another test file was quicker, or it is a real failure.
    if (!existsSync(folder)) throw error;
  });
  return folder;
}
