import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'revokeBenefit',
  method: 'POST',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/revoke',
  tag: 'Memberships',
  summary: 'Withdraw a benefit that nobody has been given',
  access: ['ProgramOperator'],
  conditional: true,
  refusals: [
    'AlreadyAssigned',
    'BenefitExpired',
    'PreconditionFailed',
    'ConcurrentChange',
    'RepeatabilityConflict',
  ],
  contract: async () => {
    const { benefitOut, benefitPath } = await import('../../src/credits/contract.ts');
    return { params: benefitPath, answers: { 200: benefitOut } };
  },
  async handle(call) {
    const { getBenefit, revokeBenefit } = await import('../../src/partners/benefits-service.ts');
    const { partnerId, benefitId } = call.params;
    await revokeBenefit(call, partnerId, benefitId);
    const { body, version } = await getBenefit(call.runtime, partnerId, benefitId, call.now);
    return { status: 200, body, version };
  },
});
