import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'awardBenefit',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits',
  tag: 'Memberships',
  summary: 'Award one benefit beside the set',
  description: 'Either a credit (kind, amount) or a product (productId, licenses).',
  access: ['ProgramOperator'],
  refusals: ['BenefitExpired', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { benefitOut } = await import('../../src/credits/contract.ts');
    const { awardBody, partnerPath } = await import('../../src/partners/contract.ts');
    return { params: partnerPath, body: awardBody, answers: { 201: benefitOut } };
  },
  async handle(call) {
    const { awardBenefit } = await import('../../src/partners/award-service.ts');
    const { resourceAddress } = await import('../../src/platform/http/resource-address.ts');
    const { getBenefit } = await import('../../src/partners/benefits-service.ts');
    const { partnerId } = call.params;
    const id = await awardBenefit(call, partnerId, call.body);
    const { body, version } = await getBenefit(call.runtime, partnerId, id, call.now);
    const headers = { Location: resourceAddress(call, `partners/${partnerId}/benefits/${id}`) };
    return { status: 201, body, version, headers };
  },
});
