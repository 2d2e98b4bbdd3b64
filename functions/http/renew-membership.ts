import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'renewMembership',
  method: 'POST',
  route: 'api/partners/{partnerId}/memberships/{membershipId}/renew',
  tag: 'Memberships',
  summary: 'Renew a membership: its end moves on by a year and a new set is awarded',
  description: 'Possible before the end only. Credits of the earlier set run on to their own end.',
  access: ['ProgramOperator'],
  refusals: ['BenefitExpired', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { membership, membershipPath } = await import('../../src/partners/contract.ts');
    return { params: membershipPath, answers: { 200: membership } };
  },
  async handle(call) {
    const { membershipView, renewMembership } =
      await import('../../src/partners/memberships-service.ts');
    const { partnerId, membershipId } = call.params;
    const renewed = await renewMembership(call, partnerId, membershipId);
    return { status: 200, body: membershipView(renewed, 'latest') };
  },
});
