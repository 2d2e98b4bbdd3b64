import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getSubscription',
  method: 'GET',
  route: 'api/partners/{partnerId}/subscriptions/{subscriptionId}',
  tag: 'Subscriptions',
  summary: 'Read a subscription',
  description: 'Active until its end date, then expired for 30 days, disabled for 90, and deleted.',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { subscriptionOut, subscriptionPath } =
      await import('../../src/cloud-services/contract.ts');
    return {
      params: subscriptionPath,
      answers: { 200: subscriptionOut },
    };
  },
  async handle({ runtime, params, now }) {
    const { getSubscription } = await import('../../src/cloud-services/subscriptions-service.ts');
    const { contentVersion } = await import('../../src/platform/http/conditions.ts');
    const body = await getSubscription(runtime, params.partnerId, params.subscriptionId, now);
    return { status: 200, body, version: contentVersion(body) };
  },
});
