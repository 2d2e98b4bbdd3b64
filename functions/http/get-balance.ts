import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getBalance',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/balance',
  tag: 'Benefits',
  summary: "Read a credit's balance, now or as of a past instant",
  access: ['GlobalAdmin', 'PartnerAdmin', 'UsageReporter', 'ProgramOperator'],
  contract: async () => {
    const { balanceOut, balanceQuery, benefitPath } = await import('../../src/credits/contract.ts');
    return {
      params: benefitPath,
      query: balanceQuery,
      answers: { 200: balanceOut },
    };
  },
  async handle({ runtime, params, query, now }) {
    const { getBalance } = await import('../../src/credits/balance-service.ts');
    const { partnerId, benefitId } = params;
    return {
      status: 200,
      body: await getBalance(runtime, partnerId, benefitId, query.asOf, now),
    };
  },
});
