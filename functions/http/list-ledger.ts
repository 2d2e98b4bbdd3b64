import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listLedger',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/ledger',
  tag: 'Benefits',
  summary: "Read a benefit's history: who did what when",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { benefitPath, ledgerEntry } = await import('../../src/credits/contract.ts');
    const { listOf, paging } = await import('../../src/platform/http/schemas.ts');
    return {
      params: benefitPath,
      query: z.strictObject(paging),
      answers: { 200: listOf(ledgerEntry).meta({ id: 'Ledger' }) },
    };
  },
  async handle(call) {
    const { listLedger } = await import('../../src/partners/ledger-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { runtime, params, query, now } = call;
    const { partnerId, benefitId } = params;
    return listAnswer(call, await listLedger(runtime, partnerId, benefitId, query, now));
  },
});
