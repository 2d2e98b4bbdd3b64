import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'listAssignments',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignments',
  tag: 'Assignments',
  summary: 'List who has held a credit',
  description: 'At most six: the first assignment and five reassignments.',
  access: ['GlobalAdmin', 'PartnerAdmin', 'ProgramOperator'],
  contract: async () => {
    const { benefitPath, pastAssignment } = await import('../../src/credits/contract.ts');
    const { listOf } = await import('../../src/platform/http/schemas.ts');
    return {
      params: benefitPath,
      answers: { 200: listOf(pastAssignment).meta({ id: 'AssignmentList' }) },
    };
  },
  async handle({ runtime, params }) {
    const { listAssignments } = await import('../../src/credits/history-service.ts');
    const { partnerId, benefitId } = params;
    const value = await listAssignments(runtime, partnerId, benefitId);
    return { status: 200, body: { value } };
  },
});
