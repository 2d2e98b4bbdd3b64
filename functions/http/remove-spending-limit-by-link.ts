import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'removeSpendingLimitByLink',
  method: 'POST',
  route: 'api/redemptions/{token}/remove-spending-limit',
  tag: 'Redemption',
  summary: 'Convert to pay-as-you-go, as the holder of the credit',
  description:
    'While redeemed, and for 90 days after expiry. It cannot be undone, so the body must say `{"confirm": true}`. Refused where a browser says that another site sent it.',
  access: 'link',
  refusals: [
    'Forbidden',
    'LinkNoLongerValid',
    'NotAssigned',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { conversionBody, linkPath, redemptionOut } =
      await import('../../src/credits/contract.ts');
    return { params: linkPath, body: conversionBody, answers: { 200: redemptionOut } };
  },
  async admit({ runtime, params, headers }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    const { refuseOtherSites } = await import('../../src/platform/http/form.ts');
    const target = readLink(runtime.config.linkSigningKeys, params.token);
    refuseOtherSites(headers, runtime.config.publicBaseUrl);
    return target;
  },
  async handle(call) {
    const { removeSpendingLimitByLink } =
      await import('../../src/credits/spending-limit-service.ts');
    return { status: 200, body: await removeSpendingLimitByLink(call, call.params.token) };
  },
});
