import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listBenefits',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits',
  tag: 'Benefits',
  summary: "List a partner's benefits, with quick filters",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { benefitOut, benefitQuery } = await import('../../src/credits/contract.ts');
    const { partnerPath } = await import('../../src/partners/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: partnerPath,
      query: benefitQuery,
      answers: { 200: listOf(benefitOut).meta({ id: 'BenefitList' }) },
    };
  },
  async handle(call) {
    const { listBenefits } = await import('../../src/partners/benefits-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { runtime, params, query, now } = call;
    return listAnswer(call, await listBenefits(runtime, params.partnerId, query, now));
  },
});
