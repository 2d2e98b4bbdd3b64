import { page } from '../../src/platform/http/page.ts';

page({
  name: 'docsAsset',
  method: 'GET',
  route: 'api/docs/{file}',
  async handle({ request }) {
    const { docsAsset } = await import('../../src/platform/http/docs-page.ts');
    return docsAsset(request.params['file'] ?? '');
  },
});
