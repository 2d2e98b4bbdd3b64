/** The wire shapes of partners, memberships, users and the catalogue (contract). */
import * as z from 'zod';
import { date, guid, instantOut, money, textLike } from '../platform/http/schemas.ts';
import { displayName } from '../platform/names.ts';
import { creditKinds } from './catalogue-schema.ts';
import { domainName, emailAddress } from './schemas.ts';

export const partnerPath = z.strictObject({
  partnerId: guid.meta({ description: 'The partner: its Entra tenant id.' }),
});

const domains = z
  .array(domainName)
  .min(1, 'must name at least one company domain')
  .max(50)
  .meta({ description: 'Company domains; only their users can be given a credit (CR-04).' });

export const partnerBody = z
  .strictObject({
    displayName: displayName(),
    domains,
    tenantIds: z
      .array(guid)
      .max(50)
      .optional()
      .meta({ description: 'Entra tenants of the partner; its id is always among them.' }),
    mpnId: textLike(/^[0-9]{1,12}$/, 12, 'must be 1 to 12 digits').optional(),
    contacts: z
      .array(emailAddress)
      .max(20)
      .optional()
      .meta({ description: "Addresses that notices to the partner's admins go to." }),
  })
  .meta({ id: 'PartnerInput' });

export const partner = z
  .strictObject({
    id: guid,
    displayName: z.string(),
    domains: z.array(z.string()),
    tenantIds: z.array(z.string()),
    mpnId: z.string().optional(),
    contacts: z.array(z.string()),
    registeredAt: instantOut,
  })
  .meta({ id: 'Partner' });

export const partnerListItem = z
  .strictObject({ id: guid, displayName: z.string(), domains: z.array(z.string()) })
  .meta({ id: 'PartnerListItem' });

const terms = z.enum(['mpn', 'maicpp']).meta({
  id: 'Terms',
  description: "Edition of the programme's terms; maicpp unless given.",
});

export const membershipBody = z
  .strictObject({
    type: z.string().min(1).max(64).meta({ description: 'A type of the catalogue.' }),
    startDate: date.meta({ description: 'Today or earlier, UTC.' }),
    terms: terms.optional(),
  })
  .meta({ id: 'MembershipInput' });

export const membership = z
  .strictObject({
    id: guid,
    type: z.string(),
    program: z.string(),
    terms,
    startDate: date,
    endDate: date.meta({ description: 'Exclusive: it ends at 00:00Z of this day.' }),
    benefitIds: z.array(guid).meta({ description: 'The benefits awarded.' }),
  })
  .meta({ id: 'Membership' });

export const membershipPath = partnerPath.extend({ membershipId: guid });

export const awardBody = z
  .strictObject({
    membershipId: guid,
    kind: z.enum(creditKinds).optional(),
    amount: money.optional(),
    terms: terms.optional(),
    productId: z.string().min(1).max(64).optional(),
    licenses: z.int().min(1).max(100_000).optional(),
    activateBy: date.optional(),
  })
  .superRefine((award, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const needs = (
      paths: readonly (keyof typeof award)[],
      forbidden: readonly (keyof typeof award)[],
      of: string,
    ) => {
      for (const path of paths)
        if (award[path] === undefined) problem(path, `is required for ${of}`);
      for (const path of forbidden)
        if (award[path] !== undefined) problem(path, `does not go with ${of}`);
    };
    if (award.kind !== undefined)
      needs(['amount'], ['productId', 'licenses', 'activateBy'], 'a credit');
    else if (award.productId !== undefined) needs(['licenses'], ['amount', 'terms'], 'a product');
    else problem('kind', 'is required: give kind and amount, or productId and licenses');
    if (award.amount && Number(award.amount.amount) === 0)
      problem('amount', 'must be more than zero');
  })
  .meta({ id: 'AwardInput' });

export const userBody = z
  .strictObject({ email: emailAddress, displayName: displayName() })
  .meta({ id: 'UserInput' });

export const userPatch = z
  .strictObject({ email: emailAddress.optional(), displayName: displayName().optional() })
  .refine((patch) => patch.email !== undefined || patch.displayName !== undefined, {
    message: 'must change the email, the displayName or both',
  })
  .meta({ id: 'UserPatch' });

export const user = z
  .strictObject({ id: guid, email: z.string(), displayName: z.string() })
  .meta({ id: 'User' });

export const userPath = partnerPath.extend({ userId: guid });

export const searchText = z
  .string()
  .trim()
  .max(100)
  .optional()
  .meta({ description: 'Part of a name, address or domain, in any letter case.' });

/** The catalogue as the operator sees it. */
export const catalogueOut = z
  .strictObject({
    membershipTypes: z.array(
      z.looseObject({ id: z.string(), name: z.string(), program: z.string() }),
    ),
    products: z.array(z.looseObject({ id: z.string(), name: z.string() })),
    offers: z.array(z.looseObject({ kind: z.enum(creditKinds), name: z.string() })),
  })
  .meta({ id: 'Catalogue' });
