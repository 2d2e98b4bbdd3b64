/** Rows and facts that the billing tests start from. Each test names only what it is about. */
import { customerBody } from '../../src/billing/customer.ts';
import type { CustomerFacts } from '../../src/billing/customer.ts';
import type { OfferBalance } from '../../src/billing/rating.ts';
import { readUsageLine } from '../../src/billing/usage-line.ts';
import type { ImportContext, UsageLine } from '../../src/billing/usage-line.ts';

export const partnerId = '0e195b37-4574-4539-bc42-0e539b9684c0';
export const customerId = '196e2273-9651-43a3-ba7e-7cbcd918fc40';
export const subscription = '/subscriptions/3a2b1c00-0000-4000-8000-000000000001';
export const machine = `${subscription}/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/vm1`;

export const context: ImportContext = {
  partnerId,
  month: '2026-11',
  isKnownCustomer: (id) => id === customerId,
};

/** A row of a usage file: Azure plan usage of a virtual machine on 2026-11-05, in USD. */
export function usageRow(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    PartnerId: partnerId,
    CustomerId: customerId,
    CustomerName: 'Contoso',
    ProductId: 'DZH318Z0BPS6',
    SkuId: '0001',
    AvailabilityId: 'DZH318Z0BB01',
    SkuName: 'D2s v5',
    ProductName: 'Virtual Machines Dsv5 Series',
    PublisherName: 'Microsoft',
    SubscriptionDescription: 'Azure plan',
    SubscriptionId: 'd3f3b5c0-0000-4000-8000-00000000000a',
    UsageDate: '2026-11-05',
    MeterId: '5f2b0c00-0000-4000-8000-0000000000f1',
    MeterName: 'D2s v5',
    ResourceGroup: 'web',
    ResourceURI: machine,
    ChargeType: 'New',
    UnitPrice: '0.868',
    Quantity: '29',
    BillingCurrency: 'USD',
    PricingCurrency: 'USD',
    PCToBCExchangeRate: '1',
    EntitlementId: '3a2b1c00-0000-4000-8000-000000000001',
    ...changes,
  };
}

export function usageLine(changes: Readonly<Record<string, unknown>> = {}): UsageLine {
  const read = readUsageLine(usageRow(changes), 2, context);
  if ('reject' in read) throw new Error(read.reject.message);
  return read.line;
}

/** A direct-bill partner, MPN 1000, with AOBO as Owner on the subscription, since 2026. */
export function facts(changes: Readonly<Record<string, unknown>> = {}): CustomerFacts {
  return customerBody.parse({
    displayName: 'Contoso',
    agreement: [{ from: '2026-01-01' }],
    transacting: [{ from: '2026-01-01', type: 'direct-bill', mpnId: '1000' }],
    access: [access()],
    ...changes,
  });
}

export function access(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    scope: subscription,
    principal: { mpnId: '1000' },
    via: 'aobo',
    role: 'Owner',
    from: '2026-01-01',
    ...changes,
  };
}

export function offer(changes: Partial<OfferBalance> = {}): OfferBalance {
  return {
    agreementId: 'ACO-1',
    currency: 'USD',
    effectiveDate: '2026-01-01',
    expiryDate: '2027-01-01',
    remaining: 40_000,
    usedInMonth: 0,
    ...changes,
  };
}
