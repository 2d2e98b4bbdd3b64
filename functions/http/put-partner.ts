import { partner, partnerBody, partnerPath } from '../../src/partners/contract.ts';
import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'putPartner',
  method: 'PUT',
  route: 'api/partners/{partnerId}',
  tag: 'Partners',
  summary: 'Register a partner or replace its facts',
  description: 'A tenant belongs to one partner; the partner id is always one of its tenants.',
  access: ['ProgramOperator'],
  params: partnerPath,
  body: partnerBody,
  conditional: true,
  answers: { 200: partner, 201: partner },
  refusals: ['PreconditionFailed', 'ConcurrentChange', 'RepeatabilityConflict'],
  async handle(call) {
    const { partnerView, putPartner } = await import('../../src/partners/partners-service.ts');
    const saved = await putPartner(call, call.params.partnerId, call.body);
    const { version } = saved.partner;
    return { status: saved.created ? 201 : 200, body: partnerView(saved.partner), version };
  },
});
