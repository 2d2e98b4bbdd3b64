/** Moving the test clock on: credits lapse, are granted anew and end, and mails arrive, with nobody watching. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { apiClient, newPartner, ok, version } from '../support/client.ts';
import { mailsTo } from '../support/mailbox.ts';
import { startOwnStack } from '../support/stack.ts';

// The clock is everybody's: this story has a stack of its own.
const { stack, stop } = await startOwnStack();
afterAll(stop);

/** Moves the clock; the answer comes when the timers in between have run and the queues are empty. */
async function moveTo(now: string): Promise<void> {
  const answer = await fetch(`${stack.baseUrl}/admin/clock`, {
    method: 'PUT',
    body: JSON.stringify({ now }),
  });
  expect(await answer.json()).toMatchObject({ failed: [], drained: true });
}

/** The first of the month that lies so many months after this one. */
function firstOfMonth(months: number): string {
  const today = new Date();
  return new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1))
    .toISOString()
    .slice(0, 10);
}

test('CR-10 CR-11 CR-13 CR-14 CR-17 a monthly credit through its months to its end', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  const path = { partnerId: partner.id, benefitId: credit.id };
  const user = await partner.user();
  await ok(partner.assign(credit.id, user.id));
  const token = await partner.link(credit.id);
  await ok(
    apiClient(stack).POST('/api/redemptions/{token}', {
      params: { path: { token }, query: version },
      body: { azureSubscriptionId: randomUUID() },
    }),
  );
  const meter = apiClient(stack, await stack.tokenFor({ roles: ['UsageReporter'] }));
  const use = (id: string, amount: string, occurredAt: string) =>
    ok(
      meter.POST('/api/partners/{partnerId}/benefits/{benefitId}/usage', {
        params: { path, query: version },
        body: { records: [{ id, occurredAt, amount: { amount, currency: 'USD' } }] },
      }),
    );
  const balance = (asOf?: string) =>
    ok(
      partner.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}/balance', {
        params: { path, query: { ...version, ...(asOf === undefined ? {} : { asOf }) } },
      }),
    );
  const usd = (amount: string) => ({ amount, currency: 'USD' });

  // A month's end: what is left lapses, and the next month's amount is granted.
  await moveTo(`${firstOfMonth(1)}T12:00:00Z`);
  expect(await balance()).toMatchObject({
    granted: usd('200.00'),
    lapsed: usd('100.00'),
    remaining: usd('100.00'),
  });
  await use('one', '30.00', `${firstOfMonth(1)}T11:00:00Z`);
  expect((await use('one', '30.00', `${firstOfMonth(1)}T11:00:00Z`)).results).toEqual([
    { id: 'one', status: 'duplicate' },
  ]);
  await moveTo(`${firstOfMonth(2)}T12:00:00Z`);
  expect(await balance()).toMatchObject({
    granted: usd('300.00'),
    consumed: usd('30.00'),
    lapsed: usd('170.00'),
    remaining: usd('100.00'),
    period: { month: firstOfMonth(2).slice(0, 7), granted: usd('100.00') },
  });
  expect(await balance(`${firstOfMonth(1)}T00:00:00Z`)).toMatchObject({
    granted: usd('200.00'),
    consumed: usd('0.00'),
  });

  // The end: announced 30, 7 and 1 days before, told when it has come, and what is left lapses.
  const { expiresAt, assignment } = await partner.benefit(credit.id);
  const end = Date.parse(expiresAt);
  const noonBefore = (days: number) => new Date(end - (days - 0.5) * 86_400_000).toISOString();
  const reminders = async () =>
    (await mailsTo(stack, assignment?.email ?? '')).filter(({ subject }) => /end/i.test(subject));
  for (const [index, days] of [30, 7, 1, 0].entries()) {
    await moveTo(noonBefore(days));
    expect(await reminders()).toHaveLength(index + 1);
  }
  expect(await partner.benefit(credit.id)).toMatchObject({
    status: 'expired',
    azureSubscription: { state: 'disabled' },
  });
  const last = await balance();
  expect(last).toMatchObject({ remaining: usd('0.00'), consumed: usd('30.00') });
  const cents = (money: { amount: string }) => Math.round(Number(money.amount) * 100);
  expect(cents(last.granted)).toBe(cents(last.consumed) + cents(last.lapsed));

  // Within 90 days of the end the holder can still go on as pay-as-you-go.
  await ok(
    apiClient(stack).POST('/api/redemptions/{token}/remove-spending-limit', {
      params: { path: { token }, query: version },
      body: { confirm: true },
    }),
  );
  expect(await partner.benefit(credit.id)).toMatchObject({
    azureSubscription: { state: 'pay-as-you-go', spendingLimit: 'off' },
  });
  const types = (await partner.ledger(credit.id)).map(({ type }) => type);
  expect(types.filter((type) => type === 'granted').length).toBeGreaterThanOrEqual(12);
  expect(types).toContain('expired');
}, 120_000);
