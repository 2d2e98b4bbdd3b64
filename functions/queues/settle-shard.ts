import { app } from '@azure/functions';

/** Settles one shard of what is due (CR-15): as many at the same time as there are shards. */
app.storageQueue('settleShard', {
  queueName: 'settlements',
  connection: 'AzureWebJobsStorage',
  handler: async (message) => {
    const { runtime } = await import('../../src/platform/runtime.ts');
    const { shardMessageSchema } = await import('../../src/settlement/messages.ts');
    const { settleShard } = await import('../../src/settlement/settle-shard.ts');
    await settleShard(runtime(), shardMessageSchema.parse(message));
  },
});
