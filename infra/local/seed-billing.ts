/** A demo month of usage: two customers, one credit offer, and something of everything that the files can show. */

/** Calls the API as the operator: JSON, or text of another media type. */
export type Operator = <T>(
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<T>;

const fabrikam = 'c0000000-0000-4000-8000-000000000001';
const northwind = 'c0000000-0000-4000-8000-000000000002';

type Meter = { MeterName: string; UnitPrice: string; Quantity: string } & Record<string, string>;

const meters: Meter[] = [
  { MeterName: 'D2s v5', UnitPrice: '0.868', Quantity: '29' },
  { MeterName: 'Hot LRS Data Stored', UnitPrice: '0.0184', Quantity: '512' },
  { MeterName: 'D2s v5 Spot', UnitPrice: '0.12', Quantity: '24' },
  {
    MeterName: 'Firewall by hours',
    UnitPrice: '1.5',
    Quantity: '24',
    PublisherName: 'Adatum',
    ProductName: 'Adatum Firewall',
  },
];

/**
 * Puts the demo customers of a partner and imports the month before `today`. Running it again changes nothing; a month
 * that has been closed since is left alone. Gives the month.
 */
export async function seedBilling(
  operator: Operator,
  partner: { id: string; mpnId: string; displayName: string },
  today: Date,
): Promise<string> {
  const month = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 1))
    .toISOString()
    .slice(0, 7);
  const base = `/api/partners/${partner.id}`;
  const { status } = await operator<{ status: string }>('GET', `${base}/billing-periods/${month}`);
  if (status !== 'open') return month;
  await operator('PUT', `${base}/customers/${fabrikam}`, facts('Fabrikam', partner.mpnId, 'Owner'));
  await operator(
    'PUT',
    `${base}/customers/${northwind}`,
    facts('Northwind', partner.mpnId, 'Reader'),
  );
  await operator('PUT', `${base}/customers/${fabrikam}/credit-offers/ACO-DEMO`, {
    amount: { amount: '400.00', currency: 'USD' },
    effectiveDate: `${month}-01`,
    expiryDate: `${String(Number(month.slice(0, 4)) + 1)}${month.slice(4)}-01`,
  });
  const lines = [
    ...usageOf(partner, fabrikam, 'Fabrikam', month, 28),
    ...usageOf(partner, northwind, 'Northwind', month, 5),
  ];
  const usage = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const path = `${base}/billing-periods/${month}/usage`;
  type Result = { rejectedTotal: number };
  const result = await operator<Result>('POST', path, usage, 'application/x-ndjson');
  if (result.rejectedTotal > 0)
    throw new Error(`Demo usage was rejected: ${JSON.stringify(result)}`);
  return month;
}

/** What a newcomer can do with the month. */
export function billingToTry(baseUrl: string, partnerId: string, month: string): string[] {
  const period = `${baseUrl}/api/partners/${partnerId}/billing-periods/${month}`;
  const curl = `curl -OJ -H "Authorization: Bearer <token>" -H "Accept: text/csv"`;
  return [
    `  See a month:      npm run --silent token -- --role BillingAdmin --partner ${partnerId}, then`,
    ...['daily-usage', 'reconciliation', 'invoice'].map(
      (report) => `                    ${curl} "${period}/${report}?api-version=2026-12-01"`,
    ),
    `  Close it:         POST …/billing-periods/${month}/close, as ProgramOperator`,
  ];
}

function facts(displayName: string, mpnId: string, role: string) {
  const from = '2024-01-01';
  const scope = `/subscriptions/${subscriptionOf(displayName)}`;
  return {
    displayName,
    agreement: [{ from }],
    transacting: [{ from, type: 'direct-bill', mpnId }],
    access: [{ scope, principal: { mpnId }, via: 'aobo', role, from }],
  };
}

function subscriptionOf(customerName: string): string {
  return customerName === 'Fabrikam'
    ? 'a0000000-0000-4000-8000-000000000001'
    : 'a0000000-0000-4000-8000-000000000002';
}

function usageOf(
  partner: { id: string; mpnId: string; displayName: string },
  customerId: string,
  customerName: string,
  month: string,
  days: number,
): Record<string, string>[] {
  const subscription = subscriptionOf(customerName);
  return Array.from(
    { length: days },
    (_, i) => `${month}-${String(i + 1).padStart(2, '0')}`,
  ).flatMap((date) =>
    meters.map((meter, index) => ({
      PartnerId: partner.id,
      PartnerName: partner.displayName,
      MPNID: partner.mpnId,
      CustomerId: customerId,
      CustomerName: customerName,
      ProductId: `DZH318Z0BPS${String(index)}`,
      SkuId: '0001',
      ProductName: 'Azure service',
      PublisherName: 'Microsoft',
      SubscriptionDescription: 'Azure plan',
      SubscriptionId: subscription,
      EntitlementId: subscription,
      EntitlementDescription: `${customerName} production`,
      UsageDate: date,
      MeterId: `f0000000-0000-4000-8000-00000000000${String(index)}`,
      Unit: '1 Hour',
      ResourceGroup: 'web',
      ResourceURI: `/subscriptions/${subscription}/resourceGroups/web/providers/Example.Services/items/${String(index)}`,
      ChargeType: 'New',
      BillingCurrency: 'USD',
      PricingCurrency: 'USD',
      ...meter,
    })),
  );
}
