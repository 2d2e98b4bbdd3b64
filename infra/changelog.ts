/** `npm run changelog -- 1.2.3`: what CHANGELOG.md says of a version. A release without notes is refused. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The section of a version, without its heading. @throws Error when there is none or nothing in it */
export function notesOf(changelog: string, version: string): string {
  const lines = changelog.split('\n');
  const heading = lines.findIndex((line) => /^## \[?([^\]\s]+)/.exec(line)?.[1] === version);
  const rest = lines.slice(heading + 1);
  const end = rest.findIndex((line) => line.startsWith('## '));
  const notes = rest
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim();
  if (heading < 0 || notes === '') throw new Error(`CHANGELOG.md says nothing of ${version}`);
  return `${notes}\n`;
}

if (import.meta.main) {
  const file = join(resolve(import.meta.dirname, '..'), 'CHANGELOG.md');
  process.stdout.write(notesOf(readFileSync(file, 'utf8'), process.argv[2] ?? ''));
}
