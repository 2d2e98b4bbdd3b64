import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCsvReader } from '../../src/billing/csv-records.ts';
import type { CsvRecord } from '../../src/billing/csv-records.ts';
import { csvText } from '../../src/billing/csv-file.ts';
import { physicalLines } from '../../src/billing/physical-lines.ts';
import { pieces } from './support/direct.ts';

async function read(text: string, pieceSize = 7): Promise<CsvRecord[]> {
  const reader = createCsvReader();
  const records: CsvRecord[] = [];
  for await (const lines of physicalLines(pieces(text, pieceSize)))
    records.push(...lines.flatMap(reader.push));
  return [...records, ...reader.end()];
}

const cell = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc
    .array(fc.constantFrom('"', ',', '\n', '\r\n', 'a', ' ', 'é', '漢'), { maxLength: 5 })
    .map((all) => all.join('')),
);
const table = fc.integer({ min: 2, max: 4 }).chain((width) =>
  fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
    minLength: 1,
    maxLength: 6,
  }),
);

test('ACO-05 what is well-formed is read as csv-parse reads it, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
      const columns = rows[0]!.map((_, i) => String(i));
      const batches = (async function* () {
        yield rows.map((row) => Object.fromEntries(row.map((text, i) => [String(i), text])));
      })();
      let text = '';
      for await (const piece of csvText(columns, new Set(columns), batches)) text += piece;
      const records = await read(text, size);
      // A lone CR or CRLF within a quoted cell is a line break like any other.
      const plain = (cells: string[]) => cells.map((each) => each.replaceAll('\r\n', '\n'));
      const expected = parse(text, { relax_column_count: true, bom: true }).map(plain);
      expect(records.map((record) => ('cells' in record ? plain(record.cells) : record))).toEqual(
        expected,
      );
    }),
  );
});

test('ACO-05 records keep the number of their first physical line', async () => {
  expect(await read('a,b\r\n\r\n"x\ny",z\nlast,"q"')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['x\ny', 'z'] },
    { line: 5, cells: ['last', 'q'] },
  ]);
});

test('ACO-05 a quote that is never closed costs its line alone', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `${i},b`);
  lines[3] = '3,"b';
  const records = await read(lines.join('\n'));
  expect(records).toHaveLength(200);
  expect(records.filter((record) => 'problem' in record).map(({ line }) => line)).toEqual([4]);
});

test('ACO-05 a quote in the wrong place costs its line alone, also at the end of the file', async () => {
  const problems = async (text: string) =>
    (await read(text)).map((record) => ('problem' in record ? `bad ${record.line}` : record.line));
  expect(await problems('a"b,c\nd,e')).toEqual(['bad 1', 2]);
  expect(await problems('"a"b,c\nd,e')).toEqual(['bad 1', 2]);
  expect(await problems('d,e\n"a,b')).toEqual([1, 'bad 2']);
  expect(await problems('"a\nb,c\n"d",e')).toEqual(['bad 1', 2, 3]);
});

test('ACO-05 a line beyond 64,000 characters is rejected without being held', async () => {
  const records = await read(`a,b\n${'x'.repeat(200_000)}\nc,d\n`, 10_000);
  expect(records).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, problem: 'The line is too long.' },
    { line: 3, cells: ['c', 'd'] },
  ]);
});

test('ACO-05 bytes that are not UTF-8 are told, and pieces may cut a character', async () => {
  expect(await read('é,漢\n', 1)).toEqual([{ line: 1, cells: ['é', '漢'] }]);
});

async function written(row: Record<string, string>, numeric: readonly string[] = []) {
  const batches = (async function* () {
    yield [row];
  })();
  let text = '';
  for await (const piece of csvText(Object.keys(row), new Set(numeric), batches)) text += piece;
  return text;
}

test('PEC-08 a file begins with a byte order mark, once', async () => {
  expect(await written({ A: '1' })).toBe('\ufeffA\r\n1\r\n');
});

test('PEC-08 cells with a semicolon or a tab are quoted, formulas neutralised, numbers as they are', async () => {
  const row = { A: 'x;y', B: 'x\ty', C: 'x y', D: '=1;2', E: '-400.00', F: '-400.00' };
  const [, line] = (await written(row, ['E'])).split('\r\n');
  expect(line).toBe('"x;y","x\ty",x y,"\'=1;2",-400.00,\'-400.00');
});

test('ACO-05 a record of many lines is read as a whole, whatever quotes its lines hold', async () => {
  const inner = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? '""' : 'a, ""b"" c')).join(
    '\n',
  );
  expect(await read(`x,"${inner}"\ny,z`)).toEqual([
    { line: 1, cells: ['x', inner.replaceAll('""', '"')] },
    { line: 41, cells: ['y', 'z'] },
  ]);
});
