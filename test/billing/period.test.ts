import fc from 'fast-check';
import { expect, test } from 'vitest';
import { customerBody } from '../../src/billing/customer.ts';
import { judge } from '../../src/billing/eligibility.ts';
import {
  bearingBefore,
  bearsOnFixed,
  endOf,
  fixedThrough,
  periodClosed,
  refuseClose,
  refuseToCome,
  statusOfMonth,
} from '../../src/billing/period.ts';
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

test('ACO-04 a close is refused with which month it is about, and which is to be closed first', () => {
  const refused = (state: Parameters<typeof refuseClose>[0], month: string) =>
    refuseClose(state, month, now);
  expect(refused({ open: [] }, '2026-04')).toEqual({
    code: 'InvalidRequest',
    message: 'The month has not begun; see details.',
    target: 'month',
    details: [{ code: 'MonthToCome', target: 'month', message: '2026-04 is still to come' }],
  });
  expect(refused({ open: [] }, '2026-03')).toEqual({
    code: 'InvalidRequest',
    message: 'A month can be closed once it is over; see details.',
    target: 'month',
    details: [{ code: 'MonthNotOver', target: 'month', message: '2026-03 is not over yet' }],
  });
  const first = (state: Parameters<typeof refuseClose>[0]) => refused(state, '2026-02')?.message;
  const open = [usd('2026-02'), usd('2026-01'), usd('2025-11'), usd('2025-12')];
  expect(refused({ open }, '2026-02')?.target).toBe('month');
  expect(first({ open })).toBe('Close 2025-11 first: it is not closed yet.');
  expect(first({ closing: '2025-10', closedThrough: '2025-09', open })).toMatch(/^Close 2025-10 /);
  expect(first({ closedThrough: '2025-09', open: [] })).toMatch(/^Close 2025-10 first/);
  expect(refused({ closedThrough: '2026-02', open: [] }, '2026-02')).toBeUndefined();
});

test('ACO-04 a month to come is refused wherever it is named, the running one is not', () => {
  expect(refuseToCome('2026-03', now)).toBeUndefined();
  expect(refuseToCome('2026-04', now, 'invoiceMonth')).toMatchObject({
    target: 'invoiceMonth',
    details: [{ target: 'invoiceMonth' }],
  });
});

test('ACO-04 months are fixed through the one being closed, and an offer bears on them if it pays in them', () => {
  expect(fixedThrough({ open: [] })).toBeUndefined();
  expect(fixedThrough({ closedThrough: '2025-12', open: [] })).toBe('2025-12');
  expect(fixedThrough({ closedThrough: '2025-12', closing: '2026-01', open: [] })).toBe('2026-01');
  expect(endOf('2025-12')).toBe('2026-01-01T00:00:00.000Z');
  expect(bearsOnFixed('2025-12-31', '2025-12')).toBe(true);
  expect(bearsOnFixed('2026-01-01', '2025-12')).toBe(false);
  expect(bearsOnFixed('2000-01-01', undefined)).toBe(false);
  expect(periodClosed('Too late.')).toEqual({ code: 'PeriodClosed', message: 'Too late.' });
});

test('ACO-04 each kind of a customer’s facts bears on the time before an instant', () => {
  const end = '2025-09-01T00:00:00.000Z';
  const transacting = { from: '2025-01-01', type: 'direct-bill', mpnId: '1000' };
  const given = { agreement: [{ from: '2025-01-01' }], transacting: [transacting], access: [] };
  const bearing = (change: Readonly<Record<string, unknown>>) =>
    bearingBefore(facts({ ...given, ...change }), end);
  const same = bearing({});
  expect(bearing({ agreement: [] })).not.toBe(same);
  expect(bearing({ transacting: [] })).not.toBe(same);
  expect(bearing({ access: [access({ from: '2025-01-01' })] })).not.toBe(same);
  expect(bearing({ transacting: [{ ...transacting, mpnId: '2000' }] })).not.toBe(same);
  expect(bearing({ transacting: [{ ...transacting, to: '2025-09-01' }] })).toBe(same);
  expect(bearing({ transacting: [{ ...transacting, to: '2026-09-01' }] })).toBe(same);
  const later = { from: '2025-09-01', type: 'direct-bill', mpnId: '2000' };
  expect(bearing({ transacting: [later, transacting] })).toBe(same);
  const two = [
    { ...transacting, to: '2025-02-01' },
    { ...transacting, from: '2025-03-01' },
  ];
  expect(bearing({ transacting: two.toReversed() })).toBe(bearing({ transacting: two }));
  const always = (to?: string) => {
    const { from: _from, ...rest } = access(to === undefined ? {} : { to });
    return bearing({ access: [rest] });
  };
  expect(always('2025-09-01')).toBe(always());
  expect(always('2025-08-31')).not.toBe(always());
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
