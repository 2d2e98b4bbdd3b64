import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listCreditOfferBalances',
  method: 'GET',
  route: 'api/partners/{partnerId}/credit-offer-balances',
  tag: 'Billing',
  summary: 'What the customers’ credit offers have paid, and what is left of them',
  description: 'As of the end of the invoice month; provisional until that is closed.',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'ProgramOperator'],
  csv: true,
  contract: async () => {
    const { balancesPath, balancesQuery, offerBalance } =
      await import('../../src/billing/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: balancesPath,
      query: balancesQuery,
      answers: { 200: listOf(offerBalance).meta({ id: 'CreditOfferBalanceList' }) },
    };
  },
  async handle(call) {
    const { offerBalances } = await import('../../src/billing/reports-service.ts');
    const { invoiceMonth, ...query } = call.query;
    return offerBalances(call, call.params.partnerId, invoiceMonth, query);
  },
});
