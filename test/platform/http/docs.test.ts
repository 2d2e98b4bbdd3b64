import { readdir } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pages } from '../../../src/platform/http/page.ts';
import { openBrowser } from '../../support/browser.ts';
import { servePages, type PageServer } from '../../support/page-server.ts';
import { useTestSettings } from '../../support/settings.ts';
import '../../../functions/http/get-docs-asset.ts';
import '../../../functions/http/get-docs.ts';
import '../../../functions/http/get-health.ts';
import '../../../functions/http/get-openapi.ts';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  useTestSettings();
  server = await servePages(pages());
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

test('the docs page shows the API offline, under a policy without exceptions', async () => {
  const page = await browser.newPage();
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !url.startsWith('data:')) elsewhere.push(url);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(message.text()));

  const answer = await page.goto(`${server.url}/api/docs`);
  const policy = answer?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');

  const operation = page.locator('#operations-Service-health');
  await operation.click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByText('InternalError').first().waitFor();
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('assets are kept for an hour and then asked for by ETag', async () => {
  const first = await fetch(`${server.url}/api/docs/swagger-ui.css`);
  expect(first.headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect(first.headers.get('cache-control')).toBe('public, max-age=3600');
  const again = await fetch(`${server.url}/api/docs/swagger-ui.css`, {
    headers: { 'If-None-Match': `W/"x", ${first.headers.get('etag')}` },
  });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
});

test.each([
  'package.json',
  'index.html',
  '..%2fpackage.json',
  '..%5Cmain.js',
  '%2e%2e%2fswagger-ui.css',
  'constructor',
  'swagger-ui.css%00',
])('no other file is to be had: %s', async (file) => {
  const answer = await fetch(`${server.url}/api/docs/${file}`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('x-ms-error-code')).toBe('NotFound');
});

test('every file that the page asks for is in the package', async () => {
  const html = await (await fetch(`${server.url}/api/docs`)).text();
  const files = [...html.matchAll(/"docs\/([^"]+)"/g)].map(([, file]) => file);
  const packaged = await readdir('node_modules/swagger-ui-dist');
  expect(files.filter((file) => !packaged.includes(file ?? ''))).toEqual(['start.js']);
});

test('the OpenAPI document is served by its ETag, readable to portals', async () => {
  const first = await fetch(`${server.url}/api/openapi.json`);
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(first.headers.get('access-control-expose-headers')).toContain('ETag');
  const document = (await first.json()) as { openapi: string; servers: unknown };
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: 'http://127.0.0.1:7071' }]);
  const again = await fetch(`${server.url}/api/openapi.json`, {
    headers: { 'If-None-Match': first.headers.get('etag') ?? '' },
  });
  expect(again.status).toBe(304);
});
