/** The built app with exporters: bundled, loaded at the first call, and sending. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { takeAccount } from '../support/azurite.ts';
import { buildApps, type BuiltApps } from '../support/built-app.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';

let apps: BuiltApps;
let app: InProcessApp;
const received = new Map<string, string>();

/** Stands for a collector. What goes to Application Insights, is not looked at: its exporter sends nothing over plain HTTP. */
const server = http.createServer((request, response) => {
  void buffer(request).then((body) => {
    const text = String(body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body);
    const url = request.url ?? '';
    received.set(url, (received.get(url) ?? '') + text);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"itemsReceived":1,"itemsAccepted":1,"errors":[]}');
  });
});

beforeAll(async () => {
  apps = await buildApps();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  app = await startInProcess({
    storage: await takeAccount(inject('storage')),
    entry: apps.entry,
    env: () => ({
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=${url}/`,
      APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_SCHEDULE_DELAY: '10',
    }),
  });
}, 60_000);

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await app.stop();
  await apps.remove();
});

test('the built app sends its spans to a collector, with the exporter of Application Insights beside it', async () => {
  expect((await app.call('health')).status).toBe(200);
  const sent = (path: RegExp) =>
    [...received].filter(([url]) => path.test(url)).map(([, text]) => text);
  await expect.poll(() => sent(/^\/v1\/traces$/).join(), { timeout: 10_000 }).toContain('health');
  expect([...received.values()].join()).not.toContain('AccountKey');
});
