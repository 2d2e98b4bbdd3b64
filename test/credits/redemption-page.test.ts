import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { signLink } from '../../src/credits/link-token.ts';
import {
  redemptionPage,
  refusalPage,
  subscriptionIdProblem,
  type RedemptionCredit,
  type RedemptionView,
} from '../../src/credits/redemption-page.ts';
import { newId } from '../../src/platform/ids.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';
import { htmlAnswer } from '../../src/platform/http/page-answer.ts';
import { pages } from '../../src/platform/http/page.ts';
import { refuse, type RefusalCode } from '../../src/platform/refusals.ts';
import { openBrowser } from '../support/browser.ts';
import { servePages, type PageServer } from '../support/page-server.ts';
import { testSettings, useTestSettings } from '../support/settings.ts';
import '../../functions/http/redeem-by-form.ts';
import '../../functions/http/redemption-page.ts';

const subscriptionId = '2b9f5c1e-7d0a-4c3b-9a53-0f8f2b1f6a11';

const credit: RedemptionCredit = {
  name: 'Azure monthly credit',
  amount: { amount: '100.00', currency: 'USD' },
  monthly: true,
  assignedTo: { displayName: 'Ana Silva', email: 'ana.silva@contoso.com' },
};

const open: RedemptionView = {
  kind: 'open',
  credit,
  steps: ['Open the offer page and create a new Azure subscription.', 'Redeem the credit here.'],
  offerUrl: 'https://signup.azure.com/signup?offer=MS-AZR-0025P',
  redeemBy: '2027-01-15',
};

const redeemed: RedemptionView = {
  kind: 'redeemed',
  credit,
  justNow: 'redeemed',
  azureSubscriptionId: subscriptionId,
  redeemedAt: '2026-11-22T08:05:31.250Z',
};

const problem = (status: 400 | 409, message: string, typed: string) => ({
  ...open,
  problem: { status, message, typed },
});

const views: Record<string, { view: RedemptionView; status: number }> = {
  open: { view: open, status: 200 },
  malformed: {
    view: problem(400, subscriptionIdProblem('my-subscription') ?? '', 'my-subscription'),
    status: 400,
  },
  used: {
    view: problem(
      409,
      'A credit was already redeemed on this subscription. Create a new one and enter its id.',
      subscriptionId,
    ),
    status: 409,
  },
  'redeemed-now': { view: redeemed, status: 200 },
  'redeemed-before': {
    view: {
      ...redeemed,
      credit: {
        ...credit,
        name: 'GitHub Enterprise metered billing credit',
        amount: { amount: '10000.00', currency: 'USD' },
        monthly: false,
        assignedTo: {
          displayName: 'Wolfeschlegelsteinhausenbergerdorff',
          email: 'wolfeschlegelsteinhausenbergerdorff@a-company-of-a-rather-long-name.example',
        },
      },
      justNow: undefined,
      balance: { amount: '61.37', currency: 'USD' },
      endsAt: '2027-12-31',
      conversion: { standing: 'running' },
    },
    status: 200,
  },
  'not-confirmed': {
    view: {
      ...redeemed,
      justNow: undefined,
      conversion: { standing: 'disabled', unconfirmed: true },
    },
    status: 400,
  },
  'converted-now': {
    view: { ...redeemed, justNow: 'converted', conversion: { standing: 'done' } },
    status: 200,
  },
  ended: {
    view: {
      ...redeemed,
      justNow: undefined,
      ended: true,
      balance: { amount: '0.00', currency: 'USD' },
      endsAt: '2027-12-31',
      conversion: { standing: 'ended', before: '2028-03-30' },
    },
    status: 200,
  },
  'goes-on': {
    view: { ...redeemed, justNow: undefined, ended: true, conversion: { standing: 'goes-on' } },
    status: 200,
  },
  dead: { view: { kind: 'dead' }, status: 410 },
  expired: { view: { kind: 'expired' }, status: 410 },
  unknown: { view: { kind: 'unknown' }, status: 404 },
  unavailable: { view: { kind: 'unavailable' }, status: 503 },
  failed: { view: { kind: 'failed', requestId: subscriptionId }, status: 500 },
};

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  useTestSettings();
  server = await servePages([
    ...pages(),
    {
      name: 'page',
      method: 'GET',
      route: '{view}',
      handle: async ({ request }) =>
        htmlAnswer(redemptionPage(views[request.params['view'] ?? '']!.view)),
    },
  ]);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

const screens = [320, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);

test.each(Object.entries(views))(
  'CR-09 the page %s is accessible and self-contained on every screen',
  async (name, { status }) => {
    const page = await browser.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));

    const answer = await page.goto(`${server.url}/${name}`);
    expect(answer?.status()).toBe(status);
    expect(await page.locator('h1').count()).toBe(1);
    for (const { width, colorScheme } of screens) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      // The legacy mode opens no window of its own; it only leaves out frames, and there are none.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
      const sideways = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(sideways, `to scroll sideways at ${width} px`).toBe(0);
    }
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([`${server.url}/${name}`]);
    expect(complaints.filter((text) => !text.includes(`status of ${status}`))).toEqual([]);
    await page.close();
  },
);

test('CR-09 the policy is at work: neither script nor foreign style gets into a page', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/open`);
  const blocked = await page.evaluate(`new Promise((resolve) => {
    const directives = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      directives.push(event.effectiveDirective);
      if (directives.length === 2) resolve(directives.sort());
    });
    const add = (name, text) =>
      document.body.append(Object.assign(document.createElement(name), { textContent: text }));
    add('script', 'document.title = "broken"');
    add('style', 'body { display: none }');
  })`);
  expect(blocked).toEqual(['script-src-elem', 'style-src-elem']);
  await page.close();
});

test('CR-09 a refused id comes back in its field, named in the summary, and is put right from there', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/used`);
  expect(await page.title()).toMatch(/^Error: /);
  const summary = page.getByRole('alert');
  expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('alert');
  const field = page.getByLabel('Azure subscription id');
  expect(await field.inputValue()).toBe(subscriptionId);
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  expect(await field.getAttribute('aria-describedby')).toBe('hint error');
  await summary.getByRole('link').click();
  expect(await page.evaluate('document.activeElement.id')).toBe('azureSubscriptionId');
  await page.close();
});

test('CR-09 without JavaScript the form posts the id to the page itself, and only that', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.url}/open?from=mail`);
  await page.getByLabel('Azure subscription id').fill(` ${subscriptionId} `);
  const [request] = await Promise.all([
    page.waitForRequest((sent) => sent.method() === 'POST'),
    page.getByRole('button', { name: 'Redeem the credit' }).click(),
  ]);
  expect(request.url()).toBe(`${server.url}/open?from=mail`);
  expect(request.headers()['content-type']).toBe('application/x-www-form-urlencoded');
  expect([...new URLSearchParams(request.postData() ?? '')]).toEqual([
    ['azureSubscriptionId', ` ${subscriptionId} `],
  ]);
  await context.close();
});

test('CR-09 the open page states the rule, the amount, the holder, the last day and the offer', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/open`);
  const text = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  expect(text).toContain(
    'only on a new Azure subscription: one on which no credit was ever redeemed',
  );
  expect(text).toContain('must be moved to it');
  expect(text).toContain('100.00 USD every calendar month');
  expect(text).toContain('Ana Silva (ana.silva@contoso.com)');
  expect(text).toContain('15 January 2027 (UTC)');
  expect(await page.locator('main ol > li').allInnerTexts()).toEqual(open.steps);
  const offer = page.getByRole('link', { name: 'Offer page' });
  expect(await offer.getAttribute('href')).toBe(open.offerUrl);
  expect(await offer.getAttribute('rel')).toContain('noreferrer');
  await page.close();
});

test('CR-14 a redeemed page tells subscription, day, balance and end, and offers the conversion', () => {
  const { html } = redemptionPage(views['redeemed-before']!.view);
  expect(html).toContain('name="action" value="remove-spending-limit"');
  const text = html.replace(/<[^>]*>/g, '');
  for (const part of [
    subscriptionId,
    '22 November 2026, 08:05 (UTC)',
    '61.37 USD',
    '10,000.00 USD, granted once',
    '31 December 2027 (UTC)',
  ])
    expect(text).toContain(part);
  const ended = redemptionPage(views['ended']!.view).html.replace(/<[^>]*>/g, '');
  expect(ended).toContain('Your Azure monthly credit has ended');
  expect(ended).toMatch(/convert it before\s+30 March 2028 \(UTC\)/);
  for (const name of ['converted-now', 'goes-on'])
    expect(redemptionPage(views[name]!.view).html).not.toContain('<form');
  const bare = redemptionPage(redeemed).html;
  for (const part of ['Left to use', 'End of the credit', 'pay-as-you-go'])
    expect(bare).not.toContain(part);
});

test('CR-09 whatever a name or a typed id holds, it stays text', () => {
  const evil = `"'><script>alert(1)</script>&amp;`;
  const { html } = redemptionPage({
    ...open,
    credit: { ...credit, name: evil, assignedTo: { displayName: evil, email: evil } },
    steps: [evil],
    problem: { status: 409, message: evil, typed: evil },
  });
  expect(html).not.toContain('<script');
  expect(html).toContain('value="&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"');
});

test('CR-08 each refusal of a link has its own page', () => {
  const statusFor = (code: RefusalCode) => {
    const { status, html } = refusalPage(refuse(code, 'what to do'), subscriptionId);
    return [status, /<h1>(.*?)<\/h1>/s.exec(html)?.[1]];
  };
  expect(statusFor('NotFound')).toEqual([404, 'We do not know this link']);
  expect(statusFor('LinkNoLongerValid')).toEqual([410, 'This link no longer works']);
  expect(statusFor('ServiceUnavailable')).toEqual([503, 'Not available at the moment']);
  expect(statusFor('InternalError')).toEqual([500, 'Something went wrong here']);
  expect(statusFor('Forbidden')).toEqual([403, 'This is not allowed']);
});

test('CR-09 what is typed is judged as a GUID in any letter case', () => {
  expect(subscriptionIdProblem(subscriptionId.toUpperCase())).toBeUndefined();
  expect(subscriptionIdProblem('')).toMatch(/^Enter the id of/);
  for (const typed of ['x', `${subscriptionId}0`, `{${subscriptionId}}`, `${subscriptionId}\n`])
    expect(subscriptionIdProblem(typed)).toMatch(/five groups/);
});

test('CR-08 a link that is none of ours is an unknown page, read or posted to', async () => {
  const posted = async (init: RequestInit, token = 'no.such.link') => {
    const answer = await fetch(`${server.url}/redeem/${token}`, { method: 'POST', ...init });
    return answer.status;
  };
  const form = () => new URLSearchParams({ azureSubscriptionId: subscriptionId });
  const read = await fetch(`${server.url}/redeem/no.such.link`);
  expect(read.status).toBe(404);
  expect(await read.text()).toContain('We do not know this link');
  expect(await posted({ body: form() })).toBe(404);
  const json = { body: '{}', headers: { 'Content-Type': 'application/json' } };
  const foreign = { body: form(), headers: { Origin: 'https://evil.example' } };
  // The link is looked at before all else.
  for (const init of [json, foreign]) expect(await posted(init)).toBe(404);
  const ring = readKeyRing(testSettings['LINK_SIGNING_KEYS']!)!;
  const ids = { partnerId: newId(), benefitId: newId(), linkId: newId() };
  const signed = signLink(ring, ids);
  expect(await posted(json, signed)).toBe(415);
  expect(await posted(foreign, signed)).toBe(403);
});
