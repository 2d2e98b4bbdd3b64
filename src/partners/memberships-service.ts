/** Memberships: starting one and renewing it (PR-01, PR-02). */
import { decide as decideCredit } from '../credits/decide.ts';
import { replaceCredit, type CreditWrites } from '../credits/rows.ts';
import { settledCredit } from '../credits/settle-service.ts';
import { expiresAt, type CreditState } from '../credits/state.ts';
import { defaultEdition, type Edition } from '../credits/terms.ts';
import { dateOf, type DateOnly, type Instant } from '../platform/calendar.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import type { Actor } from '../platform/identity.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { awardedAt, awardWrites, endOf, invalid, readMembership, withTerm } from './awards.ts';
import { catalogueOf, membershipTypeOf } from './catalogue.ts';
import { holdsWrite, readPartner, readUserRow } from './directory.ts';
import { benefitsOf, membershipId } from './membership.ts';
import { membershipRow, membershipSchema, userSchema, type Membership, type User } from './rows.ts';

/** A membership as answered, with the benefits of all its terms or, at an award, of the latest. */
export function membershipView(membership: Membership, which: 'all' | 'latest') {
  const { id, type, program, edition, startDate, terms } = membership;
  const latest = terms.slice(-1);
  return {
    id,
    type,
    program,
    terms: edition,
    startDate,
    endDate: endOf(membership),
    benefitIds: (which === 'all' ? terms : latest).flatMap((term) => term.benefitIds),
  };
}

/** Lists a partner's memberships. @throws RefusalError NotFound */
export async function listMemberships(
  runtime: Runtime,
  partnerId: string,
  query: { maxpagesize: number; continuationToken?: string | undefined },
) {
  const prefix = membershipRow('');
  const [, page] = await Promise.all([
    readPartner(runtime, partnerId),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', membershipSchema, partnerId, { prefix, after, size }),
      continuationKey(query.continuationToken, prefix),
      query.maxpagesize,
      (membership) => membership,
    ),
  ]);
  return page;
}

/**
 * Starts a membership and awards its type's set, once: ids follow from partner, type and date, so a second start of
 * the same answers the first.
 * @throws RefusalError InvalidRequest for an unknown type or a start after today; NotFound
 */
export async function startMembership(
  call: CommandCall,
  partnerId: string,
  input: { type: string; startDate: DateOnly; terms?: Edition | undefined },
): Promise<Membership> {
  const { runtime, actor } = call;
  const catalogue = await catalogueOf(runtime);
  const type = membershipTypeOf(catalogue, input.type);
  if (!type) {
    const known = catalogue.membershipTypes.map(({ id }) => id).join(', ');
    throw invalid('type', `is not in the catalogue; it has ${known}`);
  }
  if (input.startDate > dateOf(call.now))
    throw invalid('startDate', 'must be today or earlier, in UTC');
  const id = membershipId(partnerId, type.id, input.startDate);
  const read = () => readMembership(runtime, partnerId, id);
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => (await Promise.all([readPartner(runtime, partnerId), read()]))[1],
    decide(existing, now) {
      if (existing) return { result: firstTermOf(existing.value), writes: [] };
      const membership: Membership = {
        id,
        type: type.id,
        program: type.program,
        edition: input.terms ?? defaultEdition,
        startDate: input.startDate,
        terms: [],
        version: 0,
      };
      const set = benefitsOf(catalogue, type, { id, startDate: input.startDate, term: 0 });
      const awarded = withTerm(membership, set, now, actor);
      const { writes, due } = awardWrites(partnerId, awarded, set, now, actor);
      return {
        result: awarded,
        resourceId: id,
        due,
        writes: [
          { op: 'insert', rowKey: membershipRow(id), schema: membershipSchema, value: awarded },
          ...writes,
        ],
      };
    },
    repeat: async () => firstTermOf(found(await read())),
  });
}

/** The membership as its start answered it: what was renewed or awarded since is left out. */
function firstTermOf(membership: Membership): Membership {
  return { ...membership, terms: membership.terms.slice(0, 1) };
}

/**
 * Renews a membership: its end moves on by a year, a new set is awarded, and the bound of the monthly credits that are
 * running moves with it (PR-02, CR-11), all in one transaction. Possible before the end only, and not once an instance
 * whose clock is ahead has gone over it: a credit may have expired since, or its holder been given another (CR-05).
 * @throws RefusalError NotFound, BenefitExpired once the membership has ended
 */
export async function renewMembership(
  call: CommandCall,
  partnerId: string,
  id: string,
): Promise<Membership> {
  const { runtime, actor } = call;
  const catalogue = await catalogueOf(runtime);
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, row] = await Promise.all([
        readPartner(runtime, partnerId),
        readMembership(runtime, partnerId, id),
      ]);
      if (!row) throw new RefusalError(notFound());
      // Refused below; writing down what time has done would leave something written.
      const now = judgedAt(call.now, awardedAt(row.value));
      const over = dateOf(now) >= endOf(row.value);
      return {
        row,
        running: over ? [] : await readBoundCredits(runtime, partnerId, row.value, now),
      };
    },
    // A renewal that was overtaken by another one must not add a second year.
    sameAim: (first, again) => first.row.value.terms.length === again.row.value.terms.length,
    decide({ row, running }, present) {
      const membership = row.value;
      const now = judgedAt(
        present,
        awardedAt(membership),
        ...running.flatMap(({ credit, holder }) => [credit.value.lastAt, holder?.value.holdsAt]),
      );
      if (dateOf(now) >= endOf(membership))
        throw new RefusalError(
          refuse(
            'BenefitExpired',
            `The membership ended on ${endOf(membership)}. Start a new membership instead.`,
          ),
        );
      const type = membershipTypeOf(catalogue, membership.type);
      if (!type)
        throw new RefusalError(
          refuse('InvalidRequest', 'The catalogue has this membership type no longer.'),
        );
      const { startDate, terms } = membership;
      const set = benefitsOf(catalogue, type, { id, startDate, term: terms.length });
      const renewed = withTerm(membership, set, now, actor);
      const award = awardWrites(partnerId, renewed, set, now, actor);
      const bounds = boundWrites(running, endOf(renewed), now, actor);
      return {
        result: renewed,
        resourceId: id,
        due: [...award.due, ...bounds.due],
        writes: [
          {
            op: 'replace',
            rowKey: row.rowKey,
            etag: row.etag,
            schema: membershipSchema,
            value: renewed,
          },
          ...award.writes,
          ...bounds.writes,
        ],
      };
    },
    repeat: async () => found(await readMembership(runtime, partnerId, id)),
  });
}

type Bound = { credit: Row<CreditState>; holder: Row<User> | undefined };

/** The monthly credits whose bound a renewal moves, with their holders: those of the last two terms at most. */
async function readBoundCredits(
  runtime: Runtime,
  partnerId: string,
  membership: Membership,
  now: Instant,
): Promise<Bound[]> {
  const ids = membership.terms
    .slice(-2)
    .filter((term) => term.monthlyCredits > 0)
    .flatMap((term) => term.benefitIds);
  // What time has done is written down first, by itself: months of it would not fit the renewal's transaction.
  const credits = await Promise.all(ids.map((id) => settledCredit(runtime, partnerId, id, now)));
  const monthly = credits.filter((credit) => credit?.value.kind === 'azure-monthly');
  return Promise.all(
    monthly.map(async (credit) => {
      const userId = credit!.value.assignment?.userId;
      const holder = userId ? await readUserRow(runtime, partnerId, userId) : undefined;
      return { credit: credit!, holder };
    }),
  );
}

function boundWrites(
  running: Bound[],
  membershipEnd: DateOnly,
  now: Instant,
  actor: Actor,
): CreditWrites {
  const writes: CreditWrites['writes'] = [];
  const due: Due[] = [];
  const holders = new Map<string, Row<User>>();
  for (const { credit, holder } of running) {
    const command = { type: 'extend-membership' as const, membershipEnd };
    const decision = decideCredit(credit.value, command, now, actor);
    if ('refusal' in decision || decision.state === credit.value) continue;
    const { state } = decision;
    const written = replaceCredit(credit, decision);
    writes.push(...written.writes);
    due.push(...written.due);
    if (!holder) continue;
    const known = holders.get(holder.rowKey) ?? holder;
    const until = expiresAt(state);
    const write = holdsWrite(
      known,
      state.id,
      { benefitId: state.id, kind: state.kind, until },
      now,
    );
    holders.set(holder.rowKey, { ...known, value: (write as { value: User }).value });
  }
  for (const { rowKey, etag, value } of holders.values())
    writes.push({ op: 'replace', rowKey, etag, schema: userSchema, value });
  return { writes, due };
}

function found(row: Row<Membership> | undefined): Membership {
  if (!row) throw new RefusalError(notFound());
  return row.value;
}
