import { app } from '@azure/functions';

/**
 * Every five minutes: brings back what a lost message or process has left undone, the notices and the months that are
 * being closed (ACO-04). No timer of its own for these: every function scales alone, and this one runs often enough.
 */
app.timer('redeliverNotices', {
  schedule: '0 */5 * * * *',
  handler: async (_timer, context) => {
    const { resumeClosings } = await import('../../src/billing/resume-closings.ts');
    const { redeliver } = await import('../../src/notices/redeliver.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'redeliverNotices', trigger: 'timer', context }, async () => {
      await Promise.all([redeliver(runtime()), resumeClosings(runtime())]);
    });
  },
});
