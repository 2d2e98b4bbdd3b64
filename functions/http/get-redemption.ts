import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getRedemption',
  method: 'GET',
  route: 'api/redemptions/{token}',
  tag: 'Redemption',
  summary: "See what the mail's link is for",
  description: 'Changes nothing: mail scanners open links.',
  access: 'link',
  refusals: ['LinkNoLongerValid'],
  contract: async () => {
    const { linkPath, redemptionOut } = await import('../../src/credits/contract.ts');
    return { params: linkPath, answers: { 200: redemptionOut } };
  },
  async admit({ runtime, params }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    return readLink(runtime.config.linkSigningKeys, params.token);
  },
  async handle({ runtime, params, now }) {
    const { getRedemption } = await import('../../src/credits/redemption-view.ts');
    return { status: 200, body: await getRedemption(runtime, params.token, now) };
  },
});
