/**
 * Writes rows as CSV text (RFC 4180, UTF-8 with a byte order mark), piece by piece, with formulas made harmless. Without
 * the mark spreadsheets take the text for the computer's own character set.
 */
import { createTurns } from '../platform/turns.ts';
import { toCells } from './csv-safety.ts';

const byteOrderMark = '\ufeff';
/** About as much as goes over the wire at once. */
const pieceCharacters = 64 * 1024;

/**
 * The text of a file: its header, then each row's cells in the order of the columns. The first piece comes once the
 * first rows are there, so that what is wrong with them is known before anything is sent. The event loop gets its `turns`.
 */
export async function* csvText<Column extends string>(
  columns: readonly Column[],
  numericColumns: ReadonlySet<Column>,
  batches: AsyncIterable<readonly Partial<Readonly<Record<Column, string>>>[]>,
  turns = createTurns(),
): AsyncGenerator<string> {
  let piece = byteOrderMark + line(columns);
  for await (const rows of batches) {
    for (const row of rows) {
      piece += line(toCells(row, columns, numericColumns));
      if (turns.isDue()) await turns.give();
    }
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

// The library at hand takes half of all the time that rating a file takes; the tests read files back with its parser.
function line(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`;
}

function quoted(cell: string): string {
  // Semicolons and tabs too: spreadsheets of many countries take these for the separator.
  return /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
