import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listDailyUsage',
  method: 'GET',
  route: 'api/partners/{partnerId}/billing-periods/{month}/daily-usage',
  tag: 'Billing',
  summary: 'The daily-rated usage of a month',
  description:
    'The 55 columns of the daily file as JSON, page by page, or as one CSV file by `Accept: text/csv`. Provisional until the month is closed.',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'ProgramOperator'],
  csv: true,
  contract: async () => {
    const { dailyUsageRow, periodPath, reportQuery } =
      await import('../../src/billing/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: periodPath,
      query: reportQuery,
      answers: { 200: listOf(dailyUsageRow).meta({ id: 'DailyUsageList' }) },
    };
  },
  async handle(call) {
    const { dailyUsage } = await import('../../src/billing/reports-service.ts');
    const { partnerId, month } = call.params;
    return dailyUsage(call, partnerId, month, call.query);
  },
});
