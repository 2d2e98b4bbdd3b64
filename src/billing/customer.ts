/** A customer's facts: what eligibility for earned credit is judged from (PEC-01, PEC-02). */
import * as z from 'zod';

import { isDate, parseInstant, startOfDay } from '../platform/calendar.ts';
import type { Instant } from '../platform/calendar.ts';
import { displayName } from '../platform/names.ts';

/** The most stretches of agreement and of transacting partners, and the most access entries, a customer holds. */
export const mostPeriods = 100;
export const mostAccessEntries = 1_000;

const moment = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    const instant = isDate(text) ? startOfDay(text) : parseInstant(text);
    if (instant !== undefined) return instant;
    context.addIssue({
      code: 'custom',
      message: 'Give a date (YYYY-MM-DD) or an RFC 3339 instant.',
    });
    return z.NEVER;
  });

const period = { from: moment, to: moment.optional() };
const notAnMpnId = 'An MPN id has 1 to 20 letters and digits.';
const mpnId = z
  .string()
  .max(20, { error: notAnMpnId, abort: true })
  .regex(/^[0-9A-Za-z-]{1,20}$/, notAnMpnId);
const scope = z
  .string()
  .max(2_000)
  .regex(
    /^\/subscriptions\/[^/\s]+(?:\/resourceGroups\/[^/\s]+(?:\/providers(?:\/[^/]+)+)?)?\/?$/i,
    'A scope is /subscriptions/{id}, with /resourceGroups/{name} and /providers/… where it is narrower.',
  )
  .transform(normaliseScope);

/** Brings a scope to the one form in which scopes compare: lower case, no slash at the end. */
export function normaliseScope(text: string): string {
  const scope = text.trim().toLowerCase();
  // Counted, not matched: looking for slashes at the end by a pattern takes the square of how many there are before it.
  let end = scope.length;
  while (scope[end - 1] === '/') end -= 1;
  return scope.slice(0, end);
}

function endsAfterItBegins(entry: {
  from?: Instant | undefined;
  to?: Instant | undefined;
}): boolean {
  return entry.from === undefined || entry.to === undefined || entry.from < entry.to;
}
const endsBeforeItBegins = { message: '`to` must be later than `from`.', path: ['to'] };

/**
 * The body of PUT …/customers/{customerId} (contract, "Customer"). `from` is inclusive, `to` exclusive; both are
 * dates or instants on the wire and instants after parsing. Access without `from` was always there, without `to`
 * it goes on. Scopes come out in lower case, as they compare. `denied` is a deny assignment. Unknown fields are refused.
 */
export const customerBody = z.strictObject({
  displayName: displayName(256),
  agreement: z
    .array(z.strictObject(period).refine(endsAfterItBegins, endsBeforeItBegins))
    .max(mostPeriods),
  transacting: z
    .array(
      z
        .strictObject({
          ...period,
          type: z.enum(['direct-bill', 'indirect-provider']),
          mpnId,
          resellerMpnId: mpnId.optional(),
        })
        .refine(endsAfterItBegins, endsBeforeItBegins),
    )
    .max(mostPeriods),
  access: z
    .array(
      z
        .strictObject({
          scope,
          principal: z.strictObject({ mpnId }),
          via: z.enum(['aobo', 'lighthouse', 'user', 'service-principal']),
          role: z.string().trim().min(1).max(256),
          linkedMpnId: mpnId.optional(),
          from: moment.optional(),
          to: moment.optional(),
          denied: z.boolean().optional(),
        })
        .refine(endsAfterItBegins, endsBeforeItBegins),
    )
    .max(mostAccessEntries),
});

/** A customer's facts inside: instants and scopes canonical. Parsing them again changes nothing. */
export type CustomerFacts = z.infer<typeof customerBody>;
export type TransactingPeriod = CustomerFacts['transacting'][number];
export type AccessEntry = CustomerFacts['access'][number];
