/**
 * Makes `src/notices/templates/compiled.ts` of the mail templates beside it: each `NAME.mjml`, put into `layout.mjml`
 * and compiled to HTML, with its `NAME.txt`. So MJML is needed where the app is built, and not where it runs.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../src/notices/templates');
const place = '<!-- content -->';

/**
 * Compiles all mail templates.
 * @throws Error when a template is not valid MJML, or lacks its text.
 */
export async function compileMailTemplates(): Promise<void> {
  const { default: mjml } = await import('mjml');
  const layout = await read('layout.mjml');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.mjml')).sort();
  const names = files.map((file) => basename(file, '.mjml')).filter((name) => name !== 'layout');
  const templates = await Promise.all(
    names.map(async (name) => {
      const [content, text] = await Promise.all([read(`${name}.mjml`), read(`${name}.txt`)]);
      const { html } = await mjml(
        layout.replace(place, () => content),
        {
          validationLevel: 'strict',
          keepComments: false,
          // Of the fonts that MJML knows it would load some from outside.
          fonts: {},
        },
      );
      return [name, { html: tidy(html), text }] as const;
    }),
  );
  const made = `// Made by infra/compile-mail.ts; not to be edited.
export const templates = ${JSON.stringify(Object.fromEntries(templates), undefined, 2)};
`;
  await replace(join(folder, 'compiled.ts'), made);
}

function read(file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8');
}

/** Without MJML's indentation and empty lines, which every mail would carry. */
function tidy(html: string): string {
  const lines = html.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

/** Writes a file at once, so that another build or test at the same moment never reads half of it. */
async function replace(file: string, content: string): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === content) return;
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, content);
  await rename(aside, file);
}

if (import.meta.main) await compileMailTemplates();
