import { endpoint } from '../../src/platform/http/endpoint.ts';

import { period } from '../../src/billing/contract.ts';
endpoint({
  name: 'getBillingPeriod',
  method: 'GET',
  route: 'api/partners/{partnerId}/billing-periods/{month}',
  tag: 'Billing',
  summary: 'Read how far a month is closed',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'ProgramOperator', 'UsageReporter'],
  contract: async () => {
    const { periodPath } = await import('../../src/billing/contract.ts');
    return {
      params: periodPath,
      answers: { 200: period },
    };
  },
  async handle({ runtime, now, params }) {
    const { getPeriod } = await import('../../src/billing/period-service.ts');
    return { status: 200, body: await getPeriod(runtime, params.partnerId, params.month, now) };
  },
});
