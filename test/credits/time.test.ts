import { expect, test } from 'vitest';
import { balanceAt } from '../../src/credits/balance.ts';
import { provision } from '../../src/credits/decide.ts';
import { dueAt, settle } from '../../src/credits/settle.ts';
import { expiresAt } from '../../src/credits/state.ts';
import { currencyRefusal, reportUsage } from '../../src/credits/usage.ts';
import { admin, at, creditOf } from './credit.ts';

/** A monthly credit of 100.00 that ana redeemed. */
const redeemed = (now: string, given: Parameters<typeof creditOf>[1] = {}) => {
  const credit = creditOf(now, given);
  credit.assign(now, 'ana');
  credit.redeem(now, 's1');
  return credit;
};

const long = { redeemBy: '2030-01-01', membershipEnd: '2030-01-01' };
const bulk = { kind: 'azure-bulk' as const, amountCents: 70_000 };

test('CR-10 each month lapses at its end and the next is granted, at the boundary', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 4_000);
  credit.settle('2026-03-10');
  expect(credit.entries(4)).toEqual([
    'granted 10000 2026-01',
    'consumed 4000 2026-01',
    'lapsed 6000 2026-01',
    'granted 10000 2026-02',
    'lapsed 10000 2026-02',
    'granted 10000 2026-03',
  ]);
  expect(credit.ledger.slice(-4).map((event) => event.at)).toEqual([
    at('2026-02-01'),
    at('2026-02-01'),
    at('2026-03-01'),
    at('2026-03-01'),
  ]);
  expect(credit.ledger.slice(-4).every(({ actor }) => actor.type === 'system')).toBe(true);
});

test('CR-10 a month used up lapses nothing, and its subscription comes back with the next grant', () => {
  const credit = redeemed('2026-01-20');
  expect(credit.use('2026-01-21', 10_000)).toBe('accepted');
  expect(credit.state.azureSubscription?.state).toBe('disabled');
  credit.settle('2026-02-01');
  expect(credit.entries(5)).toEqual([
    'consumed 10000 2026-01',
    'subscription-disabled',
    'granted 10000 2026-02',
    'subscription-enabled',
  ]);
  expect(credit.state.azureSubscription?.state).toBe('active');
});

test('CR-10 taken away within a month, what is left waits for the next holder, then lapses', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 4_000);
  credit.assign('2026-01-22', 'ben', credit.state.version);
  expect(credit.entries(6)).toEqual(['subscription-disabled', 'unassigned', 'assigned']);
  expect(credit.state.azureSubscription).toBeNull();
  credit.redeem('2026-01-25', 's2');
  expect(credit.entries(9)).toEqual(['redeemed']);
  expect(credit.remaining('2026-01-25')).toBe(6_000);
  credit.send('2026-01-26', { type: 'unassign' });
  credit.settle('2026-04-10');
  expect(credit.entries(12)).toEqual(['lapsed 6000 2026-01']);
  expect(dueAt(credit.state)).toBe(at('2027-01-15'));
  credit.assign('2026-04-11', 'cy');
  credit.redeem('2026-04-11', 's3');
  expect(credit.remaining('2026-04-11')).toBe(10_000);
});

test('CR-10 a month used up and then taken away leaves the grant of a later month to its holder', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 10_000);
  credit.send('2026-01-22', { type: 'unassign' });
  credit.assign('2026-03-05', 'ben');
  credit.redeem('2026-03-05', 's2');
  expect(credit.entries().slice(-2)).toEqual(['redeemed', 'granted 10000 2026-03']);
});

test('CR-10 a new holder of a month that is used up starts with a disabled subscription', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 10_000);
  credit.assign('2026-01-22', 'ben', credit.state.version);
  credit.redeem('2026-01-22', 's2');
  expect(credit.state.azureSubscription).toEqual({
    id: 's2',
    spendingLimit: 'on',
    state: 'disabled',
  });
});

test('CR-11 maicpp: activated on 31 January 2026 it has 14 grants and expires on 28 February 2027', () => {
  const credit = creditOf('2025-06-01', long);
  credit.assign('2026-01-31T23:59', 'ana');
  credit.redeem('2026-01-31T23:59', 's1');
  expect(expiresAt(credit.state)).toBe(at('2027-02-28'));
  credit.settle('2028-01-01');
  expect(credit.ledger.filter(({ type }) => type === 'granted')).toHaveLength(14);
  expect(credit.entries().slice(-3)).toEqual([
    'lapsed 10000 2027-02',
    'expired',
    'subscription-disabled',
  ]);
  expect(credit.ledger.slice(-3).every((event) => event.at === at('2027-02-28'))).toBe(true);
});

test('CR-11 maicpp: a later redemption does not prolong it, mpn counts from provisioning', () => {
  const credit = redeemed('2026-01-10', long);
  credit.settle('2026-05-10');
  expect(credit.assign('2026-05-10', 'ben', credit.state.version)).toBe('ok');
  expect(credit.redeem('2026-05-10', 's2')).toBe('ok');
  expect(expiresAt(credit.state)).toBe(at('2027-02-10'));
  const old = creditOf('2026-01-10', { ...long, terms: 'mpn' });
  expect(expiresAt(old.state)).toBe(at('2027-02-10'));
  old.assign('2026-05-10', 'ana');
  old.redeem('2026-05-10', 's1');
  expect(expiresAt(old.state)).toBe(at('2027-02-10'));
});

test("CR-11 never past the membership's end, which a renewal moves", () => {
  const credit = redeemed('2026-01-20');
  expect(expiresAt(credit.state)).toBe(at('2027-01-15'));
  const { version, sequence } = credit.state;
  credit.send('2026-12-01', { type: 'extend-membership', membershipEnd: '2028-01-15' });
  expect(expiresAt(credit.state)).toBe(at('2027-02-20'));
  expect(credit.state.version).toBeGreaterThan(version);
  expect(credit.entries(sequence + 1).filter((entry) => !/lapsed|granted/.test(entry))).toEqual([]);
  credit.settle('2027-02-20');
  const ended = credit.state;
  credit.send('2027-02-21', { type: 'extend-membership', membershipEnd: '2029-01-15' });
  expect(credit.state).toBe(ended);
});

test('CR-10 a credit that expires on the first of a month has no grant that day', () => {
  const credit = redeemed('2026-01-20', { redeemBy: '2026-04-01', membershipEnd: '2026-04-01' });
  credit.settle('2026-04-01');
  expect(credit.entries().slice(-3)).toEqual([
    'lapsed 10000 2026-03',
    'expired',
    'subscription-disabled',
  ]);
});

test('CR-12 a bulk remainder expires at its end date with its amount', () => {
  const credit = redeemed('2026-02-01', bulk);
  expect(credit.entries(4)).toEqual(['granted 70000']);
  credit.use('2026-11-01', 20_000);
  expect(dueAt(credit.state)).toBe(at('2027-01-15'));
  credit.settle('2027-03-01');
  expect(credit.entries(6)).toEqual(['expired 50000', 'subscription-disabled']);
});

test('CR-12 a credit never redeemed expires with its membership, without an amount', () => {
  for (const given of [{}, bulk, { ...bulk, endDate: '2027-06-01' }]) {
    const credit = creditOf('2026-02-01', given);
    credit.assign('2026-02-01', 'ana');
    credit.settle('2027-03-01');
    expect(credit.entries(3)).toEqual(['expired']);
    expect(credit.state.expiredAt).toBe(at('2027-01-15'));
  }
});

test('CR-12 a bulk credit of a single award runs to its own end once redeemed', () => {
  const credit = redeemed('2026-06-01', {
    ...bulk,
    startDate: '2026-06-01',
    endDate: '2027-06-01',
  });
  expect(expiresAt(credit.state)).toBe(at('2027-06-01'));
});

test('CR-12 a bulk credit redeemed ahead of its year is granted at the start of it', () => {
  const year = { startDate: '2027-01-15', endDate: '2028-01-15', redeemBy: '2028-01-15' };
  const credit = redeemed('2026-12-01', { ...bulk, ...year });
  expect(credit.remaining('2027-01-14T23:59')).toBe(0);
  expect(credit.use('2027-01-10', 100)).toBe('InsufficientCredit');
  credit.settle('2027-01-20');
  expect(credit.entries(4)).toEqual([
    'subscription-disabled',
    'granted 70000',
    'subscription-enabled',
  ]);
  expect(credit.ledger.at(-1)?.at).toBe(at('2027-01-15'));
  expect(credit.use('2027-01-20', 100, '2027-01-14')).toBe('InsufficientCredit');
  expect(credit.state.azureSubscription?.state).toBe('active');
});

test('CR-12 a credit awarded after its end expires at its award, not before', () => {
  const credit = creditOf('2027-02-01');
  credit.settle('2027-02-01');
  expect(credit.state.expiredAt).toBe(at('2027-02-01'));
});

test('CR-01 a year belongs to bulk-like credits, and to no others', () => {
  expect(() => creditOf('2026-01-15', { startDate: '2026-01-15', endDate: '2027-01-15' })).toThrow(
    RangeError,
  );
  const { startDate, endDate, ...lacking } = creditOf('2026-01-15', bulk).state;
  expect([startDate, endDate]).toEqual(['2026-01-15', '2027-01-15']);
  expect(() => provision(lacking, at('2026-01-15'), admin)).toThrow(RangeError);
});

test('CR-13 a record counts once, a refused one may come again', () => {
  const credit = redeemed('2026-01-20');
  const record = (id: string, amountCents: number) => ({
    id,
    occurredAt: at('2026-01-21'),
    amountCents,
    currency: 'USD',
  });
  const decision = reportUsage(
    credit.state,
    [
      record('known', 1),
      record('big', 10_001),
      record('a', 9_000),
      record('a', 9_000),
      record('big', 1_000),
    ],
    new Set(['known']),
    at('2026-01-22'),
    admin,
  );
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  expect(decision.results.map((r) => (r.status === 'refused' ? r.code : r.status))).toEqual([
    'duplicate',
    'InsufficientCredit',
    'accepted',
    'duplicate',
    'accepted',
  ]);
  expect(decision.events.map((event) => event.type)).toEqual(['consumed', 'subscription-disabled']);
  expect(decision.events[0]).toMatchObject({ amountCents: 10_000, month: '2026-01' });
});

test('CR-13 with the limit on a record that does not fit is refused whole and disables; a smaller one fits', () => {
  const credit = redeemed('2026-01-20');
  expect(credit.use('2026-01-21', 10_001)).toBe('InsufficientCredit');
  expect(credit.state.azureSubscription?.state).toBe('disabled');
  expect(credit.use('2026-01-21', 9_999)).toBe('accepted');
  expect(credit.remaining('2026-01-21')).toBe(1);
});

test('CR-13 a late record counts against its month, of which less has lapsed, until 72 hours after', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-02-03', 10_000);
  const { azureSubscription } = credit.state;
  expect(credit.use('2026-02-04', 3_000, '2026-01-31T23:59')).toBe('accepted');
  expect(credit.entries().slice(-2)).toEqual(['consumed 3000 2026-01', 'lapsed -3000 2026-01']);
  expect(credit.use('2026-02-04', 7_001, '2026-01-30')).toBe('InsufficientCredit');
  expect(credit.use('2026-02-04', 7_000, '2026-01-30')).toBe('accepted');
  expect(credit.state.azureSubscription).toEqual(azureSubscription);
  expect(credit.use('2026-02-04T00:01', 0, '2026-01-31')).toBe('OutsidePeriod');
  expect(balanceAt(credit.ledger, at('2026-02-01')).lapsedCents).toBe(10_000);
  expect(balanceAt(credit.ledger, at('2026-02-04')).lapsedCents).toBe(0);
});

test('CR-13 the 72 hours hold after an expiry as well', () => {
  const monthly = redeemed('2026-01-20');
  expect(monthly.use('2027-01-17T23:59', 4_000, '2027-01-14')).toBe('accepted');
  expect(monthly.entries().slice(-2)).toEqual(['consumed 4000 2027-01', 'lapsed -4000 2027-01']);
  expect(monthly.use('2027-01-18T00:01', 1, '2027-01-14')).toBe('BenefitExpired');
  const yearly = redeemed('2026-02-01', bulk);
  expect(yearly.use('2027-01-18', 20_000, '2027-01-14')).toBe('accepted');
  expect(yearly.entries().slice(-2)).toEqual(['consumed 20000 2027-01', 'expired -20000']);
  expect(yearly.state.expiredAt).toBe(at('2027-01-15'));
});

test('CR-13 late records of two months share what expired of a bulk credit, to the cent', () => {
  const credit = redeemed('2026-02-01', { ...bulk, endDate: '2027-01-02' });
  const late = ['2026-12-31', '2027-01-01'].map((day) => ({
    id: day,
    occurredAt: at(day),
    amountCents: 40_000,
    currency: 'USD',
  }));
  const decision = reportUsage(credit.state, late, new Set(), at('2027-01-03'), admin);
  expect(decision).toMatchObject({
    results: [{ status: 'accepted' }, { status: 'refused', code: 'InsufficientCredit' }],
    state: { totals: { consumedCents: 40_000, lapsedCents: 30_000 } },
  });
});

test('CR-13 an expiry early in a month leaves the month before open for its own 72 hours', () => {
  const ends = { redeemBy: '2026-04-02', membershipEnd: '2026-04-02' };
  const credit = redeemed('2026-01-20', ends);
  expect(credit.use('2026-04-04', 100, '2026-03-31')).toBe('accepted');
  expect(credit.use('2026-04-04', 200, '2026-04-01')).toBe('accepted');
  expect(credit.state.lapses).toEqual([
    { month: '2026-03', lapsedCents: 9_900 },
    { month: '2026-04', lapsedCents: 9_800 },
  ]);
});

test('CR-13 usage in the future, before redemption, between holders or after the end is refused', () => {
  const credit = redeemed('2026-01-20');
  expect(credit.use('2026-01-21', 1, '2026-01-22')).toBe('OutsidePeriod');
  expect(credit.use('2026-01-21', 1, '2026-01-19')).toBe('NotRedeemed');
  credit.send('2026-01-22', { type: 'unassign' });
  expect(credit.use('2026-01-24', 1, '2026-01-22')).toBe('NotRedeemed');
  expect(credit.use('2026-01-24', 1, '2026-01-21')).toBe('accepted');
  expect(credit.use('2027-01-16', 1)).toBe('BenefitExpired');
});

test("CR-13 an earlier holder's excess does not disable the present one's subscription", () => {
  const credit = redeemed('2026-01-20');
  credit.assign('2026-01-22', 'ben', credit.state.version);
  credit.redeem('2026-01-22', 's2');
  expect(credit.use('2026-01-23', 10_001, '2026-01-21')).toBe('InsufficientCredit');
  expect(credit.state.azureSubscription?.state).toBe('active');
});

test('CR-13 usage in another currency refuses the batch, naming the records', () => {
  const { state } = redeemed('2026-01-20');
  const record = { id: 'a', occurredAt: at('2026-01-20'), amountCents: 1, currency: 'EUR' };
  expect(currencyRefusal(state, [{ ...record, currency: 'USD' }])).toBeUndefined();
  expect(reportUsage(state, [record], new Set(), at('2026-01-21'), admin)).toMatchObject({
    refusal: { code: 'InvalidRequest', details: [{ target: 'records[0].amount.currency' }] },
  });
});

test('CR-14 without the limit usage beyond the balance is pay-as-you-go, split in one record', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 10_000);
  expect(credit.send('2026-01-22', { type: 'remove-spending-limit' })).toBe('ok');
  expect(credit.entries().slice(-2)).toEqual(['spending-limit-removed', 'subscription-enabled']);
  expect(credit.use('2026-02-02', 12_500)).toBe('accepted');
  expect(credit.entries().slice(-2)).toEqual([
    'consumed 10000 2026-02',
    'pay-as-you-go 2500 2026-02',
  ]);
  expect(credit.state.azureSubscription).toEqual({
    id: 's1',
    spendingLimit: 'off',
    state: 'active',
  });
  credit.settle('2027-01-15');
  expect(credit.state.azureSubscription?.state).toBe('pay-as-you-go');
  expect(credit.use('2027-01-20', 300)).toBe('accepted');
  expect(credit.state.totals.payAsYouGoCents).toBe(2_800);
});

test('CR-14 each record names the entry that counts it, in a late month too', () => {
  const credit = redeemed('2026-01-20');
  credit.send('2026-01-20', { type: 'remove-spending-limit' });
  const records = [10_000, 5].map((amountCents) => ({
    id: `${amountCents}`,
    occurredAt: at('2026-01-31'),
    amountCents,
    currency: 'USD',
  }));
  const decision = reportUsage(credit.state, records, new Set(), at('2026-02-02'), admin);
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  const counting = decision.results.map((result) =>
    decision.events.find((event) => 'sequence' in result && event.sequence === result.sequence),
  );
  expect(counting).toMatchObject([
    { type: 'consumed', amountCents: 10_000, month: '2026-01' },
    { type: 'pay-as-you-go', amountCents: 5, month: '2026-01' },
  ]);
});

test('CR-14 for 90 days after expiry a disabled subscription becomes pay-as-you-go, then no more', () => {
  const credit = redeemed('2026-02-01', bulk);
  expect(credit.send('2027-04-15', { type: 'remove-spending-limit' })).toBe('BenefitExpired');
  expect(credit.send('2027-04-14T23:59', { type: 'remove-spending-limit' })).toBe('ok');
  expect(credit.state.azureSubscription).toEqual({
    id: 's1',
    spendingLimit: 'off',
    state: 'pay-as-you-go',
  });
  const before = credit.state;
  expect(credit.send('2027-04-14T23:59', { type: 'remove-spending-limit' })).toBe('ok');
  expect(credit.state).toBe(before);
});

test('CR-14 there is no limit to remove before redemption, and a new holder starts with it on', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-15', 'ana');
  expect(credit.send('2026-01-16', { type: 'remove-spending-limit' })).toBe('NotAssigned');
  credit.redeem('2026-01-16', 's1');
  credit.send('2026-01-16', { type: 'remove-spending-limit' });
  credit.assign('2026-01-17', 'ben', credit.state.version);
  expect(credit.entries().slice(-3)).toEqual(['spending-limit-removed', 'unassigned', 'assigned']);
  credit.redeem('2026-01-18', 's2');
  expect(credit.state.azureSubscription?.spendingLimit).toBe('on');
  expect(credit.send('2027-01-16', { type: 'unassign' })).toBe('BenefitExpired');
});

test('CR-13 sums stay exact: a charge that would pass the safe integers is refused', () => {
  const credit = redeemed('2026-01-20');
  credit.send('2026-01-20', { type: 'remove-spending-limit' });
  expect(credit.use('2026-01-21', Number.MAX_SAFE_INTEGER)).toBe('accepted');
  expect(credit.use('2026-01-21', 10_001)).toBe('InsufficientCredit');
  expect(Number.isSafeInteger(credit.state.totals.payAsYouGoCents)).toBe(true);
});

test('CR-15 a read two months late is right without anything written', () => {
  const credit = redeemed('2026-01-20');
  const before = structuredClone(credit.state);
  expect(credit.remaining('2026-03-31T23:59')).toBe(10_000);
  expect(credit.remaining('2027-01-15')).toBe(0);
  expect(credit.state).toEqual(before);
  expect(settle(credit.state, at('2026-01-31T23:59')).state).toBe(credit.state);
});

test('CR-16 the balance as of a past instant is the one of then', () => {
  const credit = redeemed('2026-01-20');
  credit.use('2026-01-21', 4_000);
  credit.settle('2026-02-10');
  expect(balanceAt(credit.ledger, at('2026-01-31T23:59'))).toEqual({
    grantedCents: 10_000,
    consumedCents: 4_000,
    lapsedCents: 0,
    remainingCents: 6_000,
    payAsYouGoCents: 0,
    period: { month: '2026-01', grantedCents: 10_000, consumedCents: 4_000, remainingCents: 6_000 },
  });
  expect(balanceAt(credit.ledger, at('2026-01-19')).period).toBeNull();
});
