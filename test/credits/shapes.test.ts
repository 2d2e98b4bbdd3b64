/** What a stored credit and its ledger entries may hold (CR-16). */
import { expect, test } from 'vitest';
import { actorSchema, creditEventSchema } from '../../src/credits/events.ts';
import { creditStateSchema } from '../../src/credits/state.ts';
import { at, creditOf } from './credit.ts';

const system = { type: 'system' } as const;
const entry = { sequence: 1, at: at('2026-01-15'), actor: system };
const assignment = { assignmentId: 'a', userId: 'u' };
const subscription = { azureSubscriptionId: 's' };
const isEvent = (event: object) => creditEventSchema.safeParse({ ...entry, ...event }).success;

const events: Record<string, object> = {
  provisioned: {},
  assigned: assignment,
  unassigned: assignment,
  'mail-sent': assignment,
  redeemed: { ...assignment, ...subscription },
  granted: { amountCents: 1, month: '2026-12' },
  consumed: { amountCents: 0, month: '2026-01' },
  'pay-as-you-go': { amountCents: 1, month: '2026-01' },
  lapsed: { amountCents: -1, month: '2026-01' },
  expired: { amountCents: -1 },
  'spending-limit-removed': subscription,
  'subscription-disabled': subscription,
  'subscription-enabled': subscription,
  revoked: {},
};

test.each(Object.entries(events))('CR-16 a %s entry holds %o and nothing else', (type, fields) => {
  expect(creditEventSchema.parse({ ...entry, type, ...fields })).toEqual({
    ...entry,
    type,
    ...fields,
  });
  expect(isEvent({ type, ...fields, email: 'ana@contoso.com' })).toBe(false);
  const optional = ['granted month', 'expired amountCents'];
  for (const field of Object.keys(fields)) {
    const { [field]: _left, ...rest } = fields as Record<string, unknown>;
    expect(isEvent({ type, ...rest })).toBe(optional.includes(`${type} ${field}`));
  }
});

test.each([
  { type: 'provisioned', sequence: 0 },
  { type: 'provisioned', sequence: 1.5 },
  { type: 'provisioned', at: '2026-01-15' },
  { type: 'provisioned', at: '2026-01-15T00:00:00Z' },
  { type: 'assigned', assignmentId: '', userId: 'u' },
  { type: 'assigned', assignmentId: 'a', userId: '' },
  { type: 'subscription-disabled', azureSubscriptionId: '' },
  { type: 'granted', amountCents: 0 },
  { type: 'granted', amountCents: 1, month: '2026-13' },
  { type: 'granted', amountCents: 1, month: '2026-00' },
  { type: 'granted', amountCents: 1, month: '2026-1' },
  { type: 'granted', amountCents: 1, month: '2026-011' },
  { type: 'granted', amountCents: 1, month: '12026-01' },
  { type: 'consumed', amountCents: -1, month: '2026-01' },
  { type: 'consumed', amountCents: 0.5, month: '2026-01' },
  { type: 'pay-as-you-go', amountCents: 0, month: '2026-01' },
  { type: 'vanished' },
])('CR-16 %o is no entry', (event) => {
  expect(isEvent(event)).toBe(false);
});

test('CR-16 a month of an entry is one of the twelve', () => {
  for (const month of ['2026-01', '2026-09', '2026-10', '2026-12']) {
    expect(isEvent({ type: 'granted', amountCents: 1, month })).toBe(true);
  }
});

test('CR-16 who did it: a user or a service by ids and role, the holder, or time itself', () => {
  const user = { type: 'user', id: 'i', tenantId: 't', role: 'PartnerAdmin' };
  const service = { ...user, type: 'service', role: 'Operator' };
  const isActor = (actor: object) => actorSchema.safeParse(actor).success;
  expect([user, { type: 'holder', id: 'h' }, system].map(isActor)).toEqual([true, true, true]);
  expect(isActor({ ...service, role: 'Nobody' })).toBe(false);
  for (const bad of [
    { ...user, id: '' },
    { ...user, tenantId: '' },
    { ...user, email: 'x' },
    { ...user, type: 'robot' },
    { type: 'holder', id: '' },
    { type: 'holder', id: 'h', name: 'Ana' },
    { ...system, id: 'x' },
  ]) {
    expect(isActor(bad)).toBe(false);
  }
});

function fullState() {
  const credit = creditOf('2026-01-15', { kind: 'azure-bulk' });
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-17', 's1');
  const { state } = credit;
  if (state.assignment === null) throw new Error('Nobody holds the credit');
  return {
    ...state,
    assignment: {
      ...state.assignment,
      mail: { id: 'm', status: 'failed' as const, at: at('2026-01-17'), detail: 'd' },
      linkId: '3a2b1c00-0000-4000-8000-000000000001',
      resentAt: [at('2026-01-17')],
    },
    endedRedemptions: [{ from: at('2026-01-15'), to: at('2026-01-16'), spendingLimit: 'off' }],
    period: { month: '2026-01', grantedCents: 1, consumedCents: 0 },
    lapses: [
      { month: '2025-11', lapsedCents: 0 },
      { month: '2025-12', lapsedCents: 1 },
    ],
    expiredAt: at('2026-01-18'),
    revokedAt: at('2026-01-18'),
    toldOfEnd: { end: '2027-01-15', stage: 30 },
  };
}

/** Every path into a value, arrays by their first entry. */
function pathsOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const keys = Array.isArray(value) ? ['0'] : Object.keys(value);
  return [
    [...path],
    ...keys.flatMap((key) => pathsOf(value[key as keyof typeof value], [...path, key])),
  ];
}

/** The value with another one at the path. */
function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const inner = changed((value as Record<string, unknown>)[key], rest, to);
  return Array.isArray(value)
    ? value.with(Number(key), inner)
    : { ...(value as object), [key]: inner };
}

const isState = (state: unknown) => creditStateSchema.safeParse(state).success;

test('CR-16 a stored credit is read as it was written, with all that it can hold and with the least', () => {
  expect(creditStateSchema.parse(fullState())).toEqual(fullState());
  const { state } = creditOf('2026-01-15');
  expect(creditStateSchema.parse(state)).toEqual(state);
});

test.each(pathsOf(fullState()).filter((path) => path.length > 0))(
  'CR-16 a stored credit with something else at %s %s %s is none',
  (...path) => {
    const where = path.filter((key) => typeof key === 'string');
    expect(isState(changed(fullState(), where, Symbol('else')))).toBe(false);
    expect(isState(changed(fullState(), where, { more: 1 }))).toBe(false);
  },
);

test.each([
  ['amountCents', 0],
  ['amountCents', 1.5],
  ['assignmentsMade', -1],
  ['version', 0],
  ['sequence', 0],
  ['id', ''],
  ['partnerId', ''],
  ['membershipId', ''],
  ['kind', 'azure-daily'],
  ['terms', 'other'],
  ['redeemBy', '2026-02-30'],
  ['provisionedAt', '2026-01-15'],
  ['assignment.id', ''],
  ['assignment.userId', ''],
  ['assignment.linkId', 'x'],
  ['assignment.mail.status', 'lost'],
  ['assignment.resentAt', new Array(6).fill(at('2026-01-17'))],
  ['azureSubscription.id', ''],
  ['azureSubscription.state', 'gone'],
  ['azureSubscription.spendingLimit', 'half'],
  ['period.consumedCents', -1],
  ['period.grantedCents', -1],
  ['period.month', '2026-13'],
  ['lapses', new Array(3).fill({ month: '2026-01', lapsedCents: 0 })],
  ['lapses.0.lapsedCents', -1],
  ['totals.lapsedCents', -1],
])('CR-16 a stored credit whose %s is %o is none', (path, value) => {
  expect(isState(changed(fullState(), path.split('.'), value))).toBe(false);
});

test.each<[string, unknown]>([
  ['assignment', null],
  ['azureSubscription', null],
  ['period', null],
  ['assignmentsMade', 0],
  ['endedRedemptions', []],
  ['lapses', []],
  ['assignment.email', ''],
  ['assignment.resentAt', new Array(5).fill(at('2026-01-17'))],
  ...['pending', 'accepted', 'delivered', 'bounced', 'failed'].map((status): [string, unknown] => [
    'assignment.mail.status',
    status,
  ]),
  ...['active', 'disabled', 'pay-as-you-go'].map((state): [string, unknown] => [
    'azureSubscription.state',
    state,
  ]),
  ...['on', 'off'].map((limit): [string, unknown] => ['azureSubscription.spendingLimit', limit]),
])('CR-16 a stored credit may have %s of %o', (path, value) => {
  expect(isState(changed(fullState(), path.split('.'), value))).toBe(true);
});

test.each(['startDate', 'endDate', 'activatedAt', 'expiredAt', 'revokedAt', 'toldOfEnd'] as const)(
  'CR-16 a stored credit may lack %s',
  (field) => {
    const { [field]: _left, ...rest } = fullState();
    expect(isState(rest)).toBe(true);
  },
);

test.each(['redeemedAt', 'linkId', 'resentAt'] as const)(
  'CR-16 an assignment may lack %s, and its email all but the status',
  (field) => {
    const state = fullState();
    const { [field]: _left, ...rest } = state.assignment;
    expect(isState({ ...state, assignment: rest })).toBe(true);
    const mail = { status: 'pending' };
    expect(isState({ ...state, assignment: { ...rest, mail } })).toBe(true);
  },
);
