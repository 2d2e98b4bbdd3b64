import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'health',
  method: 'GET',
  route: 'api/health',
  tag: 'Service',
  summary: 'Tell whether the service can do its work',
  description: 'Asks storage, and gives up after less than three seconds.',
  access: 'anyone',
  versioned: false,
  contract: async () => ({ answers: { 200: z.strictObject({ status: z.literal('ok') }) } }),
  async handle({ runtime }) {
    await runtime.tables.ping();
    return { status: 200, body: { status: 'ok' } };
  },
});
