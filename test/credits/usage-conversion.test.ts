/** Converting to pay-as-you-go (CR-14): by administrators, by the link's API, and by the holder's page in a browser. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pages } from '../../src/platform/http/page.ts';
import { openBrowser } from '../support/browser.ts';
import { creditWorld, verdicts, type CreditWorld } from '../support/credit-world.ts';
import { servePages, type PageServer } from '../support/page-server.ts';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let world: CreditWorld;
let server: PageServer;
let browser: Browser;

beforeAll(async () => {
  world = await creditWorld();
  server = await servePages(pages());
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await world.stop();
});

const byLink = (
  token: string,
  headers: Record<string, string> = {},
  body: unknown = { confirm: true },
) => world.app.call('removeSpendingLimitByLink', { params: { token }, headers, body });

test('CR-14 by the link’s API it takes a body that confirms, and no page of another site can send it', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const limit = async () => (await credit.benefit()).azureSubscription.spendingLimit;
  for (const body of [{}, { confirm: false }, { confirm: 'true' }, { confirm: 1 }, null, [true]])
    expect((await byLink(credit.link, {}, body)).code).toBe('InvalidRequest');
  expect((await byLink(credit.link, {}, { confirm: true, more: 1 })).code).toBe('InvalidRequest');
  const unsaid = { params: { token: credit.link } };
  expect((await world.app.call('removeSpendingLimitByLink', unsaid)).code).toBe('InvalidRequest');
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ])
    expect((await byLink(credit.link, headers)).code).toBe('Forbidden');
  expect(await limit()).toBe('on');
  const own = { origin: 'http://127.0.0.1:7071', 'sec-fetch-site': 'same-origin' };
  expect((await byLink(credit.link, own)).status).toBe(200);
  expect(await limit()).toBe('off');
});

test('CR-14 an administrator removes the limit while redeemed: enabled again, once, with If-Match', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.assigned();
  const { params, admin: token } = credit;
  const remove = (headers: Record<string, string> = {}) =>
    world.app.call('removeSpendingLimit', { params, token, headers });
  expect((await remove()).code).toBe('NotAssigned');
  await credit.redeem();
  await credit.report([['a', '100']]);
  expect((await remove({ 'if-match': '"1"' })).code).toBe('PreconditionFailed');
  const { headers } = await world.app.call('getBenefit', { params, token });
  const removed = await remove({ 'if-match': headers['ETag']! });
  expect(removed.status).toBe(200);
  expect(removed.body).toMatchObject({
    id: credit.benefitId,
    azureSubscription: { spendingLimit: 'off', state: 'active' },
  });
  const again = await remove();
  expect(again.headers['ETag']).toBe(removed.headers['ETag']);
  expect((await credit.ledger()).slice(-2)).toMatchObject([
    { type: 'spending-limit-removed', actor: { type: 'user', role: 'PartnerAdmin' } },
    { type: 'subscription-enabled' },
  ]);
  const as = async (other: string) =>
    (await world.app.call('removeSpendingLimit', { params, token: other })).status;
  expect(await as(world.reporter)).toBe(403);
  expect(await as(world.setup.operator)).toBe(403);
  expect(await as((await world.setup.partner()).admin)).toBe(404);
});

test('CR-14 the holder sees balance and end by the link, and removes the limit', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.assigned();
  const { link } = credit;
  expect((await byLink(link)).code).toBe('NotAssigned');
  await credit.redeem();
  await credit.report([['a', '38.63']]);
  const seen = await world.app.call('getRedemption', { params: { token: link } });
  expect(seen.body).toMatchObject({
    status: 'redeemed',
    balance: { amount: '61.37', currency: 'USD' },
    spendingLimit: 'on',
    expiresAt: '2027-03-10T00:00:00Z',
  });
  const headers = {
    'repeatability-request-id': crypto.randomUUID(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  for (const sent of [headers, headers, {}]) {
    const { status, body } = await byLink(link, sent);
    expect({ status, limit: body.spendingLimit }).toEqual({ status: 200, limit: 'off' });
  }
  const removals = (await credit.ledger()).filter(
    ({ type }: { type: string }) => type === 'spending-limit-removed',
  );
  expect(removals).toMatchObject([{ actor: { type: 'holder', id: credit.userId } }]);
  await world.setup.must('unassignCredit', { params: credit.params, token: credit.admin });
  expect((await byLink(link)).code).toBe('LinkNoLongerValid');
  // What was done stays told to whoever sends the same request again; it opens nothing.
  expect((await byLink(link, headers)).body).toMatchObject({ spendingLimit: 'off' });
  expect((await byLink('no.such.link')).status).toBe(404);
});

test('CR-14 conversion is possible until 90 days after the end, and not at that instant', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const [one, other, third] = [
    await world.redeemed(),
    await world.redeemed(),
    await world.redeemed(),
  ];
  // The membership, and with it the credit, ends on 2027-03-10; 90 days on is 2027-06-08.
  world.setNow('2027-06-07T23:59:50Z');
  const converted = await byLink(one.link);
  expect(converted.body).toMatchObject({ status: 'expired', spendingLimit: 'off' });
  expect((await one.benefit()).azureSubscription.state).toBe('pay-as-you-go');
  const { params, admin: token } = other;
  expect((await world.app.call('removeSpendingLimit', { params, token })).status).toBe(200);
  expect(verdicts(await other.report([['a', '3']]))).toEqual(['accepted']);
  world.setNow('2027-06-08T00:00:00Z');
  expect((await byLink(third.link)).code).toBe('LinkNoLongerValid');
  const late = await world.app.call('removeSpendingLimit', {
    params: third.params,
    token: third.admin,
  });
  expect(late.code).toBe('BenefitExpired');
});

test('CR-14 on the page the holder ticks the box and converts, without JavaScript and accessibly', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  await credit.report([['a', '100']]);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const text = async () => (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  const url = `${server.url}/redeem/${credit.link}`;
  expect((await page.goto(url))?.status()).toBe(200);
  expect(await text()).toContain('Left to use 0.00 USD');
  expect(await text()).toContain('End of the credit 10 March 2027 (UTC)');
  expect(await text()).toContain('your subscription is disabled');
  // Unticked, the browser sends nothing.
  const button = page.getByRole('button', { name: 'Convert to pay-as-you-go' });
  await button.click();
  expect((await credit.benefit()).azureSubscription.spendingLimit).toBe('on');
  await page.getByLabel('I understand').check();
  await button.click();
  await page.getByRole('heading', { name: 'is converted to pay-as-you-go' }).waitFor();
  expect(await page.getByRole('status').innerText()).toContain('the spending limit is removed');
  expect(await button.count()).toBe(0);
  expect((await credit.benefit()).azureSubscription).toMatchObject({
    spendingLimit: 'off',
    state: 'active',
  });
  await context.close();

  const seen = await browser.newPage();
  await seen.goto(url);
  const { violations } = await new AxeBuilder({ page: seen }).setLegacyMode().analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await seen.close();
});

test('CR-14 a form sent without the tick, as a mail scanner would, converts nothing', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const post = (fields: Record<string, string>) =>
    fetch(`${server.url}/redeem/${credit.link}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
  const action = 'remove-spending-limit';
  const refused = await post({ action });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain('Nothing was converted');
  expect((await credit.benefit()).azureSubscription.spendingLimit).toBe('on');
  expect((await post({ action, confirm: 'yes' })).status).toBe(200);
  const page = await fetch(`${server.url}/redeem/${credit.link}`);
  expect(await page.text()).toContain('The spending limit is removed');
  await world.setup.must('unassignCredit', { params: credit.params, token: credit.admin });
  expect((await post({ action, confirm: 'yes' })).status).toBe(410);
});

test('CR-14 after the end the page says until when to convert, then that the link is over', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const read = async () => {
    const answer = await fetch(`${server.url}/redeem/${credit.link}`);
    const text = (await answer.text()).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    return { status: answer.status, text };
  };
  world.setNow('2027-03-10T00:00:00Z');
  const { text } = await read();
  expect(text).toContain('has ended');
  expect(text).toContain('You can convert it before 8 June 2027 (UTC)');
  world.setNow('2027-06-08T00:00:00Z');
  expect((await read()).status).toBe(410);
});
