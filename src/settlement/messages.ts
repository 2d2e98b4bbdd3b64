/** What stands on the queue `settlements`: a due shard, or what is left of one. */
import * as z from 'zod';
import type { Runtime } from '../platform/runtime.ts';

/** `after`: only rows of the partition after this RowKey. */
export const shardMessageSchema = z.strictObject({
  partition: z.string().regex(/^\d{4}-\d{2}-\d{2}\|\d{2}$/),
  after: z.string().optional(),
});

export type ShardMessage = z.infer<typeof shardMessageSchema>;

/** Puts a shard on the queue. @throws RefusalError ServiceUnavailable */
export function sendShard(runtime: Runtime, message: ShardMessage): Promise<void> {
  return runtime.queues.send('settlements', message);
}
