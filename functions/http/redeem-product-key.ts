import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'redeemProductKey',
  method: 'POST',
  route: 'api/partners/{partnerId}/product-keys/redeem',
  tag: 'Product keys',
  summary: 'Redeem a key: activate, extend or add licences',
  description:
    'Does what validate showed; with `expected`, another outcome is 412 and nothing is redeemed. A key redeems once, ever.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  refusals: [
    'MalformedProductKey',
    'UnknownProductKey',
    'KeyAlreadyRedeemed',
    'WrongTenant',
    'ActivationDeadlinePassed',
    'WrongProduct',
    'SubscriptionActive',
    'NoActiveSubscription',
    'ExtensionBeyondCap',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
    'TooManyRequests',
  ],
  contract: async () => {
    const { keyUseBody, redeemedOut } = await import('../../src/cloud-services/contract.ts');
    const { partnerPath } = await import('../../src/partners/contract.ts');
    return {
      params: partnerPath,
      body: keyUseBody,
      answers: { 200: redeemedOut },
    };
  },
  async handle(call) {
    const { redeemKey } = await import('../../src/cloud-services/redeem-service.ts');
    return { status: 200, body: await redeemKey(call, call.params.partnerId, call.body) };
  },
});
