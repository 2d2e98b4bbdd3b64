import type { Instant } from '../platform/calendar.ts';
import type { Mail } from '../platform/mail-service.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Write } from '../platform/table-store.ts';
import type { Notice } from './notice.ts';

/** How far a mail has come. `detail` is a status code (`Suppressed`, `400`), never a text of the service. */
export type MailChange = {
  status: 'accepted' | 'delivered' | 'bounced' | 'failed';
  at: Instant;
  detail?: string;
};

/** What a feature knows of its kind of notice. */
export type NoticeSubject = {
  /**
   * Composes the mail from what is there now; undefined when it is moot (the assignment removed, the user erased):
   * the notice is then cancelled and nothing is sent. Called anew before each attempt. Changes nothing.
   */
  compose(runtime: Runtime, partnerId: string, notice: Notice): Promise<Mail | undefined>;
  /**
   * The rows of the partner's partition to commit together with the notice's new state; none is fine. Called again,
   * after fresh reads, when the commit lost a race. `notice` is as it was before the change: while it has no
   * `acceptedAt`, no earlier change has told that the mail was sent (a delivery report can come before `accepted`,
   * which is then never told).
   */
  progress(
    runtime: Runtime,
    partnerId: string,
    notice: Notice,
    change: MailChange,
  ): Promise<Write[]>;
};

/** By notice kind. */
export type NoticeSubjects = Readonly<Record<string, NoticeSubject>>;

/** The subject of a notice's kind. @throws Error when there is none: the message is then tried again later. */
export function subjectOf(subjects: NoticeSubjects, notice: Notice): NoticeSubject {
  const subject = subjects[notice.kind];
  if (!subject) throw new Error(`Nothing composes notices of kind ${notice.kind}`);
  return subject;
}
