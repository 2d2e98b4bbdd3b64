import fc from 'fast-check';
import { expect, test } from 'vitest';

import { covers, dayOf, merge, subtract, within } from '../../src/billing/stretches.ts';
import type { Stretch } from '../../src/billing/stretches.ts';

/** Stretches as of hours: `2-5 7-9`. */
function read(text: string): Stretch[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [from = '', to = ''] = part.split('-');
      return { from, to };
    });
}
const shown = (stretches: readonly Stretch[]) =>
  stretches.map(({ from, to }) => `${from}-${to}`).join(' ');

test.each([
  ['', ''],
  ['5-7 2-3', '2-3 5-7'],
  ['2-5 5-7', '2-7'],
  ['2-5 6-7', '2-5 6-7'],
  ['2-8 3-5', '2-8'],
  ['2-5 2-8', '2-8'],
  ['2-8 2-5', '2-8'],
  ['2-4 3-6 5-9', '2-9'],
])('PEC-02 %s joined is %s', (given, joined) => {
  const before = read(given);
  expect(shown(merge(before))).toBe(joined);
  expect(shown(before)).toBe(given);
});

test.each([
  ['2-8', '', '2-8'],
  ['2-8', '4-5', '2-4 5-8'],
  ['2-8', '2-5', '5-8'],
  ['2-8', '5-8', '2-5'],
  ['2-8', '1-9', ''],
  ['2-8', '2-8', ''],
  ['2-8', '0-2 8-9', '2-8'],
  ['2-8', '3-4 5-6', '2-3 4-5 6-8'],
  ['2-4 6-8', '3-7', '2-3 7-8'],
  ['2-4 6-8', '1-3', '3-4 6-8'],
  ['2-4 6-8', '7-9', '2-4 6-7'],
  ['2-4 3-8', '0-1 5-6', '2-5 6-8'],
])('PEC-02 %s without %s is %s', (whole, taken, left) => {
  expect(shown(subtract(read(whole), read(taken)))).toBe(left);
});

const anyStretches = fc
  .array(fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 })), { maxLength: 6 })
  .map((pairs) =>
    pairs
      .filter(([one, other]) => one !== other)
      .map(([one, other]) => ({
        from: `${Math.min(one, other)}`,
        to: `${Math.max(one, other)}`,
      })),
  );
const holds = (stretches: readonly Stretch[], hour: string) =>
  stretches.some(({ from, to }) => from <= hour && hour < to);

test('PEC-02 what is left holds exactly the hours that were there and are not taken', () => {
  fc.assert(
    fc.property(anyStretches, anyStretches, (whole, taken) => {
      const left = subtract(whole, taken);
      for (const hour of '012345678') {
        expect(holds(left, hour)).toBe(holds(whole, hour) && !holds(taken, hour));
        expect(holds(merge(whole), hour)).toBe(holds(whole, hour));
      }
    }),
  );
});

test('PEC-01 the part of a period within bounds, from inclusive and to exclusive', () => {
  const bounds = { from: '2', to: '5' };
  expect(within({}, bounds)).toEqual(bounds);
  expect(within({ from: '1', to: '9' }, bounds)).toEqual(bounds);
  expect(within({ from: '3', to: '4' }, bounds)).toEqual({ from: '3', to: '4' });
  expect(within({ to: '2' }, bounds)).toBeUndefined();
  expect(within({ from: '5' }, bounds)).toBeUndefined();
});

test('PEC-01 a day is covered by one stretch that holds all of it', () => {
  const day = dayOf('2026-02-28');
  expect(day).toEqual({ from: '2026-02-28T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' });
  expect(covers([day], day)).toBe(true);
  expect(covers([], day)).toBe(false);
  expect(covers([{ ...day, from: '2026-02-28T00:00:00.001Z' }], day)).toBe(false);
  expect(covers([{ ...day, to: '2026-02-28T23:59:59.999Z' }], day)).toBe(false);
});
