/**
 * Whatever must still be done stands in an index: due dates, requests to forget, emails to send, months to close (CR-15,
 * CR-08, ACO-04).
 */
import { closingPartitions } from '../../../src/billing/closing-index.ts';
import type { BillingState } from '../../../src/billing/rows.ts';
import {
  keyEnding,
  nextNoticeDate,
  subscriptionEnding,
} from '../../../src/cloud-services/ending-notice.ts';
import type { ProductRow, SubscriptionRow } from '../../../src/cloud-services/rows.ts';
import { nextDueDate } from '../../../src/credits/due.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import { isOpen, type Notice } from '../../../src/notices/notice.ts';
import { addDays, type DateOnly } from '../../../src/platform/calendar.ts';
import { deterministicId } from '../../../src/platform/ids.ts';
import { shardOf } from '../../../src/platform/keys.ts';
import { schedulePartition } from '../../../src/platform/schedule.ts';
import type { System } from '../world/system.ts';
import { after, ofKind, rowOf, short, type CheckMaker } from './check.ts';

/** What is never changed is worked out once: rows are replaced as a whole. */
const dueDates = new WeakMap<object, { date: DateOnly | undefined }>();

/** When a benefit next needs the sweep. */
export function dueDateOf(benefit: CreditRow | ProductRow): DateOnly | undefined {
  let due = dueDates.get(benefit);
  if (!due) {
    const date =
      benefit.category === 'azure-credit'
        ? nextDueDate(benefit)
        : nextNoticeDate(keyEnding(benefit));
    dueDates.set(benefit, (due = { date }));
  }
  return due.date;
}

/** Whether a thing stands in the schedule under a date, or is set aside for an operator. */
function isScheduled(
  { tables }: System,
  date: DateOnly,
  partnerId: string,
  kind: string,
  id: string,
): boolean {
  const partition = schedulePartition(date, partnerId);
  const stuck = deterministicId('stuck', partnerId, kind, id);
  return (
    tables.rowsOf('schedule', partition, `${partnerId}|${kind}|${id}|`).length > 0 ||
    tables.get('schedule', 'stuck', stuck) !== undefined
  );
}

export const checkIndexes: CheckMaker = (system, violate) => (applied) => {
  const { table, partitionKey } = applied;
  if (table === 'schedule') {
    for (const { rowKey, after: left } of applied.changes) {
      if (left) continue;
      const [partnerId = '', kind = '', id = ''] = rowKey.split('|');
      if (kind === 'benefit') checkBenefit(partnerId, id);
      if (kind === 'subscription') checkSubscription(partnerId, id);
      if (kind === 'requests') checkRequests(partnerId, id);
      if (partitionKey.startsWith(closingPartitions.from)) checkClosing(partnerId);
    }
  }
  if (table === 'outbox') {
    for (const { rowKey, after: left } of applied.changes) {
      const [partnerId = '', id = ''] = rowKey.split('|');
      if (!left) checkNotice(partnerId, id);
    }
  }
  if (table !== 'partners') return;
  for (const change of ofKind(applied, 'benefit|'))
    checkBenefit(partitionKey, change.rowKey.slice('benefit|'.length));
  for (const change of ofKind(applied, 'partner|subscription|'))
    checkSubscription(partitionKey, change.rowKey.slice('partner|subscription|'.length));
  if (ofKind(applied, 'billing').some(({ rowKey }) => rowKey === 'billing'))
    checkClosing(partitionKey);
  for (const change of ofKind(applied, 'notice|'))
    checkNotice(partitionKey, change.rowKey.slice('notice|'.length));
  for (const change of ofKind(applied, 'request|'))
    if (after(change)) checkRequests(partitionKey, change.rowKey.split('|')[1] ?? '');

  function checkBenefit(partnerId: string, id: string): void {
    const benefit = rowOf<CreditRow | ProductRow>(system, 'partners', partnerId, `benefit|${id}`);
    const date = benefit && dueDateOf(benefit);
    if (date && !isScheduled(system, date, partnerId, 'benefit', id))
      violate('CR-15 whatever falls due is in the schedule', `${short(id)} on ${date}`);
  }

  function checkSubscription(partnerId: string, id: string): void {
    const key = `partner|subscription|${id}`;
    const subscription = rowOf<SubscriptionRow>(system, 'partners', partnerId, key);
    const date = subscription && nextNoticeDate(subscriptionEnding(subscription));
    if (date && !isScheduled(system, date, partnerId, 'subscription', id))
      violate('KEY-11 whatever falls due is in the schedule', `${short(id)} on ${date}`);
  }

  function checkRequests(partnerId: string, sentOn: DateOnly): void {
    if (system.tables.rowsOf('partners', partnerId, `request|${sentOn}|`).length === 0) return;
    if (!isScheduled(system, addDays(sentOn, 2), partnerId, 'requests', sentOn))
      violate('records of requests will be forgotten', `${short(partnerId)} ${sentOn}`);
  }

  function checkClosing(partnerId: string): void {
    const closing = rowOf<BillingState>(system, 'partners', partnerId, 'billing')?.closing;
    if (closing === undefined) return;
    const partition = closingPartitions.from + shardOf(partnerId);
    if (system.tables.rowsOf('schedule', partition, `${partnerId}|${closing}|`).length === 0)
      violate('ACO-04 a month that is being closed is in the index', short(partnerId));
  }

  function checkNotice(partnerId: string, id: string): void {
    const notice = rowOf<Notice>(system, 'partners', partnerId, `notice|${id}`);
    if (!notice || !isOpen(notice)) return;
    const found = system.tables
      .partitionsOf('outbox')
      .some((partition) => system.tables.get('outbox', partition, `${partnerId}|${id}`));
    if (!found) violate('CR-08 an email to be sent is in the index', short(id));
  }
};
