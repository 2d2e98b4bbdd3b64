import { expect, test } from 'vitest';

import { customerBody, mostAccessEntries, mostPeriods } from '../../src/billing/customer.ts';
import { access, subscription } from './examples.ts';

const agreement = { from: '2026-01-01' };
const transacting = { from: '2026-01-01', type: 'direct-bill', mpnId: '1000' };
const body = { displayName: 'Contoso', agreement: [agreement], transacting: [transacting] };

function issuesOf(change: Readonly<Record<string, unknown>>): string[] {
  const { error } = customerBody.safeParse({ ...body, access: [access()], ...change });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
const withAccess = (change: Readonly<Record<string, unknown>>) =>
  issuesOf({ access: [access(change)] });

test.each([
  subscription,
  `${subscription}/`,
  `${subscription}/resourceGroups/web`,
  `${subscription}/RESOURCEGROUPS/web/`,
  `${subscription}/resourceGroups/web/providers/Microsoft.Compute`,
  `${subscription}/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/vm 1/`,
])('PEC-01 %s is a scope', (scope) => {
  expect(withAccess({ scope })).toEqual([]);
});

test.each([
  '',
  '/subscriptions/',
  `x${subscription}`,
  `${subscription} `,
  `${subscription}x y`,
  `${subscription}//`,
  `${subscription}/resourceGroups`,
  `${subscription}/resourceGroups/`,
  `${subscription}/resourceGroups/a b`,
  `${subscription}/resourceGroups/web/more`,
  `${subscription}/resourceGroups/web/providers`,
  `${subscription}/resourceGroups/web/providers//x`,
])('PEC-01 "%s" is no scope, and the refusal says what one is', (scope) => {
  expect(withAccess({ scope })).toEqual([
    expect.stringMatching(/^access\.0\.scope: A scope is .*subscriptions/),
  ]);
});

test('PEC-01 a scope has at most 2,000 characters', () => {
  const scope = `${subscription}/resourceGroups/`;
  const fill = (length: number) => scope + 'x'.repeat(length - scope.length);
  expect(withAccess({ scope: fill(2_000) })).toEqual([]);
  expect(withAccess({ scope: fill(2_001) })).toHaveLength(1);
});

test.each([
  ['A', true],
  ['9-Z', true],
  ['1'.repeat(20), true],
  ['1'.repeat(21), false],
  ['', false],
  ['1 0', false],
  ['10!', false],
  ['!10', false],
])('PEC-02 an MPN ID of "%s" is one: %s', (mpnId, good) => {
  const message = 'An MPN id has 1 to 20 letters and digits.';
  for (const [path, issues] of [
    ['access.0.principal.mpnId', withAccess({ principal: { mpnId } })],
    ['access.0.linkedMpnId', withAccess({ linkedMpnId: mpnId })],
    ['transacting.0.mpnId', issuesOf({ transacting: [{ ...transacting, mpnId }] })],
    [
      'transacting.0.resellerMpnId',
      issuesOf({ transacting: [{ ...transacting, resellerMpnId: mpnId }] }),
    ],
  ] as const) {
    expect(issues).toEqual(good ? [] : [`${path}: ${message}`]);
  }
});

test('PEC-01 a time is a date or an instant, and a stretch ends after it begins', () => {
  const notATime = 'Give a date (YYYY-MM-DD) or an RFC 3339 instant.';
  expect(issuesOf({ agreement: [{ from: 'May' }] })).toEqual([`agreement.0.from: ${notATime}`]);
  expect(issuesOf({ agreement: [{ from: `2026-01-01T00:00:00.${'0'.repeat(20)}Z` }] })).toEqual([
    expect.stringContaining('40'),
  ]);
  const stretch = { from: '2026-02-02', to: '2026-02-02T00:00:00Z' };
  const backwards = '`to` must be later than `from`.';
  expect(issuesOf({ agreement: [stretch] })).toEqual([`agreement.0.to: ${backwards}`]);
  expect(issuesOf({ transacting: [{ ...transacting, ...stretch }] })).toEqual([
    `transacting.0.to: ${backwards}`,
  ]);
  expect(withAccess(stretch)).toEqual([`access.0.to: ${backwards}`]);
  const always = access({ to: '2026-02-02' });
  delete always['from'];
  expect(issuesOf({ access: [always] })).toEqual([]);
  expect(withAccess({ from: '2026-02-02', to: '2026-02-02T00:00:00.001Z' })).toEqual([]);
});

test('PEC-01 each list is bounded, and what has no place in it is refused', () => {
  const many = <T>(length: number, entry: T) => Array.from({ length }, () => entry);
  expect(issuesOf({ agreement: many(mostPeriods, agreement) })).toEqual([]);
  expect(issuesOf({ agreement: many(mostPeriods + 1, agreement) })).toHaveLength(1);
  expect(issuesOf({ transacting: many(mostPeriods, transacting) })).toEqual([]);
  expect(issuesOf({ transacting: many(mostPeriods + 1, transacting) })).toHaveLength(1);
  expect(issuesOf({ access: many(mostAccessEntries, access()) })).toEqual([]);
  expect(issuesOf({ displayName: 'x'.repeat(256) })).toEqual([]);
  expect(issuesOf({ displayName: 'x'.repeat(257) })).toHaveLength(1);
  expect(issuesOf({ agreement: [{ ...agreement, extra: 1 }] })).toHaveLength(1);
  expect(issuesOf({ transacting: [{ ...transacting, extra: 1 }] })).toHaveLength(1);
  expect(withAccess({ extra: 1 })).toHaveLength(1);
});

test('PEC-03 a role has 1 to 256 characters, trimmed', () => {
  expect(customerBody.parse({ ...body, access: [access({ role: ' Owner ' })] })).toMatchObject({
    access: [{ role: 'Owner' }],
  });
  expect(withAccess({ role: 'x'.repeat(256) })).toEqual([]);
  expect(withAccess({ role: 'x'.repeat(257) })).toHaveLength(1);
  expect(withAccess({ role: ' ' })).toHaveLength(1);
});

test.each(['aobo', 'lighthouse', 'user', 'service-principal'])(
  'PEC-02 access is had via %s',
  (via) => {
    expect(withAccess({ via })).toEqual([]);
  },
);

test.each(['direct-bill', 'indirect-provider'])('PEC-01 a partner transacts as %s', (type) => {
  expect(issuesOf({ transacting: [{ ...transacting, type }] })).toEqual([]);
});
