/** What the partners feature keeps in table storage. All rows of a partner stand in its own partition. */
import * as z from 'zod';
import type { Hold } from '../credits/eligibility.ts';
import { actorSchema, dateSchema, instantSchema } from '../credits/events.ts';
import { creditKinds, editions } from '../credits/terms.ts';
import { keyPart } from '../platform/keys.ts';
import { foldEmail } from './mail-domain.ts';
import { storedRow } from '../platform/stored.ts';

/** Row `partner`. */
export const partnerSchema = storedRow('partner', {
  id: z.string(),
  displayName: z.string(),
  domains: z.array(z.string()),
  tenantIds: z.array(z.string()),
  mpnId: z.string().optional(),
  contacts: z.array(z.string()),
  registeredAt: instantSchema,
  version: z.int().positive(),
});
export type Partner = z.infer<typeof partnerSchema>;

export const partnerRow = 'partner';

/**
 * Row `partner-registration`, beside the partner's: written by whatever registers the partner, and by whoever must make
 * certain that a registration which was broken off does not come about after all. It holds nothing.
 */
export const registrationSchema = storedRow('partner-registration', {});
export const registrationRow = 'partner-registration';

/** Row in table `directory`, partition `partners`: what operators list partners by. */
export const directorySchema = storedRow('directory', {
  id: z.string(),
  displayName: z.string(),
  domains: z.array(z.string()),
  /** Written ahead of a commit: the partner's own row says what is true. */
  pending: z.literal(true).optional(),
});
export type Listed = z.infer<typeof directorySchema>;
export const directoryPartition = 'partners';

/** One year of a membership and what was awarded in it. */
const term = z.strictObject({
  startDate: dateSchema,
  /** Exclusive. */
  endDate: dateSchema,
  awardedAt: instantSchema,
  awardedBy: actorSchema,
  benefitIds: z.array(z.string()),
  /** How many of the benefits are monthly credits: their bounds move with the next renewal. */
  monthlyCredits: z.int().nonnegative(),
});

/** Row `membership|id`. */
export const membershipSchema = storedRow('membership', {
  id: z.string(),
  type: z.string(),
  program: z.string(),
  edition: z.enum(editions),
  startDate: dateSchema,
  terms: z.array(term).min(1),
  version: z.int().positive(),
});
export type Membership = z.infer<typeof membershipSchema>;

export const membershipRow = (id: string) => `membership|${id}`;

const hold: z.ZodType<Hold> = z.strictObject({
  benefitId: z.string(),
  kind: z.enum(creditKinds),
  until: instantSchema,
});

/** Row `user|id`. `holds` is CR-05's guard: replaced with If-Match in every commit that changes what a user holds. */
export const userSchema = storedRow('user', {
  id: z.string(),
  /** Blank once erased. */
  email: z.string(),
  displayName: z.string(),
  holds: z.array(hold),
  /** When that was last changed: what is held is judged at no earlier instant (`judgedAt`). */
  holdsAt: instantSchema.optional(),
  addedAt: instantSchema,
  erasedAt: instantSchema.optional(),
  version: z.int().positive(),
});
export type User = z.infer<typeof userSchema>;

export const userRow = (id: string) => `user|${id}`;

/** Row `user-email|address`: one user per address in all its spellings (PR-07). */
export const userEmailSchema = storedRow('user email', { userId: z.string() });
export const userEmailRow = (email: string) => `user-email|${keyPart(foldEmail(email))}`;
