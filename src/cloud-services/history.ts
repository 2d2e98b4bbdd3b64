/** The history of a product benefit as it is kept, one row an entry: never with a key in it, sealed or clear. */
import * as z from 'zod';
import { actorSchema, dateSchema, instantSchema } from '../credits/events.ts';
import type { Actor } from '../platform/identity.ts';
import { ledgerEntryOf, type CloudEvent } from './events.ts';
import { keyActions, replacementReasons } from './state.ts';

const entry = {
  /** Counts up by one from 1 (`provisioned`) without a gap. */
  sequence: z.int().positive(),
  /** When it took effect: for what time did, the boundary. */
  at: instantSchema,
  actor: actorSchema,
};

const issue = z.int().min(1).max(2);
export const termsSchema = z.strictObject({ licenses: z.int().positive(), endDate: dateSchema });

export const productEntrySchema = z.discriminatedUnion('type', [
  z.strictObject({ ...entry, type: z.literal('provisioned'), licenses: z.int().positive() }),
  z.strictObject({ ...entry, type: z.literal('key-issued'), issue }),
  z.strictObject({ ...entry, type: z.literal('key-viewed'), issue }),
  z.strictObject({
    ...entry,
    type: z.literal('redeemed'),
    issue,
    licenses: z.int().positive(),
    action: z.enum(keyActions),
    subscriptionId: z.string(),
    tenantId: z.string(),
    previous: termsSchema.nullable(),
    result: termsSchema,
  }),
  z.strictObject({
    ...entry,
    type: z.literal('replaced'),
    issue,
    reason: z.enum(replacementReasons),
    subscriptionId: z.string(),
    restored: termsSchema.nullable(),
  }),
  z.strictObject({ ...entry, type: z.literal('expired') }),
  z.strictObject({ ...entry, type: z.literal('revoked') }),
]);

export type ProductEntry = z.infer<typeof productEntrySchema>;

/**
 * Events as entries that follow the last one of a history. What time has done is nobody's doing; all else is the
 * actor's. Throws a ZodError for an event that is none.
 */
export function entriesOf(
  events: readonly CloudEvent[],
  lastSequence: number,
  actor: Actor,
): ProductEntry[] {
  return events.map((event, index) =>
    productEntrySchema.parse({
      ...ledgerEntryOf(event),
      sequence: lastSequence + index + 1,
      actor: event.type === 'expired' ? { type: 'system' } : actor,
    }),
  );
}
