import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listUsers',
  method: 'GET',
  route: 'api/partners/{partnerId}/users',
  tag: 'Users',
  summary: "Search the partner's directory of users",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { partnerPath, searchText, user } = await import('../../src/partners/contract.ts');
    const { listOf, paging } = await import('../../src/platform/http/schemas.ts');
    return {
      params: partnerPath,
      query: z.strictObject({ search: searchText, ...paging }),
      answers: { 200: listOf(user).meta({ id: 'UserList' }) },
    };
  },
  async handle(call) {
    const { listUsers, userView } = await import('../../src/partners/users-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { items, nextKey } = await listUsers(call.runtime, call.params.partnerId, call.query);
    return listAnswer(call, { items: items.map(userView), nextKey });
  },
});
