import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'unassignCredit',
  method: 'DELETE',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignment',
  tag: 'Assignments',
  summary: 'Take a monthly credit from its holder',
  description: "The link of the holder's mail stops working at once. No assignment is 204 as well.",
  access: ['GlobalAdmin', 'PartnerAdmin'],
  conditional: true,
  refusals: [
    'ReassignmentNotAllowed',
    'BenefitExpired',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { benefitPath } = await import('../../src/credits/contract.ts');
    return { params: benefitPath, answers: { 204: null } };
  },
  async handle(call) {
    const { unassignCredit } = await import('../../src/credits/assignment-service.ts');
    await unassignCredit(call, call.params.partnerId, call.params.benefitId);
    return { status: 204, body: undefined };
  },
});
