import { endpoint } from '../../src/platform/http/endpoint.ts';

import { invoice } from '../../src/billing/contract.ts';
endpoint({
  name: 'getInvoice',
  method: 'GET',
  route: 'api/partners/{partnerId}/billing-periods/{month}/invoice',
  tag: 'Billing',
  summary: 'The sums of a month',
  description:
    'Of all customers or of one, net of partner earned credit; as JSON, or as CSV by `Accept: text/csv`.',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'ProgramOperator'],
  csv: true,
  contract: async () => {
    const { invoiceQuery, periodPath } = await import('../../src/billing/contract.ts');
    return {
      params: periodPath,
      query: invoiceQuery,
      answers: { 200: invoice },
    };
  },
  async handle(call) {
    const { invoice: sums } = await import('../../src/billing/reports-service.ts');
    const { partnerId, month } = call.params;
    return sums(call, partnerId, month, call.query.customerId);
  },
});
