/**
 * The programme's terms as data. Two editions are in force side by side; each credit names the one it was
 * awarded under, and only what differs between them stands in the table. What both share are constants.
 */

/** The kinds of credit (CR-01). */
export const creditKinds = [
  'azure-monthly',
  'azure-bulk',
  'copilot-for-security',
  'github-copilot-enterprise',
  'github-enterprise-metered',
] as const;

export type CreditKind = (typeof creditKinds)[number];

export const editions = ['mpn', 'maicpp'] as const;

export type Edition = (typeof editions)[number];

/** How many active credits one user may hold: over all kinds together, or for each kind that is named (CR-05). */
export type Cap =
  | { over: 'all-kinds'; count: number }
  | { over: 'each-kind'; counts: Partial<Record<CreditKind, number>> };

export type Terms = {
  cap: Cap;
  /** How long a monthly credit is valid, and from which UTC date that is counted (CR-11). */
  monthlyValidity: { months: number; countedFrom: 'provisioning' | 'activation' };
};

export const termsOf: Record<Edition, Terms> = {
  mpn: {
    cap: { over: 'all-kinds', count: 1 },
    monthlyValidity: { months: 13, countedFrom: 'provisioning' },
  },
  maicpp: {
    // The text allows one of each and forbids a second bulk. On a second monthly it is silent: refused too.
    cap: { over: 'each-kind', counts: { 'azure-monthly': 1, 'azure-bulk': 1 } },
    monthlyValidity: { months: 13, countedFrom: 'activation' },
  },
};

/** The edition of an award that names none. */
export const defaultEdition: Edition = 'maicpp';

/** How often the email of one assignment may be sent again within any 24 hours (CR-08). */
export const mostResendsADay = 5;

/** How often a monthly credit may pass to another user in its life (CR-06). */
export const reassignmentLimit = 5;

/** How long after the end of its month, or of the credit, a usage record may still arrive (CR-13). */
export const lateUsageHours = 72;

/** How long after its end a credit's subscription can still be converted to pay-as-you-go (CR-14). */
export const conversionDays = 90;

/**
 * Whether a credit of this kind grants its amount every month and can be reassigned (CR-01, CR-06). All other
 * kinds grant once and stay with their first holder, as a bulk credit does (CR-07).
 */
export function isMonthly(kind: CreditKind): boolean {
  return kind === 'azure-monthly';
}
