/** Commands on the base world, written out, in groups that are about the same things. */
import { decryptKey } from '../../../src/cloud-services/key-cipher.ts';
import { getProductKey, replaceProductKey } from '../../../src/cloud-services/key-service.ts';
import { redeemKey } from '../../../src/cloud-services/redeem-service.ts';
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import type { KeyAction } from '../../../src/cloud-services/state.ts';
import {
  assignCredit,
  resendMail,
  unassignCredit,
} from '../../../src/credits/assignment-service.ts';
import { linkIdOf, signLink } from '../../../src/credits/link-token.ts';
import {
  deleteClaim,
  redeemByLink,
  redeemFromPage,
} from '../../../src/credits/redemption-service.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import {
  removeSpendingLimit,
  removeSpendingLimitByLink,
} from '../../../src/credits/spending-limit-service.ts';
import { takeUsage } from '../../../src/credits/usage-service.ts';
import { awardBenefit } from '../../../src/partners/award-service.ts';
import { revokeBenefit } from '../../../src/partners/benefits-service.ts';
import { renewMembership, startMembership } from '../../../src/partners/memberships-service.ts';
import { putPartner } from '../../../src/partners/partners-service.ts';
import { addUser, changeUser, eraseUser } from '../../../src/partners/users-service.ts';
import { addMilliseconds } from '../../../src/platform/calendar.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import { refuse, RefusalError } from '../../../src/platform/refusals.ts';
import { asAdmin, asOperator, asReporter, type Ask } from '../commands/ask.ts';
import type { Place, Stage } from './stage.ts';

/** A command, or what the host does: `sweep` the timer and all it leads to, `mail` what waits on the queues. */
export type Step = Ask | { name: string; host: 'sweep' | 'mail' };

const subscription = (n: number) => `22222222-0000-4000-8000-00000000000${n}`;
const tenant = (n: number) => `33333333-0000-4000-8000-00000000000${n}`;

type Run = (call: CommandCall) => Promise<unknown>;

function ask(name: string, partnerId: string, run: Run, more: Partial<Ask> = {}): Ask {
  return {
    name,
    partnerId,
    actor: asAdmin(partnerId),
    says: name,
    repeatable: true,
    mayDoNothing: false,
    run,
    ...more,
  };
}

function onCredit(place: Place, credit: CreditRow) {
  const { id: partnerId } = place;
  const { id, assignment } = credit;
  const ifMatch = `"${credit.version}"`;
  const byLink = (run: (call: CommandCall, token: string) => Promise<unknown>): Run => {
    return async (call) => {
      const target = { partnerId, benefitId: id, linkId: assignment ? linkIdOf(assignment) : id };
      return run(call, signLink(call.runtime.config.linkSigningKeys, target));
    };
  };
  return {
    assign: (to: string, more: Partial<Ask> = { ifMatch }) =>
      ask(
        `assign to ${to}`,
        partnerId,
        (call) => assignCredit(call, partnerId, id, { userId: place.user(to).id }),
        { mayDoNothing: true, ...more },
      ),
    assignNew: (local: string) => {
      const newUser = { email: `${local}@contoso.com`, displayName: local };
      return ask(`assign to new ${local}`, partnerId, (call) =>
        assignCredit(call, partnerId, id, { newUser }),
      );
    },
    unassign: () =>
      ask('unassign', partnerId, (call) => unassignCredit(call, partnerId, id), {
        mayDoNothing: true,
      }),
    resend: () => ask('resend', partnerId, (call) => resendMail(call, partnerId, id)),
    revoke: () =>
      ask('revoke', partnerId, (call) => revokeBenefit(call, partnerId, id), {
        actor: asOperator,
        mayDoNothing: true,
      }),
    redeem: (n: number) =>
      ask(
        `redeem on ${n}`,
        partnerId,
        byLink((call, token) => redeemByLink(call, token, subscription(n))),
        { actor: { type: 'system' } },
      ),
    redeemByForm: (n: number) =>
      ask(
        `redeem on ${n} by form`,
        partnerId,
        byLink(async ({ runtime, now }, token) => {
          const view = await redeemFromPage(runtime, token, subscription(n), now);
          const done = view.kind === 'redeemed' && view.justNow === 'redeemed';
          if (!done) throw new RefusalError(refuse('LinkNoLongerValid', view.kind));
        }),
        { actor: { type: 'system' }, repeatable: false },
      ),
    convert: () =>
      ask('convert', partnerId, (call) => removeSpendingLimit(call, partnerId, id), {
        mayDoNothing: true,
      }),
    convertByLink: () =>
      ask(
        'convert by link',
        partnerId,
        byLink((call, token) => removeSpendingLimitByLink(call, token)),
        { actor: { type: 'system' }, mayDoNothing: true },
      ),
    use: (ids: readonly string[], amount: string) =>
      ask(
        `use ${ids.join('+')}`,
        partnerId,
        (call) =>
          takeUsage(
            call,
            partnerId,
            id,
            ids.map((one) => ({
              id: one,
              occurredAt: addMilliseconds(call.now, -10),
              amount: { amount, currency: 'USD' },
            })),
          ),
        { actor: asReporter, mayDoNothing: true },
      ),
  };
}

function onUser(place: Place, local: string) {
  const { id: partnerId } = place;
  const userId = place.user(local).id;
  return {
    rename: (displayName: string) =>
      ask(
        `rename ${local}`,
        partnerId,
        (call) => changeUser(call, partnerId, userId, { displayName }),
        { mayDoNothing: true },
      ),
    move: (to: string) =>
      ask(
        `move ${local} to ${to}`,
        partnerId,
        (call) => changeUser(call, partnerId, userId, { email: `${to}@contoso.com` }),
        { mayDoNothing: true },
      ),
    erase: () =>
      ask(`erase ${local}`, partnerId, (call) => eraseUser(call, partnerId, userId), {
        mayDoNothing: true,
      }),
  };
}

function onPartner(place: Place) {
  const { id: partnerId } = place;
  return {
    add: (local: string) =>
      ask(`add ${local}`, partnerId, (call) =>
        addUser(call, partnerId, { email: `${local}@contoso.com`, displayName: local }),
      ),
    renew: (type: string) =>
      ask(
        `renew ${type}`,
        partnerId,
        (call) => renewMembership(call, partnerId, place.membership(type).id),
        { actor: asOperator },
      ),
    award: (type: string) =>
      ask(
        `award to ${type}`,
        partnerId,
        (call) =>
          awardBenefit(call, partnerId, {
            membershipId: place.membership(type).id,
            kind: 'azure-bulk',
            amount: { amount: '50.00', currency: 'USD' },
          }),
        { actor: asOperator },
      ),
    start: (type: string) =>
      ask(
        `start ${type}`,
        partnerId,
        (call) => startMembership(call, partnerId, { type, startDate: '2026-12-15' }),
        { actor: asOperator, mayDoNothing: true },
      ),
    put: (name: string, numbers: readonly number[]) => tenants(partnerId, name, numbers),
  };
}

function tenants(partnerId: string, displayName: string, numbers: readonly number[]): Ask {
  const input = {
    displayName,
    domains: ['contoso.com'],
    contacts: ['ops@contoso.com'],
    tenantIds: numbers.map(tenant),
  };
  return ask(
    `put ${displayName} with tenants ${numbers.join('+') || 'none'}`,
    partnerId,
    (call) => putPartner(call, partnerId, input),
    { actor: asOperator },
  );
}

function onProduct(place: Place, product: ProductRow) {
  const { id: partnerId } = place;
  const { id: benefitId, productName } = product;
  return {
    get: () =>
      ask(`get key of ${productName}`, partnerId, (call) =>
        getProductKey(call, partnerId, benefitId),
      ),
    redeem: (action: KeyAction) =>
      ask(`${action} with key of ${benefitId.slice(0, 4)}`, partnerId, (call) => {
        const { encryption } = call.runtime.config.productKeys;
        const { ciphertext } = product.keys[0]!.sealed;
        const productKey = decryptKey(encryption, ciphertext, { partnerId, benefitId });
        return redeemKey(call, partnerId, { productKey, action });
      }),
    replace: () =>
      ask('replace key', partnerId, (call) =>
        replaceProductKey(call, partnerId, benefitId, 'wrong-tenant'),
      ),
  };
}

/** Groups of steps; in each, every step is paired with every other and with itself. */
export function groupsOf({ contoso, fabrikam, tailspin }: Stage): Record<string, Step[]> {
  const open = onCredit(fabrikam, fabrikam.credit('action-pack'));
  const other = onCredit(contoso, contoso.credit('legacy-silver'));
  const redeemed = onCredit(contoso, contoso.credit('action-pack'));
  const free = onCredit(contoso, contoso.credit('launch'));
  const first = onProduct(tailspin, tailspin.product('launch'));
  const second = onProduct(tailspin, tailspin.product('action-pack'));
  const register = '44444444-0000-4000-8000-000000000001';
  return {
    'a credit that is assigned': [
      open.redeem(1),
      open.redeem(2),
      open.redeemByForm(1),
      open.assign('cy'),
      open.unassign(),
      open.resend(),
      onUser(fabrikam, 'ana').rename('Ann'),
      onUser(fabrikam, 'ana').erase(),
      onPartner(fabrikam).renew('action-pack'),
      { name: 'emails', host: 'mail' },
    ],
    'an Azure subscription': [
      open.redeem(1),
      other.redeem(1),
      open.redeemByForm(1),
      open.unassign(),
      ask('free claim on 1', '', (call) => deleteClaim(call.runtime, subscription(1)), {
        actor: asOperator,
        repeatable: false,
        mayDoNothing: true,
      }),
    ],
    'a credit that is redeemed': [
      redeemed.use(['a'], '60.00'),
      redeemed.use(['a', 'b'], '30.00'),
      redeemed.convert(),
      redeemed.convertByLink(),
      redeemed.assign('cy'),
      redeemed.unassign(),
      onUser(contoso, 'ana').erase(),
      onPartner(contoso).renew('action-pack'),
      { name: 'sweep', host: 'sweep' },
    ],
    'a user': [
      free.assign('cy', {}),
      other.assign('cy'),
      free.assignNew('dan'),
      onPartner(contoso).add('dan'),
      onUser(contoso, 'cy').move('dan'),
      onUser(contoso, 'cy').rename('Cyn'),
      onUser(contoso, 'cy').erase(),
    ],
    'a membership': [
      onPartner(contoso).renew('launch'),
      onPartner(contoso).award('launch'),
      onPartner(contoso).start('success-core'),
      free.assign('cy', {}),
      free.revoke(),
    ],
    tenants: [
      onPartner(contoso).put('Contoso', [1]),
      onPartner(contoso).put('Contoso', []),
      onPartner(fabrikam).put('Fabrikam', [1, 2]),
      tenants(register, 'Fourth Coffee', [1]),
      tenants(register, 'Fourth Coffee', []),
    ],
    'product keys': [
      first.get(),
      first.redeem('activate'),
      second.redeem('activate'),
      second.redeem('add-licenses'),
      first.replace(),
    ],
  };
}
