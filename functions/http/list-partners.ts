import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listPartners',
  method: 'GET',
  route: 'api/partners',
  tag: 'Partners',
  summary: 'List partners, by name or domain',
  access: ['ProgramOperator'],
  contract: async () => {
    const { partnerListItem, searchText } = await import('../../src/partners/contract.ts');
    const { listOf, paging } = await import('../../src/platform/http/schemas.ts');
    return {
      query: z.strictObject({ search: searchText, ...paging }),
      answers: { 200: listOf(partnerListItem).meta({ id: 'PartnerList' }) },
    };
  },
  async handle(call) {
    const { listPartners } = await import('../../src/partners/partners-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    return listAnswer(call, await listPartners(call.runtime, call.query));
  },
});
