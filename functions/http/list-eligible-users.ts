import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listEligibleUsers',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/eligible-users',
  tag: 'Assignments',
  summary: 'List the users a credit could be assigned to, and why others cannot have it',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { benefitPath, eligibleUser } = await import('../../src/credits/contract.ts');
    const { searchText } = await import('../../src/partners/contract.ts');
    const { listOf, paging } = await import('../../src/platform/http/schemas.ts');
    return {
      params: benefitPath,
      query: z.strictObject({ search: searchText, ...paging }),
      answers: { 200: listOf(eligibleUser).meta({ id: 'EligibleUserList' }) },
    };
  },
  async handle(call) {
    const { listEligibleUsers } = await import('../../src/credits/eligible-users-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { runtime, params, query, now } = call;
    const { partnerId, benefitId } = params;
    return listAnswer(call, await listEligibleUsers(runtime, partnerId, benefitId, query, now));
  },
});
