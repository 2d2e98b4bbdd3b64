/** Whom a credit could be given to (CR-03 … CR-07). */
import { searchUsers } from '../partners/users-service.ts';
import type { Instant } from '../platform/calendar.ts';
import { mapInTurns } from '../platform/parallel.ts';
import type { Runtime } from '../platform/runtime.ts';
import { userRefusal } from './assignment-service.ts';
import { assignRefusal } from './guards.ts';
import { loadCredit } from './load.ts';
import { settle } from './settle.ts';

type Search = {
  search?: string | undefined;
  maxpagesize: number;
  continuationToken?: string | undefined;
};

/**
 * A page of the directory's users, each with whether the credit could be assigned to it now, and why not (CR-03 …
 * CR-07). @throws RefusalError NotFound
 */
export async function listEligibleUsers(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  query: Search,
  now: Instant,
) {
  const [{ partner, credit }, { items, nextKey }] = await Promise.all([
    loadCredit(runtime, partnerId, benefitId),
    searchUsers(runtime, partnerId, query),
  ]);
  const { state } = settle(credit.value, now);
  const users = await mapInTurns(items, async (user) => {
    // Named version: the portal that shows this list has just read the credit.
    const refusals = [
      assignRefusal(state, user.id, true),
      await userRefusal(state, user, partner.value, now),
    ].filter((refusal) => refusal !== undefined);
    return {
      id: user.id,
      email: user.email,
      displayName: user.displayName,
      eligible: refusals.length === 0,
      reasons: refusals.map(({ code, message }) => ({ code, message })),
    };
  });
  return { items: users, nextKey };
}
