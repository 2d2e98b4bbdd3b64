/** The mail of an assignment: what it says, and how its fate is written on the credit (CR-08). */
import { catalogueOf, offerOf } from '../partners/catalogue.ts';
import { finishCopies } from '../partners/contact-copies.ts';
import { readPartner, readUser } from '../partners/directory.ts';
import type { NoticeSubject } from '../notices/subject.ts';
import { dateInWords } from '../platform/calendar.ts';
import { formatMoney } from '../platform/money.ts';
import { writeAhead } from '../platform/schedule.ts';
import { decide } from './decide.ts';
import { time } from './events.ts';
import { linkAddress, linkIdOf, signLink } from './link-token.ts';
import { readCredit, replaceCredit } from './rows.ts';
import { settle } from './settle.ts';
import { endedAt, expiryDate } from './state.ts';
import { isMonthly } from './terms.ts';

export const assignmentNotice: NoticeSubject = {
  async compose(runtime, partnerId, notice) {
    const { benefitId, assignmentId, userId } = notice;
    if (!assignmentId || !userId) return undefined;
    const [partner, credit, user, catalogue] = await Promise.all([
      readPartner(runtime, partnerId),
      readCredit(runtime, partnerId, benefitId),
      readUser(runtime, partnerId, userId),
      catalogueOf(runtime),
    ]);
    if (!credit || !user) return undefined;
    const { state } = settle(credit.value, runtime.clock.now());
    if (state.assignment?.id !== assignmentId || endedAt(state) !== undefined) return undefined;
    if (state.assignment.email !== user.value.email) {
      // The address was changed and this credit has not followed yet: its link would be dead once it has.
      await finishCopies(runtime, partnerId, userId);
      return assignmentNotice.compose(runtime, partnerId, notice);
    }

    const { renderAssignmentMail } = await import('../notices/assignment-mail.ts');
    const { linkSigningKeys } = runtime.config;
    const linkId = linkIdOf(state.assignment);
    const token = signLink(linkSigningKeys, { partnerId, benefitId, linkId });
    const { amount, currency } = formatMoney(state.amountCents, state.currency);
    const offer = offerOf(catalogue, state.kind);
    const { email, displayName } = user.value;
    const mail = renderAssignmentMail({
      recipientName: displayName,
      partnerName: partner.value.displayName,
      benefitName: state.name,
      amountText: `${amount} ${currency}${isMonthly(state.kind) ? ' a month' : ''}`,
      steps: offer.holderSteps,
      link: linkAddress(runtime.config, token),
      redeemByText: dateInWords(expiryDate(state)),
      offerUrl: offer.offerUrl,
    });
    return { to: [{ address: email, displayName }], ...mail };
  },

  async progress(runtime, partnerId, { id: mailId, benefitId, assignmentId, acceptedAt }, change) {
    const credit = await readCredit(runtime, partnerId, benefitId);
    if (!credit || !assignmentId) return [];
    const now = runtime.clock.now();
    const firstWord = acceptedAt === undefined;
    const command = { type: 'mail-progress' as const, assignmentId, mailId, firstWord, ...change };
    const decision = decide(credit.value, command, now, time);
    if ('refusal' in decision || decision.state === credit.value) return [];
    const { writes, due } = replaceCredit(credit, decision);
    await writeAhead(runtime, due);
    return writes;
  },
};
