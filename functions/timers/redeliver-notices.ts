import { app } from '@azure/functions';

/** Every five minutes: brings back notices whose message or process was lost. */
app.timer('redeliverNotices', {
  schedule: '0 */5 * * * *',
  handler: async (_timer, context) => {
    const { redeliver } = await import('../../src/notices/redeliver.ts');
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'redeliverNotices', trigger: 'timer', context }, () =>
      redeliver(runtime()),
    );
  },
});
