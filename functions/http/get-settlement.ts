import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getSettlement',
  method: 'GET',
  route: 'api/settlement',
  tag: 'Operators',
  summary: 'See what is due, overdue and stuck, and when the timers last ran',
  access: ['ProgramOperator'],
  contract: async () => {
    const { settlementOut } = await import('../../src/settlement/contract.ts');
    return {
      answers: { 200: settlementOut },
    };
  },
  async handle({ runtime, now }) {
    const { settlementOverview } = await import('../../src/settlement/overview-service.ts');
    return { status: 200, body: await settlementOverview(runtime, now) };
  },
});
