import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'removeSpendingLimitByLink',
  method: 'POST',
  route: 'api/redemptions/{token}/remove-spending-limit',
  tag: 'Redemption',
  summary: 'Convert to pay-as-you-go, as the holder of the credit',
  description: 'While redeemed, and for 90 days after expiry. It cannot be undone.',
  access: 'link',
  refusals: ['LinkNoLongerValid', 'NotAssigned', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { linkPath, redemptionOut } = await import('../../src/credits/contract.ts');
    return {
      params: linkPath,
      answers: { 200: redemptionOut },
    };
  },
  async admit({ runtime, params }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    return readLink(runtime.config.linkSigningKeys, params.token);
  },
  async handle(call) {
    const { removeSpendingLimitByLink } =
      await import('../../src/credits/spending-limit-service.ts');
    return { status: 200, body: await removeSpendingLimitByLink(call, call.params.token) };
  },
});
