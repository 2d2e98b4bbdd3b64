import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'assignCredit',
  method: 'PUT',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignment',
  tag: 'Assignments',
  summary: 'Assign a credit to a user, and send the mail',
  description:
    'Naming the present holder changes nothing. To take a monthly credit from another holder send its ETag in If-Match; it can be done five times.',
  access: ['GlobalAdmin', 'PartnerAdmin'],
  conditional: true,
  refusals: [
    'AlreadyAssigned',
    'UserHasActiveCredit',
    'HoldLimitReached',
    'ReassignmentNotAllowed',
    'ReassignmentLimitReached',
    'FreeEmailDomain',
    'OutsideCompanyDomains',
    'BenefitExpired',
    'UserExists',
    'UserLimitReached',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { assignmentBody, benefitOut, benefitPath } =
      await import('../../src/credits/contract.ts');
    return { params: benefitPath, body: assignmentBody, answers: { 200: benefitOut } };
  },
  async handle(call) {
    const { assignCredit } = await import('../../src/credits/assignment-service.ts');
    const { creditAnswer } = await import('../../src/credits/view.ts');
    const { partnerId, benefitId } = call.params;
    return creditAnswer(call, await assignCredit(call, partnerId, benefitId, call.body));
  },
});
