import * as z from 'zod';
import { partnerListItem, searchText } from '../../src/partners/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';
import { listOf, paging } from '../../src/platform/http/schemas.ts';

endpoint({
  name: 'listPartners',
  method: 'GET',
  route: 'api/partners',
  tag: 'Partners',
  summary: 'List partners, by name or domain',
  access: ['ProgramOperator'],
  query: z.strictObject({ search: searchText, ...paging }),
  answers: { 200: listOf(partnerListItem).meta({ id: 'PartnerList' }) },
  async handle(call) {
    const { listPartners } = await import('../../src/partners/partners-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    return listAnswer(call, await listPartners(call.runtime, call.query));
  },
});
