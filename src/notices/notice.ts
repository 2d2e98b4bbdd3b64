/** A notice: one mail that the system owes somebody, as it stands in the partner's partition. */
import * as z from 'zod';
import { addMilliseconds, isInstant, type Instant } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import { mailQueueNames } from '../platform/storage-names.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { traceparentSchema } from '../platform/trace-context.ts';
import { storedRow } from '../platform/stored.ts';

const instant = z.string().refine(isInstant, 'must be an instant');

/**
 * `pending` waits for its (next) attempt, `attempting` is being handed to the mail service, which then has `accepted`
 * it; a delivery report makes it `delivered` or `bounced`. `failed`: the service will never take it, or too many
 * attempts went wrong. `cancelled`: what it would have said no longer holds.
 */
export const noticeStatuses = [
  'pending',
  'attempting',
  'accepted',
  'failed',
  'delivered',
  'bounced',
  'cancelled',
] as const;

export type NoticeStatus = (typeof noticeStatuses)[number];

export const noticeSchema = storedRow('notice', {
  /** Also the id of the mail service's operation, and of no other mail: a resend is a new notice. */
  id: z.guid(),
  /** Says which `NoticeSubject` composes it. */
  kind: z.string().min(1),
  queue: z.enum(mailQueueNames),
  /** Of a reminder, the first thing that it tells of: a benefit or a subscription. */
  benefitId: z.guid(),
  assignmentId: z.guid().optional(),
  userId: z.guid().optional(),
  /** What else composing needs. Never personal data: names and addresses are read when the mail is composed. */
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  createdAt: instant,
  status: z.enum(noticeStatuses),
  /** How often the mail service was asked in vain or is being asked; waiting for a free slot is no attempt. */
  attempts: z.int().nonnegative(),
  /** By the clock that benefits follow, so that moving a test clock on moves the mails on as well. */
  nextAttemptAt: instant,
  /** By the real clock: how long another process may still be at work is not for a test clock to say. */
  attemptStartedAt: instant.optional(),
  /** When it was first known that the mail service has it. */
  acceptedAt: instant.optional(),
  /** When it was last heard of, or cancelled; absent while it is open. It is kept for 90 days from then. */
  lastWordAt: instant.optional(),
  /** A status or error code, never a message: messages of services quote addresses. */
  lastError: z.string().optional(),
  /** The trace of the command that owes the mail: its attempts go on in it. */
  traceparent: traceparentSchema,
});

export type Notice = z.infer<typeof noticeSchema>;

/** What a queue message says. */
export const noticeMessageSchema = storedRow('message: notice', {
  partnerId: z.guid(),
  noticeId: z.guid(),
  traceparent: traceparentSchema,
});

/** Which notice. */
export type NoticeMessage = Pick<z.infer<typeof noticeMessageSchema>, 'partnerId' | 'noticeId'>;

/** The RowKey of a notice. */
export function noticeKey(noticeId: string): string {
  return `notice|${noticeId}`;
}

/** Reads a notice; undefined when there is none. */
export function readNotice(
  runtime: Runtime,
  { partnerId, noticeId }: NoticeMessage,
): Promise<Row<Notice> | undefined> {
  return runtime.tables.get('partners', noticeSchema, partnerId, noticeKey(noticeId));
}

/** The write that replaces a notice as it was read by what it has become. */
export function replaceNotice(read: Row<Notice>, value: Notice): Write {
  return { op: 'replace', rowKey: read.rowKey, schema: noticeSchema, value, etag: read.etag };
}

/** Whether the mail service has still to be asked. */
export function isOpen(notice: Notice): boolean {
  return notice.status === 'pending' || notice.status === 'attempting';
}

/**
 * Whether `to` is further on than `from`. Reports can overtake our own `accepted`, and a mail given up can turn out
 * to have arrived. Of several recipients the one whose mail bounced counts. A cancelled notice stays cancelled.
 */
export function isForward(from: NoticeStatus, to: NoticeStatus): boolean {
  return noticeStatuses.indexOf(to) > noticeStatuses.indexOf(from);
}

/** The longest that a notice is ever put back for. */
export const longestWaitMilliseconds = 24 * 3_600_000;

/**
 * Whether a pending notice's time has come. One that waits for longer than anything is ever put back for was put
 * back by a clock that has since been set back: it is due as well, so that no mail waits for ever.
 */
export function isDue(notice: Notice, now: Instant): boolean {
  return (
    notice.nextAttemptAt <= now ||
    notice.nextAttemptAt > addMilliseconds(now, longestWaitMilliseconds)
  );
}

/**
 * How long (ms) the process that marked a notice `attempting` may still be at work; none may touch it until then.
 * From the mark to the last byte of a send less than 15 s can pass: each request has a time-out.
 */
export function leaseLeft(notice: Notice, realNow: number): number {
  if (notice.status !== 'attempting' || !notice.attemptStartedAt) return 0;
  const left = Date.parse(notice.attemptStartedAt) + 30_000 - realNow;
  return Math.max(0, Math.min(left, 30_000));
}
