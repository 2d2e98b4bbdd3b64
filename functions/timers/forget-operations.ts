import { app } from '@azure/functions';

/** Daily: drops what is kept of mails for their delivery reports, after 30 days. */
app.timer('forgetOperations', {
  schedule: '0 30 3 * * *',
  handler: async () => {
    const { forgetOperations } = await import('../../src/notices/operations.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    await forgetOperations(runtime());
  },
});
