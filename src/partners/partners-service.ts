/** Partners: registering them, and reading them (PR-01, PR-04). */
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { formatInstant } from '../platform/calendar.ts';
import { claim, releaseClaim } from '../platform/claims.ts';
import { execute } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import { commitMark } from '../platform/proof.ts';
import { refuse, RefusalError, type Refusal } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { readPartner } from './directory.ts';
import { companyDomainsRefusal } from './mail-domain.ts';
import {
  directoryPartition,
  directorySchema,
  partnerRow,
  partnerSchema,
  type Partner,
} from './rows.ts';

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
  const holder = { partnerId, holderId: partnerId };
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => runtime.tables.get('partners', partnerSchema, partnerId, partnerRow),
    decide(row) {
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
      return {
        result: { partner, created: !row },
        // Told again when the request is repeated.
        resourceId: row ? 'replaced' : 'created',
        writes: [
          row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write },
          commitMark(partnerRow, partner.version),
        ],
        ahead: [
          // In this order: a partner that is refused for its tenants is not listed.
          async () => {
            await claimTenants(runtime, holder, added);
            await listInDirectory(runtime, partner);
          },
        ],
        undo: async () => listInDirectory(runtime, await getPartner(runtime, partnerId)),
        after: dropped.map((id) => () => releaseClaim(runtime, 'tenant', id, holder)),
      };
    },
    repeat: async (outcome) => ({
      partner: await getPartner(runtime, partnerId),
      created: outcome === 'created',
    }),
  });
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

type Holder = { partnerId: string; holderId: string };

async function claimTenants(runtime: Runtime, holder: Holder, tenantIds: string[]): Promise<void> {
  const outcomes = await Promise.all(
    tenantIds.map((id) =>
      claim(runtime, 'tenant', id, holder, async (other, stalled) => {
        const row = await runtime.tables.get(
          'partners',
          partnerSchema,
          other.partnerId,
          partnerRow,
        );
        if (row?.value.tenantIds.includes(id)) return 'held';
        return stalled ? 'abandoned' : 'under-way';
      }),
    ),
  );
  const taken = tenantIds.filter((_, i) => outcomes[i] !== 'claimed');
  if (taken.length === 0) return;
  await Promise.all(
    tenantIds
      .filter((id) => !taken.includes(id))
      .map((id) => releaseClaim(runtime, 'tenant', id, holder)),
  );
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

async function listInDirectory(runtime: Runtime, partner: Partner): Promise<void> {
  const { id, displayName, domains } = partner;
  await runtime.tables.write(
    'directory',
    directoryPartition,
    { op: 'put', rowKey: id, schema: directorySchema, value: { id, displayName, domains } },
    newId(),
  );
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
    (after, size) =>
      runtime.tables.page('directory', directorySchema, directoryPartition, {
        prefix: '',
        after,
        size,
      }),
    continuationKey(query.continuationToken, ''),
    query.maxpagesize,
    (entry) =>
      !sought ||
      [entry.displayName, ...entry.domains].some((text) => text.toLowerCase().includes(sought))
        ? entry
        : undefined,
    Boolean(sought),
  );
}
