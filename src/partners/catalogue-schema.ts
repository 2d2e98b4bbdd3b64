/** The shape of the catalogue file (PR-03), strict: what the app does not know, it refuses. */
import * as z from 'zod';
import { creditKinds, type CreditKind } from '../credits/terms.ts';
import { currencyDigits, parseAmount } from '../platform/money.ts';

/** The kinds belong to the terms of the credits (CR-01); each has exactly one offer in the catalogue. */
export { creditKinds, type CreditKind };

/** A membership holds at most so many benefits; a product's licences count as one (settled points). */
export const maxBenefitsPerMembership = 30;

/**
 * A term of a membership holds at most so many monthly credits: a renewal moves the bounds of those of two terms, with
 * their holders' guards, in one transaction of 100 rows (PR-02).
 */
export const maxMonthlyCreditsPerTerm = 9;

const id = z
  .string()
  .max(64, 'longer than 64 characters')
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not an id: lower-case words joined by hyphens');

const text = z
  .string()
  .max(500, 'longer than 500 characters')
  .regex(/\S/, 'empty: say something')
  .regex(/^\P{Cc}*$/u, 'holds a control character');

const steps = z.array(text).min(1, 'empty: give at least one step');

const httpsUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: `"${value}" is not a plain https:// address` });
  }
});

const offer = z.strictObject({
  kind: z.enum(creditKinds),
  offerId: text.optional(),
  name: text,
  offerUrl: httpsUrl,
  adminSteps: steps,
  holderSteps: steps,
});

/** Adds the reason why an amount of the file cannot be a credit, if there is one. */
function checkAmount(
  { amount, currency }: { amount: string; currency: string },
  context: z.core.$RefinementCtx,
): void {
  const digits = currencyDigits(currency);
  if (digits === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['currency'],
      message: `"${currency}" is not an ISO 4217 currency code in capitals`,
    });
    return;
  }
  const cents = parseAmount(amount, currency);
  if (cents === undefined || cents === 0) {
    context.addIssue({
      code: 'custom',
      path: ['amount'],
      message: `"${amount}" is not an amount above zero with at most ${String(digits)} decimal digits, as ${currency} has`,
    });
  }
}

const creditBenefit = z.strictObject({
  kind: z.enum(creditKinds),
  amount: z
    .strictObject({ amount: z.string(), currency: z.string() })
    .superRefine(checkAmount)
    .transform(({ amount, currency }) => ({
      cents: parseAmount(amount, currency) ?? 0,
      currency,
    })),
});

/**
 * The schema of the whole file. References are judged against `productIds`, the ids that the file itself
 * declares, gathered beforehand so that one broken product does not hide or feign other mistakes.
 */
export function catalogueSchema(productIds: ReadonlySet<unknown>) {
  const productId = id.refine((value) => productIds.has(value), {
    error: ({ input }) => `unknown product "${String(input)}": no product has this id`,
  });
  const product = z.strictObject({
    id,
    name: text,
    walkthrough: steps,
    discontinued: z
      .strictObject({
        replacements: z.array(productId).min(1, 'empty: name at least one replacement'),
      })
      .optional(),
  });
  const productBenefit = z.strictObject({
    productId,
    licenses: z.int().min(1, 'must be at least 1').max(100_000, 'must be at most 100000'),
  });
  const membershipType = z.strictObject({
    id,
    name: text,
    program: text,
    benefits: z
      .array(z.union([creditBenefit, productBenefit]))
      .min(1, 'empty: a membership awards at least one benefit'),
  });
  return z.strictObject({
    offers: z.array(offer),
    products: z.array(product),
    membershipTypes: z.array(membershipType),
  });
}

/**
 * The validated catalogue. Amounts are minor units (`cents`) of their currency; `offerId` is absent where the
 * offer has no number of its own; `discontinued` names the products that take a product's place.
 */
export type Catalogue = z.output<ReturnType<typeof catalogueSchema>>;
export type CatalogueOffer = Catalogue['offers'][number];
export type CatalogueProduct = Catalogue['products'][number];
export type MembershipType = Catalogue['membershipTypes'][number];
export type CatalogueBenefit = MembershipType['benefits'][number];
