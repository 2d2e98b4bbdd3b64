import { endpoint } from '../../src/platform/http/endpoint.ts';

import { customer } from '../../src/billing/contract.ts';
endpoint({
  name: 'putCustomer',
  method: 'PUT',
  route: 'api/partners/{partnerId}/customers/{customerId}',
  tag: 'Billing',
  summary: 'Put the facts that a customer’s earned credit is judged by',
  description:
    'Agreement, transacting partner and access over time; `from` is inclusive, `to` exclusive. What bears on closed months can no longer change. A partner has at most 10,000 customers.',
  access: ['AdminAgent', 'GlobalAdmin', 'ProgramOperator'],
  conditional: true,
  refusals: ['PeriodClosed', 'CustomerLimitReached'],
  contract: async () => {
    const { customerPath } = await import('../../src/billing/contract.ts');
    const { customerBody } = await import('../../src/billing/customer.ts');
    return {
      params: customerPath,
      body: customerBody,
      answers: { 200: customer, 201: customer },
    };
  },
  async handle(call) {
    const { putCustomer } = await import('../../src/billing/customers-service.ts');
    const { customerView } = await import('../../src/billing/views.ts');
    const { partnerId, customerId } = call.params;
    const saved = await putCustomer(call, partnerId, customerId, call.body);
    return {
      status: saved.created ? 201 : 200,
      body: customerView(saved.customer),
      version: saved.customer.version,
    };
  },
});
