import { app } from '@azure/functions';
import { loadNoticeSubjects } from '../notice-subjects.ts';

/** Records what the mail service reports of a mail: delivered, or bounced (CR-08). */
app.eventGrid('recordDelivery', {
  handler: async (event, context) => {
    const { recordDelivery } = await import('../../src/notices/delivery-report.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'recordDelivery', trigger: 'event', context }, async () =>
      recordDelivery(runtime(), event, await loadNoticeSubjects()),
    );
  },
});
