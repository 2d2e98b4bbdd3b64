import { afterAll, beforeAll, expect, test } from 'vitest';
import { creditWorld, type CreditWorld } from '../support/credit-world.ts';

let world: CreditWorld;

beforeAll(async () => {
  world = await creditWorld();
}, 60_000);

afterAll(() => world.stop());

const cents = ({ amount }: { amount: string }) => Math.round(Number(amount) * 100);

test('CR-16 the balance as of every instant of the ledger is the sum of the entries up to it', async () => {
  world.setNow('2026-01-15T09:00:00Z');
  const credit = await world.redeemed();
  await credit.report([['jan', '40']]);
  world.setNow('2026-02-02T10:00:00Z');
  await credit.report([
    ['late', '10', '2026-01-31T10:00:00Z'],
    ['feb', '100'],
  ]);
  await world.setup.must('removeSpendingLimit', { params: credit.params, token: credit.admin });
  world.setNow('2026-02-20T10:00:00Z');
  await credit.report([['beyond', '7.77']]);
  // Months go by that no timer and no command writes down.
  world.setNow('2026-05-05T10:00:00Z');
  const ledger: { at: string; type: string; amount: { amount: string }; month?: string }[] =
    await credit.ledger();
  expect(ledger.filter(({ type }) => type === 'granted')).toHaveLength(5);
  const instants = new Set(ledger.map(({ at }) => at));
  for (const asOf of instants) {
    const sum = (...types: string[]) =>
      ledger
        .filter(({ at, type }) => at <= asOf && types.includes(type))
        .reduce((total, entry) => total + cents(entry.amount), 0);
    const balance = await credit.balance(asOf);
    expect(balance.asOf).toBe(asOf);
    const [granted, consumed, lapsed] = [sum('granted'), sum('consumed'), sum('lapsed')];
    expect({
      granted: cents(balance.granted),
      consumed: cents(balance.consumed),
      lapsed: cents(balance.lapsed),
      remaining: cents(balance.remaining),
      payAsYouGo: cents(balance.payAsYouGo),
    }).toEqual({
      granted,
      consumed,
      lapsed,
      remaining: granted - consumed - lapsed,
      payAsYouGo: sum('pay-as-you-go'),
    });
  }
  expect(await credit.balance('2026-01-01T00:00:00Z')).toMatchObject({
    granted: { amount: '0.00', currency: 'USD' },
    remaining: { amount: '0.00' },
    period: null,
  });
  expect((await credit.balance('2026-01-31T23:59:59.999Z')).period).toEqual({
    month: '2026-01',
    granted: { amount: '100.00', currency: 'USD' },
    consumed: { amount: '40.00', currency: 'USD' },
    remaining: { amount: '60.00', currency: 'USD' },
  });
  const { asOf: _now, ...current } = await credit.balance();
  expect(current).toEqual({
    granted: { amount: '500.00', currency: 'USD' },
    consumed: { amount: '150.00', currency: 'USD' },
    lapsed: { amount: '250.00', currency: 'USD' },
    remaining: { amount: '100.00', currency: 'USD' },
    payAsYouGo: { amount: '7.77', currency: 'USD' },
    period: {
      month: '2026-05',
      granted: { amount: '100.00', currency: 'USD' },
      consumed: { amount: '0.00', currency: 'USD' },
      remaining: { amount: '100.00', currency: 'USD' },
    },
  });
});

test('CR-16 the balance of an instant to come is refused, and says which parameter', async () => {
  world.setNow('2026-01-15T09:00:00Z');
  const { params, admin: token } = await world.redeemed();
  const ask = (asOf: string) => world.app.call('getBalance', { params, query: { asOf }, token });
  const { status, body } = await ask('2026-01-15T10:00:00Z');
  expect(status).toBe(400);
  expect(body.error.details).toMatchObject([{ target: 'asOf' }]);
  expect((await ask('soon')).body.error.details).toMatchObject([{ target: 'asOf' }]);
  expect((await ask('2026-01-15T10:00:00+02:00')).status).toBe(200);
});

test('PR-05 PR-06 balances are for administrators, meters and operators; others see nothing', async () => {
  world.setNow('2026-01-15T09:00:00Z');
  const { params, partnerId } = await world.redeemed();
  const as = async (token: string) =>
    (await world.app.call('getBalance', { params, token })).status;
  const own = (role: 'GlobalAdmin' | 'PartnerAdmin' | 'AdminAgent' | 'BillingAdmin') =>
    world.app.tokenFor({ roles: [role], partner: partnerId });
  expect(await as(await own('GlobalAdmin'))).toBe(200);
  expect(await as(await own('PartnerAdmin'))).toBe(200);
  expect(await as(await own('AdminAgent'))).toBe(403);
  expect(await as(await own('BillingAdmin'))).toBe(403);
  expect(await as(world.reporter)).toBe(200);
  expect(await as(world.setup.operator)).toBe(200);
  expect(await as((await world.setup.partner()).admin)).toBe(404);
});

test('CR-16 an instant that one instance has answered with is not to come by the clock of another', async () => {
  world.setNow('2026-03-31T12:00:00Z');
  const credit = await world.redeemed();
  world.setNow('2026-04-01T00:00:01Z');
  const { body } = await credit.report([['a', '1']]);
  const ledger: { at: string }[] = await credit.ledger();
  const last = ledger.at(-1)!.at;
  world.setNow('2026-03-31T23:59:58Z');
  expect(await credit.balance(last)).toMatchObject({ ...body.balance, asOf: last });
  expect(await credit.balance()).toMatchObject({ asOf: last, period: { month: '2026-04' } });
  // Reported by a clock that is behind, what is left of March is no longer to be had from April's grant.
  const late = await credit.report([['b', '100.01']]);
  expect(late.body.results[0]).toMatchObject({ status: 'refused', code: 'InsufficientCredit' });
  expect((await credit.balance()).remaining.amount).toBe('99.00');
});
