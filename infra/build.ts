/**
 * `npm run build`: the app as it is deployed, in `dist/`. One entry with its chunks: what is imported lazily is not
 * even read before its first use.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build as bundle, type Metafile } from 'esbuild';
import { compileMailTemplates } from './compile-mail.ts';
import { mergeStart } from './merge-start.ts';

const root = resolve(import.meta.dirname, '..');

/** The files of Swagger UI that `/api/docs` serves. */
export const swaggerUiFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

export type BuildOptions = {
  /** `dist/` in the repository by default; emptied first. */
  outdir?: string;
  /** Another entry than the app's, for measuring. */
  entry?: string;
  /** Also writes `meta.json`, esbuild's account of what is in which file. */
  meta?: boolean;
};

// Bundled CommonJS packages call `require`, which an ES module does not have of itself.
const banner = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

/**
 * Compiles the mail templates, bundles the app and copies the docs page's assets; returns esbuild's metafile, as it is
 * before what is read at start is put into one file.
 */
export async function build(options: BuildOptions = {}): Promise<Metafile> {
  const outdir = options.outdir ?? join(root, 'dist');
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  // Before the bundle, which takes them in.
  if (options.entry === undefined) await compileMailTemplates();
  const [result] = await Promise.all([
    bundle({
      absWorkingDir: root,
      entryPoints: { main: options.entry ?? join(root, 'functions/main.ts') },
      outdir,
      chunkNames: 'chunks/[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      minify: true,
      // Function and class names stay, so that stack traces can be read without source maps.
      keepNames: true,
      treeShaking: true,
      legalComments: 'none',
      metafile: true,
      // The Functions worker provides this module.
      external: ['@azure/functions-core'],
      banner: { js: banner },
      logLevel: 'error',
    }),
    copySwaggerUi(join(outdir, 'swagger-ui')),
  ]);
  await mergeStart(root, result.metafile, relative(root, join(outdir, 'main.js')));
  if (options.meta) await writeFile(join(outdir, 'meta.json'), JSON.stringify(result.metafile));
  return result.metafile;
}

async function copySwaggerUi(to: string): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
  await Promise.all(
    swaggerUiFiles.map((file) => cp(join(dirname(manifest), file), join(to, file))),
  );
}

if (import.meta.main) {
  const started = performance.now();
  await build({ meta: process.argv.includes('--meta') });
  process.stdout.write(`built dist in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
