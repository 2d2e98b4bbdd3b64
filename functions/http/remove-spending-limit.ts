import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'removeSpendingLimit',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/remove-spending-limit',
  tag: 'Benefits',
  summary: 'Convert to pay-as-you-go: remove the spending limit',
  description:
    'While redeemed, and for 90 days after expiry. From then on usage beyond the balance is charged. It cannot be undone; removing what is removed changes nothing.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  conditional: true,
  refusals: [
    'NotAssigned',
    'BenefitExpired',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { benefitOut, benefitPath } = await import('../../src/credits/contract.ts');
    return {
      params: benefitPath,
      answers: { 200: benefitOut },
    };
  },
  async handle(call) {
    const { removeSpendingLimit } = await import('../../src/credits/spending-limit-service.ts');
    const { creditAnswer } = await import('../../src/credits/view.ts');
    const { partnerId, benefitId } = call.params;
    return creditAnswer(call, await removeSpendingLimit(call, partnerId, benefitId));
  },
});
