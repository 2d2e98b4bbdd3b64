/**
 * The outbox: a notice is a row of the command's own commit, so that it exists exactly when the command happened.
 * An index row, written before the commit and deleted once the mail service has the mail, makes it findable without
 * a scan; the queue message, sent after the commit, only makes it quick.
 */
import * as z from 'zod';
import { isInstant, type Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { shardOf } from '../platform/keys.ts';
import type { Runtime } from '../platform/runtime.ts';
import { mailQueueNames } from '../platform/storage-names.ts';
import type { Write } from '../platform/table-store.ts';
import { currentTraceparent } from '../platform/trace-context.ts';
import {
  noticeKey,
  noticeSchema,
  type Notice,
  type NoticeMessage,
  noticeMessageSchema,
} from './notice.ts';
import { storedRow, toMessage } from '../platform/stored.ts';

const instant = z.string().refine(isInstant, 'must be an instant');

export const indexSchema = storedRow('outbox', {
  partnerId: z.guid(),
  noticeId: z.guid(),
  queue: z.enum(mailQueueNames),
  /** By the real clock: a commit that never came is told by how long a process can take over it. */
  writtenAt: instant,
  /** When redelivery last put a message on the queue, by the clock that benefits follow. */
  enqueuedAt: instant.optional(),
});

export type IndexEntry = z.infer<typeof indexSchema>;

/** Every partition of index rows lies in this range of PartitionKeys. */
export const indexPartitions = { from: 'notice|', before: 'notice|~' };

function indexKey({ partnerId, noticeId }: NoticeMessage) {
  return { partitionKey: `notice|${shardOf(noticeId)}`, rowKey: `${partnerId}|${noticeId}` };
}

export type NewNotice = Pick<
  Notice,
  'id' | 'kind' | 'queue' | 'benefitId' | 'assignmentId' | 'userId' | 'data'
>;

/**
 * A notice to be sent: `write` goes into the command's commit, `ahead` runs before it and `after` behind it (the
 * `ahead` and `after` of a command's plan). `id` must be the same when the command is decided again for the same
 * mail, and another one for another mail (CR-08). `now` is the command's instant.
 */
export function addNotice(
  runtime: Runtime,
  partnerId: string,
  notice: NewNotice,
  now: Instant,
): {
  write: Extract<Write, { op: 'insert' }>;
  ahead: () => Promise<void>;
  after: () => Promise<void>;
} {
  const message = { partnerId, noticeId: notice.id };
  const value: Notice = {
    ...notice,
    createdAt: now,
    status: 'pending',
    attempts: 0,
    nextAttemptAt: now,
    traceparent: currentTraceparent(),
  };
  return {
    write: { op: 'insert', rowKey: noticeKey(notice.id), schema: noticeSchema, value },
    ahead: async () => {
      const { partitionKey, rowKey } = indexKey(message);
      const entry: IndexEntry = {
        ...message,
        queue: notice.queue,
        writtenAt: new Date().toISOString(),
      };
      const write: Write = { op: 'put', rowKey, schema: indexSchema, value: entry };
      await runtime.tables.write('outbox', partitionKey, write, newId());
    },
    after: () => enqueue(runtime, partnerId, value),
  };
}

/** Puts a notice's message on its queue, to be seen after `delaySeconds`. */
export function enqueue(
  runtime: Runtime,
  partnerId: string,
  { id, queue, traceparent }: Pick<Notice, 'id' | 'queue' | 'traceparent'>,
  delaySeconds = 0,
): Promise<void> {
  const message = toMessage(noticeMessageSchema, { partnerId, noticeId: id, traceparent });
  return runtime.queues.send(queue, message, delaySeconds);
}

/** Takes a notice that needs no more sending out of the index; fine when it is out already. */
export async function removeFromIndex(runtime: Runtime, message: NoticeMessage): Promise<void> {
  const { partitionKey, rowKey } = indexKey(message);
  await runtime.tables.write('outbox', partitionKey, { op: 'delete', rowKey }, newId());
}
