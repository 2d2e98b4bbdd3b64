import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'redeemCredit',
  method: 'POST',
  route: 'api/redemptions/{token}',
  tag: 'Redemption',
  summary: 'Redeem the assigned credit on a new Azure subscription',
  access: 'link',
  refusals: [
    'LinkNoLongerValid',
    'AlreadyRedeemed',
    'SubscriptionAlreadyUsed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { linkPath, redemptionBody, redemptionOut } =
      await import('../../src/credits/contract.ts');
    return { params: linkPath, body: redemptionBody, answers: { 200: redemptionOut } };
  },
  async admit({ runtime, params }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    return readLink(runtime.config.linkSigningKeys, params.token);
  },
  async handle(call) {
    const { redeemByLink } = await import('../../src/credits/redemption-service.ts');
    const { azureSubscriptionId } = call.body;
    return { status: 200, body: await redeemByLink(call, call.params.token, azureSubscriptionId) };
  },
});
