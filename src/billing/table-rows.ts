/** Rows of a CSV with a header, or of JSON lines, as they come in (ACO-05). */
import { refuse, RefusalError } from '../platform/refusals.ts';
import { createCsvReader } from './csv-records.ts';
import type { CsvRecord } from './csv-records.ts';
import { physicalLines } from './physical-lines.ts';
import type { PhysicalLine } from './physical-lines.ts';
import type { Reject } from './usage-line.ts';
import { columnName, parseJsonLine } from './usage-source.ts';

/** A row with its line number, or the reject of that line. */
export type IncomingRow = { line: number; row: Record<string, unknown> } | { reject: Reject };

const notUtf8 = 'The line holds what is not UTF-8.';

/** Some rows, each read when it is asked for. Ask for all of them, or for no more batches. */
export type IncomingRows = Iterable<IncomingRow>;

/** The most columns that a header may have. */
const mostColumns = 200;

/**
 * The rows of a CSV, in batches. `checkHeader` says what is wrong with the header, if anything.
 * @throws RefusalError InvalidRequest for a file without a usable header
 */
export async function* csvRows(
  chunks: AsyncIterable<Uint8Array>,
  checkHeader: (header: readonly string[]) => string | undefined,
): AsyncGenerator<IncomingRows> {
  const reader = createCsvReader();
  let columns: string[] | undefined;

  function* rowsOf(records: readonly CsvRecord[]): Generator<IncomingRow> {
    for (const record of records) {
      if (columns) yield rowOf(record, columns);
      else columns = headerOf(record, checkHeader);
    }
  }

  for await (const lines of physicalLines(chunks)) {
    yield (function* () {
      for (const line of lines) yield* rowsOf(reader.push(line));
    })();
  }
  yield rowsOf(reader.end());
  if (!columns) throw badHeader('The file is empty: its first line must be the header.');
}

/** The rows of JSON lines, in batches; blank lines are passed over. */
export async function* jsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<IncomingRows> {
  for await (const lines of physicalLines(chunks)) {
    yield (function* () {
      for (const line of lines) yield* jsonRow(line);
    })();
  }
}

function rowOf(record: CsvRecord, columns: readonly string[]): IncomingRow {
  if ('problem' in record) return malformed(record.line, record.problem);
  const { cells, line } = record;
  if (cells.length !== columns.length) {
    const message = `The line has ${cells.length} cells, but the header has ${columns.length}.`;
    return malformed(line, message);
  }
  if (cells.some((cell) => cell.includes('\ufffd'))) return malformed(line, notUtf8);
  const row: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) row[column] = cells[index];
  return { line, row };
}

function jsonRow({ number, text, tooLong }: PhysicalLine): IncomingRow[] {
  if (tooLong) return [malformed(number, 'The line is too long.')];
  const line = number === 1 ? text.replace(/^\ufeff/, '') : text;
  if (line.trim() === '') return [];
  if (line.includes('\ufffd')) return [malformed(number, notUtf8)];
  const row = parseJsonLine(line);
  return row ? [{ line: number, row }] : [malformed(number, 'The line is not a JSON object.')];
}

function headerOf(
  record: CsvRecord,
  checkHeader: (header: readonly string[]) => string | undefined,
): string[] {
  if ('problem' in record) throw badHeader(record.problem);
  const { length } = record.cells;
  const problem =
    length > mostColumns
      ? `It has ${length} columns, more than ${mostColumns}.`
      : checkHeader(record.cells);
  if (problem !== undefined) throw badHeader(problem);
  return record.cells.map(columnName);
}

function badHeader(message: string): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', 'The file has no usable header; see details.', {
      target: 'body',
      details: [{ code: 'InvalidHeader', target: 'body', message }],
    }),
  );
}

function malformed(line: number, message: string): IncomingRow {
  return { reject: { line, code: 'MalformedLine', message } };
}
