/** Clocks that are a second apart, at the edge of a month, a term or an end: nobody goes back over it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionsOf } from '../../src/credits/actions.ts';
import { balanceOf } from '../../src/credits/balance.ts';
import { settle } from '../../src/credits/settle.ts';
import { remainingCents } from '../../src/credits/state.ts';
import { at, creditOf } from './credit.ts';

/** A monthly credit of 100.00 that ana redeemed in November. */
const redeemed = (given: Parameters<typeof creditOf>[1] = {}) => {
  const credit = creditOf('2026-11-20', {
    redeemBy: '2027-11-20',
    membershipEnd: '2027-11-20',
    ...given,
  });
  credit.assign('2026-11-20', 'ana');
  credit.redeem('2026-11-20', 's1');
  return credit;
};

const before = '2026-11-30T23:59:59.500Z';
const after = '2026-12-01T00:00:00.500Z';

test('CR-13 a batch stamped before midnight that meets a credit settled after it does not spend the new month', () => {
  const credit = redeemed();
  credit.use('2026-11-21', 4_000);
  credit.settle(after);
  const from = credit.state.sequence + 1;
  expect(credit.use(before, 6_001)).toBe('InsufficientCredit');
  expect(credit.use(before, 6_000)).toBe('accepted');
  expect(credit.entries(from)).toEqual(['consumed 6000 2026-11', 'lapsed -6000 2026-11']);
  expect(credit.state.period).toEqual({ month: '2026-12', grantedCents: 10_000, consumedCents: 0 });
  expect(credit.remaining(after)).toBe(10_000);
});

test('CR-10 a redemption that comes late over the end of a month grants the new month alone, and once', () => {
  const credit = redeemed();
  credit.settle(after);
  credit.assign(after, 'ben', credit.state.version);
  expect(credit.redeem(before, 's2')).toBe('ok');
  const grants = credit.entries().filter((entry) => entry.startsWith('granted'));
  expect(grants).toEqual(['granted 10000 2026-11', 'granted 10000 2026-12']);
  expect(credit.state.period?.month).toBe('2026-12');

  const unassigned = redeemed();
  unassigned.send('2026-11-21', { type: 'unassign' });
  unassigned.assign(after, 'ben');
  unassigned.redeem(after, 's2');
  unassigned.assign(after, 'cy', unassigned.state.version);
  expect(unassigned.redeem(before, 's3')).toBe('ok');
  expect(unassigned.remaining(after)).toBe(10_000);
});

test.each([
  ['unassign', (credit: ReturnType<typeof redeemed>) => credit.send(before, { type: 'unassign' })],
  [
    'assign',
    (credit: ReturnType<typeof redeemed>) => credit.assign(before, 'ben', credit.state.version),
  ],
  [
    'remove-spending-limit',
    (credit: ReturnType<typeof redeemed>) => credit.send(before, { type: 'remove-spending-limit' }),
  ],
  ['usage', (credit: ReturnType<typeof redeemed>) => credit.use(before, 100)],
])(
  'CR-16 %s by a clock that is behind is written down at the last instant of the ledger',
  (_, command) => {
    const credit = redeemed();
    credit.assign(after, 'ana');
    credit.use(after, 1);
    const from = credit.ledger.length;
    expect(['ok', 'accepted']).toContain(command(credit));
    const written = credit.ledger.slice(from).map((entry) => entry.at);
    expect(written.length).toBeGreaterThan(0);
    expect(new Set(written)).toEqual(new Set([at(after)]));
  },
);

test('CR-14 what a conversion is refused by, its list of actions shows, also by a clock that is behind', () => {
  const credit = redeemed();
  credit.settle('2028-03-01');
  const end = new Date(Date.parse(credit.state.expiredAt ?? '') + 90 * 86_400_000);
  const ahead = end.toISOString();
  const behind = new Date(end.getTime() - 500).toISOString();
  const lastAt = ahead;
  const removal = actionsOf({ ...credit.state, lastAt }, behind).find(
    ({ name }) => name === 'remove-spending-limit',
  );
  expect(removal?.reasons.map(({ code }) => code)).toEqual(['BenefitExpired']);
  expect(removal).toEqual(actionsOf(credit.state, ahead).at(-1));
});

test('CR-15 a balance asked by a clock that is behind shows the month that has begun', () => {
  const credit = redeemed();
  credit.settle(after);
  expect(balanceOf(credit.state, at(before)).period?.month).toBe('2026-12');
});

/** An instant near an edge that matters, by one of two clocks that are up to three seconds apart. */
const edges = ['2026-12-01', '2027-01-01', '2027-02-01', '2027-05-01', '2027-11-20', '2027-12-20'];
const moment = fc.record({
  edge: fc.nat({ max: edges.length - 1 }),
  past: fc.integer({ min: -3_000, max: 3_000 }),
  skew: fc.constantFrom(-3_000, -1_000, 0, 1_000),
  late: fc.integer({ min: 0, max: 5_000 }),
  does: fc.constantFrom('assign', 'unassign', 'redeem', 'use', 'settle', 'limit', 'renew' as const),
  user: fc.constantFrom('ana', 'ben', 'cy'),
  amountCents: fc.constantFrom(0, 1, 4_000, 10_000),
});

test('CR-10 CR-13 CR-16 of commands by two clocks that differ by seconds none goes back in time, and none grants twice', () => {
  fc.assert(
    fc.property(
      fc.array(moment, { minLength: 6, maxLength: 30 }),
      fc.constantFrom('azure-monthly' as const, 'azure-bulk' as const),
      (moments, kind) => {
        const year = { startDate: '2026-11-20', endDate: '2027-11-20' };
        const credit = redeemed({ kind, ...(kind === 'azure-bulk' ? year : {}) });
        const inOrder = moments.toSorted((a, b) => a.edge - b.edge || a.past - b.past);
        for (const { edge, past, skew, late, does, user, amountCents } of inOrder) {
          const time = Date.parse(at(edges[edge] ?? '')) + past;
          const now = new Date(time + skew).toISOString();
          const occurredAt = new Date(time + skew - late).toISOString();
          if (does === 'assign') credit.assign(now, user, settle(credit.state, now).state.version);
          else if (does === 'unassign') credit.send(now, { type: 'unassign' });
          else if (does === 'redeem') credit.redeem(now, `s-${credit.ledger.length}`);
          else if (does === 'use') credit.use(now, amountCents, occurredAt);
          else if (does === 'settle') credit.settle(now);
          else if (does === 'limit') credit.send(now, { type: 'remove-spending-limit' });
          else credit.send(now, { type: 'extend-membership', membershipEnd: '2028-11-20' });
        }
        const { ledger, state } = credit;
        const times = ledger.map((entry) => entry.at);
        expect(times).toEqual(times.toSorted());
        expect(state.lastAt).toBe(times.at(-1));
        const months = new Map<string, { granted: number; consumed: number }>();
        for (const entry of ledger) {
          if (entry.type !== 'granted' && entry.type !== 'consumed') continue;
          const month = kind === 'azure-monthly' ? (entry.month ?? '') : '';
          const sums = months.get(month) ?? { granted: 0, consumed: 0 };
          sums[entry.type] += entry.amountCents;
          months.set(month, sums);
        }
        for (const [month, { granted, consumed }] of months) {
          expect(granted, month).toBeLessThanOrEqual(10_000);
          expect(consumed, month).toBeLessThanOrEqual(granted);
        }
        const { grantedCents, consumedCents, lapsedCents } = state.totals;
        expect(remainingCents(state)).toBe(grantedCents - consumedCents - lapsedCents);
        expect(remainingCents(state)).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 2_000 },
  );
});
