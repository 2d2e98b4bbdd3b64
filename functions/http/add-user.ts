import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'addUser',
  method: 'POST',
  route: 'api/partners/{partnerId}/users',
  tag: 'Users',
  summary: 'Add a user to the directory',
  description:
    'Anybody well-formed may be in it, up to 10,000 users; the domain rules bind at assignment.',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  refusals: ['UserExists', 'UserLimitReached', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { partnerPath, user, userBody } = await import('../../src/partners/contract.ts');
    return { params: partnerPath, body: userBody, answers: { 201: user } };
  },
  async handle(call) {
    const { addUser, userView } = await import('../../src/partners/users-service.ts');
    return { status: 201, body: userView(await addUser(call, call.params.partnerId, call.body)) };
  },
});
