/** Shapes that many routes share, with the messages a caller reads when they are wrong. */
import * as z from 'zod';
import { isDate, parseInstant } from '../calendar.ts';
import { currencyDigits, parseAmount } from '../money.ts';

/** A GUID in any letter case; lower case inside. */
export const guid = z
  .guid('must be a GUID, e.g. 2b9f5c1e-7d0a-4c3b-9a53-0f8f2b1f6a11')
  .overwrite((text) => text.toLowerCase())
  .meta({ format: 'uuid' });

const notADate = 'must be a date YYYY-MM-DD that exists';

/** A calendar date, UTC. */
export const date = z
  .string()
  .max(10, { error: notADate, abort: true })
  .refine(isDate, notADate)
  .meta({ format: 'date', examples: ['2026-11-22'] });

/** An RFC 3339 instant with any offset; the canonical UTC instant inside. */
export const instant = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== undefined, 'must be an RFC 3339 instant')
  .overwrite((text) => parseInstant(text) ?? text)
  .meta({ format: 'date-time', examples: ['2026-11-22T08:00:00Z'] });

/** An instant as answered. */
export const instantOut = z
  .string()
  .meta({ format: 'date-time', examples: ['2026-11-22T08:00:00Z'] });

/** A text of one fixed form, which says how long it can be: what's longer is told the form, and nothing else. */
export const textLike = (form: RegExp, longest: number, message: string) =>
  z.string().max(longest, { error: message, abort: true }).regex(form, message);

/** An amount of money: a decimal string with at most the currency's digits, and an ISO 4217 code. */
export const money = z
  .strictObject({
    amount: textLike(
      /^\d{1,15}(\.\d{1,4})?$/,
      20,
      'must be a decimal number as text, e.g. "100.00"',
    ),
    currency: textLike(/^[A-Z]{3}$/, 3, 'must be an ISO 4217 code, e.g. "USD"'),
  })
  .superRefine(({ amount, currency }, context) => {
    if (currencyDigits(currency) === undefined)
      context.addIssue({ code: 'custom', path: ['currency'], message: 'is not a known currency' });
    else if (parseAmount(amount, currency) === undefined)
      context.addIssue({
        code: 'custom',
        path: ['amount'],
        message: `must have at most ${currencyDigits(currency)} decimal digits and be at most 1e12 minor units`,
      });
  })
  .meta({ id: 'Money', examples: [{ amount: '100.00', currency: 'USD' }] });

export type Money = z.infer<typeof money>;

/** Lists of a body that can be sent in parts, and how many items each takes. */
export const batches = z.registry<{ most: number }>();

/**
 * A list of a body's own field that can be sent in parts: more items than it takes are answered 413, where another
 * list's excess is 400. zod looks at the length before it looks at any item.
 */
export function batchOf<T extends z.ZodType>(item: T, most: number, description: string) {
  return z.array(item).max(most).meta({ description }).register(batches, { most });
}

/** Query parameters of every list. */
export const paging = {
  maxpagesize: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1)
    .max(1_000)
    .default(100)
    .meta({ description: 'At most so many items in one answer; 100 unless given.' }),
  continuationToken: z
    .string()
    .max(600)
    .regex(/^[A-Za-z0-9_-]+$/, 'must come from a nextLink')
    .optional()
    .meta({ description: 'Where to read on; take it from nextLink.' }),
};

/** A list as answered: the items, and where to read on when there are more. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    value: z.array(item),
    nextLink: z.url().optional().meta({
      description: 'Absent when nothing follows. The page that it leads to can be empty.',
    }),
  });
}
