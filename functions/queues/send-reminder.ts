import { app } from '@azure/functions';
import { loadNoticeSubjects } from '../notice-subjects.ts';

/** Sends a reminder (CR-17), on a queue of its own so that many of them hold up no assignment's mail. */
app.storageQueue('sendReminder', {
  queueName: 'reminders',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { deliver } = await import('../../src/notices/deliver.ts');
    const { noticeMessageSchema } = await import('../../src/notices/notice.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { readStored } = await import('../../src/platform/stored.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    const { traceparent, ...notice } = readStored(noticeMessageSchema, message);
    await invoked({ name: 'sendReminder', trigger: 'queue', context, traceparent }, async () =>
      deliver(runtime(), notice, await loadNoticeSubjects()),
    );
  },
});
