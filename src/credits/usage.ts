/**
 * Usage reports (CR-13, CR-14): which records count, against which money, and what is written of them. A record
 * is judged by when it occurred: who had the credit redeemed then, and whether its month is still open.
 */
import {
  addMilliseconds,
  earlier,
  millisecondsPerHour,
  monthOf,
  nextMonth,
  startOfDay,
  startOfMonth,
  type Instant,
  type Month,
} from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { refuse, type Refusal } from '../platform/refusals.ts';
import type { EventDraft } from './events.ts';
import { append, type Evolved } from './evolve.ts';
import { disable, settle } from './settle.ts';
import { endedAt, remainingCents, type CreditState, type SpendingLimit } from './state.ts';
import { isMonthly, lateUsageHours } from './terms.ts';

/** One record of the metering service; `amountCents` is zero or more. */
export type UsageRecord = {
  id: string;
  occurredAt: Instant;
  amountCents: number;
  currency: string;
};

export type UsageRefusalCode =
  'InsufficientCredit' | 'NotRedeemed' | 'BenefitExpired' | 'OutsidePeriod';

/**
 * What became of a record. Of an accepted one: the parts paid by the credit and as pay-as-you-go, and the sequence
 * of the ledger entry that counts it (of `consumed`, or of `pay-as-you-go` where the credit paid nothing).
 */
export type UsageResult =
  | {
      id: string;
      status: 'accepted';
      month: Month;
      consumedCents: number;
      payAsYouGoCents: number;
      sequence: number;
    }
  | { id: string; status: 'duplicate' }
  | { id: string; status: 'refused'; code: UsageRefusalCode };

export type UsageDecision = (Evolved & { results: UsageResult[] }) | { refusal: Refusal };

/**
 * Judges a batch in the order sent, `known` naming the records that were counted before. Gives one result for each
 * record, and at most one `consumed` and one `pay-as-you-go` event a month for all of them together; a late
 * record's return of what had lapsed is one event a month as well. Judged at `now`, or at the last entry's instant where
 * that is later: a batch that comes late to a credit settled into the next month does not spend that month's grant.
 * Refuses the batch as a whole (InvalidRequest) only for a currency that is not the credit's.
 */
export function reportUsage(
  state: CreditState,
  records: readonly UsageRecord[],
  known: ReadonlySet<string>,
  now: Instant,
  actor: Actor,
): UsageDecision {
  const refusal = currencyRefusal(state, records);
  if (refusal) return { refusal };
  const at = judgedAt(now, state.lastAt);
  const settled = settle(state, at);
  const tally = tallyOf(settled.state, records, known, at);
  let evolved = settled;
  const sequences = new Map<Month, number>();
  for (const [month, sums] of [...tally.months].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sequences.set(month, evolved.state.sequence + 1);
    evolved = append(evolved, entriesOf(settled.state, month, sums), at, actor);
  }
  const spent = remainingCents(evolved.state) === 0 && endedAt(evolved.state) === undefined;
  if (spent || tally.exceeded) evolved = append(evolved, disable(evolved.state), at, actor);
  const results = tally.verdicts.map((verdict): UsageResult =>
    verdict.status === 'accepted'
      ? { ...verdict, sequence: sequenceOf(verdict, tally.months, sequences) }
      : verdict,
  );
  return { ...evolved, results };
}

/** Refuses records in another currency than the credit's, naming each (InvalidRequest). */
export function currencyRefusal(
  state: CreditState,
  records: readonly UsageRecord[],
): Refusal | undefined {
  const details = records.flatMap((record, index) =>
    record.currency === state.currency
      ? []
      : [
          {
            code: 'InvalidRequest',
            target: `records[${index}].amount.currency`,
            message: `This credit is in ${state.currency}. Report its usage in ${state.currency}.`,
          },
        ],
  );
  return details.length === 0
    ? undefined
    : refuse('InvalidRequest', 'Records must be in the currency of the credit.', { details });
}

/** The money that a record draws on, and whether it may go beyond it. */
type Source = {
  /** The balance that is running, what lapsed of the record's month or expired, or nothing. */
  pot: 'balance' | 'lapsed' | 'none';
  limit: SpendingLimit;
  /** Whether the subscription of the present holder used it, which an excess then disables. */
  present: boolean;
};

/** Sums of one month. `returnedCents` is what of the consumption had lapsed or expired before. */
type Sums = { consumedCents: number; payAsYouGoCents: number; returnedCents: number };

type Accepted = Omit<Extract<UsageResult, { status: 'accepted' }>, 'sequence'>;

type Tally = {
  verdicts: (Accepted | Exclude<UsageResult, { status: 'accepted' }>)[];
  months: Map<Month, Sums>;
  /** Whether the present subscription, held to its limit, tried to use more than was left. */
  exceeded: boolean;
};

function tallyOf(
  state: CreditState,
  records: readonly UsageRecord[],
  known: ReadonlySet<string>,
  now: Instant,
): Tally {
  const tally: Tally = { verdicts: [], months: new Map(), exceeded: false };
  const counted = new Set(known);
  // What each pot holds as the batch goes on. A monthly credit has one for the lapse of each month.
  const pots = new Map<string, number>([
    ['balance', remainingCents(state)],
    ['none', 0],
  ]);
  let payAsYouGoRoom = Number.MAX_SAFE_INTEGER - state.totals.payAsYouGoCents;
  for (const { id, occurredAt, amountCents } of records) {
    if (counted.has(id)) {
      tally.verdicts.push({ id, status: 'duplicate' });
      continue;
    }
    const source = sourceOf(state, occurredAt, now);
    if (typeof source === 'string') {
      tally.verdicts.push({ id, status: 'refused', code: source });
      continue;
    }
    const month = monthOf(occurredAt);
    const sums = tally.months.get(month) ?? noSums;
    const pot = source.pot === 'lapsed' && isMonthly(state.kind) ? month : source.pot;
    const potCents = pots.get(pot) ?? lapsedOf(state, month);
    const consumedCents = Math.min(amountCents, potCents);
    const payAsYouGoCents = amountCents - consumedCents;
    // Beyond the room, sums would no longer be exact: no real subscription gets there.
    if (payAsYouGoCents > (source.limit === 'off' ? payAsYouGoRoom : 0)) {
      tally.verdicts.push({ id, status: 'refused', code: 'InsufficientCredit' });
      tally.exceeded ||= source.pot === 'balance' && source.present;
      continue;
    }
    pots.set(pot, potCents - consumedCents);
    payAsYouGoRoom -= payAsYouGoCents;
    tally.months.set(month, {
      consumedCents: sums.consumedCents + consumedCents,
      payAsYouGoCents: sums.payAsYouGoCents + payAsYouGoCents,
      returnedCents: sums.returnedCents + (source.pot === 'lapsed' ? consumedCents : 0),
    });
    tally.verdicts.push({ id, status: 'accepted', month, consumedCents, payAsYouGoCents });
    counted.add(id);
  }
  return tally;
}

const noSums: Sums = { consumedCents: 0, payAsYouGoCents: 0, returnedCents: 0 };

/** Where a record's money comes from, or why it has none (contract, usage refused record by record). */
function sourceOf(
  state: CreditState,
  occurredAt: Instant,
  now: Instant,
): Source | UsageRefusalCode {
  const month = monthOf(occurredAt);
  const monthEnd = startOfMonth(nextMonth(month));
  if (occurredAt > now || isPast(monthEnd, now)) return 'OutsidePeriod';
  const ended = endedAt(state);
  if (ended !== undefined && occurredAt >= ended) {
    const goesOn = state.azureSubscription?.spendingLimit === 'off';
    return goesOn ? { pot: 'none', limit: 'off', present: true } : 'BenefitExpired';
  }
  const redemption = redemptionAt(state, occurredAt);
  if (redemption === undefined) return 'NotRedeemed';
  if (ended !== undefined && isPast(earlier(monthEnd, ended), now)) return 'BenefitExpired';
  const late = ended !== undefined || (isMonthly(state.kind) && month !== monthOf(now));
  const beforeYear = state.startDate !== undefined && occurredAt < startOfDay(state.startDate);
  return { ...redemption, pot: beforeYear ? 'none' : late ? 'lapsed' : 'balance' };
}

/** Whether the 72 hours are over in which records of before `end` may still arrive. */
function isPast(end: Instant, now: Instant): boolean {
  return now > addMilliseconds(end, lateUsageHours * millisecondsPerHour);
}

/** The redemption in force at an instant, present or ended. */
function redemptionAt(
  state: CreditState,
  instant: Instant,
): Pick<Source, 'limit' | 'present'> | undefined {
  const { assignment, azureSubscription, endedRedemptions } = state;
  const since = assignment?.redeemedAt;
  if (azureSubscription !== null && since !== undefined && since <= instant) {
    return { limit: azureSubscription.spendingLimit, present: true };
  }
  const earlierOne = endedRedemptions.find(({ from, to }) => from <= instant && instant < to);
  return earlierOne && { limit: earlierOne.spendingLimit, present: false };
}

/** What can be given back to a month: of a bulk-like credit, which lapses by expiring only, all that expired. */
function lapsedOf(state: CreditState, month: Month): number {
  if (!isMonthly(state.kind)) return state.totals.lapsedCents;
  return state.lapses.find((lapse) => lapse.month === month)?.lapsedCents ?? 0;
}

function entriesOf(state: CreditState, month: Month, sums: Sums): EventDraft[] {
  const { consumedCents, payAsYouGoCents, returnedCents } = sums;
  const returned: EventDraft = isMonthly(state.kind)
    ? { type: 'lapsed', amountCents: -returnedCents, month }
    : { type: 'expired', amountCents: -returnedCents };
  // Records of zero are counted too, and their entry says so.
  return [
    ...(consumedCents > 0 || payAsYouGoCents === 0
      ? [{ type: 'consumed' as const, amountCents: consumedCents, month }]
      : []),
    ...(returnedCents > 0 ? [returned] : []),
    ...(payAsYouGoCents > 0
      ? [{ type: 'pay-as-you-go' as const, amountCents: payAsYouGoCents, month }]
      : []),
  ];
}

/** The entry that counts a record, within its month's entries in the order of `entriesOf`. */
function sequenceOf(
  verdict: Accepted,
  months: Tally['months'],
  sequences: ReadonlyMap<Month, number>,
): number {
  const first = sequences.get(verdict.month) ?? 0;
  const sums = months.get(verdict.month) ?? noSums;
  const paidElsewise = verdict.consumedCents === 0 && verdict.payAsYouGoCents > 0;
  if (!paidElsewise || sums.consumedCents === 0) return first;
  return first + (sums.returnedCents > 0 ? 2 : 1);
}
