import type { Instant } from '../platform/calendar.ts';
import { pause } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { beforeCommit, writeAhead } from '../platform/schedule.ts';
import { noticesDue } from './forget.ts';
import {
  isForward,
  isOpen,
  readNotice,
  replaceNotice,
  type Notice,
  type NoticeMessage,
} from './notice.ts';
import { removeFromIndex } from './outbox.ts';
import { subjectOf, type MailChange, type NoticeSubjects } from './subject.ts';

const tries = 10;

/**
 * Moves a notice on, and with it, in the same commit, what its subject keeps of it; then takes it out of the index.
 * Only forward: `'unchanged'` when the notice is as far or further, or does not exist.
 * @throws RefusalError ServiceUnavailable when storage is out of reach; ConcurrentChange when every race was lost.
 */
export async function advance(
  runtime: Runtime,
  message: NoticeMessage,
  subjects: NoticeSubjects,
  change: { status: MailChange['status']; detail?: string },
): Promise<'advanced' | 'unchanged'> {
  let wasOpen = false;
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const read = await readNotice(runtime, message);
    if (!read) return 'unchanged';
    const notice = read.value;
    wasOpen ||= isOpen(notice);
    const forward = isForward(notice.status, change.status);
    if (forward) {
      const at = runtime.clock.now();
      const { partnerId } = message;
      const [writes] = await beforeCommit(() =>
        Promise.all([
          subjectOf(subjects, notice).progress(runtime, partnerId, notice, { ...change, at }),
          writeAhead(runtime, [noticesDue(partnerId, at)]),
        ]),
      );
      const rows = [replaceNotice(read, changed(notice, change, at)), ...writes];
      if (
        (await runtime.tables.commit('partners', message.partnerId, rows, newId())) !== 'committed'
      ) {
        // Lost a race, or the answer to our own commit: reading again tells.
        await pause(attempt);
        continue;
      }
      log('info', 'noticeAdvanced', { ...message, kind: notice.kind, ...change });
    }
    if (wasOpen) await removeFromIndex(runtime, message);
    return forward ? 'advanced' : 'unchanged';
  }
  throw new RefusalError(
    refuse('ConcurrentChange', 'The notice or its benefit changed at every attempt to record it.'),
  );
}

function changed(
  notice: Notice,
  { status, detail }: { status: MailChange['status']; detail?: string },
  at: Instant,
): Notice {
  if (status === 'failed') return { ...notice, status, lastError: detail, lastWordAt: at };
  return { ...notice, status, acceptedAt: notice.acceptedAt ?? at, lastWordAt: at };
}
