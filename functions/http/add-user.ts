import { partnerPath, user, userBody } from '../../src/partners/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'addUser',
  method: 'POST',
  route: 'api/partners/{partnerId}/users',
  tag: 'Users',
  summary: 'Add a user to the directory',
  description: 'Anybody well-formed may be in it; the domain rules bind at assignment.',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  params: partnerPath,
  body: userBody,
  answers: { 201: user },
  refusals: ['UserExists', 'ConcurrentChange', 'RepeatabilityConflict'],
  async handle(call) {
    const { addUser, userView } = await import('../../src/partners/users-service.ts');
    return { status: 201, body: userView(await addUser(call, call.params.partnerId, call.body)) };
  },
});
