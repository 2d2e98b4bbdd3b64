import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'eraseUser',
  method: 'DELETE',
  route: 'api/partners/{partnerId}/users/{userId}',
  tag: 'Users',
  summary: "Erase a user's name and address",
  description: 'Histories keep the id. Erasing who is not there is 204 as well.',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  refusals: ['ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { userPath } = await import('../../src/partners/contract.ts');
    return { params: userPath, answers: { 204: null } };
  },
  async handle(call) {
    const { eraseUser } = await import('../../src/partners/users-service.ts');
    await eraseUser(call, call.params.partnerId, call.params.userId);
    return { status: 204, body: undefined };
  },
});
