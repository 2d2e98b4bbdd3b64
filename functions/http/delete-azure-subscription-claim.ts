import * as z from 'zod';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'deleteAzureSubscriptionClaim',
  method: 'DELETE',
  route: 'api/azure-subscription-claims/{azureSubscriptionId}',
  tag: 'Redemption',
  summary: 'Free an Azure subscription that a redemption claimed and never used',
  description: 'A subscription that a credit was redeemed on stays used for ever.',
  access: ['ProgramOperator'],
  refusals: ['SubscriptionAlreadyUsed', 'ConcurrentChange'],
  contract: async () => {
    const { guid } = await import('../../src/platform/http/schemas.ts');
    return { params: z.strictObject({ azureSubscriptionId: guid }), answers: { 204: null } };
  },
  async handle({ runtime, params }) {
    const { deleteClaim } = await import('../../src/credits/redemption-service.ts');
    await deleteClaim(runtime, params.azureSubscriptionId);
    return { status: 204, body: undefined };
  },
});
