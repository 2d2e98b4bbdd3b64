import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'sendAssignmentMail',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignment/send-mail',
  tag: 'Assignments',
  summary: "Send the assignment's mail again",
  description:
    'With the same link. One email at a time, 5 a day for an assignment and 60 an hour for a partner: beyond that 429 with Retry-After. The first email of an assignment is not counted.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  conditional: true,
  refusals: [
    'NotAssigned',
    'BenefitExpired',
    'FreeEmailDomain',
    'OutsideCompanyDomains',
    'TooManyRequests',
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
