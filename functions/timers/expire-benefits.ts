import { app } from '@azure/functions';

/**
 * Daily: has expiries written down, reminders sent, and whatever is left of days when nothing ran (CR-11, CR-12, CR-17);
 * then logs what alerts go by.
 */
app.timer('expireBenefits', {
  schedule: '0 15 0 * * *',
  handler: async (_timer, context) => {
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { enqueueDueShards } = await import('../../src/settlement/due-shards.ts');
    const { logSettlementHealth } = await import('../../src/settlement/overview-service.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    await invoked({ name: 'expireBenefits', trigger: 'timer', context }, async () => {
      await enqueueDueShards(runtime(), 'expireBenefits');
      await logSettlementHealth(runtime());
    });
  },
});
