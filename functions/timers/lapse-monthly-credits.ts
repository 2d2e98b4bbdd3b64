import { app } from '@azure/functions';

/** At the start of each month: has lapses and grants written down, and whatever else is due (CR-10, CR-15). */
app.timer('lapseMonthlyCredits', {
  schedule: '0 5 0 1 * *',
  handler: async (_timer, context) => {
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { enqueueDueShards } = await import('../../src/settlement/due-shards.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'lapseMonthlyCredits', trigger: 'timer', context }, () =>
      enqueueDueShards(runtime(), 'lapseMonthlyCredits'),
    );
  },
});
