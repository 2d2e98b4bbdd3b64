import { benefitOut } from '../../src/credits/contract.ts';
import { awardBody, partnerPath } from '../../src/partners/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'awardBenefit',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits',
  tag: 'Memberships',
  summary: 'Award one benefit beside the set',
  description: 'Either a credit (kind, amount) or a product (productId, licenses).',
  access: ['ProgramOperator'],
  params: partnerPath,
  body: awardBody,
  answers: { 201: benefitOut },
  refusals: ['BenefitExpired', 'ConcurrentChange', 'RepeatabilityConflict'],
  async handle(call) {
    const { awardBenefit } = await import('../../src/partners/memberships-service.ts');
    const { getBenefit } = await import('../../src/partners/benefits-service.ts');
    const { partnerId } = call.params;
    const id = await awardBenefit(call, partnerId, call.body);
    const { body, version } = await getBenefit(call.runtime, partnerId, id, call.now);
    return { status: 201, body, version };
  },
});
