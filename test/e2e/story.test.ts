/** The main job as people do it: over HTTP, in the mailbox and in a browser. */
import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { apiClient, newPartner, ok, refused, version } from '../support/client.ts';
import { waitForMail } from '../support/mailbox.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('CR-02 CR-03 CR-08 CR-09 a credit from award to redemption', async () => {
  const partner = await newPartner(stack, { displayName: 'Fabrikam', domains: ['fabrikam.com'] });
  const credit = await partner.credit('azure-monthly');
  const path = { partnerId: partner.id, benefitId: credit.id };
  expect(credit.status).toBe('available');
  expect(credit.actions.find(({ name }) => name === 'assign')).toMatchObject({ allowed: true });

  // The admin finds nobody yet, and adds and assigns in one call.
  const email = `ana.${randomUUID()}@fabrikam.com`;
  const assigned = await ok(
    partner.admin.PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
      params: { path, query: version },
      body: { newUser: { email, displayName: 'Ana Álvarez' } },
    }),
  );
  expect(assigned).toMatchObject({ status: 'assigned', assignment: { email } });

  // The mail: who it is for, what it is about, the steps, the rule, the link in full.
  const mail = await waitForMail(stack, email);
  expect(mail.subject).toContain('Azure');
  for (const body of [mail.text, mail.html]) {
    expect(body).toContain('Ana Álvarez');
    expect(body).toContain('Fabrikam');
    expect(body).toMatch(/new Azure subscription/i);
  }
  const link = /http:\/\/\S+\/redeem\/[\w.-]+/.exec(mail.text)?.[0] ?? '';
  expect(mail.html).toContain(link);
  const mailStatus = async () => (await partner.benefit(credit.id)).assignment?.mail.status;
  await expect.poll(mailStatus, { timeout: 20_000 }).toBe('delivered');

  // A scanner that opens the link changes nothing.
  const before = await partner.etag(credit.id);
  expect((await fetch(link)).status).toBe(200);
  expect(await partner.etag(credit.id)).toBe(before);

  // A subscription that another partner's credit was redeemed on.
  const anybody = apiClient(stack);
  const taken = randomUUID();
  const other = await newPartner(stack);
  const bulk = await other.credit('azure-bulk');
  await ok(other.assign(bulk.id, (await other.user()).id));
  await ok(
    anybody.POST('/api/redemptions/{token}', {
      params: { path: { token: await other.link(bulk.id) }, query: version },
      body: { azureSubscriptionId: taken },
    }),
  );

  // The user opens the link in a browser without JavaScript, tries that one, reads why not, and redeems on a new one.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(link);
  const main = page.locator('main');
  expect(await page.locator('h1').innerText()).toBe('Redeem your Azure monthly credit');
  expect(await main.innerText()).toContain('100.00 USD');
  await page.getByLabel('Azure subscription id').fill(taken);
  await page.getByRole('button').click();
  expect(await main.innerText()).toContain(
    'A credit was redeemed on this Azure subscription before.',
  );
  const azureSubscriptionId = randomUUID();
  await page.getByLabel('Azure subscription id').fill(azureSubscriptionId.toUpperCase());
  await page.getByRole('button').click();
  expect(await main.innerText()).toContain(azureSubscriptionId);
  await page.goto(link);
  expect(await page.locator('h1').innerText()).toMatch(/redeemed/i);
  await context.close();

  // The portal sees it, and the history tells who did what.
  expect(await partner.benefit(credit.id)).toMatchObject({
    status: 'redeemed',
    azureSubscription: { id: azureSubscriptionId, spendingLimit: 'on', state: 'active' },
  });
  const ledger = await partner.ledger(credit.id);
  expect(ledger.map(({ type }) => type)).toEqual([
    'provisioned',
    'assigned',
    'mail-sent',
    'redeemed',
    'granted',
  ]);
  expect(ledger.find(({ type }) => type === 'redeemed')?.actor).toMatchObject({ type: 'holder' });

  // The link redeems once.
  const token = link.split('/').at(-1) ?? '';
  const again = {
    params: { path: { token }, query: version },
    body: { azureSubscriptionId: randomUUID() },
  };
  await refused(anybody.POST('/api/redemptions/{token}', again), 'AlreadyRedeemed');

  // Taken away, the link is dead at once, in the browser too (CR-08).
  await ok(partner.unassign(credit.id));
  await refused(
    anybody.GET('/api/redemptions/{token}', { params: { path: { token }, query: version } }),
    'LinkNoLongerValid',
  );
  expect((await fetch(link)).status).toBe(410);
});
