import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listMemberships',
  method: 'GET',
  route: 'api/partners/{partnerId}/memberships',
  tag: 'Memberships',
  summary: "List a partner's memberships",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { membership, partnerPath } = await import('../../src/partners/contract.ts');
    const { listOf, paging } = await import('../../src/platform/http/schemas.ts');
    return {
      params: partnerPath,
      query: z.strictObject(paging),
      answers: { 200: listOf(membership).meta({ id: 'MembershipList' }) },
    };
  },
  async handle(call) {
    const { listMemberships, membershipView } =
      await import('../../src/partners/memberships-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { items, nextKey } = await listMemberships(
      call.runtime,
      call.params.partnerId,
      call.query,
    );
    return listAnswer(call, { items: items.map((item) => membershipView(item, 'all')), nextKey });
  },
});
