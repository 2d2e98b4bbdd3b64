import * as z from 'zod';
import { partnerPath, searchText, user } from '../../src/partners/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';
import { listOf, paging } from '../../src/platform/http/schemas.ts';

endpoint({
  name: 'listUsers',
  method: 'GET',
  route: 'api/partners/{partnerId}/users',
  tag: 'Users',
  summary: "Search the partner's directory of users",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  params: partnerPath,
  query: z.strictObject({ search: searchText, ...paging }),
  answers: { 200: listOf(user).meta({ id: 'UserList' }) },
  async handle(call) {
    const { listUsers, userView } = await import('../../src/partners/users-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { items, nextKey } = await listUsers(call.runtime, call.params.partnerId, call.query);
    return listAnswer(call, { items: items.map(userView), nextKey });
  },
});
