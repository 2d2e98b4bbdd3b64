/** Who holds what: caps, holds, addresses, erasure (CR-05, CR-03, PR-07). */
import { termsOf } from '../../../src/credits/terms.ts';
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import { endedAt, expiresAt } from '../../../src/credits/state.ts';
import type { Membership, User } from '../../../src/partners/rows.ts';
import { userEmailRow } from '../../../src/partners/rows.ts';
import { after, before, ofKind, rowOf, rowsOf, short, type CheckMaker } from './check.ts';

/** Clocks are this far apart at most: what has ended by one of them may still run by another. */
const apart = 5_000;

export const checkHolders: CheckMaker = (system, violate) => (applied) => {
  if (applied.table !== 'partners') return;
  const { partitionKey: partnerId } = applied;
  const touched = new Set<string>();
  for (const change of ofKind(applied, 'benefit|')) {
    const credits = [before<CreditRow>(change), after<CreditRow>(change)];
    for (const credit of credits) if (credit?.assignment) touched.add(credit.assignment.userId);
  }
  for (const change of ofKind(applied, 'user|')) {
    const user = after<User>(change);
    if (user) touched.add(user.id);
  }
  for (const id of touched) checkUser(id);
  for (const change of ofKind(applied, 'user-email|')) {
    const was = before<{ userId: string }>(change);
    const is = after<{ userId: string }>(change);
    if (is) touched.add(is.userId);
    const left = was && rowOf<User>(system, 'partners', partnerId, `user|${was.userId}`);
    if (left && left.erasedAt === undefined && !is && userEmailRow(left.email) === change.rowKey)
      violate('CR-03 an address keeps its guard', short(left.id));
  }
  for (const change of ofKind(applied, 'membership|')) checkMembership(after<Membership>(change));

  function checkUser(id: string): void {
    const user = rowOf<User>(system, 'partners', partnerId, `user|${id}`);
    if (!user) {
      violate('CR-03 whoever holds a credit is in the directory', short(id));
      return;
    }
    if (user.erasedAt === undefined) {
      const guard = rowOf<{ userId: string }>(
        system,
        'partners',
        partnerId,
        userEmailRow(user.email),
      );
      if (guard?.userId !== id) violate('CR-03 one user an address', `${short(id)} ${user.email}`);
    }
    const held = rowsOf<CreditRow | ProductRow>(system, partnerId, 'benefit|').filter(
      (one): one is CreditRow => one.category === 'azure-credit' && one.assignment?.userId === id,
    );
    const soon = new Date(system.scheduler.time() + apart).toISOString();
    const running = held.filter((one) => endedAt(one) === undefined && expiresAt(one) > soon);
    for (const credit of running) {
      const { cap } = termsOf[credit.terms];
      const beside = running.filter(
        ({ kind }) => cap.over === 'all-kinds' || kind === credit.kind,
      ).length;
      const most = cap.over === 'all-kinds' ? cap.count : (cap.counts[credit.kind] ?? Infinity);
      // An edition judges when a credit of it is assigned: one of the other may have come later.
      const all = running.every(({ terms }) => terms === credit.terms);
      if (beside > most && all) violate('CR-05 caps hold', `${short(id)} holds ${beside}`);
    }
    const holds = user.holds.filter(({ until }) => until > soon);
    const wanted = running.map((one) => `${one.id} ${expiresAt(one)}`).sort();
    const kept = holds.map(({ benefitId, until }) => `${benefitId} ${until}`).sort();
    if (wanted.join() !== kept.join())
      violate('CR-05 holds are what is held', `${short(id)}: ${kept.length} of ${wanted.length}`);
  }

  function checkMembership(membership: Membership | undefined): void {
    for (const id of membership?.terms.flatMap(({ benefitIds }) => benefitIds) ?? [])
      if (!system.tables.get('partners', partnerId, `benefit|${id}`))
        violate('PR-01 a membership awards what it names', short(id));
  }
};
