/** Ledgers and balances: nothing lost, nothing twice, in order (CR-06, CR-07, CR-09, CR-10, CR-13, CR-16). */
import type { CreditEvent } from '../../../src/credits/events.ts';
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import { isMonthly } from '../../../src/credits/terms.ts';
import { after, before, ofKind, rowsOf, short, type CheckMaker } from './check.ts';

/** What a ledger has come to. */
type Sums = {
  sequence: number;
  at: string;
  granted: number;
  consumed: number;
  lapsed: number;
  payAsYouGo: number;
  assigned: number;
  redeemed: Set<string>;
  /** By month; of a credit that grants once, all under ''. */
  months: Map<string, { granted: number; grants: number; consumed: number }>;
};

const none = (): Sums => ({
  ...{ sequence: 0, at: '', granted: 0, consumed: 0, lapsed: 0, payAsYouGo: 0, assigned: 0 },
  redeemed: new Set(),
  months: new Map(),
});

export const checkCredits: CheckMaker = (system, violate) => {
  const ledgers = new Map<string, Sums>();

  function sumsOf(partnerId: string, benefitId: string, until: number): Sums {
    let sums = ledgers.get(benefitId);
    if (sums) return sums;
    sums = none();
    for (const event of rowsOf<CreditEvent>(system, partnerId, `event|${benefitId}|`))
      if (event.sequence <= until) add(sums, event);
    ledgers.set(benefitId, sums);
    return sums;
  }

  return (applied) => {
    if (applied.table !== 'partners') return;
    const events = ofKind(applied, 'event|').flatMap((change) => {
      const event = after<CreditEvent>(change);
      if (change.before) violate('CR-16 a ledger entry is never changed', change.rowKey);
      return event ? [{ benefitId: change.rowKey.split('|')[1] ?? '', event }] : [];
    });
    for (const change of ofKind(applied, 'benefit|')) {
      const credit = after<CreditRow | ProductRow>(change);
      if (!credit) {
        violate('CR-16 a benefit is never deleted', change.rowKey);
        continue;
      }
      if (credit.category !== 'azure-credit') continue;
      const was = before<CreditRow>(change);
      const sums = sumsOf(applied.partitionKey, credit.id, was?.sequence ?? 0);
      const own = events.filter(({ benefitId }) => benefitId === credit.id);
      for (const { event } of own.toSorted((a, b) => a.event.sequence - b.event.sequence)) {
        follow(sums, event, credit);
        add(sums, event);
      }
      agree(sums, credit);
    }
    for (const { benefitId, event } of events)
      if (!applied.changes.some(({ rowKey }) => rowKey === `benefit|${benefitId}`))
        violate('CR-16 an entry comes with its snapshot', `${short(benefitId)} ${event.type}`);
  };

  function follow(sums: Sums, event: CreditEvent, { id, kind }: CreditRow): void {
    const what = `${short(id)} ${event.sequence} ${event.type}`;
    if (event.sequence !== sums.sequence + 1)
      violate('CR-16 sequences have no gaps', `${what} after ${sums.sequence}`);
    if (event.at < sums.at)
      violate(
        'CR-16 time in a ledger never goes backwards',
        `${what} ${event.at} after ${sums.at}`,
      );
    if (event.type === 'redeemed' && sums.redeemed.has(event.assignmentId))
      violate('CR-09 an assignment is redeemed once', what);
    if (event.type === 'assigned' && sums.assigned >= (isMonthly(kind) ? 6 : 1))
      violate('CR-06 CR-07 a credit is reassigned five times at most', what);
    if (event.type !== 'granted') return;
    if (sums.months.get(event.month ?? '')?.grants)
      violate('CR-10 a month is granted once', `${what} ${event.month ?? ''}`);
  }

  function agree(sums: Sums, { id, kind, sequence, totals }: CreditRow): void {
    const { grantedCents, consumedCents, lapsedCents, payAsYouGoCents } = totals;
    if (sequence !== sums.sequence)
      violate('CR-16 the snapshot is at its last entry', `${short(id)} ${sequence}`);
    const same =
      grantedCents === sums.granted &&
      consumedCents === sums.consumed &&
      lapsedCents === sums.lapsed &&
      payAsYouGoCents === sums.payAsYouGo;
    if (!same) violate('CR-16 totals are what the entries come to', short(id));
    if (grantedCents - consumedCents - lapsedCents < 0)
      violate('CR-16 granted = consumed + lapsed + remaining', short(id));
    if (!isMonthly(kind)) return;
    for (const [month, { granted, consumed }] of sums.months)
      if (consumed > granted)
        violate(
          'CR-13 a month consumes no more than it was granted',
          `${short(id)} ${month}: ${consumed} of ${granted}`,
        );
  }
};

function add(sums: Sums, event: CreditEvent): void {
  sums.sequence = event.sequence;
  if (event.at > sums.at) sums.at = event.at;
  const month = 'month' in event ? (event.month ?? '') : '';
  const of = sums.months.get(month) ?? { granted: 0, grants: 0, consumed: 0 };
  switch (event.type) {
    case 'granted':
      sums.granted += event.amountCents;
      sums.months.set(month, { ...of, granted: event.amountCents, grants: of.grants + 1 });
      break;
    case 'consumed':
      sums.consumed += event.amountCents;
      sums.months.set(month, { ...of, consumed: of.consumed + event.amountCents });
      break;
    case 'pay-as-you-go':
      sums.payAsYouGo += event.amountCents;
      break;
    case 'lapsed':
      sums.lapsed += event.amountCents;
      break;
    case 'expired':
      sums.lapsed += event.amountCents ?? 0;
      break;
    case 'assigned':
      sums.assigned += 1;
      break;
    case 'redeemed':
      sums.redeemed.add(event.assignmentId);
      break;
    default:
  }
}
