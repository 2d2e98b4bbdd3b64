/**
 * Reminders of a credit's end, one mail a recipient and day (CR-17): to the holder, and to each of the partner's
 * contacts. Several credits that are due on a day stand in the same mail. Whoever is both gets one mail.
 */
import { createHash } from 'node:crypto';
import { isOpen, readNotice, replaceNotice, type Notice } from '../notices/notice.ts';
import { addNotice } from '../notices/outbox.ts';
import { readPartner } from '../partners/directory.ts';
import { dateOf, type Instant } from '../platform/calendar.ts';
import { deterministicId } from '../platform/ids.ts';
import type { Plan } from '../platform/command.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import type { EndingNotice } from './ending-notice.ts';
import type { CreditState } from './state.ts';

/** The kind of these notices. */
export const endingKind = 'credit-ending';

/** A credit whose holder and admins are to be told, as it will be stored. */
export type Ending = { state: CreditState; notice: EndingNotice };

/** `told` are those that the rows tell of; the others have to wait for tomorrow's mail. */
export type Reminders = { told: Ending[] } & Required<Pick<Plan<void>, 'writes' | 'ahead' | 'after'>>;

/** One address: `userId` where it is the holder's. */
type Recipient = { recipient: string; userId?: string };

/** How a notice names an address: who reads the row learns none. */
export function recipientOf(address: string): string {
  const folded = address.normalize('NFC').toLowerCase();
  return createHash('sha256').update(folded).digest('base64url').slice(0, 22);
}

/**
 * Plans the mails that tell of these credits' ends on the day of `now`. A mail of today that is no longer waiting
 * cannot take a credit in any more: that credit is not told of today. Reads the partner, and one row a recipient.
 */
export async function planReminders(
  runtime: Runtime,
  partnerId: string,
  endings: readonly Ending[],
  now: Instant,
): Promise<Reminders> {
  const { contacts } = (await readPartner(runtime, partnerId)).value;
  const admins = contacts.map((address): Recipient => ({ recipient: recipientOf(address) }));
  const mails = new Map<string, Mail>();
  const asked = endings.map((ending) => ({ ending, to: recipientsOf(ending.state, admins) }));
  for (const { recipient, userId } of asked.flatMap(({ to }) => to)) {
    const mail = mails.get(recipient) ?? { recipient, notice: undefined };
    mails.set(recipient, userId === undefined ? mail : { ...mail, userId });
  }
  await Promise.all(
    [...mails.values()].map(async (mail) => {
      const noticeId = deterministicId('reminder', partnerId, mail.recipient, dateOf(now));
      mail.notice = await readNotice(runtime, { partnerId, noticeId });
    }),
  );
  const closed = (to: Recipient) => {
    const notice = mails.get(to.recipient)?.notice?.value;
    return notice !== undefined && !(isOpen(notice) && notice.attempts === 0);
  };
  const told = asked.filter(({ to }) => !to.some(closed));
  const reminders: Reminders = {
    told: told.map(({ ending }) => ending),
    writes: [],
    ahead: [],
    after: [],
  };
  for (const mail of mails.values()) {
    const news = told
      .filter(({ to }) => to.some(({ recipient }) => recipient === mail.recipient))
      .map(({ ending }) => ending);
    if (news.length > 0) addMail(runtime, partnerId, mail, news, now, reminders);
  }
  return reminders;
}

type Mail = Recipient & { notice: Row<Notice> | undefined };

function recipientsOf(state: CreditState, admins: readonly Recipient[]): Recipient[] {
  const { email, userId } = state.assignment ?? {};
  // Who was erased from the directory has no address left.
  if (!email || !userId) return [...admins];
  const holder = { recipient: recipientOf(email), userId };
  return [holder, ...admins.filter(({ recipient }) => recipient !== holder.recipient)];
}

function addMail(
  runtime: Runtime,
  partnerId: string,
  { recipient, userId, notice: row }: Mail,
  endings: readonly Ending[],
  now: Instant,
  reminders: Reminders,
): void {
  const credits = endings.map(({ state, notice }) => creditPart(state.id, notice));
  if (row) {
    const { data, ...notice } = row.value;
    const all = [String(data?.['credits'] ?? ''), ...credits].join(',');
    const value = { ...notice, ...(userId ? { userId } : {}), data: { recipient, credits: all } };
    reminders.writes.push(replaceNotice(row, value));
    return;
  }
  const added = addNotice(
    runtime,
    partnerId,
    {
      id: deterministicId('reminder', partnerId, recipient, dateOf(now)),
      kind: endingKind,
      queue: 'reminders',
      benefitId: endings[0]!.state.id,
      ...(userId ? { userId } : {}),
      data: { recipient, credits: credits.join(',') },
    },
    now,
  );
  reminders.writes.push(added.write);
  reminders.ahead.push(added.ahead);
  reminders.after.push(added.after);
}

function creditPart(benefitId: string, { end, stage }: EndingNotice): string {
  return `${benefitId}:${end}:${stage}`;
}

/** What a notice tells of: the credits, each with the end that it was due for. */
export function creditsIn(notice: Notice): { benefitId: string; end: string }[] {
  return String(notice.data?.['credits'] ?? '')
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [benefitId = '', end = ''] = part.split(':');
      return { benefitId, end };
    });
}
