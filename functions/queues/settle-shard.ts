import { app } from '@azure/functions';

/**
 * Settles what falls due, a shard at a time, as many at once as there are shards (CR-15); and rates one partition of a
 * month that is being closed (ACO-04), which its message says by its kind.
 */
app.storageQueue('settleShard', {
  queueName: 'settlements',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { readStored } = await import('../../src/platform/stored.ts');
    const { invoked } = await import('../../src/platform/telemetry.ts');
    if ((message as { kind?: string }).kind === 'billing-partition') {
      const { closePartition } = await import('../../src/billing/close-partition.ts');
      const { billingMessageSchema } = await import('../../src/billing/period-service.ts');
      const partition = readStored(billingMessageSchema, message);
      const traced = { name: 'settleShard', trigger: 'queue' as const, context };
      await invoked(traced, () => closePartition(runtime(), partition));
      return;
    }
    const { shardMessageSchema } = await import('../../src/settlement/messages.ts');
    const { settleShard } = await import('../../src/settlement/settle-shard.ts');
    const { traceparent, ...shard } = readStored(shardMessageSchema, message);
    await invoked({ name: 'settleShard', trigger: 'queue', context, traceparent }, () =>
      settleShard(runtime(), shard),
    );
  },
});
