/** Partners, memberships, users and links as tests need them, made through the app's own API. */
import { addDays, dateOf } from '../../src/platform/calendar.ts';
import { signLink } from '../../src/credits/link-token.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';
import { newId } from '../../src/platform/ids.ts';
import type { InProcessApp } from './in-process.ts';

/** Today, UTC, moved by days. */
export const day = (moved = 0) => addDays(dateOf(new Date().toISOString()), moved);

export type Programme = ReturnType<typeof programme>;

/** What operators and partners do, as short calls; anything but success throws. */
export function programme(app: Pick<InProcessApp, 'call' | 'tokenFor' | 'env'>, operator: string) {
  async function must(name: string, options: Parameters<InProcessApp['call']>[1]) {
    const answer = await app.call(name, options);
    if (answer.status >= 300)
      throw new Error(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  return {
    operator,
    must,

    /** A new partner with its administrator's token. */
    async partner(domain = 'contoso.com', facts: Record<string, unknown> = {}) {
      const partnerId = newId();
      await must('putPartner', {
        params: { partnerId },
        body: { displayName: 'Contoso', domains: [domain], ...facts },
        token: operator,
      });
      const admin = await app.tokenFor({ roles: ['PartnerAdmin'], partner: partnerId });
      return { partnerId, admin };
    },

    /** A membership; the ids of its Azure credits come first in `benefitIds` where the catalogue has them first. */
    async membership(partnerId: string, type: string, startDate = day()) {
      const { body } = await must('startMembership', {
        params: { partnerId },
        body: { type, startDate },
        token: operator,
      });
      return body as { id: string; benefitIds: string[] };
    },

    /** A single award; returns the benefit's id. */
    async award(partnerId: string, membershipId: string, kind: string, amount = '100.00') {
      const { body } = await must('awardBenefit', {
        params: { partnerId },
        body: { membershipId, kind, amount: { amount, currency: 'USD' } },
        token: operator,
      });
      return String(body.id);
    },

    /** A new user of the directory; returns the id. */
    async user(partnerId: string, email: string) {
      const { body } = await must('addUser', {
        params: { partnerId },
        body: { email, displayName: email },
        token: operator,
      });
      return String(body.id);
    },

    /** Assigns a credit and returns the token of the mail's link. */
    async assigned(partnerId: string, admin: string, benefitId: string, userId: string) {
      const { body } = await must('assignCredit', {
        params: { partnerId, benefitId },
        body: { userId },
        token: admin,
      });
      return signLink(readKeyRing(app.env['LINK_SIGNING_KEYS'] ?? '')!, {
        partnerId,
        benefitId,
        linkId: String(body.assignment.id),
      });
    },
  };
}
