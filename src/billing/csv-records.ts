/**
 * Reads CSV (RFC 4180) line by line, so that a broken record costs that line alone (ACO-05): where a quote is never
 * closed, reading goes on at the next physical line instead of taking the rest of the file for one cell. The parsers
 * at hand cannot do that; a test holds this one to theirs on all that is well-formed.
 */
import type { PhysicalLine } from './physical-lines.ts';

/** A record with the number of its first physical line, or what is wrong with that line. */
export type CsvRecord = { line: number; cells: string[] } | { line: number; problem: string };

export type CsvReader = {
  /** Takes the next line; gives the records that are known to be whole or broken now. */
  push: (line: PhysicalLine) => CsvRecord[];
  /** Gives what is left at the end of the file. */
  end: () => CsvRecord[];
};

/** The most that a record with line breaks in its cells may take. */
const mostLines = 50;
const mostCharacters = 64_000;

/**
 * Starts reading. A record that spans too many lines is broken, as is one whose last quote is never closed. Each line is
 * looked at once as a part of a record, and once more where that record is broken: reading takes as long as the file is.
 */
export function createCsvReader(): CsvReader {
  /** The record whose last cell's quote is open: its lines, its whole cells, and that cell's text so far. */
  let lines: PhysicalLine[] = [];
  let characters = 0;
  let cells: string[] = [];
  let open: string[] | undefined;

  function push(line: PhysicalLine): CsvRecord[] {
    if (lines.length === 0) {
      if (line.tooLong) return [{ line: line.number, problem: 'The line is too long.' }];
      if (line.text === '') return [];
      if (!line.text.includes('"')) return [{ line: line.number, cells: line.text.split(',') }];
    }
    lines.push(line);
    characters += line.text.length;
    const outcome = line.tooLong ? 'broken' : readCells(line.text);
    if (outcome === 'broken') return giveUp('A quote stands where none may be.');
    if (outcome === 'open') {
      const isTooMuch = lines.length >= mostLines || characters > mostCharacters;
      return isTooMuch ? giveUp('A quote is opened and never closed.') : [];
    }
    const record = { line: lines[0]?.number ?? line.number, cells };
    forget();
    return [record];
  }

  /** Reads a line's cells, the first of which may be the rest of one that an earlier line has opened. */
  function readCells(text: string): 'whole' | 'open' | 'broken' {
    let at = 0;
    for (;;) {
      const isQuoted = open !== undefined || text[at] === '"';
      if (isQuoted) {
        const from = open === undefined ? at + 1 : at;
        open ??= [];
        const end = closingQuote(text, from);
        open.push(text.slice(from, end === -1 ? undefined : end));
        if (end === -1) return 'open';
        cells.push(open.join('\n').replaceAll('""', '"'));
        open = undefined;
        at = end + 1;
        if (at < text.length && text[at] !== ',') return 'broken';
      } else {
        const comma = text.indexOf(',', at);
        const cell = text.slice(at, comma === -1 ? text.length : comma);
        if (cell.includes('"')) return 'broken';
        cells.push(cell);
        at += cell.length;
      }
      if (at === text.length) return 'whole';
      at += 1;
    }
  }

  /** Rejects the first line of the open record and reads the others again, each as the beginning of a record. */
  function giveUp(problem: string): CsvRecord[] {
    const [first, ...others] = lines;
    forget();
    if (!first) return [];
    return [{ line: first.number, problem }, ...others.flatMap(push)];
  }

  function forget(): void {
    lines = [];
    characters = 0;
    cells = [];
    open = undefined;
  }

  function end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (lines.length > 0) records.push(...giveUp('A quote is opened and never closed.'));
    return records;
  }

  return { push, end };
}

/** Where the quote is that closes a cell; doubled quotes are part of it. */
function closingQuote(text: string, from: number): number {
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1 || text[quote + 1] !== '"') return quote;
    from = quote + 2;
  }
}
