/** What the answer to *Why no credit?* says in words: what was found, and what to do about it (PEC-09). */
import { expect, test } from 'vitest';

import { factsOn, judge, judgeOn } from '../../src/billing/eligibility.ts';
import type { CheckName } from '../../src/billing/eligibility.ts';
import { access, facts, machine, subscription } from './examples.ts';

const day = '2026-11-05';
const noon = '2026-11-05T12:00:00Z';
const morning = 'from 2026-11-05T00:00:00Z to 2026-11-05T12:00:00Z';
const wholeDay = 'from 2026-11-05T00:00:00Z to 2026-11-06T00:00:00Z';

function checkOf(name: CheckName, changes: Readonly<Record<string, unknown>>, scope = machine) {
  const found = judge(facts(changes), scope, day).checks.find((check) => check.name === name);
  if (found === undefined) throw new Error(`${name} is not checked`);
  return found;
}
const user = (change: Readonly<Record<string, unknown>> = {}) => access({ via: 'user', ...change });
const reader = access({ role: 'Reader' });
const deny = (change: Readonly<Record<string, unknown>> = {}) =>
  access({ denied: true, ...change });
const fourHours = deny({ from: '2026-11-05T04:00:00Z', to: '2026-11-05T08:00:00Z' });
const reseller = [
  { from: '2026-01-01', type: 'indirect-provider', mpnId: '1000', resellerMpnId: '2000' },
];

test.each<[CheckName, Record<string, unknown>, string]>([
  ['agreement-active', {}, `The partner agreement was active ${wholeDay}.`],
  [
    'agreement-active',
    { agreement: [{ from: '2026-01-01', to: noon }, { from: '2026-11-05T13:00:00Z' }] },
    `The partner agreement was active ${morning}, 2026-11-05T13:00:00Z to 2026-11-06T00:00:00Z.`,
  ],
  ['agreement-active', { agreement: [] }, 'The partner agreement was not active on this day.'],
  ['transacting-partner', {}, `Transacting ${wholeDay}: direct-bill 1000.`],
  [
    'transacting-partner',
    { transacting: reseller },
    `Transacting ${wholeDay}: indirect-provider 1000 with reseller of record 2000.`,
  ],
  [
    'transacting-partner',
    {
      transacting: [
        { from: '2026-01-01', to: noon, type: 'direct-bill', mpnId: '1000' },
        { from: noon, type: 'indirect-provider', mpnId: '3000' },
        { from: '2026-12-01', type: 'direct-bill', mpnId: '4000' },
      ],
    },
    `Transacting ${wholeDay}: direct-bill 1000; indirect-provider 3000.`,
  ],
  [
    'transacting-partner',
    { transacting: [{ from: '2026-01-01', to: day, type: 'direct-bill', mpnId: '1000' }] },
    'No direct-bill partner or indirect provider was transacting on this day.',
  ],
  ['access', {}, `Access held: aobo on ${subscription}.`],
  [
    'access',
    { access: [access(), user(), user({ role: 'Reader' }), deny({ scope: machine })] },
    `Access held: aobo on ${subscription}; user on ${subscription}.`,
  ],
  ['access', { access: [] }, 'Neither the provider nor its reseller of record held access here.'],
  [
    'access',
    { access: [deny({ scope: `${machine}/disks/1` }), access({ principal: { mpnId: '7777' } })] },
    'Neither the provider nor its reseller of record held access here.',
  ],
  ['eligible-role', { access: [access(), reader] }, 'Eligible: Owner.'],
  ['eligible-role', { access: [reader] }, 'No role held here earns: Reader.'],
  ['eligible-role', { access: [] }, 'There is no access whose role could be judged.'],
  ['partner-link', { access: [access(), user()] }, 'aobo needs no partner link.'],
  ['partner-link', { access: [user()] }, 'user linked to no MPN id.'],
  ['partner-link', { access: [user({ linkedMpnId: '9' })] }, 'user linked to 9.'],
  [
    'partner-link',
    { access: [user({ linkedMpnId: '9' }), user({ linkedMpnId: '1000' })] },
    'user linked to 1000.',
  ],
  [
    'partner-link',
    { access: [reader] },
    'There is no access with an eligible role that could be linked.',
  ],
  ['no-deny-assignment', {}, 'No deny assignment took access away.'],
  ['no-deny-assignment', { access: [deny()] }, 'No deny assignment took access away.'],
  [
    'no-deny-assignment',
    { access: [access(), fourHours] },
    'A deny assignment took access away from 2026-11-05T04:00:00Z to 2026-11-05T08:00:00Z.',
  ],
  ['whole-day', {}, `Access that earns was held ${wholeDay}.`],
  [
    'whole-day',
    { access: [access(), fourHours] },
    'Access that earns was held from 2026-11-05T00:00:00Z to 2026-11-05T04:00:00Z, 2026-11-05T08:00:00Z to 2026-11-06T00:00:00Z.',
  ],
  ['whole-day', { access: [access({ to: noon })] }, `Access that earns was held ${morning}.`],
  ['whole-day', { access: [] }, 'No access that earns was held on this day.'],
])('PEC-09 the check %s with %j found: %s', (name, changes, found) => {
  expect(checkOf(name, changes).found).toBe(found);
});

test.each<[CheckName, Record<string, unknown>, RegExp]>([
  ['agreement-active', { agreement: [] }, /^Sign or renew the partner agreement/],
  ['transacting-partner', { transacting: [] }, /^Only a direct-bill partner or an indirect/],
  ['access', { access: [] }, /^Reinstate admin access .AOBO./],
  ['eligible-role', { access: [reader] }, /^Ask the customer to grant a role that earns/],
  ['partner-link', { access: [user()] }, /^Link the MPN id of the provider or its reseller/],
  ['no-deny-assignment', { access: [access(), fourHours] }, /^Ask the customer to remove the deny/],
  ['whole-day', { access: [] }, /^Hold the access for the whole UTC day/],
])('PEC-09 where the check %s fails with %j, it says what to do', (name, changes, remedy) => {
  expect(checkOf(name, changes)).toMatchObject({
    passed: false,
    remedy: expect.stringMatching(remedy) as string,
  });
});

test('PEC-09 without a usage line the product is passed, with one it is what product.ts found', () => {
  const product = (earns: boolean) =>
    judge(facts(), machine, day, { earns, paidByOffer: true, found: 'A thing.' }).checks.at(-1);
  expect(checkOf('product', {})).toMatchObject({
    passed: true,
    found: expect.stringMatching(/^No usage line was named\./) as string,
  });
  expect(product(true)).toEqual({ name: 'product', passed: true, found: 'A thing.' });
  expect(product(false)).toMatchObject({
    passed: false,
    found: 'A thing.',
    remedy: 'Nothing can be done: this product never earns.',
  });
});

test('PEC-09 of access below the scope five are named, each once, and no denied one', () => {
  const below = [1, 2, 3, 4, 5, 6, 1].map((n) =>
    access({ scope: `${subscription}/resourceGroups/${n}` }),
  );
  const denied = deny({ scope: `${subscription}/resourceGroups/0` });
  const groups = [1, 2, 3, 4, 5].map((n) => `${subscription}/resourcegroups/${n}`).join(', ');
  expect(checkOf('access', { access: [denied, ...below] }, subscription)).toMatchObject({
    passed: false,
    found: `Access only to what lies below: ${groups}. Usage there is judged by itself.`,
  });
});

test('PEC-09 of many roles five are named, each once, and how many more there are', () => {
  const roles = (count: number) =>
    checkOf('eligible-role', {
      access: Array.from({ length: count }, (_, index) => access({ role: `Custom ${index % 7}` })),
    }).found;
  const five = 'Custom 0; Custom 1; Custom 2; Custom 3; Custom 4';
  expect(roles(5)).toBe(`No role held here earns: ${five}.`);
  expect(roles(14)).toBe(`No role held here earns: ${five} and 2 more.`);
});

test('PEC-02 a deny that was lifted before access began takes nothing, and two denies of a holder both count', () => {
  const until = (hour: string) => deny({ from: '2026-11-04', to: `2026-11-05T${hour}:00:00Z` });
  const from = (hour: string) => access({ from: `2026-11-05T${hour}:00:00Z` });
  expect(checkOf('no-deny-assignment', { access: [from('09'), until('09')] }).passed).toBe(true);
  const two = [deny({ from: noon, to: '2026-11-05T13:00:00Z' }), until('01')];
  expect(checkOf('no-deny-assignment', { access: [access(), ...two] }).found).toBe(
    'A deny assignment took access away from 2026-11-05T00:00:00Z to 2026-11-05T01:00:00Z, 2026-11-05T12:00:00Z to 2026-11-05T13:00:00Z.',
  );
});

test('PEC-01 a day’s facts are worked out once and judge every scope of it', () => {
  const on = factsOn(facts({ access: [access({ scope: machine })] }), day);
  expect(judgeOn(on, ` ${machine.toUpperCase()}/`)).toMatchObject({ eligible: true, rate: 15 });
  expect(judgeOn(on, subscription)).toMatchObject({ eligible: false, rate: 0 });
  expect(on.access).toHaveLength(1);
  expect(factsOn(facts({ access: [access({ to: day })] }), day).access).toEqual([]);
});
