/** A partner's directory of users: adding, searching, correcting and erasing them (CR-03). */
import { readCreditsOf } from '../credits/rows.ts';
import type { CreditState } from '../credits/state.ts';
import { execute, type Command, type Plan } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import {
  countOneLess,
  countOneMore,
  readHeadCount,
  type HeadCount,
} from '../platform/head-count.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { newId } from '../platform/ids.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { commitMark } from '../platform/proof.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { copiesDue, copiesOf, finishCopies } from './contact-copies.ts';
import { readPartner, readUserRow } from './directory.ts';
import { foldEmail, mailDomainRefusal, normaliseEmail } from './mail-domain.ts';
import { userEmailRow, userEmailSchema, userRow, userSchema, type User } from './rows.ts';

export type Contact = { email: string; displayName: string };

/** A user as answered. */
export function userView({ id, email, displayName }: User) {
  return { id, email, displayName };
}

/** A new user of the directory, holding nothing. */
export function newUser(contact: Contact, now: string): User {
  return { id: newId(), ...contact, holds: [], addedAt: now, version: 1 };
}

/**
 * The writes that add a user; the guard row keeps an address, however spelled, to one user (PR-07).
 * @throws RefusalError UserLimitReached
 */
export function userWrites(user: User, users: HeadCount): Write[] {
  return [
    { op: 'insert', rowKey: userRow(user.id), schema: userSchema, value: user, proof: 'key' },
    guardWrite(user),
    countOneMore(users),
  ];
}

function guardWrite(user: User): Write {
  const value = { userId: user.id };
  return { op: 'insert', rowKey: userEmailRow(user.email), schema: userEmailSchema, value };
}

/** The id of the user with an address, in whichever spelling (PR-07); undefined when nobody has it. */
export async function userIdOf(
  runtime: Runtime,
  partnerId: string,
  email: string,
): Promise<string | undefined> {
  const guard = await runtime.tables.get(
    'partners',
    userEmailSchema,
    partnerId,
    userEmailRow(email),
  );
  return guard?.value.userId;
}

/** The refusal of adding an address that the directory has. */
export function userExists(userId: string): RefusalError {
  return new RefusalError(
    refuse('UserExists', `A user with this address is in the directory: use userId ${userId}.`, {
      target: 'email',
    }),
  );
}

/**
 * Adds a user to the directory. Anybody well-formed may be in it: the domain rules bind at assignment.
 * @throws RefusalError UserExists, UserLimitReached, NotFound (partner)
 */
export async function addUser(
  call: CommandCall,
  partnerId: string,
  contact: Contact,
): Promise<User> {
  const { runtime, now } = call;
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, existing, users] = await Promise.all([
        readPartner(runtime, partnerId),
        userIdOf(runtime, partnerId, contact.email),
        readHeadCount(runtime, partnerId, 'users'),
      ]);
      return { existing, users };
    },
    decide({ existing, users }) {
      if (existing) throw userExists(existing);
      const user = newUser(contact, now);
      return { result: user, resourceId: user.id, writes: userWrites(user, users) };
    },
    repeat: (id) => userAsIs(runtime, partnerId, id ?? ''),
  });
}

/** What a repeated request is answered: the user as it is now, blank where it was erased since. */
async function userAsIs(runtime: Runtime, partnerId: string, userId: string): Promise<User> {
  const row = await readUserRow(runtime, partnerId, userId);
  if (!row) throw new RefusalError(notFound());
  return row.value;
}

/**
 * Lists users whose name or address holds the search text, erased ones left out (CR-03). A whole address finds its user
 * in whichever spelling (PR-07).
 * @throws RefusalError NotFound
 */
export async function listUsers(
  runtime: Runtime,
  partnerId: string,
  query: {
    search?: string | undefined;
    maxpagesize: number;
    continuationToken?: string | undefined;
  },
) {
  const [, page] = await Promise.all([
    readPartner(runtime, partnerId),
    searchUsers(runtime, partnerId, query),
  ]);
  return page;
}

/** The users of a page whose name or address holds the search text. */
export function searchUsers(
  runtime: Runtime,
  partnerId: string,
  query: {
    search?: string | undefined;
    maxpagesize: number;
    continuationToken?: string | undefined;
  },
) {
  const prefix = userRow('');
  const sought = query.search?.toLowerCase();
  const address = normaliseEmail(query.search ?? '');
  const person = address === undefined ? undefined : foldEmail(address);
  return fullPage(
    (after, size) =>
      runtime.tables.page('partners', userSchema, partnerId, { prefix, after, size }),
    continuationKey(query.continuationToken, prefix),
    query.maxpagesize,
    (user) => {
      if (user.erasedAt !== undefined) return undefined;
      const texts = [user.displayName.toLowerCase(), user.email];
      const found =
        !sought || texts.some((text) => text.includes(sought)) || foldEmail(user.email) === person;
      return found ? user : undefined;
    },
    Boolean(sought),
  );
}

type Held = { user: Row<User>; credits: Row<CreditState>[] };

/**
 * A user and every credit whose snapshot carries a copy of its name: ended ones do too, and no index knows them. The
 * credits are read after the user: one given to it in between changes the user's row, and the commit is refused.
 */
async function readWithCredits(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<Held | undefined> {
  const user = await readUserRow(runtime, partnerId, userId);
  return user && { user, credits: await readCreditsOf(runtime, partnerId, userId) };
}

/** What a user becomes, and whether copies of its name are behind once that is committed. */
type Changed<R> = { result: R; behind: boolean };

/**
 * The plan that makes a user another: the user's row with what stands beside it and as many of the copies on credits as
 * the commit takes. For the rest the schedule is told ahead.
 */
function changePlan<R>(
  { user, credits }: Held,
  changed: User,
  beside: readonly Write[],
  result: R,
  now: string,
): Plan<Changed<R>> {
  const { rowKey, etag } = user;
  const [first, ...rest] = copiesOf(changed, credits, now);
  const behind = rest.length > 0;
  return {
    result: { result, behind },
    resourceId: changed.id,
    writes: [
      { op: 'replace', rowKey, etag, schema: userSchema, value: changed },
      commitMark(rowKey, changed.version),
      ...beside,
      ...(first?.writes ?? []),
    ],
    due: [...(first?.due ?? []), ...(behind ? [copiesDue(user, now)] : [])],
  };
}

/** The plan for a user that is as asked already: an earlier request may have left copies behind. */
function asItIs<R>(held: Held | undefined, result: R, now: string): Plan<Changed<R>> {
  const behind = held !== undefined && copiesOf(held.user.value, held.credits, now).length > 0;
  return { result: { result, behind }, writes: [] };
}

/** Carries out a change of a user, and then what is behind of the copies. */
async function change<S, R>(
  runtime: Runtime,
  userId: string,
  command: Command<S, Changed<R>>,
): Promise<R> {
  const { result, behind } = await execute(runtime, command);
  if (behind) await finishCopies(runtime, command.partnerId, userId);
  return result;
}

/**
 * Corrects a user's address or name, and with it the copies on the credits held, however many. An address that could
 * not be given the credits now held is refused, so that a correction is no way round CR-04. With another address the
 * links sent before are dead: emails sent again have new ones. Where the copies could not be finished the request is
 * refused all the same: sent again it finishes them, and so does the daily sweep.
 * @throws RefusalError NotFound, UserExists, FreeEmailDomain, OutsideCompanyDomains, ConcurrentChange
 */
export async function changeUser(
  call: CommandCall,
  partnerId: string,
  userId: string,
  patch: { email?: string | undefined; displayName?: string | undefined },
): Promise<User> {
  const { runtime, now } = call;
  return change(runtime, userId, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [partner, held, other] = await Promise.all([
        readPartner(runtime, partnerId),
        readWithCredits(runtime, partnerId, userId),
        patch.email === undefined ? undefined : userIdOf(runtime, partnerId, patch.email),
      ]);
      return { partner, held, other };
    },
    async decide({ partner, held, other }): Promise<Plan<Changed<User>>> {
      if (!held || held.user.value.erasedAt !== undefined) throw new RefusalError(notFound());
      const user = held.user.value;
      if (other !== undefined && other !== userId) throw userExists(other);
      const email = patch.email ?? user.email;
      const displayName = patch.displayName ?? user.displayName;
      if (email === user.email && displayName === user.displayName) return asItIs(held, user, now);
      const at = judgedAt(now, user.holdsAt);
      const holdsAny = user.holds.some((hold) => hold.until > at);
      if (email !== user.email && holdsAny) {
        const refusal = await mailDomainRefusal(email, partner.value.domains);
        if (refusal) throw new RefusalError(refusal);
      }
      const changed = { ...user, email, displayName, version: user.version + 1 };
      // Another spelling of the same address keeps its guard, which one transaction cannot both delete and insert.
      const moves = foldEmail(email) !== foldEmail(user.email);
      const beside: Write[] = moves
        ? [{ op: 'delete', rowKey: userEmailRow(user.email) }, guardWrite(changed)]
        : [];
      return changePlan(held, changed, beside, changed, now);
    },
    repeat: async () => ({
      result: await userAsIs(runtime, partnerId, userId),
      behind: true,
    }),
  });
}

/**
 * Erases a user: name and address are redacted in the directory and on the credits held, however many; histories keep
 * the id. What the user holds stays held, but its links are dead. Another user can be added in its place. Erasing who
 * is not there changes nothing; erasing who is erased redacts what an erasure that was broken off has left, as the daily
 * sweep does.
 * @throws RefusalError NotFound (partner), ConcurrentChange
 */
export async function eraseUser(
  call: CommandCall,
  partnerId: string,
  userId: string,
): Promise<void> {
  const { runtime, now } = call;
  await change(runtime, userId, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, held, users] = await Promise.all([
        readPartner(runtime, partnerId),
        readWithCredits(runtime, partnerId, userId),
        readHeadCount(runtime, partnerId, 'users'),
      ]);
      return { held, users };
    },
    decide({ held, users }) {
      if (!held || held.user.value.erasedAt !== undefined) return asItIs(held, undefined, now);
      const user = held.user.value;
      const erased = {
        ...user,
        email: '',
        displayName: '',
        erasedAt: now,
        version: user.version + 1,
      };
      const beside: Write[] = [
        { op: 'delete', rowKey: userEmailRow(user.email) },
        ...countOneLess(users),
      ];
      return changePlan(held, erased, beside, undefined, now);
    },
    repeat: async () => ({ result: undefined, behind: true }),
  });
}
