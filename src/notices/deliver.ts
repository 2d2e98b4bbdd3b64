/**
 * What `sendNotice` and `sendReminder` do with a message: send the notice's mail, once. Messages come twice, at the
 * same moment, after the mail was accepted, and after a process died at any point; the notice tells what is to be done.
 */
import { addMilliseconds, type Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import type { SendOutcome } from '../platform/mail-service.ts';
import { recordSend } from '../platform/metrics.ts';
import type { Runtime } from '../platform/runtime.ts';
import { beforeCommit, writeAhead } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { failed, waited } from '../platform/telemetry.ts';
import { advance } from './advance.ts';
import { backoff, maximumAttempts } from './backoff.ts';
import { noticesDue } from './forget.ts';
import {
  isDue,
  isOpen,
  leaseLeft,
  readNotice,
  replaceNotice,
  type Notice,
  type NoticeMessage,
} from './notice.ts';
import { rememberOperation } from './operations.ts';
import { enqueue, removeFromIndex } from './outbox.ts';
import { noSlotNow, readPace, takeSlot, tellUsedUp, type NoSlot } from './pacing.ts';
import { subjectOf, type NoticeSubjects } from './subject.ts';

/** `left`: there was nothing to do, or somebody else does it. `put-back`: it waits for its next attempt. */
export type DeliveryOutcome = 'accepted' | 'failed' | 'cancelled' | 'put-back' | 'left';

/** A send has ended so long after it began. */
const sendMilliseconds = 15_000;

/** A queue lets a message be seen to the second; a message that comes this early is on time. */
const tolerance = 5_000;

/**
 * Sends a notice's mail, or puts it back with a time for the next attempt. Never waits for the mail service to have
 * time, and never sends a mail that it accepted.
 * @param realTime milliseconds of the real clock.
 * @throws RefusalError ServiceUnavailable when storage is out of reach: the queue then brings the message again.
 */
export async function deliver(
  runtime: Runtime,
  message: NoticeMessage,
  subjects: NoticeSubjects,
  realTime: () => number = Date.now,
): Promise<DeliveryOutcome> {
  const [read, pace] = await Promise.all([
    readNotice(runtime, message),
    readPace(runtime, message.partnerId),
  ]);
  if (!read || !isOpen(read.value)) return 'left';
  const notice = read.value;
  const now = runtime.clock.now();
  const lease = leaseLeft(notice, realTime());
  if (lease > 0) {
    // Another process is at it, or died at it: look again when that is certain.
    await enqueue(runtime, message.partnerId, notice, Math.ceil(lease / 1_000));
    return 'left';
  }
  if (notice.status === 'pending' && !isDue(notice, addMilliseconds(now, tolerance))) return 'left';

  if (notice.attempts > 0) {
    const found = await waited('mail find', mailFacts(notice), async (span) => {
      const found = await runtime.mail.find(notice.id);
      span.setAttribute('mail.outcome', found?.outcome ?? 'unknown');
      return found;
    });
    if (found?.outcome === 'accepted') return conclude(runtime, message, subjects, found);
    if (found?.outcome === 'refused' || notice.attempts >= maximumAttempts)
      return conclude(runtime, message, subjects, found ?? givenUp(notice));
    if (found) return retryLater(runtime, message, read, notice.attempts + 1, found);
  }

  const full = noSlotNow(runtime, notice.queue, pace);
  if (full) return waitForSlot(runtime, message, read, full);
  const mail = await subjectOf(subjects, notice).compose(runtime, message.partnerId, notice);
  if (!mail) return cancel(runtime, message, subjects, read);
  const noSlot = await takeSlot(runtime, notice.queue, pace);
  if (noSlot) return waitForSlot(runtime, message, read, noSlot);

  const attempting: Notice = {
    ...notice,
    status: 'attempting',
    attempts: notice.attempts + 1,
    attemptStartedAt: new Date(realTime()).toISOString(),
  };
  const by = newId();
  const [marked] = await Promise.all([
    replace(runtime, message, read, attempting, by),
    rememberOperation(runtime, message),
  ]);
  if (!marked) return 'left';
  // A process that was frozen since its mark has lost its turn: another may have sent the email by now, or cancelled it.
  const left = leaseLeft(attempting, realTime());
  if (left < sendMilliseconds) {
    await enqueue(runtime, message.partnerId, notice, Math.ceil(left / 1_000));
    return 'left';
  }

  const outcome = await waited('mail send', mailFacts(attempting), async (span) => {
    const sent = await runtime.mail.send(notice.id, mail, attempting.attemptStartedAt ?? now);
    span.setAttribute('mail.outcome', sent.outcome);
    if (sent.outcome !== 'accepted') failed(span, sent.code);
    recordSend(notice.queue, sent);
    return sent;
  });
  if (outcome.outcome !== 'later') return conclude(runtime, message, subjects, outcome);
  const mine = await readNotice(runtime, message);
  // A delivery report can have come in the meantime: the mail was accepted although its answer was lost.
  if (mine?.by !== by) return 'left';
  return retryLater(runtime, message, mine, attempting.attempts, outcome);
}

/** What a span tells of a mail: never whom it is for. */
function mailFacts({ kind, attempts }: Notice) {
  return { 'mail.kind': kind, 'mail.attempts': attempts };
}

async function conclude(
  runtime: Runtime,
  message: NoticeMessage,
  subjects: NoticeSubjects,
  outcome: SendOutcome,
): Promise<DeliveryOutcome> {
  if (outcome.outcome === 'accepted') {
    await advance(runtime, message, subjects, { status: 'accepted' });
    return 'accepted';
  }
  const { code } = outcome;
  log('error', 'noticeFailed', { ...message, code });
  await advance(runtime, message, subjects, { status: 'failed', detail: code });
  return 'failed';
}

function givenUp(notice: Notice): SendOutcome {
  return { outcome: 'refused', code: notice.lastError ?? 'GaveUp' };
}

function retryLater(
  runtime: Runtime,
  message: NoticeMessage,
  read: Row<Notice>,
  attempts: number,
  { code, retryAfter }: Extract<SendOutcome, { outcome: 'later' }>,
): Promise<DeliveryOutcome> {
  log('warn', 'noticePutBack', { ...message, attempts, code });
  const wait = backoff(attempts, retryAfter);
  const nextAttemptAt = addMilliseconds(runtime.clock.now(), wait);
  return putBack(runtime, message, read, { nextAttemptAt, attempts, lastError: code });
}

const noSlotCodes: Record<NoSlot['reason'], string> = {
  minute: 'MinuteFull',
  hour: 'HourFull',
  race: 'SlotsContended',
};

/** Puts the notice back until there may be a slot; no attempt is used. */
async function waitForSlot(
  runtime: Runtime,
  message: NoticeMessage,
  read: Row<Notice>,
  { reason, until, pace }: NoSlot,
): Promise<DeliveryOutcome> {
  log('info', 'noticePutBack', { ...message, code: noSlotCodes[reason] });
  const outcome = await putBack(runtime, message, read, { nextAttemptAt: until });
  if (reason === 'hour') await tellUsedUp(runtime, pace);
  return outcome;
}

/** The row first, then the message: should the message get lost, redelivery finds the row. */
async function putBack(
  runtime: Runtime,
  message: NoticeMessage,
  read: Row<Notice>,
  change: { nextAttemptAt: Instant; attempts?: number; lastError?: string },
): Promise<DeliveryOutcome> {
  const { attemptStartedAt: _over, ...notice } = read.value;
  const waiting: Notice = { ...notice, ...change, status: 'pending' };
  if (!(await replace(runtime, message, read, waiting))) return 'left';
  const wait = Date.parse(change.nextAttemptAt) - Date.parse(runtime.clock.now());
  await enqueue(runtime, message.partnerId, notice, Math.max(0, Math.ceil(wait / 1_000)));
  return 'put-back';
}

/**
 * Ends a notice that has nothing to say any more. Its subject, should it still be there, takes the email as failed: it
 * waits for nothing. Whoever loses a race here leaves the notice to redelivery.
 */
async function cancel(
  runtime: Runtime,
  message: NoticeMessage,
  subjects: NoticeSubjects,
  read: Row<Notice>,
): Promise<DeliveryOutcome> {
  const { partnerId } = message;
  const at = runtime.clock.now();
  const cancelled: Notice = { ...read.value, status: 'cancelled', lastWordAt: at };
  const change = { status: 'failed' as const, detail: 'Cancelled', at };
  const [writes] = await beforeCommit(() =>
    Promise.all([
      subjectOf(subjects, cancelled).progress(runtime, partnerId, read.value, change),
      writeAhead(runtime, [noticesDue(partnerId, at)]),
    ]),
  );
  const rows = [replaceNotice(read, cancelled), ...writes];
  if ((await runtime.tables.commit('partners', partnerId, rows, newId())) !== 'committed')
    return 'left';
  log('info', 'noticeCancelled', { ...message, kind: cancelled.kind });
  await removeFromIndex(runtime, message);
  return 'cancelled';
}

/** Replaces the notice as it was read; false when somebody else was quicker. */
async function replace(
  runtime: Runtime,
  message: NoticeMessage,
  read: Row<Notice>,
  value: Notice,
  by = newId(),
): Promise<boolean> {
  const write = replaceNotice(read, value);
  if ((await runtime.tables.write('partners', message.partnerId, write, by)) === 'committed')
    return true;
  // The SDK repeats a request whose answer was lost: a conflict can be with ourselves.
  return (await readNotice(runtime, message))?.by === by;
}
