import { mailText, numbered, type MailText } from './mail-text.ts';

export type ReminderMail = {
  recipientName: string;
  /** All that end (or ended) for this recipient: one mail a recipient and day. `amountLeftText`: `35.20 USD`. */
  credits: readonly { benefitName: string; endsText: string; amountLeftText: string }[];
  /** How to convert to pay-as-you-go, in order. */
  stepsToConvert: readonly string[];
  /** The holder's personal link; none for admins. */
  link?: string | undefined;
  /** Whether it goes to a contact of the partner and not to the holder. */
  forAdmins: boolean;
};

/** The mail 30, 7 and 1 days before credits end (CR-17). Every value is escaped. */
export function renderCreditEndingMail(mail: ReminderMail): MailText {
  const subject = one(mail)
    ? `${one(mail)?.benefitName} ends on ${one(mail)?.endsText}`
    : `${mail.credits.length} Azure credits are about to end`;
  return mailText('credit-ending', subject, {
    ...valuesOf(mail),
    preview: 'Use what is left, or convert to pay-as-you-go to keep your resources running.',
  });
}

/** The mail when credits have ended (CR-17). Every value is escaped. */
export function renderCreditEndedMail(mail: ReminderMail): MailText {
  const subject = one(mail)
    ? `${one(mail)?.benefitName} has ended`
    : `${mail.credits.length} Azure credits have ended`;
  return mailText('credit-ended', subject, {
    ...valuesOf(mail),
    preview: 'For 90 days a disabled subscription can be converted to pay-as-you-go.',
  });
}

function one({ credits }: ReminderMail) {
  return credits.length === 1 ? credits[0] : undefined;
}

function valuesOf({ stepsToConvert, ...mail }: ReminderMail) {
  return { ...mail, forHolder: !mail.forAdmins, stepsToConvert: numbered(stepsToConvert) };
}
