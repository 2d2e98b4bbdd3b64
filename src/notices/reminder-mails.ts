import { mailText, numbered, type MailText } from './mail-text.ts';

export type ReminderMail = {
  recipientName: string;
  /** All that end (or ended) for this recipient: one mail a recipient and day. `amountLeftText`: `35.20 USD`. */
  credits: readonly { benefitName: string; endsText: string; amountLeftText: string }[];
  /** Product keys and subscriptions, none in a mail of credits that have ended. */
  others?: readonly OtherEnding[];
  /** How many more there are than these. */
  unlisted?: number;
  /** How to convert to pay-as-you-go, in order. */
  stepsToConvert: readonly string[];
  /** The holder's personal link; none for admins. */
  link?: string | undefined;
  /** Whether it goes to a contact of the partner and not to the holder. */
  forAdmins: boolean;
};

/**
 * A product key or a subscription: what to call the mail where it tells of nothing else, and a sentence that goes on
 * from the name.
 */
export type OtherEnding = { name: string; subject: string; whatToDo: string };

/**
 * The mail 30, 7 and 1 days before credits, product keys and subscriptions end (CR-17, KEY-10), and when a subscription
 * has (KEY-11). Every value is escaped.
 */
export function renderCreditEndingMail(mail: ReminderMail): MailText {
  return mailText('credit-ending', endingSubject(mail), {
    ...valuesOf(mail),
    preview:
      mail.credits.length === 0
        ? 'Redeem keys and extend subscriptions in time.'
        : 'Use what is left, or convert to pay-as-you-go to keep your resources running.',
  });
}

function endingSubject({ credits, others = [], unlisted = 0 }: ReminderMail): string {
  const count = credits.length + others.length + unlisted;
  if (others.length + unlisted > 0)
    return count === 1 ? others[0]!.subject : `${count} benefits and subscriptions need attention`;
  const [credit] = credits;
  return credit && count === 1
    ? `${credit.benefitName} ends on ${credit.endsText}`
    : `${count} Azure credits are about to end`;
}

/** The mail when credits have ended (CR-17). Every value is escaped. */
export function renderCreditEndedMail(mail: ReminderMail): MailText {
  const { credits, unlisted = 0 } = mail;
  const count = credits.length + unlisted;
  const subject =
    count === 1 ? `${credits[0]?.benefitName} has ended` : `${count} Azure credits have ended`;
  return mailText('credit-ended', subject, {
    ...valuesOf(mail),
    preview: 'For 90 days a disabled subscription can be converted to pay-as-you-go.',
  });
}

function valuesOf({ stepsToConvert, others = [], unlisted = 0, ...mail }: ReminderMail) {
  return {
    ...mail,
    others,
    unlisted: unlisted > 0 ? unlisted : undefined,
    hasCredits: mail.credits.length > 0,
    hasOthers: others.length > 0,
    forHolder: !mail.forAdmins,
    stepsToConvert: numbered(stepsToConvert),
  };
}
