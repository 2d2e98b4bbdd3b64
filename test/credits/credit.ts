/** A credit to try rules on: given, when, then, with the clock in the test's own hand. */
import { balanceOf } from '../../src/credits/balance.ts';
import { decide, provision, type CreditCommand, type Provision } from '../../src/credits/decide.ts';
import type { CreditEvent } from '../../src/credits/events.ts';
import { settle } from '../../src/credits/settle.ts';
import type { CreditState } from '../../src/credits/state.ts';
import { reportUsage } from '../../src/credits/usage.ts';
import { parseInstant } from '../../src/platform/calendar.ts';
import type { Actor } from '../../src/platform/identity.ts';

export const admin: Actor = { type: 'user', id: 'admin', tenantId: 'tenant', role: 'PartnerAdmin' };

/** Reads `2026-01-31` and `2026-01-31T10:00` as instants. */
export const at = (text: string): string => {
  const instant = parseInstant(
    text.length === 10 ? `${text}T00:00:00Z` : text.length === 16 ? `${text}:00Z` : text,
  );
  if (instant === undefined) throw new Error(`${text} is no instant`);
  return instant;
};

/** One credit and its ledger, driven by commands; `send` answers `ok` or the refusal's code. */
export function creditOf(awardedAt: string, given: Partial<Provision> = {}) {
  const monthly = (given.kind ?? 'azure-monthly') === 'azure-monthly';
  const first = provision(
    {
      id: 'credit',
      partnerId: 'partner',
      membershipId: 'membership',
      kind: 'azure-monthly',
      name: 'Azure credit',
      program: 'Action Pack',
      terms: 'maicpp',
      amountCents: 10_000,
      currency: 'USD',
      redeemBy: '2027-01-15',
      membershipEnd: '2027-01-15',
      ...(monthly ? {} : { startDate: '2026-01-15', endDate: '2027-01-15' }),
      ...given,
    },
    at(awardedAt),
    admin,
  );
  const ledger: CreditEvent[] = [...first.events];
  let state: CreditState = first.state;
  let serial = 0;
  const keep = (evolved: { state: CreditState; events: CreditEvent[] }) => {
    state = evolved.state;
    ledger.push(...evolved.events);
  };
  const credit = {
    ledger,
    get state() {
      return state;
    },
    send(now: string, command: CreditCommand): string {
      const decision = decide(state, command, at(now), admin);
      if ('refusal' in decision) return decision.refusal.code;
      keep(decision);
      return 'ok';
    },
    assign(now: string, userId: string, expectedVersion?: number): string {
      serial += 1;
      return credit.send(now, {
        type: 'assign',
        assignmentId: `${userId}-${serial}`,
        userId,
        email: `${userId}@contoso.com`,
        displayName: userId,
        ...(expectedVersion === undefined ? {} : { expectedVersion }),
      });
    },
    redeem(now: string, azureSubscriptionId: string): string {
      const assignmentId = state.assignment?.id ?? 'gone';
      return credit.send(now, { type: 'redeem', assignmentId, azureSubscriptionId });
    },
    /** Reports one record of so many cents; answers its status, or the code of its refusal. */
    use(
      now: string,
      amountCents: number,
      occurredAt = now,
      id = `record-${(serial += 1)}`,
    ): string {
      const record = { id, occurredAt: at(occurredAt), amountCents, currency: 'USD' };
      const decision = reportUsage(state, [record], new Set(), at(now), admin);
      if ('refusal' in decision) return decision.refusal.code;
      keep(decision);
      const [result] = decision.results;
      return result?.status === 'refused' ? result.code : (result?.status ?? 'none');
    },
    settle(now: string): void {
      keep(settle(state, at(now)));
    },
    /** Remaining cents at an instant, without writing anything. */
    remaining(now: string): number {
      return balanceOf(settle(state, at(now)).state, at(now)).remainingCents;
    },
    /** The ledger in short: `type amount month`, from a sequence on. */
    entries(from = 1): string[] {
      return ledger
        .filter(({ sequence }) => sequence >= from)
        .map((event) =>
          [
            event.type,
            'amountCents' in event ? event.amountCents : undefined,
            'month' in event ? event.month : undefined,
          ]
            .filter((part) => part !== undefined)
            .join(' '),
        );
    },
  };
  return credit;
}
