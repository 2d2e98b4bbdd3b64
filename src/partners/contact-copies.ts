/**
 * The copies of a user's name and address that stand on the credits held, ended ones included. The user's row is the
 * truth: it changes first, and the copies follow in as many commits as it takes. The schedule says ahead which user's
 * copies may be behind; whoever finishes them, the command, the same command sent again or the sweep, finds out from the
 * rows themselves.
 */
import { decide as decideCredit } from '../credits/decide.ts';
import { time } from '../credits/events.ts';
import { readCreditsOf, replaceCredit, type CreditWrites } from '../credits/rows.ts';
import type { CreditState } from '../credits/state.ts';
import { dateOf, type Instant } from '../platform/calendar.ts';
import { lostRace, patienceMilliseconds, pause } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import { writeAhead, type Due } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { readUserRow } from './directory.ts';
import type { User } from './rows.ts';

/**
 * How many rows of copies one commit takes: a transaction holds 100, and beside them stand the user's row, its address,
 * the number of users and the request's record.
 */
const rowsInACommit = 90;

/**
 * What brings the copies on credits to what the user's row says, in parts that each fit a commit; none where all say so.
 * With another address the links sent before are dead (CR-08).
 */
export function copiesOf(
  user: User,
  credits: readonly Row<CreditState>[],
  now: Instant,
): CreditWrites[] {
  const { id: userId, email, displayName, erasedAt } = user;
  const parts: CreditWrites[] = [];
  for (const credit of credits) {
    const whose = { userId, linkId: newId() };
    const command =
      erasedAt === undefined
        ? { type: 'update-contact' as const, ...whose, email, displayName }
        : { type: 'erase-contact' as const, ...whose };
    const decision = decideCredit(credit.value, command, now, time);
    const { assignment } = credit.value;
    const same = assignment?.email === email && assignment.displayName === displayName;
    if ('refusal' in decision || same || decision.state === credit.value) continue;
    const { writes, due } = replaceCredit(credit, decision);
    const part = parts.at(-1);
    if (part && part.writes.length + writes.length <= rowsInACommit) {
      part.writes.push(...writes);
      part.due.push(...due);
    } else parts.push({ writes, due });
  }
  return parts;
}

/** The schedule's row that says ahead of the user's commit that copies will be behind: `user` is the row it replaces. */
export function copiesDue(user: Row<User>, now: Instant): Due {
  const { partitionKey: partnerId, etag: basis, value } = user;
  return { date: dateOf(now), partnerId, kind: 'user', id: value.id, basis };
}

/**
 * Whether the commit that a schedule's row was written ahead of has landed or never can: the user's row is another one
 * than the commit replaces.
 */
export async function userHasChanged(
  runtime: Runtime,
  partnerId: string,
  userId: string,
  basis: string | undefined,
): Promise<boolean> {
  return (await readUserRow(runtime, partnerId, userId))?.etag !== basis;
}

/**
 * Brings every copy of a user's name and address to what the user's row says, from wherever that was broken off. Each
 * commit holds the user's row to what was read, so that no copy of an earlier name comes after one of a later.
 * @throws RefusalError ServiceUnavailable; ConcurrentChange when races were lost until patience ended. What was written
 * by then stays, and the rest is done by whoever calls next.
 */
export async function finishCopies(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<void> {
  let giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    const user = await readUserRow(runtime, partnerId, userId);
    if (!user) return;
    // Read after the user: a credit given since then has its copy from a later row, and the commits below are refused.
    const credits = await readCreditsOf(runtime, partnerId, userId);
    const parts = copiesOf(user.value, credits, runtime.clock.now());
    const committed = await commitParts(runtime, user, parts);
    if (committed === parts.length) return;
    if (committed > 0) giveUpAt = Date.now() + patienceMilliseconds;
    if (Date.now() > giveUpAt) throw lostRace();
    await pause(attempt);
  }
}

/** Commits parts one after the other until one loses a race; says how many it committed. */
async function commitParts(
  runtime: Runtime,
  { partitionKey: partnerId, rowKey, etag }: Row<User>,
  parts: readonly CreditWrites[],
): Promise<number> {
  let userIs: string | undefined = etag;
  for (const [done, { writes, due }] of parts.entries()) {
    await writeAhead(runtime, due);
    const held = { op: 'touch' as const, rowKey, etag: userIs };
    userIs = await runtime.tables.commitTagged('partners', partnerId, [held, ...writes], newId());
    if (userIs === undefined) return done;
  }
  return parts.length;
}
