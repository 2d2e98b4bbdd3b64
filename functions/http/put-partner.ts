import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'putPartner',
  method: 'PUT',
  route: 'api/partners/{partnerId}',
  tag: 'Partners',
  summary: 'Register a partner or replace its facts',
  description: 'A tenant belongs to one partner; the partner id is always one of its tenants.',
  access: ['ProgramOperator'],
  conditional: true,
  refusals: ['PreconditionFailed', 'ConcurrentChange', 'RepeatabilityConflict'],
  contract: async () => {
    const { partner, partnerBody, partnerPath } = await import('../../src/partners/contract.ts');
    return { params: partnerPath, body: partnerBody, answers: { 200: partner, 201: partner } };
  },
  async handle(call) {
    const { partnerView, putPartner } = await import('../../src/partners/partners-service.ts');
    const { resourceAddress } = await import('../../src/platform/http/resource-address.ts');
    const saved = await putPartner(call, call.params.partnerId, call.body);
    const { id, version } = saved.partner;
    const body = partnerView(saved.partner);
    if (!saved.created) return { status: 200, body, version };
    const headers = { Location: resourceAddress(call, `partners/${id}`) };
    return { status: 201, body, version, headers };
  },
});
