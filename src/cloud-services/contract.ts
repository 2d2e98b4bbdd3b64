/** The wire shapes of product keys and subscriptions (contract, "Product key", "Subscription", "plan"). */
import * as z from 'zod';
import { partnerPath } from '../partners/contract.ts';
import { date, guid } from '../platform/http/schemas.ts';
import { keyActions, replacementReasons } from './state.ts';

const licenses = z.int().positive();

/** Long enough for anything that was meant to be a key; what it is not is MalformedProductKey's to say. */
const enteredKey = z
  .string()
  .max(200)
  .meta({
    description: 'In any letter case, with or without hyphens or spaces.',
    examples: ['XXXXX-XXXXX-XXXXX-XXXXX-XXXXX'],
  });

const terms = z
  .strictObject({ licenses, endDate: date.meta({ description: 'Exclusive: it ends at 00:00Z.' }) })
  .meta({ id: 'SubscriptionTerms' });

export const productKeyOut = z
  .strictObject({
    productKey: z.string().meta({ description: 'Five groups of five characters.' }),
    productId: z.string(),
    licenses,
    activateBy: date.meta({ description: 'Exclusive: the key must be redeemed before.' }),
  })
  .meta({ id: 'ProductKey' });

export const replacementBody = z
  .strictObject({ reason: z.enum(replacementReasons) })
  .meta({ id: 'ReplacementInput' });

const keyUse = {
  productKey: enteredKey,
  action: z.enum(keyActions),
  subscriptionId: guid.optional().meta({
    description:
      'The subscription to change; without it, the active one of the product and tenant.',
  }),
  tenantId: guid.optional().meta({
    description: "The tenant it is for; without it, the subscription's, or the partner's own.",
  }),
};

export const keyUseBody = z
  .strictObject({
    ...keyUse,
    expected: terms.optional().meta({
      description: 'What validate showed as the result; another outcome is 412.',
    }),
  })
  .meta({ id: 'ProductKeyUse' });

const result = terms
  .extend({ endsEarlier: z.boolean().meta({ description: 'Whether the end moves earlier.' }) })
  .meta({ id: 'ProductKeyResult' });

export const validationOut = z
  .strictObject({
    product: z.strictObject({ id: z.string(), name: z.string() }),
    licenses,
    durationMonths: z.int(),
    result,
  })
  .meta({ id: 'ProductKeyValidation' });

export const subscriptionPath = partnerPath.extend({ subscriptionId: guid });

export const subscriptionOut = z
  .strictObject({
    id: guid,
    productId: z.string(),
    tenantId: guid,
    licenses,
    status: z.enum(['active', 'expired', 'disabled', 'deleted']),
    startDate: date,
    endDate: date.meta({ description: 'Exclusive.' }),
  })
  .meta({ id: 'Subscription' });

export const redeemedOut = z
  .strictObject({ subscription: subscriptionOut, result })
  .meta({ id: 'ProductKeyRedemption' });

export const planBody = z
  .strictObject({
    productKeys: z.array(enteredKey).min(1).max(100),
    wish: z
      .strictObject({ licenses: licenses.max(100_000_000).optional(), endDate: date.optional() })
      .refine((wish) => wish.licenses !== undefined || wish.endDate !== undefined, {
        message: 'must name licenses, endDate or both',
      })
      .meta({ description: 'At least so many licences, an end not before that date.' }),
  })
  .meta({ id: 'PlanInput' });

const lastGroup = z.string().meta({ description: 'The last group of the key.' });
const index = z.int().meta({ description: 'Its place in productKeys, from 0.' });

export const planOut = z
  .strictObject({
    feasible: z.boolean(),
    steps: z
      .array(
        z.strictObject({
          productKey: lastGroup,
          index,
          action: z.enum(keyActions),
          licenses,
          endDate: date,
        }),
      )
      .meta({ description: 'Redeem in this order; with what the subscription is after each.' }),
    result: terms.nullable().meta({ description: 'Null while there is no active subscription.' }),
    reason: z.string().optional(),
    complete: z.boolean().meta({
      description: 'Whether all ways were tried. Where not, a better plan may exist.',
    }),
    unusable: z
      .array(z.strictObject({ productKey: lastGroup.optional(), index, code: z.string() }))
      .meta({ description: 'Keys that cannot be used on this subscription, and why.' }),
  })
  .meta({ id: 'Plan' });

/** Fields of a ledger entry that only product benefits have. */
export const productEntryFields = {
  issue: z
    .int()
    .optional()
    .meta({ description: "1 is the benefit's first key, 2 its replacement." }),
  licenses: licenses.optional(),
  action: z.enum(keyActions).optional(),
  subscriptionId: guid.optional(),
  tenantId: guid.optional(),
  previous: terms.nullable().optional(),
  result: terms.optional(),
  reason: z.enum(replacementReasons).optional(),
  restored: terms.nullable().optional(),
};
