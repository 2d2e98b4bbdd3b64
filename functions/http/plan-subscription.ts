import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'planSubscription',
  method: 'POST',
  route: 'api/partners/{partnerId}/subscriptions/{subscriptionId}/plan',
  tag: 'Subscriptions',
  summary: 'Plan which keys at hand to redeem for a wish',
  description:
    'The plan that spends the fewest licence-months. Redeeming its steps in their order on the same day gives what it promises. Changes nothing.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  refusals: ['TooManyRequests'],
  contract: async () => {
    const { planBody, planOut, subscriptionPath } =
      await import('../../src/cloud-services/contract.ts');
    return {
      params: subscriptionPath,
      body: planBody,
      answers: { 200: planOut },
    };
  },
  async handle(call) {
    const { planSubscription } = await import('../../src/cloud-services/subscriptions-service.ts');
    const { partnerId, subscriptionId } = call.params;
    const body = await planSubscription(call, partnerId, subscriptionId, call.body);
    return { status: 200, body };
  },
});
