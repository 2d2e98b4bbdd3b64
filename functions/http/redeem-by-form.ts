import { readForm } from '../../src/platform/http/form.ts';
import { htmlAnswer } from '../../src/platform/http/page-answer.ts';
import { page } from '../../src/platform/http/page.ts';

page({
  name: 'redeemByForm',
  method: 'POST',
  route: 'redeem/{token}',
  async admit({ runtime, params }) {
    const { readLink } = await import('../../src/credits/link-token.ts');
    return readLink(runtime.config.linkSigningKeys, params['token'] ?? '');
  },
  async handle({ runtime, now, params, request }) {
    const token = params['token'] ?? '';
    const form = await readForm(request, runtime.config.publicBaseUrl);
    const { redemptionPage } = await import('../../src/credits/redemption-page.ts');
    if (form.get('action') === 'remove-spending-limit') {
      const { convertFromPage } = await import('../../src/credits/spending-limit-service.ts');
      const confirmed = form.get('confirm') === 'yes';
      return htmlAnswer(redemptionPage(await convertFromPage(runtime, token, confirmed, now)));
    }
    const { redeemFromPage } = await import('../../src/credits/redemption-service.ts');
    const typed = form.get('azureSubscriptionId')?.trim() ?? '';
    return htmlAnswer(redemptionPage(await redeemFromPage(runtime, token, typed, now)));
  },
  async refused(refusal, requestId) {
    const { refusalPage } = await import('../../src/credits/redemption-page.ts');
    return htmlAnswer(refusalPage(refusal, requestId));
  },
});
