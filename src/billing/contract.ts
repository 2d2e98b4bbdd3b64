/** The wire shapes of billing (contract: Customer, Period, Credit offer, Usage import, Invoice). */
import * as z from 'zod';
import { isMonth } from '../platform/calendar.ts';
import { date, guid, instantOut, money, paging, textLike } from '../platform/http/schemas.ts';
import { dailyUsageColumns } from './data/daily-usage-columns.ts';
import { reconciliationColumns } from './data/reconciliation-columns.ts';

/** Months before it are taken for mistakes: a partner's months stand in one row. */
const firstMonth = '2000-01';

const notAMonth = 'must be a month YYYY-MM from 2000 on';

const month = z
  .string()
  .max(7, { error: notAMonth, abort: true })
  .refine((text) => isMonth(text) && text >= firstMonth, notAMonth)
  .meta({ examples: ['2026-11'] });

const partnerId = guid.meta({ description: 'The partner: its Entra tenant id.' });
const agreementId = textLike(
  /^[A-Za-z0-9._-]{1,64}$/,
  64,
  'must be 1 to 64 letters, digits, dots, hyphens or underscores',
);

export const customerPath = z.strictObject({ partnerId, customerId: guid });
export const offerPath = customerPath.extend({ agreementId });
export const periodPath = z.strictObject({ partnerId, month });
export const priceListPath = z.strictObject({ month });
export const balancesPath = z.strictObject({ partnerId });

const customerFilter = {
  customerId: guid.optional().meta({ description: 'Only this customer of the partner.' }),
};
export const invoiceQuery = z.strictObject(customerFilter);
/** A token of a report can carry what a hundred offers have paid, or the name of a meter. */
const longestToken = 4_000;
export const reportQuery = z.strictObject({
  ...customerFilter,
  ...paging,
  continuationToken: z
    .string()
    .max(longestToken)
    .regex(/^[A-Za-z0-9_-]+$/, 'must come from a nextLink')
    .optional()
    .meta(paging.continuationToken.meta() ?? {}),
});
export const balancesQuery = reportQuery.extend({ invoiceMonth: month });
export const earnedCreditQuery = z.strictObject({ subscriptionId: guid, date });

const stretch = { from: instantOut, to: instantOut.optional() };

export const customer = z
  .strictObject({
    id: guid,
    displayName: z.string(),
    agreement: z.array(z.strictObject(stretch)),
    transacting: z.array(
      z.strictObject({
        ...stretch,
        type: z.enum(['direct-bill', 'indirect-provider']),
        mpnId: z.string(),
        resellerMpnId: z.string().optional(),
      }),
    ),
    access: z.array(
      z.strictObject({
        scope: z.string(),
        principal: z.strictObject({ mpnId: z.string() }),
        via: z.enum(['aobo', 'lighthouse', 'user', 'service-principal']),
        role: z.string(),
        linkedMpnId: z.string().optional(),
        from: instantOut.optional(),
        to: instantOut.optional(),
        denied: z.boolean().optional(),
      }),
    ),
  })
  .meta({ id: 'Customer' });

export const earnedCredit = z
  .strictObject({
    eligible: z.boolean(),
    rate: z.union([z.literal(0), z.literal(15)]).meta({ description: 'In per cent.' }),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        passed: z.boolean(),
        found: z.string(),
        remedy: z.string().optional().meta({ description: 'What to do, where it failed.' }),
      }),
    ),
  })
  .meta({ id: 'EarnedCredit' });

export const creditOffer = z
  .strictObject({
    customerId: guid,
    agreementId: z.string(),
    amount: money,
    effectiveDate: date,
    expiryDate: date.meta({ description: 'Exclusive: usage of this day is no longer paid.' }),
  })
  .meta({ id: 'CreditOffer' });

const reject = z.strictObject({
  line: z.int().meta({ description: 'The physical line; a CSV’s header is line 1.' }),
  code: z.string(),
  message: z.string(),
});
const rejects = {
  rejected: z.array(reject).meta({
    description:
      'The first 1,000 of them. Where 10,000 lines were bad, the rest of the file is refused, and one more entry, with code TooManyRejects, tells the first line that was not read.',
  }),
  rejectedTotal: z.int().meta({ description: 'How many lines were read and rejected.' }),
};

export const usageImport = z
  .strictObject({ accepted: z.int(), duplicates: z.int(), ...rejects })
  .meta({ id: 'UsageImport' });

export const priceList = z
  .strictObject({ month, products: z.int(), ...rejects })
  .meta({ id: 'PriceList' });

export const period = z
  .strictObject({ month, status: z.enum(['open', 'closing', 'closed']) })
  .meta({ id: 'BillingPeriod' });

/** Amounts as decimal text, in the currency that the object names. */
const amount = z.string().meta({ examples: ['510.00'] });

export const invoice = z
  .strictObject({
    invoiceMonth: month,
    currency: z.string().meta({ description: 'XXX for a month without usage.' }),
    charges: amount.meta({ description: 'After partner earned credit, before credit offers.' }),
    creditOfferApplied: amount,
    total: amount.meta({ description: 'charges less creditOfferApplied.' }),
    provisional: z.boolean().meta({ description: 'Whether the month is not closed yet.' }),
  })
  .meta({ id: 'Invoice' });

export const offerBalance = z
  .strictObject({
    partnerId: guid,
    customerId: guid,
    invoiceMonth: month,
    creditName: z.literal('ACO'),
    creditAmount: amount.meta({ description: 'All that was used since the offer was given.' }),
    status: z.enum(['Active', 'Expired']),
    balanceAmount: amount,
    currencyCode: z.string(),
    agreementId: z.string(),
    effectiveDate: date,
    expiryDate: date,
    usedInMonth: amount.meta({ description: 'What was used in this month alone.' }),
    provisional: z.boolean(),
  })
  .meta({ id: 'CreditOfferBalance' });

/** A row of a file: every column as text, as in the CSV but for its guard against formulas. */
function fileRow<Column extends string>(columns: readonly Column[]) {
  const shape = Object.fromEntries(columns.map((column) => [column, z.string()]));
  return z.strictObject(shape as Record<Column, z.ZodString>);
}

export const dailyUsageRow = fileRow(dailyUsageColumns).meta({ id: 'DailyUsageRow' });
export const reconciliationRow = fileRow(reconciliationColumns).meta({ id: 'ReconciliationRow' });
