import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'putPriceList',
  method: 'PUT',
  route: 'api/price-lists/{month}',
  tag: 'Billing',
  summary: 'Replace a month’s price list',
  description:
    'CSV with the columns ProductId, SkuId, Publisher, Tags and any others. Where a month has a list, a product earns only if listed, tagged neither `ThirdParty` nor `Reservation`. Months closed before keep the list that they were closed with. Sending it again changes nothing.',
  access: ['ProgramOperator'],
  upload: ['text/csv'],
  contract: async () => {
    const { priceList, priceListPath } = await import('../../src/billing/contract.ts');
    return {
      params: priceListPath,
      answers: { 200: priceList },
    };
  },
  async handle({ runtime, params, upload }) {
    const { putPriceList } = await import('../../src/billing/price-list-service.ts');
    return { status: 200, body: await putPriceList(runtime, params.month, upload!) };
  },
});
