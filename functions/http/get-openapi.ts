import { page } from '../../src/platform/http/page.ts';

page({
  name: 'openApi',
  method: 'GET',
  route: 'api/openapi.json',
  async handle({ runtime }) {
    const { openApiAnswer } = await import('../../src/platform/http/openapi.ts');
    return openApiAnswer(runtime.config.publicBaseUrl);
  },
});
