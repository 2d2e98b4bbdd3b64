import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'importUsage',
  method: 'POST',
  route: 'api/partners/{partnerId}/billing-periods/{month}/usage',
  tag: 'Billing',
  summary: 'Import a file of a month’s daily usage',
  description:
    'CSV with the 55 daily columns, or JSON lines by their names; up to 100 MiB, a larger month in several files in any order. A bad line is rejected and stops nothing else; after 10,000 of them the rest of the file is refused. The same line counts once, however often it is sent; a changed one replaces the earlier. A request that was cut off is completed by sending it again.',
  access: ['UsageReporter', 'ProgramOperator'],
  upload: ['text/csv', 'application/x-ndjson'],
  refusals: ['PeriodClosed'],
  contract: async () => {
    const { periodPath, usageImport } = await import('../../src/billing/contract.ts');
    return {
      params: periodPath,
      answers: { 200: usageImport },
    };
  },
  async handle({ runtime, now, params, upload }) {
    const { importUsage } = await import('../../src/billing/import-service.ts');
    const { partnerId, month } = params;
    return { status: 200, body: await importUsage(runtime, partnerId, month, upload!, now) };
  },
});
