import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'reportUsage',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/usage',
  tag: 'Benefits',
  summary: 'Report usage that a credit is to pay for',
  description:
    'Each record is counted once, however often it is sent. Records are judged one by one in the order sent; a batch ' +
    'that was cut off is sent again whole, and what had been taken of it is answered as a duplicate.',
  access: ['UsageReporter', 'ProgramOperator'],
  refusals: ['PayloadTooLarge', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { benefitPath, usageBody, usageOut } = await import('../../src/credits/contract.ts');
    return {
      params: benefitPath,
      body: usageBody,
      answers: { 200: usageOut },
    };
  },
  async handle(call) {
    const { takeUsage } = await import('../../src/credits/usage-service.ts');
    const { partnerId, benefitId } = call.params;
    return {
      status: 200,
      body: await takeUsage(call, partnerId, benefitId, call.body.records),
    };
  },
});
