import { endpoint } from '../../src/platform/http/endpoint.ts';

import { period } from '../../src/billing/contract.ts';
import { apiVersion } from '../../src/platform/http/api-version.ts';
endpoint({
  name: 'closeBillingPeriod',
  method: 'POST',
  route: 'api/partners/{partnerId}/billing-periods/{month}/close',
  tag: 'Billing',
  summary: 'Close a month that is over',
  description:
    'Its figures are fixed and never change again. Months are closed one after the other. Asking again changes nothing; while it is being closed it makes up for work that was lost.',
  access: ['ProgramOperator'],
  refusals: ['EarlierPeriodOpen'],
  contract: async () => {
    const { periodPath } = await import('../../src/billing/contract.ts');
    return {
      params: periodPath,
      answers: { 202: period },
    };
  },
  async handle(call) {
    const { closePeriod } = await import('../../src/billing/period-service.ts');
    const { partnerId, month } = call.params;
    const body = await closePeriod(call, partnerId, month);
    const path = `/api/partners/${partnerId}/billing-periods/${month}?api-version=${apiVersion}`;
    const headers = { 'Operation-Location': call.runtime.config.publicBaseUrl + path };
    return { status: 202, body, headers };
  },
});
