import { app } from '@azure/functions';
import { loadNoticeSubjects } from '../notice-subjects.ts';

/** Records what the mail service reports of a mail: delivered, or bounced (CR-08). */
app.eventGrid('recordDelivery', {
  handler: async (event) => {
    const { recordDelivery } = await import('../../src/notices/delivery-report.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    await recordDelivery(runtime(), event, await loadNoticeSubjects());
  },
});
