/** What clients ask for, and what they see of the world when they choose it: everything, as if they had just looked. */
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import { settle } from '../../../src/credits/settle.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import type { Membership, Partner, User } from '../../../src/partners/rows.ts';
import type { SubscriptionRow } from '../../../src/cloud-services/rows.ts';
import type { Instant } from '../../../src/platform/calendar.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import type { Actor, Role } from '../../../src/platform/identity.ts';
import { testSettings } from '../../support/settings.ts';
import type { TableServer } from '../engine/table-server.ts';
import { valueOf } from '../world/system.ts';

/** A request as a client decided on it. Sent again it is the same request. */
export type Ask = {
  name: string;
  partnerId: string;
  actor: Actor;
  /** All that it says, so that a repeated request can be told from another. */
  says: unknown;
  ifMatch?: string | undefined;
  /** Whether it can name itself (Repeatability-Request-ID); a page's form cannot. */
  repeatable: boolean;
  /** Whether success may mean that there was nothing to do. */
  mayDoNothing: boolean;
  run(call: CommandCall): Promise<unknown>;
};

/** Chooses for a client. */
export type Pick = {
  of<T>(list: readonly T[]): T | undefined;
  chance(oneIn: number): boolean;
};

/** What a client looks at first: most of what happens at one moment is about the same things. */
export type Focus = { partnerId: string; credit: number; user: number };

/** The operator's tenant, whose services act on every partner. */
export const operatorTenant = testSettings['OPERATOR_TENANT_ID']!;

export const asAdmin = (partnerId: string, role: Role = 'PartnerAdmin'): Actor => ({
  type: 'user',
  id: `${partnerId.slice(0, 8)}-admin`,
  tenantId: partnerId,
  role,
});

export const asOperator: Actor = {
  type: 'service',
  id: 'operator',
  tenantId: operatorTenant,
  role: 'ProgramOperator',
};

export const asReporter: Actor = {
  type: 'service',
  id: 'metering',
  tenantId: operatorTenant,
  role: 'UsageReporter',
};

export type Sight = ReturnType<typeof createSight>;

/** What there is to see at a moment. */
export function createSight(tables: TableServer, pick: Pick, focus: Focus, now: Instant) {
  const rows = <T>(partnerId: string, prefix: string) =>
    tables.rowsOf('partners', partnerId, prefix).map((stored) => valueOf<T>(stored));
  const benefits = (partnerId: string) => rows<CreditRow | ProductRow>(partnerId, 'benefit|');
  const credits = (partnerId: string) =>
    benefits(partnerId).filter((one): one is CreditRow => one.category === 'azure-credit');

  return {
    pick,
    now,
    tables,
    partners: () =>
      tables.partitionsOf('partners').flatMap((id) => {
        const stored = tables.get('partners', id, 'partner');
        return stored ? [valueOf<Partner>(stored)] : [];
      }),
    credits,
    products: (partnerId: string) =>
      benefits(partnerId).filter((one): one is ProductRow => one.category === 'cloud-service'),
    users: (partnerId: string) => rows<User>(partnerId, 'user|'),
    memberships: (partnerId: string) => rows<Membership>(partnerId, 'membership|'),
    subscriptions: (partnerId: string) => rows<SubscriptionRow>(partnerId, 'partner|subscription|'),

    /** The partner that the moment is about, or any. */
    partner: () => (pick.chance(4) ? pick.of(tables.partitionsOf('partners'))! : focus.partnerId),

    /** A credit of a partner: the one that the moment is about, or any that fits. */
    credit(partnerId: string, fits: (credit: CreditRow) => boolean = () => true) {
      const fitting = credits(partnerId).filter(fits);
      const aim = credits(partnerId)[focus.credit % Math.max(1, credits(partnerId).length)];
      return aim && fits(aim) && !pick.chance(3) ? aim : pick.of(fitting);
    },

    user(partnerId: string) {
      const all = rows<User>(partnerId, 'user|');
      return pick.chance(3) ? pick.of(all) : all[focus.user % Math.max(1, all.length)];
    },

    /** A credit's version as a portal sees it now. */
    versionOf: (credit: CreditRow) => String(settle(credit, now).state.version),
  };
}

/** A version in If-Match, half of the times. */
export function perhaps(sight: Sight, version: string | number): string | undefined {
  return sight.pick.chance(2) ? `"${version}"` : undefined;
}
