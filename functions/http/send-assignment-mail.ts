import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'sendAssignmentMail',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignment/send-mail',
  tag: 'Assignments',
  summary: "Send the assignment's mail again",
  access: ['GlobalAdmin', 'PartnerAdmin'],
  conditional: true,
  refusals: [
    'NotAssigned',
    'BenefitExpired',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { benefitOut, benefitPath } = await import('../../src/credits/contract.ts');
    return { params: benefitPath, answers: { 200: benefitOut } };
  },
  async handle(call) {
    const { resendMail } = await import('../../src/credits/assignment-service.ts');
    const { creditAnswer } = await import('../../src/credits/view.ts');
    const { partnerId, benefitId } = call.params;
    return creditAnswer(call, await resendMail(call, partnerId, benefitId));
  },
});
