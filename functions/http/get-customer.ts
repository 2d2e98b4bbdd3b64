import { endpoint } from '../../src/platform/http/endpoint.ts';

import { customer } from '../../src/billing/contract.ts';
endpoint({
  name: 'getCustomer',
  method: 'GET',
  route: 'api/partners/{partnerId}/customers/{customerId}',
  tag: 'Billing',
  summary: 'Read a customer’s facts',
  access: ['AdminAgent', 'GlobalAdmin', 'ProgramOperator'],
  contract: async () => {
    const { customerPath } = await import('../../src/billing/contract.ts');
    return {
      params: customerPath,
      answers: { 200: customer },
    };
  },
  async handle({ runtime, params }) {
    const { getCustomer } = await import('../../src/billing/customers-service.ts');
    const { customerView } = await import('../../src/billing/views.ts');
    const found = await getCustomer(runtime, params.partnerId, params.customerId);
    return { status: 200, body: customerView(found), version: found.version };
  },
});
