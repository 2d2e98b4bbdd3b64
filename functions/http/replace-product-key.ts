import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'replaceProductKey',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/product-key/replace',
  tag: 'Product keys',
  summary: 'Undo the redemption of a key and get its replacement',
  description:
    'Once per benefit, within 30 days of the redemption, which is undone exactly; the first key is dead.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  refusals: [
    'ReplacementNotAllowed',
    'ActivationDeadlinePassed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { productKeyOut, replacementBody } = await import('../../src/cloud-services/contract.ts');
    const { benefitPath } = await import('../../src/credits/contract.ts');
    return {
      params: benefitPath,
      body: replacementBody,
      answers: { 200: productKeyOut },
    };
  },
  async handle(call) {
    const { replaceProductKey } = await import('../../src/cloud-services/key-service.ts');
    const { partnerId, benefitId } = call.params;
    const { reason } = call.body;
    return { status: 200, body: await replaceProductKey(call, partnerId, benefitId, reason) };
  },
});
