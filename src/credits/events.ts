/**
 * What can happen to a credit, one ledger entry each (CR-16). Entries name users, assignments and Azure
 * subscriptions by id only: names and addresses live in the directory, where they can be corrected and erased.
 */
import * as z from 'zod';
import { partnerRoles, serviceRoles, type Actor } from '../platform/identity.ts';

export const instantSchema = z.iso.datetime({ precision: 3 });
export const dateSchema = z.iso.date();
export const monthSchema = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/);
const cents = z.int();

/** Who did it, by ids alone; `system` is time itself. The stored shape of identity's `Actor`. */
export const actorSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['user', 'service']),
    id: z.string().min(1),
    tenantId: z.string().min(1),
    role: z.enum([...partnerRoles, ...serviceRoles]),
  }),
  z.strictObject({ type: z.literal('holder'), id: z.string().min(1) }),
  z.strictObject({ type: z.literal('system') }),
]);

/** The actor of what time does (CR-15). */
export const time: Actor = { type: 'system' };

const entry = {
  /** Counts up by one from 1 (`provisioned`) without a gap. */
  sequence: z.int().positive(),
  /** When it took effect: for what time did, the boundary, and not the moment it was written down. */
  at: instantSchema,
  actor: actorSchema,
};

/** The assignment that an entry is about. */
const assignment = { assignmentId: z.string().min(1), userId: z.string().min(1) };
const subscription = { azureSubscriptionId: z.string().min(1) };

/**
 * Amounts are cents. `month` is the calendar month an amount counts for; it may be earlier than that of `at`
 * (a late record). A monthly credit's `granted` and `lapsed` carry it, a bulk grant does not.
 * A negative `lapsed` or `expired` undoes part of an earlier one, for a late record (CR-13).
 * `expired` without an amount says that nothing was left of a grant.
 */
export const creditEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...entry, type: z.literal('provisioned') }),
  z.strictObject({ ...entry, type: z.literal('assigned'), ...assignment }),
  z.strictObject({ ...entry, type: z.literal('unassigned'), ...assignment }),
  z.strictObject({ ...entry, type: z.literal('mail-sent'), ...assignment }),
  z.strictObject({ ...entry, type: z.literal('redeemed'), ...assignment, ...subscription }),
  z.strictObject({
    ...entry,
    type: z.literal('granted'),
    amountCents: cents.positive(),
    month: monthSchema.optional(),
  }),
  z.strictObject({
    ...entry,
    type: z.literal('consumed'),
    amountCents: cents.nonnegative(),
    month: monthSchema,
  }),
  z.strictObject({
    ...entry,
    type: z.literal('pay-as-you-go'),
    amountCents: cents.positive(),
    month: monthSchema,
  }),
  z.strictObject({ ...entry, type: z.literal('lapsed'), amountCents: cents, month: monthSchema }),
  z.strictObject({ ...entry, type: z.literal('expired'), amountCents: cents.optional() }),
  z.strictObject({ ...entry, type: z.literal('spending-limit-removed'), ...subscription }),
  z.strictObject({ ...entry, type: z.literal('subscription-disabled'), ...subscription }),
  z.strictObject({ ...entry, type: z.literal('subscription-enabled'), ...subscription }),
  z.strictObject({ ...entry, type: z.literal('revoked') }),
]);

export type CreditEvent = z.infer<typeof creditEventSchema>;

/** What a rule says of an event; `append` in evolve.ts adds sequence, instant and actor. */
export type EventDraft = CreditEvent extends infer E
  ? E extends CreditEvent
    ? Omit<E, 'sequence' | 'at' | 'actor'>
    : never
  : never;
