import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'putCreditOffer',
  method: 'PUT',
  route: 'api/partners/{partnerId}/customers/{customerId}/credit-offers/{agreementId}',
  tag: 'Billing',
  summary: 'Give a customer a credit offer, or change one that bears on no closed month',
  access: ['ProgramOperator'],
  conditional: true,
  refusals: ['PeriodClosed'],
  contract: async () => {
    const { creditOffer, offerPath } = await import('../../src/billing/contract.ts');
    const { creditOfferBody } = await import('../../src/billing/credit-offer.ts');
    return {
      params: offerPath,
      body: creditOfferBody,
      answers: { 200: creditOffer, 201: creditOffer },
    };
  },
  async handle(call) {
    const { putOffer } = await import('../../src/billing/offers-service.ts');
    const { offerView } = await import('../../src/billing/views.ts');
    const { partnerId, customerId, agreementId } = call.params;
    const { offer, created } = await putOffer(call, partnerId, customerId, agreementId, call.body);
    return { status: created ? 201 : 200, body: offerView(offer), version: offer.version };
  },
});
