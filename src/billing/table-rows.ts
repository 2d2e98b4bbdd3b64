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

/**
 * The rows of a CSV, in batches. `checkHeader` says what is wrong with the header, if anything.
 * @throws RefusalError InvalidRequest for a file without a usable header
 */
export async function* csvRows(
  chunks: AsyncIterable<Uint8Array>,
  checkHeader: (header: readonly string[]) => string | undefined,
): AsyncGenerator<IncomingRow[]> {
  const reader = createCsvReader();
  let columns: string[] | undefined;

  function rowOf(record: CsvRecord): IncomingRow[] {
    if (!columns) {
      columns = headerOf(record, checkHeader);
      return [];
    }
    if ('problem' in record) return [malformed(record.line, record.problem)];
    const { cells, line } = record;
    if (cells.length !== columns.length) {
      const message = `The line has ${cells.length} cells, but the header has ${columns.length}.`;
      return [malformed(line, message)];
    }
    if (cells.some((cell) => cell.includes('\ufffd'))) return [malformed(line, notUtf8)];
    const row: Record<string, unknown> = {};
    for (const [index, column] of columns.entries()) row[column] = cells[index];
    return [{ line, row }];
  }

  for await (const lines of physicalLines(chunks)) {
    const rows = lines.flatMap((line) => reader.push(line).flatMap(rowOf));
    if (rows.length > 0) yield rows;
  }
  const last = reader.end().flatMap(rowOf);
  if (!columns) throw badHeader('The file is empty: its first line must be the header.');
  if (last.length > 0) yield last;
}

/** The rows of JSON lines, in batches; blank lines are passed over. */
export async function* jsonRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<IncomingRow[]> {
  for await (const lines of physicalLines(chunks)) {
    const rows = lines.flatMap(jsonRow);
    if (rows.length > 0) yield rows;
  }
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
  const problem = 'problem' in record ? record.problem : checkHeader(record.cells);
  if ('problem' in record || problem !== undefined) {
    throw badHeader(problem ?? 'The header cannot be read.');
  }
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
