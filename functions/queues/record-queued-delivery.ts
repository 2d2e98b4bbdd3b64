import { app } from '@azure/functions';
import { loadNoticeSubjects } from '../notice-subjects.ts';

/**
 * Records what the mail service reports of a mail (CR-08), where Event Grid puts its events on a queue: on hosts that run
 * outside of Azure Functions. `recordDelivery` does the same for events that come by the web hook.
 */
app.storageQueue('recordQueuedDelivery', {
  queueName: 'delivery-reports',
  connection: 'AzureWebJobsStorage',
  handler: async (event, context) => {
    const { recordDelivery } = await import('../../src/notices/delivery-report.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'recordQueuedDelivery', trigger: 'queue', context }, async () =>
      recordDelivery(runtime(), event, await loadNoticeSubjects()),
    );
  },
});
