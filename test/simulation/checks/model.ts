/**
 * The ledger of an independent model: what people did to a credit, in the order of its commits, is told to the model of
 * test/credits/model.ts, which works out anew whether it was allowed and what the balance then is (CR-10 to CR-16).
 */
import type { CreditEvent } from '../../../src/credits/events.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import { settle } from '../../../src/credits/settle.ts';
import { isMonthly } from '../../../src/credits/terms.ts';
import { balanceOf } from '../../../src/credits/balance.ts';
import type { Membership } from '../../../src/partners/rows.ts';
import * as model from '../../credits/model.ts';
import type { System } from '../world/system.ts';
import { rowOf, rowsOf, short, type Violate } from './check.ts';

type UsageRow = {
  occurredAt: string;
  month: string;
  consumedCents: number;
  payAsYouGoCents: number;
  sequence: number;
};

const timeOf = (date: string): number => Date.parse(`${date}T00:00:00.000Z`);

/** Tells the model a credit's life, and holds the balance now against the model's. */
export function checkModel(
  system: System,
  partnerId: string,
  credit: CreditRow,
  violate: Violate,
): void {
  const events = rowsOf<CreditEvent>(system, partnerId, `event|${credit.id}|`);
  const first = rowOf<Membership>(
    system,
    'partners',
    partnerId,
    `membership|${credit.membershipId}`,
  );
  if (!first) return;
  // Of a ledger that is out of order there is no telling what came first; that is said elsewhere.
  if (events.some(({ at }, i) => i > 0 && at < events[i - 1]!.at)) return;
  const facts = factsOf(credit, first);
  const usage = usageOf(system, partnerId, credit.id);
  const renewals = first.terms
    .slice(1)
    .map(({ awardedAt, endDate }) => ({ at: awardedAt, endDate }));
  const wrong = (event: CreditEvent, said: string) =>
    violate(
      'the model agrees with what was done',
      `${short(credit.id)} ${event.sequence} ${event.type}: ${said}`,
    );

  for (const event of events) {
    while (renewals[0] && renewals[0].at < event.at) renew(renewals.shift()!);
    const now = Date.parse(event.at);
    const said = tell(event, now);
    if (said !== 'ok') wrong(event, said);
  }
  for (const renewal of renewals) renew(renewal);
  const now = new Date(system.scheduler.time()).toISOString();
  const present = balanceOf(settle(credit, now).state, now);
  const expected = model.balance(facts, Date.parse(now));
  const same =
    present.grantedCents === expected.granted &&
    present.consumedCents === expected.consumed &&
    present.lapsedCents === expected.lapsed &&
    present.remainingCents === expected.remaining &&
    present.payAsYouGoCents === expected.payAsYouGo;
  if (!same)
    violate(
      'the model has the same balance',
      `${short(credit.id)}: ${JSON.stringify([present, expected])}`,
    );

  function renew({ at, endDate }: { at: string; endDate: string }): void {
    // Only a credit of the terms before is bound by a renewal.
    if (at > credit.provisionedAt) model.renew(facts, timeOf(endDate), Date.parse(at));
  }

  function tell(event: CreditEvent, now: number): string {
    switch (event.type) {
      case 'assigned':
        return model.assign(facts, event.userId, true, now);
      case 'unassigned':
        // A reassignment is one step to the model: the next assignment takes it away.
        return takenByNext(event) ? 'ok' : model.unassign(facts, now);
      case 'redeemed':
        return model.redeem(facts, now);
      case 'spending-limit-removed':
        return model.removeLimit(facts, now);
      case 'revoked':
        return model.revoke(facts, now);
      case 'subscription-disabled':
        return disabled(event, now);
      case 'consumed':
      case 'pay-as-you-go':
        return used(event, now);
      default:
        return 'ok';
    }
  }

  function takenByNext(event: CreditEvent): boolean {
    const next = events[event.sequence];
    return next?.type === 'assigned' && next.at === event.at;
  }

  /** A record that was refused for want of credit leaves no row: that it came shows in the subscription alone. */
  function disabled(event: CreditEvent, now: number): string {
    const holder = facts.holds.find(({ removed }) => removed === Infinity);
    if (holder && event.actor.type === 'service') holder.excess = now;
    return 'ok';
  }

  function used(event: CreditEvent, now: number): string {
    for (const { id, row } of usage.filter((one) => one.row.sequence === event.sequence)) {
      const occurred = Date.parse(row.occurredAt);
      const amount = row.consumedCents + row.payAsYouGoCents;
      const said = model.use(facts, { id, occurred, amount }, now);
      const taken = facts.usage.at(-1);
      if (said !== 'accepted') return `${id} ${said}`;
      if (taken?.credit !== row.consumedCents) return `${id} took ${row.consumedCents}`;
    }
    return 'ok';
  }
}

function factsOf(credit: CreditRow, { terms, startDate }: Membership): model.Facts {
  const monthly = isMonthly(credit.kind);
  const yearEnd = credit.endDate ?? credit.redeemBy;
  // The bound at the award: renewals since are told one by one.
  const term = terms.find(({ benefitIds }) => benefitIds.includes(credit.id));
  return {
    monthly,
    mpn: credit.terms === 'mpn',
    amount: credit.amountCents,
    provisioned: Date.parse(credit.provisionedAt),
    redeemBy: timeOf(credit.redeemBy),
    yearStart: timeOf(credit.startDate ?? startDate),
    yearEnd: timeOf(yearEnd),
    membershipEnd: timeOf(term?.endDate ?? credit.membershipEnd),
    revoked: Infinity,
    holds: [],
    usage: [],
  };
}

/** The records that were counted: of one batch those that the credit paid first, as they must have been sent. */
function usageOf(system: System, partnerId: string, benefitId: string) {
  const prefix = `usage|${benefitId}|`;
  return system.tables
    .rowsOf('partners', partnerId, prefix)
    .map((stored) => ({
      id: stored.rowKey.slice(prefix.length),
      row: JSON.parse(stored.data) as UsageRow,
    }))
    .toSorted((a, b) => a.row.payAsYouGoCents - b.row.payAsYouGoCents);
}
