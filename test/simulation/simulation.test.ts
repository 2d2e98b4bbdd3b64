/** The simulation, as far as every test run goes: `npm run simulate` goes further (README). */
import { expect, test } from 'vitest';
import type { Noticed } from './guards/guards.ts';
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

test('2,000 random lives of two instances break no rule', async () => {
  const reports = (await inParts('--seeds', '2000')) as Report[];
  expect(reports.reduce((sum, { runs }) => sum + runs, 0)).toBe(2_000);
  expect(unknownIn(reports)).toEqual([]);
}, 300_000);

test('a guard that is switched off is noticed within 1,000 seeds', async () => {
  const noticed = ((await inParts('--guards', '--quick', '--seeds', '1000')) as Noticed[][]).flat();
  expect(noticed.length).toBeGreaterThanOrEqual(10);
  expect(noticed.filter(({ seed }) => seed === undefined)).toEqual([]);
}, 300_000);
