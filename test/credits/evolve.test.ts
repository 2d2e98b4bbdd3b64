/** What single events make of a credit, and what its ledger tells of balances and holders (CR-16). */
import { expect, test } from 'vitest';
import { balanceAt, balanceOf } from '../../src/credits/balance.ts';
import { time, type CreditEvent, type EventDraft } from '../../src/credits/events.ts';
import { append, evolve, withContact } from '../../src/credits/evolve.ts';
import { assignmentsOf } from '../../src/credits/history.ts';
import { creditStatus, expiryDate } from '../../src/credits/state.ts';
import { reportUsage, type UsageRecord } from '../../src/credits/usage.ts';
import { admin, at, creditOf } from './credit.ts';

const event = (draft: EventDraft, sequence = 2, date = '2026-01-20'): CreditEvent => ({
  ...draft,
  sequence,
  at: at(date),
  actor: admin,
});
const record = (id: string, date: string, amountCents: number): UsageRecord => ({
  id,
  occurredAt: at(date),
  amountCents,
  currency: 'USD',
});
const redeemed = () => {
  const credit = creditOf('2026-01-20');
  credit.assign('2026-01-20', 'ana');
  credit.redeem('2026-01-20', 's1');
  return credit;
};

test('CR-16 what is of a holder or a subscription leaves a credit without one as it is', () => {
  const { state } = creditOf('2026-01-15');
  const moved = { version: 2, sequence: 2, lastAt: at('2026-01-20') };
  const ids = { assignmentId: 'a', userId: 'u', azureSubscriptionId: 's' };
  for (const draft of [
    { type: 'redeemed', ...ids },
    { type: 'subscription-disabled', azureSubscriptionId: 's' },
    { type: 'spending-limit-removed', azureSubscriptionId: 's' },
  ] as const) {
    expect(evolve(state, event(draft))).toEqual({ ...state, ...moved });
  }
  expect(evolve(state, event({ type: 'unassigned', assignmentId: 'a', userId: 'u' }))).toEqual({
    ...state,
    ...moved,
  });
  expect(withContact(state, { email: 'x', displayName: 'x' })).toBe(state);
});

test('CR-08 CR-16 every event counts on, and all but that of an email raise the version', () => {
  const { state } = creditOf('2026-01-15');
  const ids = { assignmentId: 'a', userId: 'u' };
  const { state: after, events } = append(
    { state, events: [] },
    [
      { type: 'assigned', ...ids },
      { type: 'mail-sent', ...ids },
    ],
    at('2026-01-16'),
    time,
  );
  expect(events).toEqual([
    { type: 'assigned', ...ids, sequence: 2, at: at('2026-01-16'), actor: { type: 'system' } },
    { type: 'mail-sent', ...ids, sequence: 3, at: at('2026-01-16'), actor: { type: 'system' } },
  ]);
  expect(after).toEqual({
    ...state,
    assignmentsMade: 1,
    assignment: {
      id: 'a',
      userId: 'u',
      email: '',
      displayName: '',
      assignedAt: at('2026-01-16'),
      mail: { status: 'pending' },
    },
    version: 2,
    sequence: 3,
    lastAt: at('2026-01-16'),
  });
});

test('CR-13 what lapsed is kept of the last two months, and only its own month gives back', () => {
  let { state } = creditOf('2026-01-15');
  for (const [month, amountCents] of [
    ['2026-01', 100],
    ['2026-02', 200],
    ['2026-03', 300],
    ['2026-02', -50],
  ] as const) {
    state = evolve(state, event({ type: 'lapsed', amountCents, month }, state.sequence + 1));
  }
  expect(state.lapses).toEqual([
    { month: '2026-02', lapsedCents: 150 },
    { month: '2026-03', lapsedCents: 300 },
  ]);
  expect(state.totals.lapsedCents).toBe(550);
});

test('CR-13 usage of another month than the running one does not touch what is left of this one', () => {
  const { state } = redeemed();
  const consumed = (month: string) =>
    evolve(state, event({ type: 'consumed', amountCents: 5, month }, 5)).period;
  expect(consumed('2026-01')).toEqual({
    month: '2026-01',
    grantedCents: 10_000,
    consumedCents: 5,
  });
  expect(consumed('2025-12')).toEqual(state.period);
});

test('CR-13 the times of past redemptions are kept, those of assignments never redeemed are not', () => {
  const credit = redeemed();
  credit.send('2026-01-21', { type: 'remove-spending-limit' });
  credit.send('2026-01-22', { type: 'unassign' });
  credit.assign('2026-01-23', 'ben');
  credit.send('2026-01-24', { type: 'unassign' });
  expect(credit.state.endedRedemptions).toEqual([
    { from: at('2026-01-20'), to: at('2026-01-22'), spendingLimit: 'off' },
  ]);
});

test('CR-12 an end stays where it was, whatever a late record gives back, and the limit decides how it goes on', () => {
  const ended = (limitOff: boolean) => {
    const credit = redeemed();
    if (limitOff) credit.send('2026-01-21', { type: 'remove-spending-limit' });
    credit.settle('2027-01-15');
    return credit.state;
  };
  expect(ended(false)).toMatchObject({
    expiredAt: at('2027-01-15'),
    period: null,
    azureSubscription: { state: 'disabled' },
  });
  expect(ended(true)).toMatchObject({ azureSubscription: { state: 'pay-as-you-go' } });
  const before = ended(false);
  const after = evolve(before, event({ type: 'expired', amountCents: -5 }, 99, '2027-01-16'));
  expect(after.expiredAt).toBe(at('2027-01-15'));
  expect(after.totals.lapsedCents).toBe(before.totals.lapsedCents - 5);
});

test('CR-16 assignments are told of from their own entries alone, in the order in which they were made', () => {
  const credit = redeemed();
  const stray = { assignmentId: 'never', userId: 'u' };
  expect(
    assignmentsOf([
      event({ type: 'unassigned', ...stray }),
      event({ type: 'redeemed', ...stray, azureSubscriptionId: 's' }),
      event({ type: 'mail-sent', ...stray }),
    ]),
  ).toEqual([]);
  expect(assignmentsOf(credit.ledger)).toEqual([
    {
      id: 'ana-1',
      userId: 'ana',
      assignedAt: at('2026-01-20'),
      redeemedAt: at('2026-01-20'),
      azureSubscriptionId: 's1',
    },
  ]);
});

test('CR-16 a balance sums each kind of entry up to its instant, and the running month’s apart', () => {
  const entries = [
    event({ type: 'granted', amountCents: 1_000, month: '2026-01' }, 1, '2026-01-01'),
    event({ type: 'consumed', amountCents: 300, month: '2026-01' }, 2, '2026-01-02'),
    event({ type: 'pay-as-you-go', amountCents: 70, month: '2026-01' }, 3, '2026-01-02'),
    event({ type: 'lapsed', amountCents: 700, month: '2026-01' }, 4, '2026-02-01'),
    event({ type: 'granted', amountCents: 1_000, month: '2026-02' }, 5, '2026-02-01'),
    event({ type: 'consumed', amountCents: 20, month: '2026-01' }, 6, '2026-02-02'),
    event({ type: 'lapsed', amountCents: -20, month: '2026-01' }, 7, '2026-02-02'),
    event({ type: 'consumed', amountCents: 100, month: '2026-02' }, 8, '2026-02-03'),
    event({ type: 'expired', amountCents: 900 }, 9, '2026-02-10'),
  ];
  const on = (date: string) => balanceAt(entries.toReversed(), at(date));
  expect(on('2026-01-02')).toEqual({
    grantedCents: 1_000,
    consumedCents: 300,
    lapsedCents: 0,
    payAsYouGoCents: 70,
    remainingCents: 700,
    period: { month: '2026-01', grantedCents: 1_000, consumedCents: 300, remainingCents: 700 },
  });
  expect(on('2026-02-09')).toEqual({
    grantedCents: 2_000,
    consumedCents: 420,
    lapsedCents: 680,
    payAsYouGoCents: 70,
    remainingCents: 900,
    period: { month: '2026-02', grantedCents: 1_000, consumedCents: 100, remainingCents: 900 },
  });
  expect(on('2026-02-10')).toMatchObject({ lapsedCents: 1_580, remainingCents: 0, period: null });
  expect(on('2025-12-31')).toMatchObject({ grantedCents: 0, remainingCents: 0, period: null });
  const bare = event({ type: 'expired' }, 1, '2026-01-01');
  expect(balanceAt([bare], at('2026-01-01')).lapsedCents).toBe(0);
});

test('CR-16 the balance now has a period only in the month of its grant', () => {
  const { state } = redeemed();
  expect(balanceOf(state, at('2026-01-31'))).toEqual({
    grantedCents: 10_000,
    consumedCents: 0,
    lapsedCents: 0,
    payAsYouGoCents: 0,
    remainingCents: 10_000,
    period: { month: '2026-01', grantedCents: 10_000, consumedCents: 0, remainingCents: 10_000 },
  });
  expect(balanceOf(state, at('2026-02-01')).period).toBeNull();
  expect(balanceOf(creditOf('2026-01-15').state, at('2026-01-15')).period).toBeNull();
});

test('CR-13 CR-14 a batch over two months: an entry a month and kind, and each record names its own', () => {
  const credit = redeemed();
  credit.send('2026-01-20', { type: 'remove-spending-limit' });
  credit.use('2026-01-21', 4_000);
  credit.settle('2026-02-01');
  const before = credit.state.sequence;
  const batch = [
    record('feb', '2026-02-01', 11_000),
    record('known', '2026-02-01', 1),
    record('jan', '2026-01-30', 7_000),
    record('more', '2026-01-31', 500),
    record('jan', '2026-01-30', 1),
    record('none', '2026-01-31', 0),
  ];
  const decision = reportUsage(credit.state, batch, new Set(['known']), at('2026-02-02'), admin);
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  expect(decision.events).toMatchObject([
    { sequence: before + 1, type: 'consumed', amountCents: 6_000, month: '2026-01' },
    { sequence: before + 2, type: 'lapsed', amountCents: -6_000, month: '2026-01' },
    { sequence: before + 3, type: 'pay-as-you-go', amountCents: 1_500, month: '2026-01' },
    { sequence: before + 4, type: 'consumed', amountCents: 10_000, month: '2026-02' },
    { sequence: before + 5, type: 'pay-as-you-go', amountCents: 1_000, month: '2026-02' },
  ]);
  const accepted = { status: 'accepted' } as const;
  expect(decision.results).toEqual([
    {
      ...accepted,
      id: 'feb',
      month: '2026-02',
      consumedCents: 10_000,
      payAsYouGoCents: 1_000,
      sequence: before + 4,
    },
    { id: 'known', status: 'duplicate' },
    {
      ...accepted,
      id: 'jan',
      month: '2026-01',
      consumedCents: 6_000,
      payAsYouGoCents: 1_000,
      sequence: before + 1,
    },
    {
      ...accepted,
      id: 'more',
      month: '2026-01',
      consumedCents: 0,
      payAsYouGoCents: 500,
      sequence: before + 3,
    },
    { id: 'jan', status: 'duplicate' },
    {
      ...accepted,
      id: 'none',
      month: '2026-01',
      consumedCents: 0,
      payAsYouGoCents: 0,
      sequence: before + 1,
    },
  ]);
});

test('CR-13 a batch of nothing but zeros is one entry of nothing, and of no records none', () => {
  const { state } = redeemed();
  const zeros = [record('a', '2026-01-20', 0), record('b', '2026-01-20', 0)];
  const report = (records: UsageRecord[]) => {
    const decision = reportUsage(state, records, new Set(), at('2026-01-21'), admin);
    return 'events' in decision ? decision.events : undefined;
  };
  expect(report(zeros)).toMatchObject([{ type: 'consumed', amountCents: 0, month: '2026-01' }]);
  expect(report([])).toEqual([]);
});

test('CR-13 a batch in the wrong currency is refused, each record by name', () => {
  const { state } = redeemed();
  const euro = { ...record('b', '2026-01-20', 1), currency: 'EUR' };
  const decision = reportUsage(
    state,
    [record('a', '2026-01-20', 1), euro],
    new Set(),
    at('2026-01-21'),
    admin,
  );
  expect(decision).toEqual({
    refusal: {
      code: 'InvalidRequest',
      message: 'Records must be in the currency of the credit.',
      details: [
        {
          code: 'InvalidRequest',
          target: 'records[1].amount.currency',
          message: 'This credit is in USD. Report its usage in USD.',
        },
      ],
    },
  });
});

test('CR-01 CR-12 a bulk credit without its end is a defect, told of by its ID', () => {
  const { endDate: _end, ...state } = creditOf('2026-01-15', { kind: 'azure-bulk' }).state;
  expect(() => expiryDate(state)).toThrow('Credit credit lacks an end date');
  expect(() => creditOf('2026-01-15', { endDate: '2027-01-15', startDate: '2026-01-15' })).toThrow(
    'A year must be given for bulk-like credits only, not for azure-monthly',
  );
});

test('CR-02 a withdrawn credit counts as expired', () => {
  const credit = creditOf('2026-01-15');
  credit.send('2026-01-16', { type: 'revoke' });
  expect(creditStatus(credit.state)).toBe('expired');
});
