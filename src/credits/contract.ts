/** The wire shapes of benefits, assignments and redemptions (contract). */
import * as z from 'zod';
import { emailAddress } from '../partners/schemas.ts';
import { partnerPath } from '../partners/contract.ts';
import {
  batchOf,
  date,
  guid,
  instant,
  instantOut,
  money,
  paging,
  textLike,
} from '../platform/http/schemas.ts';
import { displayName } from '../platform/names.ts';
import { productEntryFields } from '../cloud-services/contract.ts';
import { creditKinds } from './terms.ts';

export const benefitPath = partnerPath.extend({ benefitId: guid });

const action = z
  .strictObject({
    name: z.string(),
    allowed: z.boolean(),
    reasons: z
      .array(z.strictObject({ code: z.string(), message: z.string() }))
      .meta({ description: 'Why it is not allowed; empty when it is.' }),
  })
  .meta({ id: 'Action' });

const common = {
  id: guid,
  name: z.string(),
  program: z.string(),
  membershipId: guid,
  terms: z.enum(['mpn', 'maicpp']),
  provisionedAt: instantOut,
  walkthrough: z.array(z.string()).meta({ description: 'Steps to activate it.' }),
  actions: z.array(action),
  revokedAt: instantOut.optional(),
};

const creditStatuses = ['available', 'assigned', 'redeemed', 'expired'] as const;

export const mailOut = z
  .strictObject({
    status: z.enum(['pending', 'accepted', 'delivered', 'bounced', 'failed']),
    at: instantOut.optional(),
    detail: z.string().optional(),
  })
  .meta({ id: 'MailState' });

const assignment = z
  .strictObject({
    id: guid,
    userId: guid,
    email: z.string(),
    displayName: z.string(),
    assignedAt: instantOut,
    redeemedAt: instantOut.optional(),
    mail: mailOut,
  })
  .meta({ id: 'Assignment' });

export const creditOut = z
  .strictObject({
    ...common,
    category: z.literal('azure-credit'),
    status: z.enum(creditStatuses),
    kind: z.enum(creditKinds),
    amount: money,
    redeemBy: date.meta({ description: 'Exclusive: never redeemed, it expires at 00:00Z.' }),
    startDate: date.optional(),
    endDate: date.optional().meta({ description: 'Exclusive.' }),
    expiresAt: instantOut.meta({ description: 'When it ends as things stand now.' }),
    assignment: assignment.nullable(),
    reassignments: z.strictObject({ used: z.int(), limit: z.int(), remaining: z.int() }),
    azureSubscription: z
      .strictObject({
        id: guid,
        spendingLimit: z.enum(['on', 'off']),
        state: z.enum(['active', 'disabled', 'pay-as-you-go']),
      })
      .nullable(),
  })
  .meta({ id: 'CreditBenefit' });

export const productOut = z
  .strictObject({
    ...common,
    category: z.literal('cloud-service'),
    status: z.enum(['available', 'redeemed', 'expired']),
    productId: z.string(),
    productName: z.string(),
    membershipType: z.string(),
    licenses: z.int(),
    activateBy: date.meta({ description: 'Exclusive: the key must be redeemed before.' }),
    usageRightsUntil: date,
    keyStatus: z.enum(['not-issued', 'issued', 'redeemed', 'replaced', 'expired']),
    subscriptionStatus: z.enum(['Active', 'Expired', 'No active subscription']),
  })
  .meta({ id: 'ProductBenefit' });

export const benefitOut = z
  .discriminatedUnion('category', [creditOut, productOut])
  .meta({ id: 'Benefit' });

/** A yes or no in a query. */
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const benefitQuery = z.strictObject({
  category: z.enum(['azure-credit', 'cloud-service']).optional(),
  kind: z.enum(creditKinds).optional(),
  status: z.enum(creditStatuses).optional(),
  redeemed: flag
    .optional()
    .meta({ description: 'Only benefits that are (or are not yet) redeemed.' }),
  assignedTo: z
    .union([guid, emailAddress], { error: 'must be a user id or a mail address' })
    .optional()
    .meta({ description: 'A user id or a mail address.' }),
  expiresBefore: date.optional().meta({ description: 'Only benefits that end before this date.' }),
  ...paging,
});

export const assignmentBody = z
  .strictObject({
    userId: guid.optional(),
    newUser: z.strictObject({ email: emailAddress, displayName: displayName() }).optional(),
  })
  .refine((body) => (body.userId === undefined) !== (body.newUser === undefined), {
    message: 'must name either userId or newUser',
  })
  .meta({ id: 'AssignmentInput', description: 'Either userId or newUser.' });

export const pastAssignment = z
  .strictObject({
    id: guid,
    userId: guid,
    email: z.string().meta({ description: 'Blank once the user is erased.' }),
    assignedAt: instantOut,
    redeemedAt: instantOut.optional(),
    azureSubscriptionId: guid.optional(),
    removedAt: instantOut.optional(),
    removedBy: z.looseObject({ type: z.string() }).optional(),
  })
  .meta({ id: 'PastAssignment' });

export const eligibleUser = z
  .strictObject({
    id: guid,
    email: z.string(),
    displayName: z.string(),
    eligible: z.boolean(),
    reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  })
  .meta({ id: 'EligibleUser' });

export const ledgerEntry = z
  .strictObject({
    sequence: z.int(),
    at: instantOut,
    type: z.string(),
    amount: money
      .optional()
      .meta({ description: 'Negative amounts undo part of an earlier entry.' }),
    month: z.string().optional().meta({ description: 'YYYY-MM that the amount counts for.' }),
    actor: z.looseObject({ type: z.string() }),
    assignmentId: guid.optional(),
    userId: guid.optional(),
    azureSubscriptionId: guid.optional(),
    ...productEntryFields,
  })
  .meta({ id: 'LedgerEntry' });

export const balanceQuery = z.strictObject({
  asOf: instant.optional().meta({ description: 'Any past instant; now unless given.' }),
});

export const balanceOut = z
  .strictObject({
    asOf: instantOut,
    granted: money,
    consumed: money,
    lapsed: money.meta({ description: 'What expired counts as lapsed.' }),
    remaining: money.meta({ description: 'Granted less consumed and lapsed, always.' }),
    payAsYouGo: money.meta({ description: 'Usage charged beyond the credit.' }),
    period: z
      .strictObject({
        month: z.string().meta({ examples: ['2026-11'] }),
        granted: money,
        consumed: money,
        remaining: money,
      })
      .nullable()
      .meta({ description: 'The running month of a monthly credit that has had its grant.' }),
  })
  .meta({ id: 'Balance' });

const usageRecord = z
  .strictObject({
    id: textLike(
      /^[A-Za-z0-9._-]{1,64}$/,
      64,
      'must be 1 to 64 letters, digits, ".", "_" or "-"',
    ).meta({ description: 'The record is counted once by it; letter case matters.' }),
    occurredAt: instant,
    amount: money,
  })
  .meta({ id: 'UsageRecord' });

export const usageBody = z
  .strictObject({
    records: batchOf(usageRecord, 1_000, 'At most 1,000, counted in this order.'),
  })
  .meta({ id: 'UsageReport' });

export const usageOut = z
  .strictObject({
    results: z
      .array(
        z.strictObject({
          id: z.string(),
          status: z.enum(['accepted', 'duplicate', 'refused']),
          code: z
            .enum(['InsufficientCredit', 'NotRedeemed', 'BenefitExpired', 'OutsidePeriod'])
            .optional()
            .meta({ description: 'Why it was refused. A refused record may be sent again.' }),
        }),
      )
      .meta({ description: 'One for each record, in the order sent.' }),
    balance: balanceOut,
  })
  .meta({ id: 'UsageReceipt' });

export const linkPath = z.strictObject({
  token: z.string().max(1_000).meta({ description: "The token of the mail's link." }),
});

export const redemptionOut = z
  .strictObject({
    benefit: z.strictObject({ kind: z.enum(creditKinds), name: z.string(), amount: money }),
    assignedTo: z.strictObject({ email: z.string(), displayName: z.string() }),
    steps: z.array(z.string()),
    offerUrl: z.url(),
    status: z.enum(['assigned', 'redeemed', 'expired']),
    redeemBy: date,
    redeemedAt: instantOut.optional(),
    azureSubscriptionId: guid.optional(),
    spendingLimit: z.enum(['on', 'off']).optional().meta({ description: 'Once redeemed.' }),
    balance: money.optional().meta({ description: 'Once redeemed: what is left to use.' }),
    expiresAt: instantOut.meta({ description: 'When the credit ends as things stand now.' }),
  })
  .meta({ id: 'Redemption' });

export const redemptionBody = z
  .strictObject({
    azureSubscriptionId: guid.meta({
      description: 'A new Azure subscription, on which no credit was ever redeemed (CR-09).',
    }),
  })
  .meta({ id: 'RedemptionInput' });

export const conversionBody = z
  .strictObject({
    confirm: z.literal(true, 'must be true: the conversion cannot be undone').meta({
      description: 'That usage beyond the credit is charged, and that this cannot be undone.',
    }),
  })
  .meta({ id: 'ConversionInput' });
