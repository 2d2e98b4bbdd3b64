/**
 * Reminders of the ends of credits, product keys and subscriptions, one mail a recipient and day over all of them
 * (CR-17, KEY-10, KEY-11): to a credit's holder, and to each of the partner's contacts. What is due on a day stands in
 * the same mail. Whoever is holder and contact gets one mail.
 */
import { createHash } from 'node:crypto';
import { isOpen, readNotice, replaceNotice, type Notice } from '../notices/notice.ts';
import { addNotice } from '../notices/outbox.ts';
import { readPartner } from '../partners/directory.ts';
import { dateOf, type Instant } from '../platform/calendar.ts';
import type { Plan } from '../platform/command.ts';
import { thingKinds, type DueThing, type ThingKind } from '../platform/due-thing.ts';
import type { EndingNotice } from '../platform/ending-stages.ts';
import { deterministicId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';

/** The kind of these notices, whatever it is that ends. */
export const endingKind = 'credit-ending';

/** A thing whose end people are to be told of. */
export type Ending = Pick<DueThing, 'kind' | 'id' | 'holder'> & { notice: EndingNotice };

/** `told` are those that the rows tell of; the others have to wait for tomorrow's mail. */
export type Reminders = { told: Ending[] } & Required<
  Pick<Plan<void>, 'writes' | 'ahead' | 'after'>
>;

/** One address: `userId` where it is the holder's. */
type Recipient = { recipient: string; userId?: string };

/** How a notice names an address: who reads the row learns none. */
export function recipientOf(address: string): string {
  const folded = address.normalize('NFC').toLowerCase();
  return createHash('sha256').update(folded).digest('base64url').slice(0, 22);
}

/**
 * Plans the mails that tell of these ends on the day of `now`. A mail of today that is no longer waiting cannot take
 * another end in any more: that one is not told of today. Reads the partner, and one row a recipient.
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
  const asked = endings.map((ending) => ({ ending, to: recipientsOf(ending, admins) }));
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

function recipientsOf(ending: Ending, admins: readonly Recipient[]): Recipient[] {
  if (!ending.holder) return [...admins];
  const { email, userId } = ending.holder;
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
  const data = withEndings(row?.value.data, recipient, endings);
  if (row) {
    const value = { ...row.value, ...(userId ? { userId } : {}), data };
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
      benefitId: endings[0]!.id,
      ...(userId ? { userId } : {}),
      data,
    },
    now,
  );
  reminders.writes.push(added.write);
  reminders.ahead.push(added.ahead);
  reminders.after.push(added.after);
}

/** Where a notice lists what it tells of: `id:end:stage`, parted by commas. */
const listOf: Record<ThingKind, string> = {
  credit: 'credits',
  product: 'products',
  subscription: 'subscriptions',
};

/**
 * A row holds some 600 things, and nobody reads so many in an email: beyond these they are counted, but for the credits
 * that the recipient holds, of which there are 199 at the most (`mostHolds`) and whose links the email brings.
 */
const mostListed = 300;

function withEndings(
  data: Notice['data'],
  recipient: string,
  endings: readonly Ending[],
): NonNullable<Notice['data']> {
  const lists = new Map(thingKinds.map((kind) => [kind, listed(data, kind)]));
  let room = mostListed - [...lists.values()].reduce((sum, { length }) => sum + length, 0);
  let { count, toCome } = unlistedIn({ data });
  for (const { kind, id, holder, notice } of endings) {
    const isOwn = holder !== undefined && recipientOf(holder.email) === recipient;
    if (isOwn || room > 0) {
      lists.get(kind)?.push(`${id}:${notice.end}:${notice.stage}`);
      room -= 1;
    } else {
      count += 1;
      toCome ||= kind !== 'credit' || notice.stage > 0;
    }
  }
  const texts = [...lists].map(([kind, list]) => [listOf[kind], list.join(',')] as const);
  return {
    recipient,
    ...Object.fromEntries(texts.filter(([, list]) => list !== '')),
    ...(count > 0 ? { unlisted: count, unlistedToCome: toCome } : {}),
  };
}

/** How many things a notice tells of without naming them, and whether any of them is still to end. */
export function unlistedIn({ data }: Pick<Notice, 'data'>): { count: number; toCome: boolean } {
  return { count: Number(data?.['unlisted'] ?? 0), toCome: data?.['unlistedToCome'] === true };
}

function listed(data: Notice['data'], kind: ThingKind): string[] {
  return String(data?.[listOf[kind]] ?? '')
    .split(',')
    .filter(Boolean);
}

/** What a notice tells of, of one kind, each with the end that it was due for. */
export function endingsIn(notice: Notice, kind: ThingKind): { id: string; end: string }[] {
  return listed(notice.data, kind).map((part) => {
    const [id = '', end = ''] = part.split(':');
    return { id, end };
  });
}
