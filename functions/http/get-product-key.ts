import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getProductKey',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/product-key',
  tag: 'Product keys',
  summary: "Get a product benefit's key",
  description:
    'The same one until it is replaced. Each viewing is recorded in the ledger, and so is a repeated request that shows another key than the first time.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  refusals: [
    'ActivationDeadlinePassed',
    'BenefitExpired',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { productKeyOut } = await import('../../src/cloud-services/contract.ts');
    const { benefitPath } = await import('../../src/credits/contract.ts');
    return {
      params: benefitPath,
      answers: { 200: productKeyOut },
    };
  },
  async handle(call) {
    const { getProductKey } = await import('../../src/cloud-services/key-service.ts');
    const { partnerId, benefitId } = call.params;
    return { status: 200, body: await getProductKey(call, partnerId, benefitId) };
  },
});
