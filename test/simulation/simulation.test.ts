/** The simulation, as far as every test run goes: `npm run simulate` goes further (README). */
import { expect, test } from 'vitest';
import { inParts } from './in-parts.ts';
import { findings, knownRules } from './known.ts';

type Report = { runs: number; found: Record<string, { where: string[] }> };

const unknownIn = (reports: readonly Report[]) =>
  reports.flatMap(({ found }) =>
    Object.entries(found)
      .filter(([rule]) => !knownRules.has(rule))
      .map(([rule, { where }]) => `${rule}: ${where[0] ?? ''}`),
  );

test('every pair of commands with a fault at every request: what is found is known, and still found', async () => {
  const reports = (await inParts('--pairs')) as Report[];
  expect(unknownIn(reports)).toEqual([]);
  const where = new Set(
    reports.flatMap(({ found }) => Object.values(found).flatMap((one) => one.where)),
  );
  // A finding that is mended is no longer one: take it out of known.ts.
  const gone = findings.flatMap(({ pair }) =>
    pair === undefined || where.has(pair) ? [] : [pair],
  );
  expect(gone).toEqual([]);
}, 300_000);
