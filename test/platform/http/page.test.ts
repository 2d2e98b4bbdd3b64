import { afterAll, beforeAll, expect, test } from 'vitest';
import { readForm } from '../../../src/platform/http/form.ts';
import { html, htmlText } from '../../../src/platform/http/html.ts';
import { htmlAnswer } from '../../../src/platform/http/page-answer.ts';
import type { PageDefinition } from '../../../src/platform/http/page.ts';
import { refuse, RefusalError } from '../../../src/platform/refusals.ts';
import { requestId, servePages, type PageServer } from '../../support/page-server.ts';
import { useTestSettings } from '../../support/settings.ts';

const secret = 'AccountKey=do-not-tell';

const shown: PageDefinition[] = [
  {
    name: 'broken',
    method: 'GET',
    route: 'broken',
    handle: () => Promise.reject(new TypeError(secret)),
  },
  {
    name: 'away',
    method: 'GET',
    route: 'away',
    handle: () =>
      Promise.reject(
        new RefusalError(refuse('ServiceUnavailable', 'Try <later>.', { retryAfterSeconds: 5 })),
      ),
  },
  {
    name: 'form',
    method: 'POST',
    route: 'form',
    async handle({ request, runtime }) {
      const form = await readForm(request, runtime.config.publicBaseUrl);
      return htmlAnswer({ status: 200, html: form.get('field') ?? 'none' });
    },
  },
];

let server: PageServer;

beforeAll(async () => {
  useTestSettings({ PUBLIC_BASE_URL: 'https://benefits.contoso.com' });
  server = await servePages(shown);
});

afterAll(() => server.close());

test('what was not foreseen is a 500 page with the request id and nothing of the inside', async () => {
  const answer = await fetch(`${server.url}/broken`);
  expect(answer.status).toBe(500);
  expect(answer.headers.get('x-ms-request-id')).toBe(requestId);
  const text = await answer.text();
  expect(text).toContain(requestId);
  expect(text).not.toContain(secret);
  expect(text).not.toContain('TypeError');
});

test('a refusal is a page with its status, its message escaped, and when to try again', async () => {
  const answer = await fetch(`${server.url}/away`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(answer.headers.get('x-ms-error-code')).toBe('ServiceUnavailable');
  expect(await answer.text()).toContain('Try &lt;later&gt;.');
});

test('CR-08 a page with a link in its address is kept by no cache and tells nobody where it was', async () => {
  const { headers } = await fetch(`${server.url}/away`);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const policy = headers.get('content-security-policy') ?? '';
  for (const directive of [
    "default-src 'none'",
    "style-src 'sha256-",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
    expect(policy).toContain(directive);
  expect(policy).not.toMatch(/unsafe|script-src/);
});

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/form`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
  return [answer.status, answer.headers.get('x-ms-error-code') ?? (await answer.text())];
}

test('CR-09 a form is taken from our own page or from none', async () => {
  expect(await post('field=a%20b')).toEqual([200, 'a b']);
  expect(await post('field=a', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' })).toEqual([
    200,
    'a',
  ]);
  // Browsers without Sec-Fetch-Site: a page of ours, which has no referrer, says `null`.
  expect(await post('field=a', { Origin: 'null' })).toEqual([200, 'a']);
  expect(await post('field=a', { Origin: 'https://benefits.contoso.com' })).toEqual([200, 'a']);
  for (const headers of [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://benefits.contoso.com' },
    { Origin: 'https://evil.example' },
    { Origin: 'http://benefits.contoso.com' },
  ])
    expect(await post('field=a', headers as Record<string, string>)).toEqual([403, 'Forbidden']);
});

test('CR-09 only a small form in UTF-8 is read', async () => {
  const utf8 = 'application/x-www-form-urlencoded; charset=UTF-8';
  expect(await post('field=a', { 'Content-Type': utf8 })).toEqual([200, 'a']);
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain'])
    expect(await post('field=a', { 'Content-Type': type })).toEqual([415, 'UnsupportedMediaType']);
  expect(await post(`field=${'a'.repeat(8 * 1024)}`)).toEqual([413, 'PayloadTooLarge']);
  expect(await post(new Uint8Array([0x66, 0x3d, 0xff]))).toEqual([400, 'InvalidRequest']);
});

test('a template escapes text and lists of text, keeps markup, and leaves out what is not there', () => {
  const inner = html`<b>${'<&>"\''}</b>`;
  const text = htmlText(html`${inner}${[inner, '<']}${undefined}${false}${7}`);
  const bold = '<b>&lt;&amp;&gt;&quot;&#39;</b>';
  expect(text).toBe(`${bold}${bold}&lt;7`);
});
