/** What the mail of a reminder says (CR-17, KEY-10, KEY-11), composed from what is true when it is sent. */
import { keyEndingText, subscriptionEndingText } from '../cloud-services/ending-text.ts';
import { asProduct, asSubscription, readSubscriptions } from '../cloud-services/rows.ts';
import { linkAddress, linkIdOf, signLink } from '../credits/link-token.ts';
import { asCredit, readBenefits } from '../credits/rows.ts';
import { settle } from '../credits/settle.ts';
import {
  endedAt,
  expiryDate,
  isRedeemed,
  remainingCents,
  type CreditState,
} from '../credits/state.ts';
import { isMonthly } from '../credits/terms.ts';
import type { OtherEnding, ReminderMail } from '../notices/reminder-mails.ts';
import type { NoticeSubject } from '../notices/subject.ts';
import { finishCopies } from '../partners/contact-copies.ts';
import { readPartner, readUser } from '../partners/directory.ts';
import { addMilliseconds, monthOf } from '../platform/calendar.ts';
import { formatMoney } from '../platform/money.ts';
import type { Mail } from '../platform/mail-service.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { endingsIn, recipientOf, unlistedIn } from './end-reminders.ts';

/**
 * A reminder is moot for a credit that was withdrawn, renewed, or taken from the holder, for a key that was redeemed, and
 * for a subscription that was extended; its fate is kept nowhere.
 */
export const endingReminder: NoticeSubject = {
  async compose(runtime, partnerId, notice) {
    const listed = endingsIn(notice, 'credit');
    const products = endingsIn(notice, 'product');
    const subscriptions = endingsIn(notice, 'subscription');
    const { userId } = notice;
    const [partner, user, benefits, subscriptionRows] = await Promise.all([
      readPartner(runtime, partnerId),
      userId ? readUser(runtime, partnerId, userId) : undefined,
      readBenefits(
        runtime,
        partnerId,
        [...listed, ...products].map(({ id }) => id),
      ),
      readSubscriptions(
        runtime,
        partnerId,
        subscriptions.map(({ id }) => id),
      ),
    ]);
    const { displayName, contacts } = partner.value;
    const recipient = notice.data?.['recipient'];
    const contact = contacts.find((address) => recipientOf(address) === recipient);
    const to = user
      ? { address: user.value.email, displayName: user.value.displayName }
      : contact && { address: contact, displayName };
    if (!to) return undefined;

    const now = runtime.clock.now();
    const isHeld = ({ assignment }: CreditState) => assignment?.userId === user?.value.id;
    const isBehind = (row: Row<unknown>) => {
      const state = asCredit(row)?.value;
      return state && isHeld(state) && state.assignment?.email !== user?.value.email;
    };
    if (user && [...benefits.values()].some(isBehind)) {
      // The address was changed and a credit has not followed yet: its link would be dead once it has.
      await finishCopies(runtime, partnerId, user.value.id);
      return endingReminder.compose(runtime, partnerId, notice);
    }
    const states = listed.flatMap(({ id, end }) => {
      const row = benefits.get(id);
      const credit = row && asCredit(row);
      if (!credit) return [];
      const { state } = settle(credit.value, now);
      if (state.revokedAt !== undefined || expiryDate(state) !== end) return [];
      const held = user !== undefined && isHeld(state);
      return held || contact !== undefined ? [{ state, held }] : [];
    });
    // Keys and subscriptions are the contacts' business, not that of who holds a credit.
    const others = contact === undefined ? [] : [...keyTexts(), ...subscriptionTexts()];
    if (states.length + others.length === 0) return undefined;
    return mailOf(runtime, to, states, others, unlistedIn(notice));

    function keyTexts(): OtherEnding[] {
      return products.flatMap(({ id, end }) => {
        const row = benefits.get(id);
        const product = row && asProduct(row);
        return (product && keyEndingText(product.value, end, now)) ?? [];
      });
    }

    function subscriptionTexts(): OtherEnding[] {
      return subscriptions.flatMap(({ id, end }) => {
        const row = subscriptionRows.get(id);
        return (row && subscriptionEndingText(asSubscription(row).value, end, now)) ?? [];
      });
    }
  },

  progress: async () => [],
};

type Listed = { state: CreditState; held: boolean };

async function mailOf(
  runtime: Runtime,
  to: Mail['to'][number],
  listed: readonly Listed[],
  others: readonly OtherEnding[],
  unlisted: { count: number; toCome: boolean },
): Promise<Mail> {
  const links = listed
    .filter(({ held }) => held)
    .map(({ state }) => ({ name: state.name, link: linkOf(runtime, state) }));
  const only = links.length === 1 ? links[0]?.link : undefined;
  const { renderCreditEndedMail, renderCreditEndingMail } =
    await import('../notices/reminder-mails.ts');
  const allEnded =
    others.length === 0 &&
    !unlisted.toCome &&
    listed.every(({ state }) => endedAt(state) !== undefined);
  const mail: ReminderMail = {
    recipientName: to.displayName,
    credits: listed.map(({ state }) => ({
      benefitName:
        !allEnded && endedAt(state) !== undefined ? `${state.name} (has ended)` : state.name,
      endsText: expiryDate(state),
      amountLeftText: moneyText(amountLeftCents(state), state),
    })),
    others,
    unlisted: unlisted.count,
    stepsToConvert: [
      ...stepsOf(listed),
      ...(only === undefined ? links.map(({ name, link }) => `${name}: ${link}`) : []),
    ],
    ...(only === undefined ? {} : { link: only }),
    forAdmins: links.length === 0,
  };
  const rendered = allEnded ? renderCreditEndedMail(mail) : renderCreditEndingMail(mail);
  return { to: [to], ...rendered };
}

function linkOf(runtime: Runtime, state: CreditState): string {
  const { id: benefitId, partnerId, assignment } = state;
  const target = { partnerId, benefitId, linkId: linkIdOf(assignment!) };
  return linkAddress(runtime.config, signLink(runtime.config.linkSigningKeys, target));
}

/** What to do, of what can be done: convert what is redeemed with the limit on, redeem what was not. */
function stepsOf(listed: readonly Listed[]): string[] {
  const convertible = listed.filter(
    ({ state }) => isRedeemed(state) && state.azureSubscription?.spendingLimit === 'on',
  );
  const unused = listed.filter(({ state }) => endedAt(state) === undefined && !isRedeemed(state));
  return [
    ...(convertible.some(({ held }) => held)
      ? [
          'Open the page at your personal address given in this mail.',
          'Tick the box under "Convert to pay-as-you-go" and confirm.',
        ]
      : []),
    ...(convertible.some(({ held }) => !held)
      ? [
          'Sign in to the benefits portal, or ask whoever holds the credit to open the page that their own mail links to.',
          'Open the credit and remove its spending limit.',
        ]
      : []),
    ...unused.map(
      ({ state }) =>
        `${state.name} has not been redeemed: ${state.assignment ? 'its holder can redeem it' : 'assign it, and it can be redeemed'} before it ends.`,
    ),
  ];
}

/** Of a credit that ended, what it had left then; of one never redeemed, all of it. */
function amountLeftCents(state: CreditState): number {
  if (state.activatedAt === undefined) return state.amountCents;
  const ended = state.expiredAt;
  if (ended === undefined) return remainingCents(state);
  if (!isMonthly(state.kind)) return state.totals.lapsedCents;
  const lastMonth = monthOf(addMilliseconds(ended, -1));
  return state.lapses.find(({ month }) => month === lastMonth)?.lapsedCents ?? 0;
}

function moneyText(cents: number, { currency }: CreditState): string {
  const money = formatMoney(cents, currency);
  return `${money.amount} ${money.currency}`;
}
