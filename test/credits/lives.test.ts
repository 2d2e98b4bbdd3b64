/** Random lives of a credit against the independent model of model.ts (CR-15, CR-16). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { balanceAt, balanceOf } from '../../src/credits/balance.ts';
import { decide, provision, type CreditCommand } from '../../src/credits/decide.ts';
import { creditEventSchema, type CreditEvent } from '../../src/credits/events.ts';
import { evolve } from '../../src/credits/evolve.ts';
import { dueAt, settle } from '../../src/credits/settle.ts';
import { creditStateSchema, expiresAt, type CreditState } from '../../src/credits/state.ts';
import { reportUsage } from '../../src/credits/usage.ts';
import * as model from './model.ts';

const lives = 10_000;
const day = 86_400_000;
const hour = 3_600_000;
const instant = (time: number): string => new Date(time).toISOString();
const date = (time: number): string => instant(time).slice(0, 10);
const system = { type: 'system' } as const;

/** How much time passes before a step: to the millisecond, to a boundary, or a long sleep. */
const gap = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 9 * day }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 20 * day, max: 70 * day }) },
  { weight: 3, arbitrary: fc.constantFrom('month', 'late', 'expiry', 'due') },
);

/** When usage happened: so long before it is reported, or at a place that matters. */
const back = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 * day }) },
  { weight: 1, arbitrary: fc.integer({ min: -2 * hour, max: 50 * day }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 'month') },
);

const record = fc.record({
  id: fc.integer({ min: 0, max: 12 }),
  back,
  amount: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constant(100)),
});

/** How far the clock of the instance that carries out a step is ahead of the time: most tell it right. */
const skew = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-3_000, -1_000, -1, 1, 1_000, 3_000) },
);

const step = fc.record({
  gap,
  skew,
  /** The clock of whoever writes down what time has done meanwhile. */
  other: skew,
  keep: fc.constantFrom('settle', 'settle', 'twice', 'skip', 'half', 'crash'),
  look: fc.double({ min: 0, max: 1, noNaN: true }),
  command: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('assign' as const),
        user: fc.constantFrom('ana', 'ben', 'cy'),
        named: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('redeem' as const) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('use' as const),
        records: fc.array(record, { maxLength: 4 }),
        // Cut off after so many records, and then sent again whole; 0 is not cut off.
        cut: fc.constantFrom(0, 0, 0, 1, 2, 3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('unassign' as const, 'remove-limit' as const, 'renew' as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('revoke' as const, 'nothing' as const, 'nothing' as const),
      }),
    },
  ),
});

const life = fc.record({
  monthly: fc.boolean(),
  mpn: fc.boolean(),
  start: fc.oneof(
    fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2029, 0, 1) }),
    fc.constantFrom(Date.UTC(2026, 0, 31), Date.UTC(2028, 0, 31, 23), Date.UTC(2028, 1, 29, 12)),
  ),
  yearAhead: fc.constantFrom(0, 0, 20, -100),
  steps: fc.array(step, { minLength: 4, maxLength: 22 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

function awarded({ monthly, mpn, start, yearAhead }: Life) {
  const yearStart = Math.floor(start / day + yearAhead) * day;
  const ends = yearStart + 365 * day;
  const facts: model.Facts = {
    monthly,
    mpn,
    amount: 100,
    provisioned: start,
    redeemBy: ends,
    yearStart,
    yearEnd: ends,
    membershipEnd: ends,
    revoked: Infinity,
    holds: [],
    usage: [],
  };
  const credit = provision(
    {
      id: 'credit',
      partnerId: 'partner',
      membershipId: 'membership',
      kind: monthly ? 'azure-monthly' : 'azure-bulk',
      name: 'Azure credit',
      program: 'Programme',
      terms: mpn ? 'mpn' : 'maicpp',
      amountCents: 100,
      currency: 'USD',
      redeemBy: date(ends),
      membershipEnd: date(ends),
      ...(monthly ? {} : { startDate: date(yearStart), endDate: date(ends) }),
    },
    instant(start),
    system,
  );
  return { facts, credit };
}

function moved(now: number, by: Step['gap'], state: CreditState): number {
  const nextMonth = (time: number) =>
    Date.UTC(new Date(time).getUTCFullYear(), new Date(time).getUTCMonth() + 1);
  if (typeof by === 'number') return now + by;
  if (by === 'month') return nextMonth(now);
  if (by === 'late') return nextMonth(now) + 72 * hour;
  const goal = Date.parse((by === 'due' ? dueAt(state) : undefined) ?? expiresAt(state));
  return Math.max(now, goal);
}

/** Lives one life; `expect` throws where the core and the model part. */
function live(one: Life, number: number): void {
  const { facts, credit } = awarded(one);
  let { state } = credit;
  const ledger: CreditEvent[] = [...credit.events];
  const keep = (evolved: { state: CreditState; events: CreditEvent[] }) => {
    ledger.push(...evolved.events);
    state = evolved.state;
  };
  /** No clock goes back behind what is written: neither does the model's. */
  const judged = (clock: number) => Math.max(clock, Date.parse(ledger.at(-1)?.at ?? ''));
  let time = one.start;
  let serial = 0;
  for (const { gap: by, skew: apart, other, keep: how, look, command } of one.steps) {
    const before = time;
    time = moved(time, by, state);
    if (how === 'settle' || how === 'twice') keep(settle(state, instant(time + other)));
    if (how === 'twice') keep(settle(state, instant(time)));
    if (how === 'half') keep(settle(state, instant(before + Math.floor((time - before) * look))));
    const clock = time + apart;
    // A crash before the commit: nothing of it is stored, and the command is sent again.
    if (how === 'crash')
      act(state, structuredClone(facts), command, { clock, judged: judged(clock) }, serial);
    const sent =
      command.do === 'use' && command.cut > 0
        ? [{ ...command, records: command.records.slice(0, command.cut) }, command]
        : [command];
    for (const one of sent) {
      const moment = { clock, judged: judged(clock) };
      const { outcome, expected, evolved } = act(state, facts, one, moment, (serial += 1));
      expect(outcome).toEqual(expected);
      if (evolved) keep(evolved);
    }
    agree(state, ledger, facts, { clock, judged: judged(clock) });
    const past = Math.floor(one.start + (judged(clock) - one.start) * look);
    expect(numbers(balanceAt(withTime(state, ledger, clock), instant(past)))).toEqual(
      model.balance(facts, past),
    );
  }
  keep(settle(state, instant(time)));
  expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_, index) => index + 1));
  expect(ledger.every(({ at }, index) => index === 0 || at >= (ledger[index - 1]?.at ?? at))).toBe(
    true,
  );
  // Replayed, the ledger gives the state again; only a renewal has no event, it is on the membership.
  const { membershipEnd, version } = state;
  expect({ ...ledger.slice(1).reduce(evolve, credit.state), membershipEnd, version }).toEqual(
    state,
  );
  if (number % 20 === 0) {
    expect(creditStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    for (const event of ledger) expect(creditEventSchema.parse(event)).toEqual(event);
  }
}

const withTime = (state: CreditState, ledger: CreditEvent[], now: number): CreditEvent[] => [
  ...ledger,
  ...settle(state, instant(now)).events,
];

/** When something is done: by the clock of who does it, and no earlier than what is written. The core is told the first. */
type Moment = { clock: number; judged: number };

/** Core and model agree at a moment, whether or not anything was settled before. */
function agree(
  state: CreditState,
  ledger: CreditEvent[],
  facts: model.Facts,
  { clock, judged: now }: Moment,
): void {
  const settled = settle(state, instant(clock));
  const expected = model.balance(facts, now);
  const found = balanceOf(settled.state, instant(clock));
  expect(numbers(found)).toEqual(expected);
  expect(balanceAt([...ledger, ...settled.events], instant(now))).toEqual(found);
  expect(found.grantedCents).toBe(found.consumedCents + found.lapsedCents + found.remainingCents);
  const subscription = settled.state.azureSubscription;
  expect(subscription ? `${subscription.spendingLimit} ${subscription.state}` : undefined).toBe(
    model.subscription(facts, now),
  );
  expect(settle(settled.state, instant(now))).toEqual({ state: settled.state, events: [] });
  const due = dueAt(settled.state);
  if (due !== undefined) {
    expect(due > instant(now)).toBe(true);
    expect(settle(settled.state, due).events[0]?.at).toBe(due);
  } else {
    expect(settle(settled.state, instant(now + 900 * day)).events).toEqual([]);
  }
}

function numbers(balance: ReturnType<typeof balanceOf>) {
  const { period } = balance;
  return {
    granted: balance.grantedCents,
    consumed: balance.consumedCents,
    lapsed: balance.lapsedCents,
    remaining: balance.remainingCents,
    payAsYouGo: balance.payAsYouGoCents,
    period: period && {
      month: model.monthIndex(Date.parse(`${period.month}-01T00:00Z`)),
      granted: period.grantedCents,
      consumed: period.consumedCents,
    },
  };
}

/** Does one command to the core and to the model. */
function act(
  state: CreditState,
  facts: model.Facts,
  command: Step['command'],
  { clock, judged: now }: Moment,
  serial: number,
): {
  outcome: unknown;
  expected: unknown;
  evolved?: { state: CreditState; events: CreditEvent[] };
} {
  const run = (sent: CreditCommand, expected: string) => {
    const decision = decide(state, sent, instant(clock), system);
    return 'refusal' in decision
      ? { outcome: decision.refusal.code, expected }
      : { outcome: 'ok', expected, evolved: decision };
  };
  switch (command.do) {
    case 'nothing':
      return { outcome: 'ok', expected: 'ok' };
    case 'assign': {
      const { version } = settle(state, instant(clock)).state;
      const { user: userId, named } = command;
      return run(
        {
          type: 'assign',
          assignmentId: `assignment-${serial}`,
          userId,
          email: '',
          displayName: '',
          ...(named ? { expectedVersion: version } : {}),
        },
        model.assign(facts, userId, named, now),
      );
    }
    case 'redeem': {
      const assignmentId = state.assignment?.id ?? 'gone';
      const azureSubscriptionId = `subscription-${serial}`;
      return run({ type: 'redeem', assignmentId, azureSubscriptionId }, model.redeem(facts, now));
    }
    case 'unassign':
      return run({ type: 'unassign' }, model.unassign(facts, now));
    case 'remove-limit':
      return run({ type: 'remove-spending-limit' }, model.removeLimit(facts, now));
    case 'revoke':
      return run({ type: 'revoke' }, model.revoke(facts, now));
    case 'renew': {
      const later = Math.floor(facts.membershipEnd / day + 365) * day;
      return run(
        { type: 'extend-membership', membershipEnd: date(later) },
        model.renew(facts, later, now),
      );
    }
    case 'use': {
      const records = command.records.map(({ id, back: ago, amount }) => ({
        id: `record-${id}`,
        occurred:
          ago === 'month'
            ? Date.UTC(new Date(now).getUTCFullYear(), new Date(now).getUTCMonth()) - 1
            : now - Number(ago),
        amount,
      }));
      const known = new Set(facts.usage.map(({ id }) => id));
      const expected = records.map((sent) => model.use(facts, sent, now));
      const decision = reportUsage(
        state,
        records.map(({ id, occurred, amount }) => ({
          id,
          occurredAt: instant(occurred),
          amountCents: amount,
          currency: 'USD',
        })),
        known,
        instant(clock),
        system,
      );
      if ('refusal' in decision) return { outcome: decision.refusal.code, expected };
      for (const result of decision.results) {
        if (result.status !== 'accepted') continue;
        const entry = decision.events.find(({ sequence }) => sequence === result.sequence);
        expect(entry).toMatchObject({ month: result.month });
        if (result.consumedCents > 0) expect(entry?.type).toBe('consumed');
        else if (result.payAsYouGoCents > 0) expect(entry?.type).toBe('pay-as-you-go');
      }
      const outcome = decision.results.map((result) =>
        result.status === 'refused' ? result.code : result.status,
      );
      return { outcome, expected, evolved: decision };
    }
  }
}

test(`CR-15 CR-16 in ${lives} random lives every balance is the model's, at every step and as of any past instant`, () => {
  let number = 0;
  fc.assert(
    fc.property(life, (one) => live(one, (number += 1))),
    { numRuns: lives },
  );
}, 60_000);

test('CR-15 settling at a and then at b writes what settling at b alone does', () => {
  fc.assert(
    fc.property(
      life,
      fc.array(fc.integer({ min: 0, max: 400 * day }), { maxLength: 6 }),
      fc.integer({ min: 0, max: 20 * day }),
      (one, stops, wait) => {
        const { credit } = awarded(one);
        const assigned = decide(
          credit.state,
          { type: 'assign', assignmentId: 'a', userId: 'ana', email: '', displayName: '' },
          instant(one.start + wait),
          system,
        );
        if ('refusal' in assigned) return;
        const redeemed = decide(
          assigned.state,
          { type: 'redeem', assignmentId: 'a', azureSubscriptionId: 's' },
          instant(one.start + 2 * wait),
          system,
        );
        if ('refusal' in redeemed) return;
        const times = stops.map((stop) => one.start + 2 * wait + stop).sort((a, b) => a - b);
        let { state } = redeemed;
        const written: CreditEvent[] = [];
        for (const time of times) {
          const settled = settle(state, instant(time));
          written.push(...settled.events);
          state = settled.state;
        }
        const last = times.at(-1) ?? one.start;
        expect({ state, events: written }).toEqual(settle(redeemed.state, instant(last)));
      },
    ),
    { numRuns: 500 },
  );
});
