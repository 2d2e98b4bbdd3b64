import { page } from '../../src/platform/http/page.ts';

page({
  name: 'docs',
  method: 'GET',
  route: 'api/docs',
  async handle() {
    const { docsPage } = await import('../../src/platform/http/docs-page.ts');
    return docsPage();
  },
});
