import { mailText, numbered, type MailText } from './mail-text.ts';

export type AssignmentMail = {
  recipientName: string;
  partnerName: string;
  benefitName: string;
  /** `100.00 USD a month`. */
  amountText: string;
  /** What the holder does, in order. */
  steps: readonly string[];
  /** The personal link, shown in full. */
  link: string;
  /** The date before which (UTC) to redeem: `15 January 2027`. */
  redeemByText: string;
  /** Where the new Azure subscription is made. */
  offerUrl: string;
};

/**
 * The mail that an assignment sends to the user (CR-08). It says that the subscription must be a new one and that
 * resources must move to it (CR-09). Every value is escaped.
 */
export function renderAssignmentMail({ steps, ...mail }: AssignmentMail): MailText {
  return mailText(
    'assignment',
    `${mail.partnerName} has assigned you a credit: ${mail.benefitName}`,
    {
      ...mail,
      steps: numbered(steps),
      preview: `${mail.amountText}: redeem it before ${mail.redeemByText}, on a new Azure subscription.`,
    },
  );
}
