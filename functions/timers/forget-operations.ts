import { app } from '@azure/functions';

/** Daily: drops what is kept of mails for their delivery reports, after 30 days. */
app.timer('forgetOperations', {
  schedule: '0 30 3 * * *',
  handler: async (_timer, context) => {
    const { forgetOperations } = await import('../../src/notices/operations.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'forgetOperations', trigger: 'timer', context }, () =>
      forgetOperations(runtime()),
    );
  },
});
