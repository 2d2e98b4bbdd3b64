import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'startMembership',
  method: 'POST',
  route: 'api/partners/{partnerId}/memberships',
  tag: 'Memberships',
  summary: "Start a membership and award its type's set of benefits",
  description: 'A second start of the same type and date answers the first: a set is awarded once.',
  access: ['ProgramOperator'],
  refusals: ['ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { membership, membershipBody, partnerPath } =
      await import('../../src/partners/contract.ts');
    return { params: partnerPath, body: membershipBody, answers: { 201: membership } };
  },
  async handle(call) {
    const { membershipView, startMembership } =
      await import('../../src/partners/memberships-service.ts');
    const started = await startMembership(call, call.params.partnerId, call.body);
    return { status: 201, body: membershipView(started, 'latest') };
  },
});
