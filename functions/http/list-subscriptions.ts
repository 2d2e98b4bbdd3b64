import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

import { paging } from '../../src/platform/http/schemas.ts';
endpoint({
  name: 'listSubscriptions',
  method: 'GET',
  route: 'api/partners/{partnerId}/subscriptions',
  tag: 'Subscriptions',
  summary: "List a partner's subscriptions, those that ended included",
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { subscriptionOut } = await import('../../src/cloud-services/contract.ts');
    const { partnerPath } = await import('../../src/partners/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: partnerPath,
      query: z.strictObject(paging),
      answers: { 200: listOf(subscriptionOut).meta({ id: 'SubscriptionList' }) },
    };
  },
  async handle(call) {
    const { listSubscriptions } = await import('../../src/cloud-services/subscriptions-service.ts');
    const { listAnswer } = await import('../../src/platform/http/paging.ts');
    const { runtime, params, query, now } = call;
    return listAnswer(call, await listSubscriptions(runtime, params.partnerId, query, now));
  },
});
