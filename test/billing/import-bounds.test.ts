/** What one import may cost: bad lines, long lines, and the event loop's turns (ACO-05). */
import { expect, test } from 'vitest';
import { importUsage, mostRejects } from '../../src/billing/import-service.ts';
import { putPriceList } from '../../src/billing/price-list-service.ts';
import { physicalLines } from '../../src/billing/physical-lines.ts';
import { testRuntime } from '../support/runtime.ts';
import { countedTurns } from './support/counted-turns.ts';
import { monthOf, newPartner, now, pieces } from './support/direct.ts';
import { row, usageCsv, usageJsonLines } from './support/files.ts';

const month = '2025-09';
const { runtime } = await testRuntime();
const csv = 'text/csv';
const jsonLines = 'application/x-ndjson';

function importText(
  partnerId: string,
  mediaType: string,
  text: string,
  {
    pieceSize,
    turns = countedTurns(),
  }: { pieceSize?: number; turns?: ReturnType<typeof countedTurns> } = {},
) {
  const upload = { mediaType, chunks: pieces(text, pieceSize) };
  return importUsage(runtime, partnerId, month, upload, now, turns);
}

for (const [mediaType, file] of [
  [csv, usageCsv],
  [jsonLines, usageJsonLines],
] as const) {
  test(`ACO-05 after 10,000 bad lines the rest of a file is refused, and an answer of bounded size says so (${mediaType})`, async () => {
    const partnerId = await newPartner(runtime, 1);
    const before = file([row(partnerId, month, { MeterId: 'before' })]);
    const after =
      file([row(partnerId, month, { MeterId: 'after' })])
        .split('\n')
        .at(-2) ?? '';
    const text = `${before}${'x\n'.repeat(1_000_000)}${after}\n`;
    const turns = countedTurns();
    const result = await importText(partnerId, mediaType, text, { turns });
    expect(result).toMatchObject({ accepted: 1, duplicates: 0, rejectedTotal: mostRejects });
    expect(result.rejected).toHaveLength(1_001);
    const first = mediaType === csv ? 3 : 2;
    expect(result.rejected.at(-1)).toMatchObject({
      line: first + mostRejects,
      code: 'TooManyRejects',
    });
    expect(JSON.stringify(result).length).toBeLessThan(1_000_000);
    // The million lines behind it are received and no more.
    expect(turns.asked()).toBeLessThan(mostRejects + 1_000);
    expect((await monthOf(runtime, partnerId, month)).daily).toMatchObject([{ MeterId: 'before' }]);
  });

  test(`ACO-05 exactly 10,000 bad lines refuse nothing else (${mediaType})`, async () => {
    const partnerId = await newPartner(runtime, 1);
    const text = file([row(partnerId, month)]) + 'x\n'.repeat(mostRejects);
    const result = await importText(partnerId, mediaType, text);
    expect(result).toMatchObject({ accepted: 1, rejectedTotal: mostRejects });
    expect(result.rejected).toHaveLength(1_000);
    expect(result.rejected.some(({ code }) => code === 'TooManyRejects')).toBe(false);
  });
}

test('ACO-05 no value of a bad line makes the answer large', async () => {
  const partnerId = await newPartner(runtime, 1);
  const bad = Array.from({ length: 1_000 }, () =>
    row(partnerId, month, { CustomerId: '\u0001'.repeat(256) }),
  );
  const result = await importText(partnerId, jsonLines, usageJsonLines(bad));
  expect(result.rejectedTotal).toBe(1_000);
  expect(JSON.stringify(result).length).toBeLessThan(1_000_000);
});

test('ACO-05 an import gives the event loop a turn every 20 ms, in a single piece of bad or blank lines too', async () => {
  const partnerId = await newPartner(runtime, 1);
  for (const [text, least] of [
    ['x\n'.repeat(4_000), 4_000 / 25],
    // Blank lines are no rows: a batch of them is looked at as a whole.
    ['\n'.repeat(2_000_000), 2_000_000 / (8 * 1024) / 25],
  ] as const) {
    const turns = countedTurns();
    await importText(partnerId, jsonLines, text, { pieceSize: text.length, turns });
    expect(turns.given()).toBeGreaterThan(least);
  }
});

test('ACO-05 a large piece is cut into lines a little at a time', async () => {
  const text = 'x\n'.repeat(500_000);
  const sizes: number[] = [];
  for await (const lines of physicalLines(pieces(text, text.length))) sizes.push(lines.length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(500_000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 + 1);
});

test('PEC-04 a price list of more than 10,000 bad lines is refused as a whole', async () => {
  const put = (bad: number) =>
    putPriceList(runtime, '2021-03', {
      mediaType: csv,
      chunks: pieces(`ProductId,SkuId,Publisher,Tags\nA,1,Microsoft,\n${'x\n'.repeat(bad)}`),
    });
  expect(await put(mostRejects)).toMatchObject({ products: 1, rejectedTotal: mostRejects });
  await expect(put(mostRejects + 1)).rejects.toMatchObject({
    refusal: { code: 'InvalidRequest', details: [{ code: 'TooManyRejects' }] },
  });
});

test('ACO-05 a header of hundreds of columns is refused', async () => {
  const header = Array.from({ length: 201 }, (_, i) => `c${i}`).join(',');
  const chunks = pieces(`ProductId,SkuId,Publisher,Tags,${header}\n`);
  await expect(putPriceList(runtime, '2021-03', { mediaType: csv, chunks })).rejects.toMatchObject({
    refusal: { details: [{ code: 'InvalidHeader' }] },
  });
});
