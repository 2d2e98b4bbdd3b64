import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'changeUser',
  method: 'PATCH',
  route: 'api/partners/{partnerId}/users/{userId}',
  tag: 'Users',
  summary: "Correct a user's address or name",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  refusals: [
    'UserExists',
    'FreeEmailDomain',
    'OutsideCompanyDomains',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { user, userPatch, userPath } = await import('../../src/partners/contract.ts');
    return { params: userPath, body: userPatch, answers: { 200: user } };
  },
  async handle(call) {
    const { changeUser, userView } = await import('../../src/partners/users-service.ts');
    const { partnerId, userId } = call.params;
    return { status: 200, body: userView(await changeUser(call, partnerId, userId, call.body)) };
  },
});
