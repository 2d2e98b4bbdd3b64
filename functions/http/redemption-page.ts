import { htmlAnswer } from '../../src/platform/http/page-answer.ts';
import { page } from '../../src/platform/http/page.ts';

page({
  name: 'redemptionPage',
  method: 'GET',
  route: 'redeem/{token}',
  async admit({ runtime, params }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    return readLink(runtime.config.linkSigningKeys, params['token'] ?? '');
  },
  async handle({ runtime, now, params }) {
    const { redemptionPage } = await import('../../src/credits/redemption-page.ts');
    const { viewRedemption } = await import('../../src/credits/redemption-view.ts');
    return htmlAnswer(redemptionPage(await viewRedemption(runtime, params['token'] ?? '', now)));
  },
  async refused(refusal, requestId) {
    const { refusalPage } = await import('../../src/credits/redemption-page.ts');
    return htmlAnswer(refusalPage(refusal, requestId));
  },
});
