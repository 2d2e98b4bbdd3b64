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

/** Starts reading. A record that spans too many lines is broken, as is one whose last quote is never closed. */
export function createCsvReader(): CsvReader {
  /** The lines of a record whose quote is open. */
  let open: PhysicalLine[] = [];
  let openCharacters = 0;

  function push(line: PhysicalLine): CsvRecord[] {
    if (open.length === 0) {
      if (line.tooLong) return [{ line: line.number, problem: 'The line is too long.' }];
      if (line.text === '') return [];
      if (!line.text.includes('"')) return [{ line: line.number, cells: line.text.split(',') }];
    }
    open.push(line);
    openCharacters += line.text.length;
    const first = open[0] ?? line;
    const cells = line.tooLong
      ? 'broken'
      : readCells(open.length === 1 ? line.text : open.map(({ text }) => text).join('\n'));
    if (cells === 'broken') return giveUp('A quote stands where none may be.');
    if (cells === 'open') {
      const isTooMuch = open.length >= mostLines || openCharacters > mostCharacters;
      return isTooMuch ? giveUp('A quote is opened and never closed.') : [];
    }
    open = [];
    openCharacters = 0;
    return [{ line: first.number, cells }];
  }

  /** Rejects the first line of the open record and reads the others anew, each as the begin of a record. */
  function giveUp(problem: string): CsvRecord[] {
    const [first, ...others] = open;
    open = [];
    openCharacters = 0;
    if (!first) return [];
    return [{ line: first.number, problem }, ...others.flatMap(push)];
  }

  function end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (open.length > 0) records.push(...giveUp('A quote is opened and never closed.'));
    return records;
  }

  return { push, end };
}

function readCells(text: string): string[] | 'open' | 'broken' {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end === -1) return 'open';
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < text.length && text[at] !== ',') return 'broken';
    } else {
      const comma = text.indexOf(',', at);
      const cell = text.slice(at, comma === -1 ? text.length : comma);
      if (cell.includes('"')) return 'broken';
      cells.push(cell);
      at += cell.length;
    }
    if (at === text.length) return cells;
    at += 1;
  }
}

/** Where the quote is that closes a cell; doubled quotes are part of it. */
function closingQuote(text: string, from: number): number {
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1 || text[quote + 1] !== '"') return quote;
    from = quote + 2;
  }
}
