/** Usage files as operators send them. */
import { stringify } from 'csv-stringify/sync';
import { dailyUsageColumns } from '../../../src/billing/data/daily-usage-columns.ts';

export type UsageRow = Readonly<Record<string, unknown>>;

/** A CSV of daily usage: the header, and the rows' cells under it. */
export function usageCsv(rows: readonly UsageRow[]): string {
  return stringify(
    rows.map((row) => dailyUsageColumns.map((column) => row[column] ?? '')),
    { header: true, columns: [...dailyUsageColumns] },
  );
}

/** The same rows as JSON lines. */
export function usageJsonLines(rows: readonly UsageRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export const customerNumber = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const subscriptionNumber = (n: number) =>
  `11111111-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** One row of Azure plan usage, by default 29 units at 0.868 USD of the first customer's machine on the fifth. */
export function row(partnerId: string, month: string, changes: UsageRow = {}): UsageRow {
  return {
    PartnerId: partnerId,
    PartnerName: 'Contoso',
    CustomerId: customerNumber(1),
    CustomerName: 'Fabrikam',
    ProductId: 'DZH318Z0BPS6',
    SkuId: '0001',
    AvailabilityId: 'DZH318Z0BB01',
    SkuName: 'D2s v5',
    ProductName: 'Virtual Machines Dsv5 Series',
    PublisherName: 'Microsoft',
    SubscriptionDescription: 'Azure plan',
    SubscriptionId: 'd3f3b5c0-0000-4000-8000-00000000000a',
    ChargeStartDate: `${month}-01`,
    UsageDate: `${month}-05`,
    MeterType: '1 Hour',
    MeterCategory: 'Virtual Machines',
    MeterId: '5f2b0c00-0000-4000-8000-0000000000f1',
    MeterSubCategory: 'Dsv5 Series',
    MeterName: 'D2s v5',
    MeterRegion: 'EU West',
    Unit: '1 Hour',
    ResourceLocation: 'westeurope',
    ConsumedService: 'Microsoft.Compute',
    ResourceGroup: 'web',
    ResourceURI: `/subscriptions/${subscriptionNumber(1)}/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/vm1`,
    ChargeType: 'New',
    UnitPrice: '0.868',
    Quantity: '29',
    UnitType: '1 Hour',
    BillingCurrency: 'USD',
    PricingCurrency: 'USD',
    Tags: '{"env":"production","owner":"team a"}',
    AdditionalInfo: '{"UsageType":"ComputeHR","ServiceType":"Standard_D2s_v5"}',
    PCToBCExchangeRate: '1',
    EntitlementId: subscriptionNumber(1),
    EntitlementDescription: 'Azure plan subscription',
    ...changes,
  };
}

/** Many different rows, spread over customers (numbers 1 to `customers`), resources and the month's first 28 days. */
export function manyRows(
  partnerId: string,
  month: string,
  count: number,
  customers: number,
): UsageRow[] {
  return Array.from({ length: count }, (_, i) => {
    const customer = (i % customers) + 1;
    const resource = Math.floor(i / customers / 28);
    return row(partnerId, month, {
      CustomerId: customerNumber(customer),
      EntitlementId: subscriptionNumber(customer),
      UsageDate: `${month}-${String((Math.floor(i / customers) % 28) + 1).padStart(2, '0')}`,
      ResourceURI: `/subscriptions/${subscriptionNumber(customer)}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm${resource}`,
      Quantity: String(1 + (i % 24)),
      UnitPrice: `0.${String(100 + (i % 887))}`,
    });
  });
}
