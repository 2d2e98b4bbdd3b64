/** A partner with customers, and what is done with its months, over HTTP. */
import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { apiVersion } from '../../../src/platform/http/api-version.ts';
import { ok, operator, send, version } from '../../support/client.ts';
import type { Stack } from '../../support/stack.ts';
import { customerNumber, subscriptionNumber, usageCsv } from './files.ts';
import type { UsageRow } from './files.ts';

export type Answer = Awaited<ReturnType<typeof send>>;
export type World = Awaited<ReturnType<typeof billingWorld>>;
export type Report = 'daily-usage' | 'reconciliation' | 'invoice';

/** Facts by which every day of the customer's subscription earns. */
export function earningFacts(customer: number) {
  return {
    displayName: `Customer ${customer}`,
    agreement: [{ from: '2024-01-01' }],
    transacting: [{ from: '2024-01-01', type: 'direct-bill' as const, mpnId: '1000' }],
    access: [
      {
        scope: `/subscriptions/${subscriptionNumber(customer)}`,
        principal: { mpnId: '1000' },
        via: 'aobo' as const,
        role: 'Owner',
        from: '2024-01-01',
      },
    ],
  };
}

/** A new partner with so many customers, all of whose usage earns. */
export async function billingWorld(stack: Stack, customers = 1) {
  const partnerId = randomUUID();
  const asOperator = await operator(stack);
  const [token, reporter, billing] = await Promise.all([
    stack.tokenFor({ roles: ['ProgramOperator'] }),
    stack.tokenFor({ roles: ['UsageReporter'] }),
    stack.tokenFor({ roles: ['BillingAdmin'], partner: partnerId }),
  ]);
  await ok(
    asOperator.PUT('/api/partners/{partnerId}', {
      params: { path: { partnerId }, query: version },
      body: { displayName: 'Contoso', domains: ['contoso.com'] },
    }),
  );

  const ask = (
    method: string,
    path: string,
    init: Parameters<typeof send>[3] & { query?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const { query, ...rest } = init;
    const search = new URLSearchParams({ 'api-version': apiVersion, ...query }).toString();
    return send(stack, method, `/api/partners/${partnerId}/${path}?${search}`, { token, ...rest });
  };

  const putCustomer = (customer: number, body: object = earningFacts(customer)) =>
    ask('PUT', `customers/${customerNumber(customer)}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  for (let n = 1; n <= customers; n += 1) expect((await putCustomer(n)).status).toBe(201);

  const world = {
    partnerId,
    token,
    reporter,
    billing,
    ask,
    putCustomer,

    putOffer: (
      customer: number,
      agreementId: string,
      amount: string,
      dates = { effectiveDate: '2024-01-01', expiryDate: '2030-01-01' },
      currency = 'USD',
    ) =>
      ask('PUT', `customers/${customerNumber(customer)}/credit-offers/${agreementId}`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ amount: { amount, currency }, ...dates }),
      }),

    /** Sends a file; the answer is the caller's to judge. */
    send: (month: string, body: string, contentType = 'text/csv') =>
      ask('POST', `billing-periods/${month}/usage`, {
        token: reporter,
        headers: { 'content-type': contentType },
        body,
      }),

    /** Imports rows, none of which may be rejected. */
    async import(month: string, rows: readonly UsageRow[]) {
      const answer = await world.send(month, usageCsv(rows));
      expect(answer.status, answer.text).toBe(200);
      const result = JSON.parse(answer.text);
      expect(result.rejected).toEqual([]);
      return { accepted: result.accepted as number, duplicates: result.duplicates as number };
    },

    close: (month: string) => ask('POST', `billing-periods/${month}/close`),

    async status(month: string): Promise<string> {
      return JSON.parse((await ask('GET', `billing-periods/${month}`)).text).status;
    },

    /** Closes a month and waits until it is closed. */
    async closed(month: string) {
      const answer = await world.close(month);
      expect(answer.status, answer.text).toBe(202);
      await expect.poll(() => world.status(month), { timeout: 20_000 }).toBe('closed');
    },

    json: async (path: string, query: Record<string, string> = {}) => {
      const answer = await ask('GET', path, { token: billing, query });
      expect(answer.status, answer.text).toBe(200);
      return JSON.parse(answer.text);
    },

    /** All pages of a list. */
    async list(path: string, query: Record<string, string> = {}) {
      const items: Record<string, string>[] = [];
      let page = await world.json(path, query);
      for (;;) {
        items.push(...page.value);
        if (page.nextLink === undefined) return items;
        const { pathname, search } = new URL(page.nextLink);
        const answer = await send(stack, 'GET', pathname + search, { token: billing });
        expect(answer.status, answer.text).toBe(200);
        page = JSON.parse(answer.text);
      }
    },

    csv: async (path: string, query: Record<string, string> = {}) => {
      const headers = { accept: 'text/csv' };
      const answer = await ask('GET', path, { token: billing, query, headers });
      expect(answer.status, answer.text).toBe(200);
      return answer;
    },

    report: (month: string, report: Report) => `billing-periods/${month}/${report}`,

    /** A file's rows by column. */
    rows: (text: string) => parse<Record<string, string>>(text, { columns: true }),

    balances: async (invoiceMonth: string) =>
      (await world.list('credit-offer-balances', { invoiceMonth })) as unknown as Record<
        string,
        unknown
      >[],
  };
  return world;
}
