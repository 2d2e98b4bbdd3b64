import { page } from '../../src/platform/http/page.ts';

page({
  name: 'docsAsset',
  method: 'GET',
  route: 'api/docs/{file}',
  async handle({ params }) {
    const { docsAsset } = await import('../../src/platform/http/docs-page.ts');
    return docsAsset(params['file'] ?? '');
  },
});
