/**
 * What a worker reads at start, in one file. The bundler puts what the entry shares with lazily loaded code into
 * chunks of their own, and a start pays for every file that it opens.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { build as bundle, type Metafile } from 'esbuild';

/** The outputs that are evaluated when `entry` is imported: itself, and what it imports statically. */
export function outputsAtStart({ outputs }: Metafile, entry: string): string[] {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (!output || reached.has(path)) return;
    reached.add(path);
    for (const { kind, path: next } of output.imports) if (kind === 'import-statement') visit(next);
  };
  visit(entry);
  return [...reached];
}

/**
 * Moves the chunks that `entry` reads at start into it. In their place stay files that export the same from there, for
 * the lazily loaded code, so that nothing is ever evaluated twice. Paths are as the metafile has them, below `root`.
 */
export async function mergeStart(root: string, metafile: Metafile, entry: string): Promise<void> {
  const atStart = outputsAtStart(metafile, entry);
  const chunks = atStart
    .filter((path) => path !== entry)
    .map((path, index) => ({
      file: resolve(root, path),
      exported: metafile.outputs[path]!.exports.map((name) => ({ name, as: `${name}_${index}` })),
    }));
  const entryFile = resolve(root, entry);
  const lazy = Object.keys(metafile.outputs).filter((path) => !atStart.includes(path));
  const merged = await bundle({
    stdin: {
      contents: [
        ...chunks.map(({ file, exported }) => exportsFrom(file, exported)),
        `import ${JSON.stringify(entryFile)};`,
      ].join('\n'),
      resolveDir: root,
    },
    outfile: entryFile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'none',
    external: ['@azure/functions-core', ...lazy.map((path) => resolve(root, path))],
    write: false,
    logLevel: 'error',
  });
  await writeFile(entryFile, merged.outputFiles[0]!.contents);
  await Promise.all(
    chunks.map(({ file, exported }) => {
      const from = `./${relative(dirname(file), entryFile)}`;
      const renamed = exported.map(({ name, as }) => ({ name: as, as: name }));
      return writeFile(file, exportsFrom(from, renamed));
    }),
  );
}

function exportsFrom(file: string, names: readonly { name: string; as: string }[]): string {
  const list = names.map(({ name, as }) => `${name} as ${as}`).join(',');
  return `export{${list}}from${JSON.stringify(file)};`;
}
