/** The exporters, against a collector of the test's own. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { metrics } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { newId } from '../../src/platform/ids.ts';
import { recordSend } from '../../src/platform/metrics.ts';
import { invoked } from '../../src/platform/telemetry.ts';
import { testSettings, useTestSettings } from '../support/settings.ts';

test('with an OTLP endpoint spans and metrics go there, from the first invocation on', async () => {
  const received = new Map<string, string>();
  const collector = http.createServer((request, response) => {
    void text(request).then((body) => {
      received.set(request.url ?? '', (received.get(request.url ?? '') ?? '') + body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  useTestSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '1' });
  const context = { invocationId: newId() };
  await invoked({ name: 'tried', trigger: 'timer', context }, async () =>
    recordSend('notices', { outcome: 'accepted' }),
  );
  const meters: unknown = metrics.getMeterProvider();
  await (meters as { forceFlush(): Promise<void> }).forceFlush();
  await expect.poll(() => [...received.keys()].toSorted()).toEqual(['/v1/metrics', '/v1/traces']);
  expect(received.get('/v1/traces')).toContain('tried');
  expect(received.get('/v1/metrics')).toContain('partner_benefits.mail.sends');
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

test('settings say where telemetry goes: nowhere, with an identity, or with both', () => {
  const telemetryOf = (more: Record<string, string>) =>
    readConfig({ ...testSettings, ...more }).telemetry;
  const connectionString = 'InstrumentationKey=00000000-0000-0000-0000-000000000000';
  const insights = { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString };
  expect(telemetryOf({})).toBeUndefined();
  expect(telemetryOf(insights)).toEqual({
    applicationInsights: { connectionString, identity: undefined },
    otlp: false,
  });
  const both = {
    ...insights,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=abc;Authorization=AAD',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  };
  expect(telemetryOf(both)).toEqual({
    applicationInsights: { connectionString, identity: { clientId: 'abc' } },
    otlp: true,
  });
});
