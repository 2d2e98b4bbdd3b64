import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'retryStuck',
  method: 'POST',
  route: 'api/settlement/stuck/{stuckId}/retry',
  tag: 'Operators',
  summary: 'Try again to settle what was set aside',
  access: ['ProgramOperator'],
  refusals: ['NotFound'],
  contract: async () => {
    const { guid } = await import('../../src/platform/http/schemas.ts');
    return {
      params: z.strictObject({ stuckId: guid }),
      answers: { 202: null },
    };
  },
  async handle({ runtime, params, now }) {
    const { retryStuck } = await import('../../src/settlement/stuck.ts');
    await retryStuck(runtime, params.stuckId, now);
    return { status: 202, body: undefined };
  },
});
