import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getPartner',
  method: 'GET',
  route: 'api/partners/{partnerId}',
  tag: 'Partners',
  summary: 'Read a partner',
  access: ['GlobalAdmin', 'PartnerAdmin', 'AdminAgent', 'BillingAdmin', 'ProgramOperator'],
  contract: async () => {
    const { partner, partnerPath } = await import('../../src/partners/contract.ts');
    return { params: partnerPath, answers: { 200: partner } };
  },
  async handle({ runtime, params }) {
    const { getPartner, partnerView } = await import('../../src/partners/partners-service.ts');
    const found = await getPartner(runtime, params.partnerId);
    return { status: 200, body: partnerView(found), version: found.version };
  },
});
