/** What is asked of partners, memberships and users. */
import { awardBenefit } from '../../../src/partners/award-service.ts';
import { renewMembership, startMembership } from '../../../src/partners/memberships-service.ts';
import { putPartner } from '../../../src/partners/partners-service.ts';
import { addUser, changeUser, eraseUser } from '../../../src/partners/users-service.ts';
import { dateOf } from '../../../src/platform/calendar.ts';
import { newId } from '../../../src/platform/ids.ts';
import { asAdmin, asOperator, perhaps, type Ask, type Sight } from './ask.ts';

/** Tenants that several partners may claim. */
const tenants = [1, 2, 3].map((n) => `33333333-0000-4000-8000-00000000000${n}`);

const addresses = ['ana', 'ben', 'cy', 'dan', 'eve'].map((name) => `${name}@contoso.com`);

function put(sight: Sight): Ask | undefined {
  const id = sight.partner();
  const partner = sight.partners().find((one) => one.id === id);
  if (!partner) return undefined;
  const tenantIds = tenants.filter(() => sight.pick.chance(3));
  const { displayName, domains, contacts } = partner;
  const input = { displayName, domains, contacts, tenantIds };
  return {
    name: 'put partner',
    partnerId: id,
    actor: asOperator,
    says: input,
    ifMatch: perhaps(sight, partner.version),
    repeatable: true,
    mayDoNothing: false,
    run: (call) => putPartner(call, id, input),
  };
}

function register(sight: Sight): Ask {
  const id = newId();
  const tenantIds = tenants.filter(() => sight.pick.chance(3));
  const input = { displayName: 'Fourth Coffee', domains: ['fourthcoffee.com'], tenantIds };
  return {
    name: 'register partner',
    partnerId: id,
    actor: asOperator,
    says: input,
    repeatable: true,
    mayDoNothing: false,
    run: (call) => putPartner(call, id, input),
  };
}

function start(sight: Sight): Ask {
  const partnerId = sight.partner();
  const type = sight.pick.of(['launch', 'action-pack'])!;
  const input = { type, startDate: dateOf(sight.now) };
  return {
    name: 'start membership',
    partnerId,
    actor: asOperator,
    says: input,
    repeatable: true,
    mayDoNothing: true,
    run: (call) => startMembership(call, partnerId, input),
  };
}

function renew(sight: Sight): Ask | undefined {
  const partnerId = sight.partner();
  const membership = sight.pick.of(sight.memberships(partnerId));
  return (
    membership && {
      name: 'renew',
      partnerId,
      actor: asOperator,
      says: membership.id,
      repeatable: true,
      mayDoNothing: false,
      run: (call) => renewMembership(call, partnerId, membership.id),
    }
  );
}

function award(sight: Sight): Ask | undefined {
  const partnerId = sight.partner();
  const membership = sight.pick.of(sight.memberships(partnerId));
  if (!membership) return undefined;
  const kind = sight.pick.of(['azure-monthly', 'azure-bulk'] as const)!;
  const amount = { amount: '50.00', currency: 'USD' };
  const input = { membershipId: membership.id, kind, amount };
  return {
    name: 'award',
    partnerId,
    actor: asOperator,
    says: input,
    repeatable: true,
    mayDoNothing: false,
    run: (call) => awardBenefit(call, partnerId, input),
  };
}

function add(sight: Sight): Ask {
  const partnerId = sight.partner();
  const contact = { email: sight.pick.of(addresses)!, displayName: 'Somebody' };
  return {
    name: 'add user',
    partnerId,
    actor: asAdmin(partnerId),
    says: contact,
    repeatable: true,
    mayDoNothing: false,
    run: (call) => addUser(call, partnerId, contact),
  };
}

function change(sight: Sight): Ask | undefined {
  const partnerId = sight.partner();
  const user = sight.user(partnerId);
  if (!user) return undefined;
  const patch = sight.pick.chance(2)
    ? { email: sight.pick.of(addresses) }
    : { displayName: sight.pick.of(['Ana', 'Ben', 'Cy', 'Dan']) };
  return {
    name: 'change user',
    partnerId,
    actor: asAdmin(partnerId),
    says: [user.id, patch],
    repeatable: true,
    mayDoNothing: true,
    run: (call) => changeUser(call, partnerId, user.id, patch),
  };
}

function erase(sight: Sight): Ask | undefined {
  const partnerId = sight.partner();
  const user = sight.user(partnerId);
  return (
    user && {
      name: 'erase user',
      partnerId,
      actor: asAdmin(partnerId),
      says: user.id,
      repeatable: true,
      mayDoNothing: true,
      run: (call) => eraseUser(call, partnerId, user.id),
    }
  );
}

export const partnerCommands = { put, register, start, renew, award, add, change, erase };
