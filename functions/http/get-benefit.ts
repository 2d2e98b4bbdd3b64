import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getBenefit',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits/{benefitId}',
  tag: 'Benefits',
  summary: 'Read a benefit: its walkthrough, and the actions now allowed',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { benefitOut, benefitPath } = await import('../../src/credits/contract.ts');
    return { params: benefitPath, answers: { 200: benefitOut } };
  },
  async handle({ runtime, params, now }) {
    const { getBenefit } = await import('../../src/partners/benefits-service.ts');
    const { body, version } = await getBenefit(runtime, params.partnerId, params.benefitId, now);
    return { status: 200, body, version };
  },
});
