/** Memberships: starting one, renewing it, and awarding a single benefit beside the set (PR-01, PR-02). */
import { insertProduct } from '../cloud-services/rows.ts';
import { decide as decideCredit, provision } from '../credits/decide.ts';
import { insertCredit, replaceCredit, type CreditWrites } from '../credits/rows.ts';
import { settledCredit } from '../credits/settle-service.ts';
import { expiresAt, type CreditState } from '../credits/state.ts';
import { defaultEdition, type Edition } from '../credits/terms.ts';
import { addYears, dateOf, type DateOnly, type Instant } from '../platform/calendar.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { newId } from '../platform/ids.ts';
import type { Actor } from '../platform/identity.ts';
import { parseAmount, type Money } from '../platform/money.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { catalogueOf, membershipTypeOf, offerOf, productOf } from './catalogue.ts';
import {
  maxBenefitsPerMembership,
  maxMonthlyCreditsPerTerm,
  type CreditKind,
} from './catalogue-schema.ts';
import { holdsWrite, readPartner, readUserRow } from './directory.ts';
import {
  benefitsOf,
  bulkYear,
  membershipEnd,
  membershipId,
  type BenefitSpec,
} from './membership.ts';
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

/** Exclusive: the end of the latest term. */
function endOf({ startDate, terms }: Membership): DateOnly {
  return membershipEnd(startDate, terms.length - 1);
}

function readMembership(runtime: Runtime, partnerId: string, id: string) {
  return runtime.tables.get('partners', membershipSchema, partnerId, membershipRow(id));
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
  const { runtime, now, actor } = call;
  const catalogue = await catalogueOf(runtime);
  const type = membershipTypeOf(catalogue, input.type);
  if (!type) {
    const known = catalogue.membershipTypes.map(({ id }) => id).join(', ');
    throw invalid('type', `is not in the catalogue; it has ${known}`);
  }
  if (input.startDate > dateOf(now)) throw invalid('startDate', 'must be today or earlier, in UTC');
  const id = membershipId(partnerId, type.id, input.startDate);
  const read = () => readMembership(runtime, partnerId, id);
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => (await Promise.all([readPartner(runtime, partnerId), read()]))[1],
    decide(existing) {
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
 * running moves with it (PR-02, CR-11), all in one transaction. Possible before the end only.
 * @throws RefusalError NotFound, BenefitExpired once the membership has ended
 */
export async function renewMembership(
  call: CommandCall,
  partnerId: string,
  id: string,
): Promise<Membership> {
  const { runtime, now, actor } = call;
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
      if (dateOf(now) >= endOf(row.value)) return { row, running: [] };
      return { row, running: await readBoundCredits(runtime, partnerId, row.value, now) };
    },
    // A renewal that was overtaken by another one must not add a second year.
    sameAim: (first, again) => first.row.value.terms.length === again.row.value.terms.length,
    decide({ row, running }) {
      const membership = row.value;
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

export type AwardInput = {
  membershipId: string;
  kind?: CreditKind | undefined;
  amount?: Money | undefined;
  terms?: Edition | undefined;
  productId?: string | undefined;
  licenses?: number | undefined;
  activateBy?: DateOnly | undefined;
};

/**
 * Awards one benefit beside the set (PR-01). A bulk credit's year starts on the day of the award.
 * @returns the benefit's id
 * @throws RefusalError NotFound (partner, or target membershipId), InvalidRequest, BenefitExpired
 */
export async function awardBenefit(
  call: CommandCall,
  partnerId: string,
  input: AwardInput,
): Promise<string> {
  const { runtime, now, actor } = call;
  const catalogue = await catalogueOf(runtime);
  const product = input.productId ? productOf(catalogue, input.productId) : undefined;
  if (input.productId && !product) throw invalid('productId', 'is not in the catalogue');
  const today = dateOf(now);
  // A repeated request finds its record; the id is random since two awards of the same are two benefits.
  const id = newId();
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, row] = await Promise.all([
        readPartner(runtime, partnerId),
        readMembership(runtime, partnerId, input.membershipId),
      ]);
      return row;
    },
    decide(row) {
      if (!row) throw new RefusalError(notFound('membershipId'));
      const membership = row.value;
      const end = endOf(membership);
      if (today >= end)
        throw new RefusalError(
          refuse('BenefitExpired', `The membership ended on ${end}. Start a new one first.`),
        );
      if (input.activateBy && (input.activateBy <= today || input.activateBy > end))
        throw invalid(
          'activateBy',
          `must be after today and not after ${end}, the membership's end`,
        );
      const spec: BenefitSpec = product
        ? {
            id,
            category: 'cloud-service',
            productId: product.id,
            name: product.name,
            licenses: input.licenses ?? 1,
            activateBy: input.activateBy ?? end,
            usageRightsUntil: end,
          }
        : {
            id,
            category: 'azure-credit',
            kind: input.kind!,
            name: offerOf(catalogue, input.kind!).name,
            amountCents: parseAmount(input.amount!.amount, input.amount!.currency)!,
            currency: input.amount!.currency,
            redeemBy: end,
            ...(input.kind === 'azure-monthly' ? {} : bulkYear(today)),
          };
      const awarded = withBenefit(membership, spec);
      const edition = input.terms ?? awarded.edition;
      const award = awardWrites(partnerId, { ...awarded, edition }, [spec], now, actor);
      return {
        result: id,
        resourceId: id,
        due: award.due,
        writes: [
          {
            op: 'replace',
            rowKey: row.rowKey,
            etag: row.etag,
            schema: membershipSchema,
            value: awarded,
          },
          ...award.writes,
        ],
      };
    },
    repeat: async (resourceId) => resourceId ?? '',
  });
}

/** The membership with one more term and its set. */
function withTerm(
  membership: Membership,
  set: readonly BenefitSpec[],
  now: Instant,
  actor: Actor,
): Membership {
  const { startDate, terms, version } = membership;
  return {
    ...membership,
    version: version + 1,
    terms: [
      ...terms,
      {
        startDate: addYears(startDate, terms.length),
        endDate: membershipEnd(startDate, terms.length),
        awardedAt: now,
        awardedBy: actor,
        benefitIds: set.map(({ id }) => id),
        monthlyCredits: set.filter(isMonthlySpec).length,
      },
    ],
  };
}

const isMonthlySpec = (spec: BenefitSpec) =>
  spec.category === 'azure-credit' && spec.kind === 'azure-monthly';

/** The membership with one more benefit in its latest term. @throws RefusalError when the term is full */
function withBenefit(membership: Membership, spec: BenefitSpec): Membership {
  const term = membership.terms.at(-1)!;
  const monthlyCredits = term.monthlyCredits + (isMonthlySpec(spec) ? 1 : 0);
  if (term.benefitIds.length >= maxBenefitsPerMembership)
    throw invalid(
      'membershipId',
      `holds ${maxBenefitsPerMembership} benefits, the most there can be`,
    );
  if (monthlyCredits > maxMonthlyCreditsPerTerm)
    throw invalid(
      'membershipId',
      `holds ${maxMonthlyCreditsPerTerm} monthly credits, the most there can be`,
    );
  const latest = { ...term, monthlyCredits, benefitIds: [...term.benefitIds, spec.id] };
  return {
    ...membership,
    version: membership.version + 1,
    terms: [...membership.terms.slice(0, -1), latest],
  };
}

function awardWrites(
  partnerId: string,
  membership: Membership,
  specs: readonly BenefitSpec[],
  now: Instant,
  actor: Actor,
): CreditWrites {
  const { id: membershipId, type, program, edition } = membership;
  const written = specs.map((spec): CreditWrites => {
    if (spec.category === 'azure-credit') {
      const { category: _category, ...credit } = spec;
      const facts = { partnerId, membershipId, program, terms: edition };
      const bound = { membershipEnd: endOf(membership) };
      return insertCredit(provision({ ...credit, ...facts, ...bound }, now, actor));
    }
    const product = {
      id: spec.id,
      partnerId,
      membershipId,
      membershipType: type,
      program,
      terms: edition,
      productId: spec.productId,
      productName: spec.name,
      licenses: spec.licenses,
      activateBy: spec.activateBy,
      usageRightsUntil: spec.usageRightsUntil,
      provisionedAt: now,
    };
    return insertProduct(product, actor);
  });
  return {
    writes: written.flatMap(({ writes }) => writes),
    due: written.flatMap(({ due }) => due),
  };
}

function found(row: Row<Membership> | undefined): Membership {
  if (!row) throw new RefusalError(notFound());
  return row.value;
}

function invalid(target: string, message: string): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', `The request is not valid: ${target} ${message}.`, {
      target,
      details: [{ code: 'InvalidField', target, message }],
    }),
  );
}
