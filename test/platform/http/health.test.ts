import { HttpRequest } from '@azure/functions';
import { expect, test } from 'vitest';
import { definitionOf, endpoints } from '../../../src/platform/http/endpoint.ts';
import { serve } from '../../../src/platform/http/serve.ts';
import { useTestSettings } from '../../support/settings.ts';
import '../../../functions/http/get-health.ts';

test('with storage out of reach the service says so, when to ask again, and nothing of the inside', async () => {
  useTestSettings();
  const health = endpoints().find(({ name }) => name === 'health');
  const request = new HttpRequest({ method: 'GET', url: 'http://127.0.0.1:7071/api/health' });
  const answer = await serve(await definitionOf(health!), request, { invocationId: 'id' });
  expect(answer.status).toBe(503);
  expect(answer.headers).toHaveProperty('Retry-After');
  expect(JSON.stringify(answer.jsonBody)).toContain('ServiceUnavailable');
  expect(JSON.stringify(answer.jsonBody)).not.toMatch(/ECONN|127\.0\.0\.1|devstore/);
});
