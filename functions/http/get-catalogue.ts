import { endpoint } from '../../src/platform/http/endpoint.ts';

endpoint({
  name: 'getCatalogue',
  method: 'GET',
  route: 'api/catalogue',
  tag: 'Partners',
  summary: 'Read the catalogue: membership types, their benefits, products and offers',
  access: ['ProgramOperator'],
  contract: async () => {
    const { catalogueOut } = await import('../../src/partners/contract.ts');
    return { answers: { 200: catalogueOut } };
  },
  async handle({ runtime }) {
    const { catalogueOf, catalogueView } = await import('../../src/partners/catalogue.ts');
    return { status: 200, body: catalogueView(await catalogueOf(runtime)) };
  },
});
