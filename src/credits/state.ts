/**
 * A credit as stored, and what can be read off it. All facts here are values at the last event; `settle` brings
 * them to a given instant (CR-15), so read a state through it.
 */
import * as z from 'zod';
import {
  addMonths,
  dateOf,
  earlier,
  startOfDay,
  type DateOnly,
  type Instant,
} from '../platform/calendar.ts';
import { endingNoticeSchema } from '../platform/ending-stages.ts';
import { dateSchema, instantSchema, monthSchema } from './events.ts';
import {
  creditKinds,
  editions,
  isMonthly,
  mostResendsADay,
  reassignmentLimit,
  termsOf,
} from './terms.ts';

const cents = z.int().nonnegative();

/** How far the latest mail of an assignment has come; it only ever moves forward. */
export const mailStatusSchema = z.enum(['pending', 'accepted', 'delivered', 'bounced', 'failed']);

export type MailStatus = z.infer<typeof mailStatusSchema>;

const assignmentSchema = z.strictObject({
  id: z.string().min(1),
  userId: z.string().min(1),
  /** The directory's copy, blank once the user is erased. */
  email: z.string(),
  displayName: z.string(),
  assignedAt: instantSchema,
  redeemedAt: instantSchema.optional(),
  mail: z.strictObject({
    /** Of the mail sent last; absent for the first, which has the assignment's id. */
    id: z.string().optional(),
    status: mailStatusSchema,
    at: instantSchema.optional(),
    detail: z.string().optional(),
  }),
  /** What links name in place of `id`, since the holder's address was changed or erased. */
  linkId: z.guid().optional(),
  /** When its email was sent again, of the last day (CR-08). */
  resentAt: z.array(instantSchema).max(mostResendsADay).optional(),
});

export type Assignment = z.infer<typeof assignmentSchema>;

const spendingLimitSchema = z.enum(['on', 'off']);

export type SpendingLimit = z.infer<typeof spendingLimitSchema>;

export const creditStateSchema = z.strictObject({
  id: z.string().min(1),
  partnerId: z.string().min(1),
  membershipId: z.string().min(1),
  kind: z.enum(creditKinds),
  name: z.string(),
  program: z.string(),
  terms: z.enum(editions),
  amountCents: cents.positive(),
  currency: z.string(),
  provisionedAt: instantSchema,
  /** Exclusive: the end that the membership had at the award. Renewal does not move it. */
  redeemBy: dateSchema,
  /** The year of a bulk-like credit, `endDate` exclusive; a monthly credit has neither. */
  startDate: dateSchema.optional(),
  endDate: dateSchema.optional(),
  /** Exclusive. Bounds a redeemed monthly credit and moves with a renewal (CR-11). */
  membershipEnd: dateSchema,
  /** The first redemption, from which `maicpp` counts a monthly credit's validity. */
  activatedAt: instantSchema.optional(),
  assignment: assignmentSchema.nullable(),
  assignmentsMade: z.int().nonnegative(),
  /** The subscription of the present holder; null before redemption and after removal. */
  azureSubscription: z
    .strictObject({
      id: z.string().min(1),
      spendingLimit: spendingLimitSchema,
      state: z.enum(['active', 'disabled', 'pay-as-you-go']),
    })
    .nullable(),
  /** Redemptions that a removal has ended: usage of their time may still arrive (CR-13). At most six. */
  endedRedemptions: z.array(
    z.strictObject({ from: instantSchema, to: instantSchema, spendingLimit: spendingLimitSchema }),
  ),
  /** The month last granted, of a monthly credit; null once its remainder has lapsed. */
  period: z
    .strictObject({ month: monthSchema, grantedCents: cents, consumedCents: cents })
    .nullable(),
  /** What lapsed of the last two months, which late records may still draw on (CR-13). */
  lapses: z.array(z.strictObject({ month: monthSchema, lapsedCents: cents })).max(2),
  /** Over the credit's whole life. `lapsedCents` includes what expired. */
  totals: z.strictObject({
    grantedCents: cents,
    consumedCents: cents,
    lapsedCents: cents,
    payAsYouGoCents: cents,
  }),
  expiredAt: instantSchema.optional(),
  revokedAt: instantSchema.optional(),
  /** The latest notice that holder and admins were given of an end, and of which end (CR-17). No part of `version`. */
  toldOfEnd: endingNoticeSchema.optional(),
  /** The instant of the last event: the credit is judged at no earlier one (`judgedAt`). */
  lastAt: instantSchema,
  /** What a portal sees as the ETag: raised by every event but mail events, and by corrections. */
  version: z.int().positive(),
  /** The sequence of the last event. */
  sequence: z.int().positive(),
});

export type CreditState = z.infer<typeof creditStateSchema>;

export type CreditStatus = 'available' | 'assigned' | 'redeemed' | 'expired';

/** The credit's status on the wire; a revoked credit counts as expired. */
export function creditStatus(state: CreditState): CreditStatus {
  if (endedAt(state) !== undefined) return 'expired';
  if (state.assignment === null) return 'available';
  return isRedeemed(state) ? 'redeemed' : 'assigned';
}

/** Whether the present assignment is redeemed. */
export function isRedeemed(state: CreditState): boolean {
  return state.assignment?.redeemedAt !== undefined;
}

/** When the credit ended for good, by expiry or by being revoked; undefined while it lives. */
export function endedAt(state: CreditState): Instant | undefined {
  return state.expiredAt ?? state.revokedAt;
}

/** What is left to consume, in cents: granted less consumed and lapsed (CR-16). */
export function remainingCents(state: CreditState): number {
  const { grantedCents, consumedCents, lapsedCents } = state.totals;
  return grantedCents - consumedCents - lapsedCents;
}

/**
 * The date at whose 00:00Z the credit expires, as things stand now (CR-11, CR-12). Never redeemed: `redeemBy`,
 * and no later than a bulk year's end or the 13 months that `mpn` counts from provisioning. Redeemed: a bulk-like
 * credit at its end date; a monthly one after 13 months and never past the membership's end.
 */
export function expiryDate(state: CreditState): DateOnly {
  const { kind, terms, provisionedAt, activatedAt, redeemBy, endDate, membershipEnd } = state;
  const bound = activatedAt === undefined ? redeemBy : membershipEnd;
  if (!isMonthly(kind)) {
    if (endDate === undefined) throw new RangeError(`Credit ${state.id} lacks an end date`);
    return activatedAt === undefined ? earlier(redeemBy, endDate) : endDate;
  }
  const { months, countedFrom } = termsOf[terms].monthlyValidity;
  const anchor = countedFrom === 'provisioning' ? provisionedAt : activatedAt;
  return anchor === undefined ? bound : earlier(bound, addMonths(dateOf(anchor), months));
}

/** The instant of `expiryDate`; also until when the credit counts as held by its user (CR-05). */
export function expiresAt(state: CreditState): Instant {
  return startOfDay(expiryDate(state));
}

/** How many of a monthly credit's reassignments are spent and left (CR-06); a bulk-like credit has none. */
export function reassignmentsOf(state: CreditState): {
  used: number;
  limit: number;
  remaining: number;
} {
  const limit = isMonthly(state.kind) ? reassignmentLimit : 0;
  const used = Math.min(limit, Math.max(0, state.assignmentsMade - 1));
  return { used, limit, remaining: limit - used };
}
