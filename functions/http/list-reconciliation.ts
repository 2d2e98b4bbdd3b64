import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listReconciliation',
  method: 'GET',
  route: 'api/partners/{partnerId}/billing-periods/{month}/reconciliation',
  tag: 'Billing',
  summary: 'The reconciliation of a month: a line a customer, subscription and meter',
  description:
    'As JSON, page by page, or as one CSV file by `Accept: text/csv`. Provisional until the month is closed.',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'ProgramOperator'],
  csv: true,
  contract: async () => {
    const { periodPath, reconciliationRow, reportQuery } =
      await import('../../src/billing/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: periodPath,
      query: reportQuery,
      answers: { 200: listOf(reconciliationRow).meta({ id: 'ReconciliationList' }) },
    };
  },
  async handle(call) {
    const { reconciliation } = await import('../../src/billing/reports-service.ts');
    const { partnerId, month } = call.params;
    return reconciliation(call, partnerId, month, call.query);
  },
});
