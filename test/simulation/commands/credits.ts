/** What is asked of Azure credits. */
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
import { revokeBenefit } from '../../../src/partners/benefits-service.ts';
import { addMilliseconds, monthOf, startOfMonth } from '../../../src/platform/calendar.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import { newId } from '../../../src/platform/ids.ts';
import { refuse, RefusalError } from '../../../src/platform/refusals.ts';
import { asAdmin, asOperator, asReporter, perhaps, type Ask, type Sight } from './ask.ts';

/** Azure subscriptions that several holders may come upon. */
const sharedSubscriptions = [1, 2, 3].map((n) => `22222222-0000-4000-8000-00000000000${n}`);

const addresses = ['dan', 'eve', 'fay'].map((name) => `${name}@contoso.com`);

type Of = { partnerId: string; credit: CreditRow };

function aCredit(sight: Sight, fits?: (credit: CreditRow) => boolean): Of | undefined {
  const partnerId = sight.partner();
  const credit = sight.credit(partnerId, fits);
  return credit && { partnerId, credit };
}

const isAssigned = ({ assignment }: CreditRow) => assignment !== null;
const isRedeemed = ({ assignment }: CreditRow) => assignment?.redeemedAt !== undefined;

function assign(sight: Sight): Ask | undefined {
  const of = aCredit(sight);
  const user = of && sight.user(of.partnerId);
  if (!of || !user) return undefined;
  const { partnerId, credit } = of;
  const email = sight.pick.chance(5) ? sight.pick.of(addresses) : undefined;
  const input =
    email === undefined ? { userId: user.id } : { newUser: { email, displayName: 'New' } };
  return {
    name: 'assign',
    partnerId,
    actor: asAdmin(partnerId),
    says: [credit.id, input],
    ifMatch: perhaps(sight, sight.versionOf(credit)),
    repeatable: true,
    mayDoNothing: true,
    run: (call) => assignCredit(call, partnerId, credit.id, input),
  };
}

function unassign(sight: Sight): Ask | undefined {
  const of = aCredit(sight, isAssigned);
  return (
    of && {
      name: 'unassign',
      partnerId: of.partnerId,
      actor: asAdmin(of.partnerId),
      says: of.credit.id,
      ifMatch: perhaps(sight, sight.versionOf(of.credit)),
      repeatable: true,
      mayDoNothing: true,
      run: (call) => unassignCredit(call, of.partnerId, of.credit.id),
    }
  );
}

function resend(sight: Sight): Ask | undefined {
  const of = aCredit(sight, isAssigned);
  return (
    of && {
      name: 'resend',
      partnerId: of.partnerId,
      actor: asAdmin(of.partnerId),
      says: of.credit.id,
      repeatable: true,
      mayDoNothing: false,
      run: (call) => resendMail(call, of.partnerId, of.credit.id),
    }
  );
}

function revoke(sight: Sight): Ask | undefined {
  const of = aCredit(sight);
  return (
    of && {
      name: 'revoke',
      partnerId: of.partnerId,
      actor: asOperator,
      says: of.credit.id,
      repeatable: true,
      mayDoNothing: true,
      run: (call) => revokeBenefit(call, of.partnerId, of.credit.id),
    }
  );
}

function byLink(
  sight: Sight,
  name: string,
  fits: (credit: CreditRow) => boolean,
  run: (call: CommandCall, token: string) => Promise<unknown>,
  says: unknown,
): Ask | undefined {
  const of = aCredit(sight, fits);
  if (!of) return undefined;
  const { partnerId, credit } = of;
  const target = { partnerId, benefitId: credit.id, linkId: linkIdOf(credit.assignment!) };
  return {
    name,
    partnerId,
    actor: { type: 'system' },
    says: [target, says],
    repeatable: true,
    mayDoNothing: false,
    run: async (call) => run(call, signLink(call.runtime.config.linkSigningKeys, target)),
  };
}

function aSubscription(sight: Sight): string {
  return sight.pick.chance(2) ? newId() : sight.pick.of(sharedSubscriptions)!;
}

function redeem(sight: Sight): Ask | undefined {
  const id = aSubscription(sight);
  const run = (call: CommandCall, token: string) => redeemByLink(call, token, id);
  return byLink(sight, 'redeem', isAssigned, run, id);
}

/** By the page: it shows what was refused and answers no code. */
function redeemByForm(sight: Sight): Ask | undefined {
  const id = aSubscription(sight);
  const run = async ({ runtime, now }: CommandCall, token: string) => {
    const view = await redeemFromPage(runtime, token, id, now);
    const done = view.kind === 'redeemed' && view.justNow === 'redeemed';
    if (!done) throw new RefusalError(refuse('LinkNoLongerValid', view.kind));
    return view;
  };
  const ask = byLink(sight, 'redeem by form', isAssigned, run, id);
  return ask && { ...ask, repeatable: false };
}

function convert(sight: Sight): Ask | undefined {
  const of = aCredit(sight, isRedeemed);
  return (
    of && {
      name: 'convert',
      partnerId: of.partnerId,
      actor: asAdmin(of.partnerId),
      says: of.credit.id,
      repeatable: true,
      mayDoNothing: true,
      run: (call) => removeSpendingLimit(call, of.partnerId, of.credit.id),
    }
  );
}

function convertByLink(sight: Sight): Ask | undefined {
  const run = (call: CommandCall, token: string) => removeSpendingLimitByLink(call, token);
  const ask = byLink(sight, 'convert by link', isRedeemed, run, 'convert');
  return ask && { ...ask, mayDoNothing: true };
}

function use(sight: Sight): Ask | undefined {
  const of = aCredit(sight, isRedeemed);
  if (!of) return undefined;
  const { pick, now } = sight;
  const minute = 60_000;
  const monthBegan = startOfMonth(monthOf(now));
  const moments = [
    addMilliseconds(now, -minute),
    addMilliseconds(now, -20),
    addMilliseconds(monthBegan, -minute),
    addMilliseconds(now, -30 * minute),
  ];
  const record = () => ({
    id: `u${pick.of([1, 2, 3, 4, 5, 6, 7, 8])}`,
    occurredAt: pick.of(moments)!,
    amount: { amount: pick.of(['1.00', '30.00', '70.00', '0.00'])!, currency: 'USD' },
  });
  const records = pick.chance(3) ? [record(), record(), record()] : [record()];
  return {
    name: 'use',
    partnerId: of.partnerId,
    actor: asReporter,
    says: [of.credit.id, records],
    repeatable: true,
    mayDoNothing: true,
    run: (call) => takeUsage(call, of.partnerId, of.credit.id, records),
  };
}

function freeClaim(sight: Sight): Ask {
  const id = sight.pick.of(sharedSubscriptions)!;
  return {
    name: 'free claim',
    partnerId: '',
    actor: asOperator,
    says: id,
    repeatable: false,
    mayDoNothing: true,
    run: (call) => deleteClaim(call.runtime, id),
  };
}

export const creditCommands = {
  assign,
  unassign,
  resend,
  revoke,
  redeem,
  redeemByForm,
  convert,
  convertByLink,
  use,
  freeClaim,
};
