import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getEarnedCredit',
  method: 'GET',
  route: 'api/partners/{partnerId}/customers/{customerId}/earned-credit',
  tag: 'Billing',
  summary: 'Why a day of a subscription’s usage earns the credit, or why not',
  description: 'Each condition with what was found and, where it failed, what to do about it.',
  access: ['AdminAgent', 'BillingAdmin', 'GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { customerPath, earnedCredit, earnedCreditQuery } =
      await import('../../src/billing/contract.ts');
    return {
      params: customerPath,
      query: earnedCreditQuery,
      answers: { 200: earnedCredit },
    };
  },
  async handle({ runtime, params, query }) {
    const { explainEarnedCredit } = await import('../../src/billing/customers-service.ts');
    const { partnerId, customerId } = params;
    const { subscriptionId, date } = query;
    const body = await explainEarnedCredit(runtime, partnerId, customerId, subscriptionId, date);
    return { status: 200, body };
  },
});
