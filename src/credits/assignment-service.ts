/** Giving a credit to a user, taking it away, and sending its mail again (CR-03 … CR-08). */
import { holdsWrite, readUser, readUserRow } from '../partners/directory.ts';
import { mailDomainRefusal } from '../partners/mail-domain.ts';
import type { Partner, User } from '../partners/rows.ts';
import {
  newUser,
  userExists,
  userIdOf,
  userWrites,
  type Contact,
} from '../partners/users-service.ts';
import { addNotice } from '../notices/outbox.ts';
import type { Instant } from '../platform/calendar.ts';
import { execute, type Plan } from '../platform/command.ts';
import { readHeadCount, type HeadCount } from '../platform/head-count.ts';
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { newId } from '../platform/ids.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { notFound, RefusalError, type Refusal } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { decide, type CreditCommand } from './decide.ts';
import { capRefusal } from './eligibility.ts';
import type { Evolved } from './evolve.ts';
import { getCredit, loadCredit } from './load.ts';
import { resendRefusal } from './guards.ts';
import { countResend, readResends } from './resends.ts';
import { replaceCredit } from './rows.ts';
import { settle } from './settle.ts';
import { expiresAt, type CreditState } from './state.ts';

export type AssignInput = { userId?: string | undefined; newUser?: Contact | undefined };

/**
 * Decides a command by the pure core, with the version that If-Match named.
 * @throws RefusalError what the core refuses, PreconditionFailed
 */
export function decideOn(
  call: Pick<CommandCall, 'now' | 'actor' | 'ifMatch'>,
  state: CreditState,
  command: CreditCommand,
): Evolved {
  const { version } = settle(state, call.now).state;
  const named = checkIfMatch(call.ifMatch, version);
  const decision = decide(
    state,
    named ? { ...command, expectedVersion: version } : command,
    call.now,
    call.actor,
  );
  if ('refusal' in decision) throw new RefusalError(decision.refusal);
  return decision;
}

/** Why a user may not be given a credit: the user's mail domain (CR-04), then what the user holds (CR-05). */
export async function userRefusal(
  credit: CreditState,
  user: Pick<User, 'email' | 'holds' | 'holdsAt'>,
  partner: Partner,
  now: Instant,
): Promise<Refusal | undefined> {
  return (
    (await mailDomainRefusal(user.email, partner.domains)) ??
    capRefusal(
      credit.terms,
      credit.kind,
      user.holds,
      credit.id,
      judgedAt(now, credit.lastAt, user.holdsAt),
    )
  );
}

type Loaded = {
  partner: Row<Partner>;
  credit: Row<CreditState>;
  /** The user to assign to, where it is in the directory. */
  user: Row<User> | undefined;
  /** The id of the user who has the new user's address already. */
  existing: string | undefined;
  /** How many users there are, where one may be added. */
  users: HeadCount | undefined;
};

/**
 * Assigns a credit to one user of the directory, or adds the user and assigns in one commit, and sends the mail
 * (CR-03, CR-08). Naming the present holder changes nothing.
 * @throws RefusalError NotFound (target `userId` for an unknown user), UserExists, UserLimitReached, FreeEmailDomain,
 * OutsideCompanyDomains, UserHasActiveCredit, HoldLimitReached, AlreadyAssigned, ReassignmentNotAllowed, ReassignmentLimitReached,
 * BenefitExpired, PreconditionFailed, ConcurrentChange
 */
export async function assignCredit(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
  input: AssignInput,
): Promise<CreditState> {
  const { runtime, now } = call;
  const load = async (): Promise<Loaded> => {
    const [{ partner, credit }, user, existing, users] = await Promise.all([
      loadCredit(runtime, partnerId, benefitId),
      input.userId ? readUser(runtime, partnerId, input.userId) : undefined,
      input.newUser ? userIdOf(runtime, partnerId, input.newUser.email) : undefined,
      input.newUser ? readHeadCount(runtime, partnerId, 'users') : undefined,
    ]);
    return { partner, credit, user, existing, users };
  };
  const assignmentId = newId();
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load,
    decide: (loaded, now) => planAssignment({ ...call, now }, input, assignmentId, loaded),
    repeat: () => getCredit(runtime, partnerId, benefitId, now),
  });
}

async function planAssignment(
  call: CommandCall,
  input: AssignInput,
  assignmentId: string,
  loaded: Loaded,
): Promise<Plan<CreditState>> {
  const { runtime } = call;
  const { partner, credit, existing } = loaded;
  const added = input.newUser && newUser(input.newUser, call.now);
  const user = added ?? loaded.user?.value;
  if (!user) throw new RefusalError(notFound('userId'));
  const now = judgedAt(call.now, credit.value.lastAt, user.holdsAt);
  const present = credit.value.assignment?.userId;
  if (existing !== undefined && existing !== present) throw userExists(existing);
  const userId = existing ?? user.id;

  const { email, displayName } = user;
  const command = { type: 'assign' as const, assignmentId, userId, email, displayName };
  const evolved = decideOn({ ...call, now }, credit.value, command);
  const { state } = evolved;
  if (state.assignment?.id !== assignmentId) return { result: state, writes: [] };
  const refusal = await userRefusal(state, user, partner.value, now);
  if (refusal) throw new RefusalError(refusal);

  const hold = { benefitId: state.id, kind: state.kind, until: expiresAt(state) };
  const notice = assignmentNotice(runtime, assignmentId, state, now);
  const { writes, due } = replaceCredit(credit, evolved);
  return {
    result: state,
    resourceId: state.id,
    due,
    writes: [
      ...writes,
      ...(added
        ? userWrites({ ...added, holds: [hold], holdsAt: now }, loaded.users!)
        : [holdsWrite(loaded.user!, state.id, hold, now)]),
      notice.write,
    ],
    // Whom it is taken from is known once the credit is read: read beside the index row, it costs no wait of its own.
    alsoWrites: async () => {
      const holder = present && (await readUserRow(runtime, credit.partitionKey, present));
      return holder ? [holdsWrite(holder, state.id, undefined, now)] : [];
    },
    ahead: [notice.ahead],
    after: [notice.after],
  };
}

/** The notice of an assignment's mail: the first has the assignment's id, a resend is a new one. */
function assignmentNotice(runtime: Runtime, noticeId: string, state: CreditState, now: Instant) {
  const { id: assignmentId, userId } = state.assignment!;
  return addNotice(
    runtime,
    state.partnerId,
    {
      id: noticeId,
      kind: 'assignment',
      queue: 'notices',
      benefitId: state.id,
      assignmentId,
      userId,
    },
    now,
  );
}

/**
 * Takes a monthly credit from its holder; the link of its mail is dead at once (CR-06, CR-08). Taking away what nobody
 * holds changes nothing.
 * @throws RefusalError NotFound, ReassignmentNotAllowed, BenefitExpired, PreconditionFailed, ConcurrentChange
 */
export async function unassignCredit(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<void> {
  const { runtime } = call;
  await execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const { credit } = await loadCredit(runtime, partnerId, benefitId);
      const holderId = credit.value.assignment?.userId;
      const holder = holderId ? await readUserRow(runtime, partnerId, holderId) : undefined;
      return { credit, holder };
    },
    sameAim: sameAssignment,
    decide({ credit, holder }, now): Plan<void> {
      const evolved = decideOn({ ...call, now }, credit.value, { type: 'unassign' });
      const taken = evolved.events.some((event) => event.type === 'unassigned');
      if (!taken) return { result: undefined, writes: [] };
      const { writes, due } = replaceCredit(credit, evolved);
      if (holder) writes.push(holdsWrite(holder, benefitId, undefined, now));
      return { result: undefined, resourceId: benefitId, writes, due };
    },
    repeat: async () => undefined,
  });
}

/** Whether the credit is held as it was when the command first read it. */
function sameAssignment<L extends { credit: Row<CreditState> }>(first: L, again: L): boolean {
  return first.credit.value.assignment?.id === again.credit.value.assignment?.id;
}

/**
 * Sends the assignment's email again, with the same link (CR-08). The holder's address must still be one that could be
 * given the credit (CR-04).
 * @throws RefusalError NotFound, NotAssigned, BenefitExpired, FreeEmailDomain, OutsideCompanyDomains,
 * PreconditionFailed, TooManyRequests (an email that still waits, 5 a day of the assignment, 60 an hour of the partner),
 * ConcurrentChange
 */
export async function resendMail(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<CreditState> {
  const { runtime, now } = call;
  const noticeId = newId();
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [loaded, resends] = await Promise.all([
        loadCredit(runtime, partnerId, benefitId),
        readResends(runtime, partnerId),
      ]);
      return { ...loaded, resends };
    },
    sameAim: sameAssignment,
    async decide({ partner, credit, resends }, now): Promise<Plan<CreditState>> {
      const before = settle(credit.value, now).state;
      const address = resendRefusal(before) ? undefined : before.assignment?.email;
      const outside =
        address === undefined ? undefined : await mailDomainRefusal(address, partner.value.domains);
      if (outside) throw new RefusalError(outside);
      const command = { type: 'resend-mail' as const, mailId: noticeId };
      const evolved = decideOn({ ...call, now }, credit.value, command);
      const counted = countResend(resends, now);
      if ('refusal' in counted) throw new RefusalError(counted.refusal);
      const notice = assignmentNotice(runtime, noticeId, evolved.state, now);
      const { writes, due } = replaceCredit(credit, evolved);
      return {
        result: evolved.state,
        resourceId: benefitId,
        due,
        writes: [...writes, { ...notice.write, proof: 'key' }, counted.write],
        ahead: [notice.ahead],
        after: [notice.after],
      };
    },
    repeat: () => getCredit(runtime, partnerId, benefitId, now),
  });
}

/**
 * Withdraws a credit that nobody holds (operators).
 * @throws RefusalError NotFound, AlreadyAssigned, BenefitExpired, PreconditionFailed, ConcurrentChange
 */
export async function revokeCredit(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<CreditState> {
  const { runtime, now } = call;
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => loadCredit(runtime, partnerId, benefitId),
    decide({ credit }, now): Plan<CreditState> {
      const evolved = decideOn({ ...call, now }, credit.value, { type: 'revoke' });
      if (evolved.events.length === 0) return { result: evolved.state, writes: [] };
      return {
        result: evolved.state,
        resourceId: benefitId,
        ...replaceCredit(credit, evolved),
      };
    },
    repeat: () => getCredit(runtime, partnerId, benefitId, now),
  });
}
