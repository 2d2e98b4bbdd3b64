/** What must be true once everything is well again, all is swept, and nothing is under way. */
import { closingPartitions } from '../../../src/billing/closing-index.ts';
import type { CreditEvent } from '../../../src/credits/events.ts';
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import { settle } from '../../../src/credits/settle.ts';
import { noticesDue } from '../../../src/notices/forget.ts';
import { isOpen, type Notice } from '../../../src/notices/notice.ts';
import { dateOf, type Instant } from '../../../src/platform/calendar.ts';
import type { Listed, Partner, User } from '../../../src/partners/rows.ts';
import { valueOf, type System } from '../world/system.ts';
import { checkMonths } from './billing.ts';
import { rowOf, rowsOf, short, type Violate } from './check.ts';
import { dueDateOf } from './indexes.ts';
import { checkModel } from './model.ts';

/** Checks a system at rest. `faultless`: nothing failed, so that no message may have been given up either. */
export function checkAtRest(system: System, violate: Violate, faultless: boolean): void {
  const { tables, queues } = system;
  const now = new Date(system.scheduler.time()).toISOString();
  for (const partnerId of tables.partitionsOf('partners')) checkPartner(partnerId);
  for (const message of faultless ? queues.poison() : [])
    violate('no message is given up', `${message.queue} ${message.text}`);
  for (const partition of tables.partitionsOf('schedule')) {
    if (partition === 'run') continue;
    if (partition === 'stuck')
      violate('nothing is stuck', String(tables.rowsOf('schedule', partition).length));
    else if (partition.startsWith(closingPartitions.from))
      violate(
        'ACO-04 the index of months being closed is empty',
        tables.rowsOf('schedule', partition)[0]?.rowKey ?? '',
      );
    else if (partition.slice(0, 10) < dateOf(now))
      violate(
        'CR-15 nothing overdue is left',
        tables.rowsOf('schedule', partition)[0]?.rowKey ?? '',
      );
  }
  for (const partition of tables.partitionsOf('outbox'))
    violate(
      'CR-08 the index of emails is empty',
      tables.rowsOf('outbox', partition)[0]?.rowKey ?? '',
    );
  for (const stored of tables.rowsOf('directory', 'partners'))
    if (!valueOf<Listed>(stored).pending && !tables.get('partners', stored.rowKey, 'partner'))
      violate('the directory lists no partner that there is not', short(stored.rowKey));

  function checkPartner(partnerId: string): void {
    const partner = rowOf<Partner>(system, 'partners', partnerId, 'partner');
    if (!partner) return;
    // Of a row that is pending the partner's own counts.
    const listed = rowOf<Listed>(system, 'directory', 'partners', partnerId);
    if (!listed) violate('the directory lists every partner', short(partnerId));
    else if (!listed.pending && listed.displayName !== partner.displayName)
      violate('the directory says what the partner says', short(partnerId));
    for (const credit of rowsOf<CreditRow | ProductRow>(system, partnerId, 'benefit|'))
      checkBenefit(partnerId, credit);
    checkMonths(system, partnerId, violate);
    const told = new Map<string, string>();
    for (const notice of rowsOf<Notice>(system, partnerId, 'notice|')) checkNotice(notice, told);
  }

  function checkBenefit(partnerId: string, credit: CreditRow | ProductRow): void {
    const due = dueDateOf(credit);
    if (due !== undefined && due < dateOf(now))
      violate('CR-15 what was due is settled', `${short(credit.id)} since ${due}`);
    if (credit.category !== 'azure-credit') return;
    checkModel(system, partnerId, credit, violate);
    if (
      settle(credit, now).events.length > 0 &&
      dateOf(settle(credit, now).events[0]!.at) < dateOf(now)
    )
      violate('CR-15 what time has done is written', short(credit.id));
    const { assignment } = credit;
    const user = assignment && rowsOf<User>(system, partnerId, `user|${assignment.userId}`)[0];
    if (user && (user.email !== assignment.email || user.displayName !== assignment.displayName))
      violate('PR-07 a credit names its holder as the directory does', short(credit.id));
    for (const event of rowsOf<CreditEvent>(system, partnerId, `event|${credit.id}|`))
      if (event.type === 'assigned') checkEmail(partnerId, event.assignmentId, event.at);
  }

  /** The email of an assignment was owed, and is not forgotten before its time. */
  function checkEmail(partnerId: string, assignmentId: string, at: Instant): void {
    if (tables.get('partners', partnerId, `notice|${assignmentId}`)) return;
    // Its last word came with the assignment or after it: forgotten, it is at least as old as notices are kept.
    if (noticesDue(partnerId, at).date > dateOf(now))
      violate('CR-08 an assignment owes an email', short(assignmentId));
  }

  function checkNotice(notice: Notice, told: Map<string, string>): void {
    const accepted = system.mail.find(notice.id)?.times ?? 0;
    if (isOpen(notice))
      violate('CR-08 every email goes out', `${short(notice.id)} ${notice.status}`);
    if (['accepted', 'delivered', 'bounced'].includes(notice.status) !== accepted > 0)
      violate(
        'CR-08 an email is sent exactly once',
        `${short(notice.id)} ${notice.status}, ${accepted}`,
      );
    for (const list of ['credits', 'products', 'subscriptions'])
      for (const ending of String(notice.data?.[list] ?? '')
        .split(',')
        .filter(Boolean)) {
        const key = `${String(notice.data?.['recipient'])} ${ending}`;
        const other = told.get(key);
        if (other) violate('CR-17 each notice once', key);
        told.set(key, notice.id);
      }
  }
}
