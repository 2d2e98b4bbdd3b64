/**
 * Whether a day of a resource's usage earns the partner credit, and why (PEC-01, PEC-02, PEC-03, PEC-09).
 * The daily rating and *Why no credit?* ask this same function.
 */
import { formatInstant } from '../platform/calendar.ts';
import type { DateOnly } from '../platform/calendar.ts';
import { normaliseScope } from './customer.ts';
import type { AccessEntry, CustomerFacts, TransactingPeriod } from './customer.ts';
import type { ProductVerdict } from './product.ts';
import { isEligibleRole } from './roles.ts';
import { covers, dayOf, merge, subtract, within } from './stretches.ts';
import type { Stretch } from './stretches.ts';

/** The share of eligible usage that is earned, in per cent (PEC-05). */
export const earnedCreditRate = 15;

export type CheckName =
  | 'agreement-active'
  | 'transacting-partner'
  | 'access'
  | 'eligible-role'
  | 'partner-link'
  | 'no-deny-assignment'
  | 'whole-day'
  | 'product';

/** One condition: what was found, in words, and what to do about it where it failed. */
export type Check = { name: CheckName; passed: boolean; found: string; remedy?: string };

/** `eligible` is true exactly when every check passed; `rate` is in per cent. */
export type Verdict = { eligible: boolean; rate: 0 | typeof earnedCreditRate; checks: Check[] };

/**
 * Judges one day of one scope.
 * - `scope`: an Azure resource, resource group or subscription, `/subscriptions/{id}…`, in any letter case.
 * - `product`: the verdict on the product (see product.ts), or undefined to judge the day alone.
 *
 * Access counts where its scope is the given one or lies above it, its principal belongs to the provider or its
 * reseller of record, its role is eligible and, other than AOBO, its partner link names one of those two. What
 * remains after deny assignments, both holders taken together, must cover the whole UTC day. `resellerMpnId` counts
 * for indirect providers only.
 */
export function judge(
  facts: CustomerFacts,
  scope: string,
  date: DateOnly,
  product?: ProductVerdict,
): Verdict {
  return judgeOn(factsOn(facts, date), scope, product);
}

/** An access entry in force for a part of the day. */
type DayAccess = {
  entry: AccessEntry;
  /** When it was in force while the principal's organisation was transacting; of a deny assignment, when in force. */
  stretches: Stretch[];
  /** The part of them in which its partner link, if it needs one, belonged to that organisation. */
  linked: Stretch[];
};

/** What of a customer's facts counts on a day, whatever the scope. */
export type DayFacts = { facts: CustomerFacts; day: Stretch; access: readonly DayAccess[] };

/** Works out what counts on a day, once for all the scopes of it. */
export function factsOn(facts: CustomerFacts, date: DateOnly): DayFacts {
  const day = dayOf(date);
  const transacting = transactingOn(facts, day);
  const access = facts.access.flatMap((entry): DayAccess[] => {
    const inForce = within(entry, day);
    if (inForce === undefined) return [];
    if (entry.denied === true) return [{ entry, stretches: [inForce], linked: [] }];
    const { principal, via, linkedMpnId } = entry;
    const during = (times: readonly Stretch[]) =>
      times.flatMap((time) => within(time, inForce) ?? []);
    const stretches = during(transacting(principal.mpnId));
    const linked =
      via === 'aobo'
        ? stretches
        : linkedMpnId === undefined
          ? []
          : during(transacting(principal.mpnId, linkedMpnId));
    return [{ entry, stretches, linked }];
  });
  return { facts, day, access };
}

/** Tells when on a day an organisation was transacting to which all of the given MPN ids belong. */
function transactingOn(facts: CustomerFacts, day: Stretch): (...mpnIds: string[]) => Stretch[] {
  const periods = facts.transacting.flatMap((period) => {
    const stretch = within(period, day);
    return stretch === undefined ? [] : [{ stretch, organisation: organisationOf(period) }];
  });
  const known = new Map<string, Stretch[]>();
  return (...mpnIds) => {
    const key = mpnIds.join(' ');
    const times =
      known.get(key) ??
      merge(
        periods
          .filter(({ organisation }) => mpnIds.every((id) => organisation.includes(id)))
          .map(({ stretch }) => stretch),
      );
    known.set(key, times);
    return times;
  };
}

/** Judges a scope on a day; see `judge`. */
export function judgeOn(on: DayFacts, scope: string, product?: ProductVerdict): Verdict {
  const checks = [...judgeDay(on, normaliseScope(scope)), judgeProduct(product)];
  const eligible = checks.every((check) => check.passed);
  return { eligible, rate: eligible ? earnedCreditRate : 0, checks };
}

function judgeDay(on: DayFacts, scope: string): Check[] {
  const { facts, day } = on;
  const reach = reachOf(on, scope);
  const usable = reach.held.filter(({ entry }) => isEligibleRole(entry.role) === true);
  const linked = usable.filter((held) => held.linked.length > 0);
  const covered = merge(linked.flatMap((held) => held.linked));
  const remaining = merge(
    [...Map.groupBy(linked, ({ entry }) => entry.principal.mpnId)].flatMap(([holder, held]) =>
      subtract(
        held.flatMap((each) => each.linked),
        reach.denials.get(holder) ?? [],
      ),
    ),
  );
  return [
    agreementCheck(facts, day),
    transactingCheck(facts, day),
    accessCheck(reach),
    roleCheck(reach.held, usable),
    linkCheck(usable, linked),
    denyCheck(covered, remaining, day),
    wholeDayCheck(remaining, day),
  ];
}

type Reach = {
  held: DayAccess[];
  /** By MPN id: when the principal's access at the scope was denied. */
  denials: Map<string, Stretch[]>;
  /** Scopes below the judged one on which there is access, for the explanation only. */
  narrower: string[];
};

function reachOf({ access }: DayFacts, scope: string): Reach {
  const reach: Reach = { held: [], denials: new Map(), narrower: [] };
  for (const each of access) {
    const { entry, stretches } = each;
    if (!isAtOrBelow(scope, entry.scope)) {
      if (entry.denied !== true && isAtOrBelow(entry.scope, scope))
        reach.narrower.push(entry.scope);
      continue;
    }
    if (entry.denied !== true) {
      if (stretches.length > 0) reach.held.push(each);
      continue;
    }
    const holder = entry.principal.mpnId;
    const denials = reach.denials.get(holder) ?? [];
    denials.push(...stretches);
    reach.denials.set(holder, denials);
  }
  return reach;
}

function organisationOf(transacting: TransactingPeriod): string[] {
  const { type, mpnId, resellerMpnId } = transacting;
  return type === 'indirect-provider' && resellerMpnId !== undefined
    ? [mpnId, resellerMpnId]
    : [mpnId];
}

function isAtOrBelow(scope: string, ancestor: string): boolean {
  return scope === ancestor || scope.startsWith(`${ancestor}/`);
}

function agreementCheck(facts: CustomerFacts, day: Stretch): Check {
  const active = merge(facts.agreement.flatMap((period) => within(period, day) ?? []));
  return check(
    'agreement-active',
    covers(active, day),
    active.length === 0
      ? 'The partner agreement was not active on this day.'
      : `The partner agreement was active ${list(active)}.`,
    'Sign or renew the partner agreement so that it is active for the whole day (UTC).',
  );
}

function transactingCheck(facts: CustomerFacts, day: Stretch): Check {
  const inForce = facts.transacting.filter((period) => within(period, day) !== undefined);
  const covered = merge(inForce.flatMap((period) => within(period, day) ?? []));
  const partners = inForce.map(
    (period) => `${period.type} ${organisationOf(period).join(' with reseller of record ')}`,
  );
  return check(
    'transacting-partner',
    covers(covered, day),
    inForce.length === 0
      ? 'No direct-bill partner or indirect provider was transacting on this day.'
      : `Transacting ${list(covered)}: ${partners.join('; ')}.`,
    'Only a direct-bill partner or an indirect provider earns, for days on which it transacts from start to end. Correct the transacting partner of the customer.',
  );
}

function accessCheck({ held, narrower }: Reach): Check {
  const below = [...new Set(narrower)].slice(0, 5).join(', ');
  return check(
    'access',
    held.length > 0,
    held.length > 0
      ? `Access held: ${unique(held.map(({ entry }) => `${entry.via} on ${entry.scope}`))}.`
      : below === ''
        ? 'Neither the provider nor its reseller of record held access here.'
        : `Access only to what lies below: ${below}. Usage there is judged by itself.`,
    'Reinstate admin access (AOBO) for the Azure plan, or ask the customer to grant an eligible role on the subscription, resource group or resource.',
  );
}

function roleCheck(held: readonly DayAccess[], usable: readonly DayAccess[]): Check {
  const roles = (usable.length > 0 ? usable : held).map(({ entry }) => entry.role);
  const because =
    held.length === 0
      ? 'There is no access whose role could be judged.'
      : `No role held here earns: ${unique(roles)}.`;
  return check(
    'eligible-role',
    usable.length > 0,
    usable.length > 0 ? `Eligible: ${unique(roles)}.` : because,
    'Ask the customer to grant a role that earns, such as Owner or Contributor. Reader roles and custom roles do not.',
  );
}

function linkCheck(usable: readonly DayAccess[], linked: readonly DayAccess[]): Check {
  const describe = ({ entry }: DayAccess) =>
    entry.via === 'aobo'
      ? 'aobo needs no partner link'
      : `${entry.via} linked to ${entry.linkedMpnId ?? 'no MPN id'}`;
  return check(
    'partner-link',
    linked.length > 0,
    usable.length === 0
      ? 'There is no access with an eligible role that could be linked.'
      : `${unique((linked.length > 0 ? linked : usable).map(describe))}.`,
    'Link the MPN id of the provider or its reseller of record (partner admin link) to the user, service principal or Lighthouse account that holds the role.',
  );
}

function denyCheck(covered: Stretch[], remaining: Stretch[], day: Stretch): Check {
  const taken = subtract(covered, remaining);
  return check(
    'no-deny-assignment',
    taken.length === 0 || covers(remaining, day),
    taken.length === 0
      ? 'No deny assignment took access away.'
      : `A deny assignment took access away ${list(taken)}.`,
    'Ask the customer to remove the deny assignment, or hold access through a principal that it does not name.',
  );
}

function wholeDayCheck(remaining: Stretch[], day: Stretch): Check {
  return check(
    'whole-day',
    covers(remaining, day),
    remaining.length === 0
      ? 'No access that earns was held on this day.'
      : `Access that earns was held ${list(remaining)}.`,
    'Hold the access for the whole UTC day, from 00:00 to 24:00; time-bound access must not begin or end within it.',
  );
}

function judgeProduct(product: ProductVerdict | undefined): Check {
  if (product === undefined) {
    return check(
      'product',
      true,
      'No usage line was named. Reservations, savings plans, Spot, Marketplace and third-party products and legacy offers never earn.',
      '',
    );
  }
  return check(
    'product',
    product.earns,
    product.found,
    'Nothing can be done: this product never earns.',
  );
}

function check(name: CheckName, passed: boolean, found: string, remedy: string): Check {
  return passed ? { name, passed, found } : { name, passed, found, remedy };
}

function list(stretches: readonly Stretch[]): string {
  const spans = stretches.map(({ from, to }) => `${formatInstant(from)} to ${formatInstant(to)}`);
  return `from ${spans.join(', ')}`;
}

/** At most five different entries, so that a customer with a thousand of them still gets a readable answer. */
function unique(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  const more = different.length > 5 ? ` and ${different.length - 5} more` : '';
  return different.slice(0, 5).join('; ') + more;
}
