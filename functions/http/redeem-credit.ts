import { linkPath, redemptionBody, redemptionOut } from '../../src/credits/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'redeemCredit',
  method: 'POST',
  route: 'api/redemptions/{token}',
  tag: 'Redemption',
  summary: 'Redeem the assigned credit on a new Azure subscription',
  access: 'link',
  params: linkPath,
  body: redemptionBody,
  answers: { 200: redemptionOut },
  refusals: [
    'LinkNoLongerValid',
    'AlreadyRedeemed',
    'SubscriptionAlreadyUsed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  async handle(call) {
    const { redeemByLink } = await import('../../src/credits/redemption-service.ts');
    const { azureSubscriptionId } = call.body;
    return { status: 200, body: await redeemByLink(call, call.params.token, azureSubscriptionId) };
  },
});
