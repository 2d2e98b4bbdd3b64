/** What is asked of billing: customers, credit offers, usage of a month, and closing it. */
import { customerBody } from '../../../src/billing/customer.ts';
import { putCustomer } from '../../../src/billing/customers-service.ts';
import { importUsage } from '../../../src/billing/import-service.ts';
import { putOffer } from '../../../src/billing/offers-service.ts';
import { closePeriod } from '../../../src/billing/period-service.ts';
import { dateOf, monthOf, previousMonth } from '../../../src/platform/calendar.ts';
import {
  customerNumber,
  row,
  subscriptionNumber,
  usageJsonLines,
} from '../../billing/support/files.ts';
import { asAdmin, asOperator, asReporter, type Ask, type Sight } from './ask.ts';

const customers = [1, 2];

/** The month that is over: what is closed, and what late usage comes for. */
function aMonth(sight: Sight): string {
  const present = monthOf(sight.now);
  return sight.pick.chance(3) ? present : previousMonth(present);
}

function customer(sight: Sight): Ask {
  const partnerId = sight.partner();
  const n = sight.pick.of(customers)!;
  const facts = customerBody.parse({
    displayName: sight.pick.of(['Fabrikam', 'Wingtip']),
    agreement: [{ from: sight.pick.of(['2024-01-01', '2026-12-01']) }],
    transacting: [{ from: '2024-01-01', type: 'direct-bill', mpnId: '1000' }],
    access: [
      {
        scope: `/subscriptions/${subscriptionNumber(n)}`,
        principal: { mpnId: '1000' },
        via: 'aobo',
        role: 'Owner',
      },
    ],
  });
  return {
    name: 'put customer',
    partnerId,
    actor: asAdmin(partnerId, 'AdminAgent'),
    says: [n, facts],
    repeatable: true,
    mayDoNothing: false,
    run: (call) => putCustomer(call, partnerId, customerNumber(n), facts),
  };
}

function offer(sight: Sight): Ask {
  const partnerId = sight.partner();
  const n = sight.pick.of(customers)!;
  const terms = {
    amount: sight.pick.of([10_00, 40_00])!,
    currency: 'USD',
    effectiveDate: sight.pick.of(['2024-01-01', dateOf(sight.now)])!,
    expiryDate: '2030-01-01',
  };
  return {
    name: 'put offer',
    partnerId,
    actor: asOperator,
    says: [n, terms],
    repeatable: true,
    mayDoNothing: true,
    run: (call) => putOffer(call, partnerId, customerNumber(n), 'aco', terms),
  };
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function usage(sight: Sight): Ask {
  const partnerId = sight.partner();
  const month = aMonth(sight);
  const rows = customers
    .filter(() => !sight.pick.chance(3))
    .map((n) =>
      row(partnerId, month, {
        CustomerId: customerNumber(n),
        EntitlementId: subscriptionNumber(n),
        Quantity: sight.pick.of(['29', '30']),
      }),
    );
  return {
    name: 'import usage',
    partnerId,
    actor: asReporter,
    says: rows,
    repeatable: false,
    mayDoNothing: true,
    run(call) {
      const upload = { mediaType: 'application/x-ndjson', chunks: whole(usageJsonLines(rows)) };
      return importUsage(call.runtime, partnerId, month, upload, call.now);
    },
  };
}

function close(sight: Sight): Ask {
  const partnerId = sight.partner();
  const month = aMonth(sight);
  return {
    name: 'close month',
    partnerId,
    actor: asOperator,
    says: month,
    repeatable: true,
    mayDoNothing: true,
    run: (call) => closePeriod(call, partnerId, month),
  };
}

export const billingCommands = { customer, offer, usage, close };
