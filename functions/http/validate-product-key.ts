import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'validateProductKey',
  method: 'POST',
  route: 'api/partners/{partnerId}/product-keys/validate',
  tag: 'Product keys',
  summary: 'See what redeeming a key would do',
  description:
    'Changes nothing. Thirty failed attempts a minute and caller are answered, later ones are refused for a while.',
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
    'TooManyRequests',
  ],
  contract: async () => {
    const { keyUseBody, validationOut } = await import('../../src/cloud-services/contract.ts');
    const { partnerPath } = await import('../../src/partners/contract.ts');
    return {
      params: partnerPath,
      body: keyUseBody,
      answers: { 200: validationOut },
    };
  },
  async handle(call) {
    const { validateKey } = await import('../../src/cloud-services/redeem-service.ts');
    return { status: 200, body: await validateKey(call, call.params.partnerId, call.body) };
  },
});
