/** What stands on the queue `settlements`: a due shard, or what is left of one. */
import * as z from 'zod';
import type { Runtime } from '../platform/runtime.ts';
import { currentTraceparent, traceparentSchema } from '../platform/trace-context.ts';
import { storedRow, toMessage } from '../platform/stored.ts';

/** `after`: only rows of the partition after this RowKey. */
export const shardMessageSchema = storedRow('message: shard', {
  partition: z.string().regex(/^\d{4}-\d{2}-\d{2}\|\d{2}$/),
  after: z.string().optional(),
  traceparent: traceparentSchema,
});

/** Which shard, and from where. */
export type ShardMessage = Pick<z.infer<typeof shardMessageSchema>, 'partition' | 'after'>;

/** Puts a shard on the queue, as a part of the present trace. @throws RefusalError ServiceUnavailable */
export function sendShard(runtime: Runtime, message: ShardMessage): Promise<void> {
  const traced = { ...message, traceparent: currentTraceparent() };
  return runtime.queues.send('settlements', toMessage(shardMessageSchema, traced));
}
