import { afterAll, beforeAll, expect, test } from 'vitest';
import { creditWorld, verdicts, type CreditWorld, type Sent } from '../support/credit-world.ts';

let world: CreditWorld;

beforeAll(async () => {
  world = await creditWorld();
}, 60_000);

afterAll(() => world.stop());

const spent = async (credit: { balance(): Promise<{ consumed: { amount: string } }> }) =>
  (await credit.balance()).consumed.amount;

test('CR-13 a record is counted once: in one batch, in the next, and whatever its amount is then', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const first = await credit.report([
    ['a', '10'],
    ['b', '5.50'],
    ['a', '99'],
  ]);
  expect(first.status).toBe(200);
  expect(verdicts(first)).toEqual(['accepted', 'accepted', 'duplicate']);
  expect(first.body.results[0]).toEqual({ id: 'a', status: 'accepted' });
  expect(first.body.balance).toMatchObject({
    consumed: { amount: '15.50', currency: 'USD' },
    remaining: { amount: '84.50' },
    period: { month: '2026-03', consumed: { amount: '15.50' }, remaining: { amount: '84.50' } },
  });
  const again = await credit.report([
    ['b', '5.50'],
    ['c', '1'],
    ['a', '10'],
  ]);
  expect(verdicts(again)).toEqual(['duplicate', 'accepted', 'duplicate']);
  expect(await spent(credit)).toBe('16.50');
});

test('CR-13 ids that differ by letter case are different records', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records: Sent[] = [
    ['Meter.A-1_x', '1'],
    ['meter.a-1_x', '2'],
    ['METER.A-1_X', '4'],
  ];
  expect(verdicts(await credit.report(records))).toEqual(['accepted', 'accepted', 'accepted']);
  expect(verdicts(await credit.report([records[2]!, records[1]!]))).toEqual([
    'duplicate',
    'duplicate',
  ]);
  expect(await spent(credit)).toBe('7.00');
});

test('CR-13 a record that was counted stays a duplicate when it would be refused today', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const occurredAt = await world.present();
  await credit.report([
    ['a', '60', occurredAt],
    ['b', '1', occurredAt],
  ]);
  expect(verdicts(await credit.report([['c', '39']]))).toEqual(['accepted']);
  // Nothing is left, and the batch is cut in another way than before.
  expect(verdicts(await credit.report([['a', '60', occurredAt]]))).toEqual(['duplicate']);
  world.setNow('2026-06-01T00:00:00Z');
  expect(
    verdicts(
      await credit.report([
        ['b', '1', occurredAt],
        ['d', '1', occurredAt],
      ]),
    ),
  ).toEqual(['duplicate', 'OutsidePeriod']);
});

test('CR-13 records are refused one by one, each for its own reason', async () => {
  world.setNow('2026-03-01T00:00:00Z');
  const credit = await world.assigned();
  expect(verdicts(await credit.report([['early', '1', '2026-02-28T23:00:00Z']]))).toEqual([
    'NotRedeemed',
  ]);
  world.setNow('2026-03-10T12:00:00Z');
  await credit.redeem();
  world.setNow('2026-04-20T12:00:00Z');
  const answer = await credit.report([
    ['1', '1', '2026-04-20T13:00:00Z'],
    ['2', '1', '2026-03-31T12:00:00Z'],
    ['3', '1', '2026-03-10T11:00:00Z'],
    ['4', '100.01', '2026-04-20T11:00:00Z'],
    ['5', '100', '2026-04-20T11:00:00Z'],
    ['6', '0', '2026-04-20T11:00:00Z'],
    ['7', '0.01', '2026-04-20T11:00:00Z'],
  ]);
  expect(verdicts(answer)).toEqual([
    'OutsidePeriod',
    'OutsidePeriod',
    'OutsidePeriod',
    'InsufficientCredit',
    'accepted',
    'accepted',
    'InsufficientCredit',
  ]);
  world.setNow('2027-04-20T12:00:00Z');
  expect(verdicts(await credit.report([['8', '1']]))).toEqual(['BenefitExpired']);
  expect(verdicts(await credit.report([['5', '100', '2026-04-20T11:00:00Z']]))).toEqual([
    'duplicate',
  ]);
});

test('CR-13 a late record is taken for 72 hours, and what had lapsed is less by as much', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  await credit.report([['a', '40']]);
  world.setNow('2026-04-03T23:59:00Z');
  const late = await credit.report([
    ['b', '25', '2026-03-31T23:59:59.999Z'],
    ['c', '35.01', '2026-03-31T23:00:00Z'],
  ]);
  expect(verdicts(late)).toEqual(['accepted', 'InsufficientCredit']);
  expect(late.body.balance).toMatchObject({
    granted: { amount: '200.00' },
    consumed: { amount: '65.00' },
    lapsed: { amount: '35.00' },
    remaining: { amount: '100.00' },
    period: { month: '2026-04', consumed: { amount: '0.00' } },
  });
  expect((await credit.ledger()).slice(-2)).toMatchObject([
    { type: 'consumed', amount: { amount: '25.00' }, month: '2026-03' },
    { type: 'lapsed', amount: { amount: '-25.00' }, month: '2026-03' },
  ]);
  expect((await credit.balance('2026-04-01T00:00:00Z')).lapsed.amount).toBe('60.00');
  expect((await credit.benefit()).azureSubscription.state).toBe('active');
  world.setNow('2026-04-04T00:00:01Z');
  expect(verdicts(await credit.report([['d', '1', '2026-03-31T23:00:00Z']]))).toEqual([
    'OutsidePeriod',
  ]);
});

test('CR-13 used up with the limit on, the subscription is disabled until the next grant', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const state = async () => (await credit.benefit()).azureSubscription;
  await credit.report([['a', '100']]);
  expect(await state()).toMatchObject({ spendingLimit: 'on', state: 'disabled' });
  world.setNow('2026-04-01T00:00:00Z');
  expect(await state()).toMatchObject({ state: 'active' });
  expect(
    verdicts(
      await credit.report([
        ['b', '150'],
        ['c', '30'],
      ]),
    ),
  ).toEqual(['InsufficientCredit', 'accepted']);
  expect(await state()).toMatchObject({ state: 'disabled' });
  // A refused record may be sent again.
  world.setNow('2026-05-01T00:00:00Z');
  expect(verdicts(await credit.report([['b', '99']]))).toEqual(['accepted']);
  const ledger = await credit.ledger();
  expect(ledger.map(({ type }: { type: string }) => type)).toEqual([
    ...['provisioned', 'assigned', 'redeemed', 'granted', 'consumed', 'subscription-disabled'],
    ...['granted', 'subscription-enabled', 'consumed', 'subscription-disabled'],
    ...['lapsed', 'granted', 'subscription-enabled', 'consumed'],
  ]);
});

test('CR-13 of a batch sent again whole, what was refused is judged anew', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const send = () =>
    credit.report([
      ['a', '90'],
      ['b', '20'],
    ]);
  expect(verdicts(await send())).toEqual(['accepted', 'InsufficientCredit']);
  world.setNow('2026-04-10T12:00:00Z');
  expect(verdicts(await send())).toEqual(['duplicate', 'accepted']);
  expect(await spent(credit)).toBe('110.00');
});

test('CR-14 with the limit off a record is split, and after the end all of it is pay-as-you-go', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed('launch');
  const { params, admin: token } = credit;
  await credit.report([['a', '699']]);
  const limited = await world.app.call('removeSpendingLimit', { params, token });
  expect(limited.body.azureSubscription).toMatchObject({ spendingLimit: 'off', state: 'active' });
  const split = await credit.report([
    ['b', '2.50'],
    ['c', '3'],
  ]);
  expect(verdicts(split)).toEqual(['accepted', 'accepted']);
  expect(split.body.balance).toMatchObject({
    consumed: { amount: '700.00' },
    remaining: { amount: '0.00' },
    payAsYouGo: { amount: '4.50' },
    period: null,
  });
  expect((await credit.ledger()).slice(-2)).toMatchObject([
    { type: 'consumed', amount: { amount: '1.00' } },
    { type: 'pay-as-you-go', amount: { amount: '4.50' } },
  ]);
  world.setNow('2027-03-12T00:00:00Z');
  const after = await credit.report([['d', '10']]);
  expect(verdicts(after)).toEqual(['accepted']);
  expect(after.body.balance).toMatchObject({ payAsYouGo: { amount: '14.50' } });
  expect((await credit.benefit()).azureSubscription.state).toBe('pay-as-you-go');
});

test('CR-13 more than 1,000 records are 413, exactly 1,000 are taken', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records = Array.from({ length: 1_001 }, (_, i): Sent => [`r${i}`, '0.10']);
  const { status, code } = await credit.report(records);
  expect({ status, code }).toEqual({ status: 413, code: 'PayloadTooLarge' });
  const taken = await credit.report(records.slice(1));
  expect(new Set(verdicts(taken))).toEqual(new Set(['accepted']));
  expect(taken.body.balance.remaining.amount).toBe('0.00');
}, 20_000);

test('CR-13 what is malformed is named, and nothing of the batch is counted', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const send = (records: unknown) =>
    world.app.call('reportUsage', {
      params: credit.params,
      body: { records },
      token: world.reporter,
    });
  const good = {
    id: 'a',
    occurredAt: '2026-03-10T11:00:00Z',
    amount: { amount: '1', currency: 'USD' },
  };
  const targets = async (records: unknown) => {
    const { status, body } = await send(records);
    expect(status).toBe(400);
    const named = body.error.details.map(({ target }: { target: string }) => target);
    return [...new Set(named)];
  };
  expect(await targets([good, { ...good, id: 'a b' }])).toEqual(['records[1].id']);
  expect(await targets([{ ...good, id: 'x'.repeat(65) }])).toEqual(['records[0].id']);
  expect(await targets([{ ...good, occurredAt: 'yesterday' }])).toEqual(['records[0].occurredAt']);
  for (const amount of ['-1', '1.005', '1e3'])
    expect(await targets([{ ...good, amount: { amount, currency: 'USD' } }])).toEqual([
      'records[0].amount.amount',
    ]);
  expect(
    await targets([good, { ...good, id: 'b', amount: { amount: '1', currency: 'EUR' } }]),
  ).toEqual(['records[1].amount.currency']);
  expect(await spent(credit)).toBe('0.00');
});

test('PR-04 PR-06 reporting is for services, on credits that exist', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const { params } = credit;
  const body = { records: [] };
  const as = async (token: string, path: Record<string, string> = params) =>
    (await world.app.call('reportUsage', { params: path, body, token })).status;
  expect(await as(credit.admin)).toBe(403);
  expect(await as(world.setup.operator)).toBe(200);
  expect(await as(world.reporter)).toBe(200);
  expect(await as(world.reporter, { ...params, benefitId: params.partnerId })).toBe(404);
  const stranger = await world.setup.partner();
  expect(await as(stranger.admin)).toBe(404);
});

test('a request that names itself is answered again as it was, and counted once', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const occurredAt = await world.present();
  const headers = {
    'repeatability-request-id': crypto.randomUUID(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  await credit.report([['0', '1', occurredAt]]);
  const records: Sent[] = [
    ['0', '1', occurredAt],
    ['1', '60', occurredAt],
    ['2', '60', occurredAt],
    ...Array.from({ length: 100 }, (_, i): Sent => [`r${i}`, '0.01', occurredAt]),
    ['1', '60', occurredAt],
  ];
  const first = await credit.report(records, headers);
  expect(verdicts(first).slice(0, 3)).toEqual(['duplicate', 'accepted', 'InsufficientCredit']);
  const again = await credit.report(records, headers);
  expect(again.body).toEqual({
    ...first.body,
    balance: { ...first.body.balance, asOf: again.body.balance.asOf },
  });
  const other = await credit.report(records.slice(1), headers);
  expect(other.code).toBe('RepeatabilityConflict');
  expect(await spent(credit)).toBe('62.00');
});
