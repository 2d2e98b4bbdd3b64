/** Partners: registering them, and reading them (PR-01, PR-04). */
import * as z from 'zod';
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { formatInstant } from '../platform/calendar.ts';
import {
  claim,
  endAttempts,
  readClaim,
  releaseClaim,
  type Claimed,
  type Holder,
  type Standing,
} from '../platform/claims.ts';
import { execute } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import { inParallel } from '../platform/parallel.ts';
import { commitMark } from '../platform/proof.ts';
import { refuse, RefusalError, type Refusal } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { readPartner } from './directory.ts';
import { companyDomainsRefusal } from './mail-domain.ts';
import {
  directoryPartition,
  directorySchema,
  partnerRow,
  partnerSchema,
  registrationRow,
  registrationSchema,
  type Listed,
  type Partner,
} from './rows.ts';

/** Point reads at a time. */
const readsAtOnce = 50;

export type PartnerInput = {
  displayName: string;
  domains: string[];
  tenantIds?: string[] | undefined;
  mpnId?: string | undefined;
  contacts?: string[] | undefined;
};

/** A partner as answered. */
export function partnerView(partner: Partner) {
  const { id, displayName, domains, tenantIds, mpnId, contacts, registeredAt } = partner;
  return {
    id,
    displayName,
    domains,
    tenantIds,
    ...(mpnId === undefined ? {} : { mpnId }),
    contacts,
    registeredAt: formatInstant(registeredAt),
  };
}

/** Reads a partner. @throws RefusalError NotFound */
export async function getPartner(runtime: Runtime, partnerId: string): Promise<Partner> {
  return (await readPartner(runtime, partnerId)).value;
}

/**
 * Registers a partner or replaces its facts. Its tenants are claimed before and given back after, so that a tenant
 * belongs to one partner at every moment (PR-04).
 * @throws RefusalError InvalidRequest for a tenant of another partner or the operator, or a domain that anybody could
 * have an address of; PreconditionFailed
 */
export async function putPartner(
  call: CommandCall,
  partnerId: string,
  input: PartnerInput,
): Promise<{ partner: Partner; created: boolean }> {
  const { runtime, now } = call;
  const refusal =
    operatorTenantRefusal(runtime.config.operatorTenantId, partnerId, input.tenantIds ?? []) ??
    (await companyDomainsRefusal(input.domains));
  if (refusal) throw new RefusalError(refusal);
  const tenantIds = [...new Set([partnerId, ...(input.tenantIds ?? [])])];
  const ahead: Ahead = { claims: [], listings: [] };
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => readRegistration(runtime, partnerId),
    decide({ row, registration }) {
      if (row) checkIfMatch(call.ifMatch, row.value.version);
      else if (call.ifMatch)
        throw new RefusalError(
          refuse('PreconditionFailed', 'There is no such partner yet: leave If-Match out.'),
        );
      const partner: Partner = {
        id: partnerId,
        displayName: input.displayName,
        domains: [...new Set(input.domains)],
        tenantIds,
        ...(input.mpnId === undefined ? {} : { mpnId: input.mpnId }),
        contacts: [...new Set(input.contacts ?? [])],
        registeredAt: row?.value.registeredAt ?? now,
        version: (row?.value.version ?? 0) + 1,
      };
      const write = { rowKey: partnerRow, schema: partnerSchema, value: partner };
      const added = tenantIds.filter((id) => !row?.value.tenantIds.includes(id));
      const dropped = (row?.value.tenantIds ?? []).filter((id) => !tenantIds.includes(id));
      const released: Claimed[] = [];
      return {
        result: { partner, created: !row },
        // Told again when the request is repeated.
        resourceId: row ? 'replaced' : 'created',
        writes: row
          ? [{ op: 'replace', etag: row.etag, ...write }, commitMark(partnerRow, partner.version)]
          : [{ op: 'insert', ...write }, registrationWrite(registration)],
        ahead: [
          () => claimTenants(runtime, partnerId, added, ahead.claims),
          // As read before the commit: of whoever claims one anew meanwhile it stays.
          ...dropped.map((id) => async () => {
            const found = await readClaim(runtime, 'tenant', id);
            if (found?.claim.partnerId === partnerId) released.push(found);
          }),
          ...(row && isListedAs(row.value, partner)
            ? []
            : [async () => ahead.listings.push(await listAhead(runtime, partner, !row))]),
        ],
        undo: () => takeBack(runtime, partnerId, ahead),
        after: [
          // The commit was on condition of the partner as it was read, so that none that kept a tenant comes after it.
          ...(dropped.length === 0
            ? []
            : [() => Promise.all(released.map((claimed) => releaseClaim(runtime, claimed)))]),
          ...(row ? [] : [() => list(runtime, partner, ahead.listings)]),
        ],
      };
    },
    repeat: async (outcome) => ({
      partner: await getPartner(runtime, partnerId),
      created: outcome === 'created',
    }),
  });
}

/** What was written ahead of a commit: claims on tenants, and rows of the directory. */
type Ahead = { claims: Claimed[]; listings: Listing[] };

/** `isOver`: whether it was written over another, which an earlier attempt may count on. */
type Listing = { etag: string; isOver: boolean };

type Registration = {
  row: Row<Partner> | undefined;
  /** What stands for the partner while it has no row of its own. */
  registration: Row<unknown> | undefined;
};

/** Reads a partner that there may be none of yet: one query, since the rows are neighbours. */
async function readRegistration(runtime: Runtime, partnerId: string): Promise<Registration> {
  const { rows } = await runtime.tables.page('partners', z.unknown(), partnerId, {
    prefix: partnerRow,
    upTo: registrationRow,
    size: 2,
  });
  const row = rows.find(({ rowKey }) => rowKey === partnerRow);
  return {
    row: row && { ...row, value: partnerSchema.parse(row.value) },
    registration: rows.find(({ rowKey }) => rowKey === registrationRow),
  };
}

/** Written by each registration, on condition that nobody wrote it since: of several one comes about. */
function registrationWrite(registration: Registration['registration']): Write {
  const content = {
    rowKey: registrationRow,
    schema: registrationSchema,
    value: {},
    proof: 'by' as const,
  };
  return registration
    ? { op: 'replace', etag: registration.etag, ...content }
    : { op: 'insert', ...content };
}

/** The write by which every put of the partner that is under way fails, and is decided again. */
function fenceOf({ row, registration }: Registration): Write {
  const read = row ?? registration;
  if (!read) return registrationWrite(undefined);
  return { op: 'touch', rowKey: read.rowKey, etag: read.etag };
}

/** Roles of the operator's own tenant are the operator's; it belongs to no partner (PR-04). */
function operatorTenantRefusal(
  operatorTenantId: string,
  partnerId: string,
  tenantIds: readonly string[],
): Refusal | undefined {
  const targets = [
    ...(partnerId === operatorTenantId ? ['partnerId'] : []),
    ...tenantIds.flatMap((id, index) => (id === operatorTenantId ? [`tenantIds[${index}]`] : [])),
  ];
  const [target] = targets;
  if (target === undefined) return undefined;
  const message = 'is the operator’s own tenant, which belongs to no partner';
  return refuse('InvalidRequest', 'The operator’s own tenant belongs to no partner.', {
    target,
    details: targets.map((place) => ({ code: 'OperatorTenant', target: place, message })),
  });
}

/**
 * Claims tenants for a partner; `claims` is told of each, whatever becomes of the others.
 * @throws RefusalError InvalidRequest where one is another partner's
 */
async function claimTenants(
  runtime: Runtime,
  partnerId: string,
  tenantIds: readonly string[],
  claims: Claimed[],
): Promise<void> {
  const holder = { partnerId, holderId: partnerId };
  const outcomes = await Promise.all(
    tenantIds.map(async (id) => {
      const outcome = await claim(runtime, 'tenant', id, holder, (other, stalled) =>
        standingOf(runtime, id, other.partnerId, stalled),
      );
      if (typeof outcome === 'object') claims.push(outcome);
      return outcome;
    }),
  );
  const taken = tenantIds.filter((_, i) => typeof outcomes[i] !== 'object');
  if (taken.length === 0) return;
  throw new RefusalError(
    refuse('InvalidRequest', 'A tenant belongs to another partner; see details.', {
      target: 'tenantIds',
      details: taken.map((id) => ({
        code: 'TenantTaken',
        target: 'tenantIds',
        message: `${id} belongs to another partner; a tenant belongs to one`,
      })),
    }),
  );
}

/** What stands behind another partner's claim on a tenant. One that has stalled is made to fail before it is taken over. */
async function standingOf(
  runtime: Runtime,
  tenantId: string,
  partnerId: string,
  stalled: boolean,
): Promise<Standing> {
  const look = async (): Promise<Holder> => {
    const found = await readRegistration(runtime, partnerId);
    return found.row?.value.tenantIds.includes(tenantId) ? 'has-it' : { fence: fenceOf(found) };
  };
  if (stalled) return endAttempts(runtime, partnerId, look);
  return (await look()) === 'has-it' ? 'held' : 'under-way';
}

/**
 * Takes back what was written ahead of a commit that is not to come: claims on what is not the partner's, and the row of
 * the directory where there is no partner. What was written over that of an earlier attempt, which may still be under way,
 * is taken back only once that one must fail, and write it anew; one that came later has written over ours.
 */
async function takeBack(
  runtime: Runtime,
  partnerId: string,
  { claims, listings }: Ahead,
): Promise<void> {
  let unused: Claimed[] = [];
  let unlisted: Listing[] = [];
  const standing = await endAttempts(runtime, partnerId, async () => {
    const found = await readRegistration(runtime, partnerId);
    unused = claims.filter(({ id }) => !found.row?.value.tenantIds.includes(id));
    unlisted = found.row ? [] : listings;
    const isOver = [...unused, ...unlisted].some((one) => one.isOver);
    return { fence: isOver ? fenceOf(found) : undefined };
  });
  if (standing !== 'abandoned') return;
  await Promise.all([
    ...unused.map((claimed) => releaseClaim(runtime, claimed)),
    ...unlisted.map(({ etag }) =>
      runtime.tables.write(
        'directory',
        directoryPartition,
        { op: 'delete', rowKey: partnerId, etag },
        newId(),
      ),
    ),
  ]);
}

function isListedAs(before: Partner, { displayName, domains }: Partner): boolean {
  return before.displayName === displayName && before.domains.join() === domains.join();
}

function listing({ id, displayName, domains }: Partner) {
  return { rowKey: id, schema: directorySchema, value: { id, displayName, domains } };
}

/** Lists a partner before the commit that registers or renames it: until then the partner's own row counts. */
async function listAhead(runtime: Runtime, partner: Partner, isNew: boolean): Promise<Listing> {
  const { value, ...row } = listing(partner);
  const content = { ...row, value: { ...value, pending: true } };
  const write = (op: 'insert' | 'put') =>
    runtime.tables.writeTagged('directory', directoryPartition, { op, ...content }, newId());
  const inserted = isNew ? await write('insert') : undefined;
  const etag = inserted ?? (await write('put')) ?? '';
  return { etag, isOver: inserted === undefined };
}

/** Says that a partner is registered, unless it is being changed already. */
async function list(
  runtime: Runtime,
  partner: Partner,
  listings: readonly Listing[],
): Promise<void> {
  const { etag } = listings.at(-1)!;
  const write = { op: 'replace' as const, ...listing(partner), etag };
  await runtime.tables.write('directory', directoryPartition, write, newId());
}

/** A row of the directory as the partner's own row has it, where that is not certain; undefined where there is no partner. */
async function verified(
  runtime: Runtime,
  row: Row<Listed>,
): Promise<Row<Omit<Listed, 'pending'> | undefined>> {
  if (!row.value.pending) return row;
  const found = await runtime.tables.get('partners', partnerSchema, row.rowKey, partnerRow);
  return { ...row, value: found && listing(found.value).value };
}

/** Lists partners by id, those whose name or domain holds the search text (operators). */
export async function listPartners(
  runtime: Runtime,
  query: {
    search?: string | undefined;
    maxpagesize: number;
    continuationToken?: string | undefined;
  },
) {
  const sought = query.search?.toLowerCase();
  return fullPage(
    async (after, size) => {
      const page = await runtime.tables.page('directory', directorySchema, directoryPartition, {
        prefix: '',
        after,
        size,
      });
      const rows = await inParallel(page.rows, readsAtOnce, (row) => verified(runtime, row));
      return { ...page, rows };
    },
    continuationKey(query.continuationToken, ''),
    query.maxpagesize,
    (entry) =>
      !sought ||
      !entry ||
      [entry.displayName, ...entry.domains].some((text) => text.toLowerCase().includes(sought))
        ? entry
        : undefined,
    Boolean(sought),
  );
}
