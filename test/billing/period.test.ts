import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customerBody } from '../../src/billing/customer.ts';
import { judge } from '../../src/billing/eligibility.ts';
import { bearingBefore, refuseClose, statusOfMonth } from '../../src/billing/period.ts';
import { createPriceList, readPriceList } from '../../src/billing/price-list.ts';
import { access, facts, subscription } from './examples.ts';

const now = '2026-03-10T00:00:00.000Z';
const usd = (month: string) => ({ month, currency: 'USD' });

test('ACO-04 what is closed, being closed and open', () => {
  const state = { closedThrough: '2025-09', closing: '2025-10', open: [] };
  expect(
    ['2019-01', '2025-09', '2025-10', '2025-11'].map((month) => statusOfMonth(state, month)),
  ).toEqual(['closed', 'closed', 'closing', 'open']);
  expect(statusOfMonth({ open: [] }, '2019-01')).toBe('open');
});

test('ACO-04 the first close may be of any month that is over and has no earlier usage', () => {
  const code = (state: Parameters<typeof refuseClose>[0], month: string) =>
    refuseClose(state, month, now)?.code;
  expect(code({ open: [] }, '2026-02')).toBeUndefined();
  expect(code({ open: [] }, '2026-03')).toBe('InvalidRequest');
  expect(refuseClose({ open: [] }, '2026-02', '2026-02-28T23:59:59.999Z')?.code).toBe(
    'InvalidRequest',
  );
  expect(refuseClose({ open: [] }, '2026-02', '2026-03-01T00:00:00.000Z')).toBeUndefined();
  expect(code({ open: [usd('2026-01')] }, '2026-02')).toBe('EarlierPeriodOpen');
  expect(code({ open: [usd('2026-02'), usd('2026-03')] }, '2026-02')).toBeUndefined();
  expect(code({ closedThrough: '2025-12', open: [] }, '2026-02')).toBe('EarlierPeriodOpen');
  expect(code({ closedThrough: '2026-01', open: [] }, '2026-02')).toBeUndefined();
  expect(code({ closing: '2026-01', open: [] }, '2026-02')).toBe('EarlierPeriodOpen');
});

const moment = fc
  .integer({ min: 0, max: 120 })
  .map((days) => new Date(Date.UTC(2025, 7, 1) + days * 43_200_000).toISOString());
const entry = fc
  .record({ from: fc.option(moment), to: fc.option(moment), denied: fc.boolean() })
  .filter(({ from, to }) => from === null || to === null || from < to)
  .map(({ from, to, denied }) => {
    const { from: _from, ...rest } = access({ denied });
    return { ...rest, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
  });

test('ACO-04 facts that bear alike on the time before an instant judge every day before it alike', () => {
  const end = '2025-09-01T00:00:00.000Z';
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 3 }),
      fc.array(entry, { maxLength: 3 }),
      (one, other) => {
        const before = facts({ agreement: [{ from: '2020-01-01' }], access: one });
        const after = customerBody.parse({ ...before, access: other });
        fc.pre(bearingBefore(before, end) === bearingBefore(after, end));
        for (const date of ['2025-08-01', '2025-08-15', '2025-08-31'])
          expect(judge(after, subscription, date).eligible).toBe(
            judge(before, subscription, date).eligible,
          );
      },
    ),
    { numRuns: 300 },
  );
});

test('ACO-04 ending what goes on, and beginning anew, after the instant changes nothing before it', () => {
  const end = '2025-09-01T00:00:00.000Z';
  const goesOn = facts({ access: [access({ from: '2025-01-01' })] });
  const with_ = (...entries: Record<string, unknown>[]) =>
    bearingBefore(facts({ access: entries }), end);
  const same = bearingBefore(goesOn, end);
  expect(with_(access({ from: '2025-01-01', to: '2025-09-01' }))).toBe(same);
  expect(
    with_(access({ from: '2025-01-01' }), access({ from: '2025-09-01', role: 'Reader' })),
  ).toBe(same);
  expect(with_(access({ from: '2025-01-01', to: '2025-08-31' }))).not.toBe(same);
  expect(with_(access({ from: '2025-01-02' }))).not.toBe(same);
});

test('PEC-04 a compact price list answers as the rows that it was made of', () => {
  const id = fc.constantFrom('DZH318Z0BPS6', 'A', 'B', 'C', 'a');
  const tags = fc.constantFrom(
    '',
    'ThirdParty',
    'Reservation',
    'ThirdParty,Reservation',
    'New; ThirdParty',
    'x',
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(id, id, tags), { maxLength: 12 }),
      fc.tuple(id, id),
      (rows, [product, sku]) => {
        const list = createPriceList();
        for (const row of rows) list.add(...row);
        const read = readPriceList([...list.entries(40)]);
        const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
        const mine = rows.filter(([p, s]) => same(p, product) && same(s, sku));
        const expected = ['ThirdParty', 'Reservation'].filter((tag) =>
          mine.some(([, , given]) => given.includes(tag)),
        );
        expect(read(product, sku)).toEqual(mine.length === 0 ? undefined : { tags: expected });
      },
    ),
  );
});
