/** The typed client, and a world of partners made with it. Types come from the OpenAPI document (infra/generate-client.ts). */
import { randomUUID } from 'node:crypto';
import createClient, { type Client as TypedClient } from 'openapi-fetch';
import { expect } from 'vitest';
import { addDays, dateOf } from '../../src/platform/calendar.ts';
import { apiVersion } from '../../src/platform/http/api-version.ts';
import { statusOf, type RefusalCode } from '../../src/platform/refusals.ts';
import type { components, paths } from './api.generated.d.ts';
import type { Stack } from './stack.ts';

export type Client = TypedClient<paths>;
export type Credit = components['schemas']['CreditBenefit'];
export type User = components['schemas']['User'];
export type Membership = components['schemas']['Membership'];

/** The query parameter that every request names the version by. */
export const version = { 'api-version': apiVersion } as const;

export function apiClient(stack: Stack, token?: string): Client {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return createClient<paths>({ baseUrl: stack.baseUrl, headers });
}

type Result<T> = { data?: T; error?: unknown; response: Response };

/** The answer of a request that must succeed. */
export async function ok<T>(pending: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await pending;
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(error)}`);
  return data as T;
}

type ErrorBody = {
  code: string;
  message: string;
  target?: string;
  details?: { code: string; target?: string; message: string }[];
};

/** The error of a request that must be refused with this code, in the contract's shape (status, header, body). */
export async function refused(
  pending: Promise<Result<unknown>>,
  code: RefusalCode,
): Promise<ErrorBody> {
  const { error, response } = await pending;
  const body = error as { error: ErrorBody } | undefined;
  expect({ status: response.status, code: body?.error.code }).toEqual({
    status: statusOf[code],
    code,
  });
  expect(response.headers.get('x-ms-error-code')).toBe(code);
  expect(response.headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  return body!.error;
}

/** Headers that make a request repeatable; sent again with the same it is the same request. */
export function repeatable(id: string = randomUUID(), firstSent = new Date()) {
  return {
    'Repeatability-Request-ID': id,
    'Repeatability-First-Sent': firstSent.toUTCString(),
  };
}

/** Today, UTC, moved by days. */
export const day = (moved = 0) => addDays(dateOf(new Date().toISOString()), moved);

export const operator = async (stack: Stack): Promise<Client> =>
  apiClient(stack, await stack.tokenFor({ roles: ['ProgramOperator'] }));

/** The catalogue type whose set begins with a credit of this kind. */
const typeWith = { 'azure-monthly': 'action-pack', 'azure-bulk': 'launch' } as const;

export type Partner = Awaited<ReturnType<typeof newPartner>>;

/** A new partner, with what its administrator (`admin`) and the operator do most, as short calls that must succeed. */
export async function newPartner(
  stack: Stack,
  facts: { domains?: string[]; tenantIds?: string[]; displayName?: string } = {},
) {
  const partnerId = randomUUID();
  const path = { partnerId };
  const asOperator = await operator(stack);
  const admin = apiClient(
    stack,
    await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partnerId }),
  );
  const body = { displayName: 'Contoso', domains: ['contoso.com'], ...facts };
  await ok(asOperator.PUT('/api/partners/{partnerId}', { params: { path, query: version }, body }));

  return {
    id: partnerId,
    path,
    admin,
    operator: asOperator,

    start: (type: string, startDate = day(), terms?: 'mpn' | 'maicpp') =>
      ok(
        asOperator.POST('/api/partners/{partnerId}/memberships', {
          params: { path, query: version },
          body: { type, startDate, ...(terms ? { terms } : {}) },
        }),
      ),

    /** The first credit of a new membership. */
    async credit(
      kind: keyof typeof typeWith,
      terms?: 'mpn' | 'maicpp',
      startDate = day(),
    ): Promise<Credit> {
      const { benefitIds } = await this.start(typeWith[kind], startDate, terms);
      return this.benefit(benefitIds[0]!);
    },

    async award(membershipId: string, kind: Credit['kind'], terms?: 'mpn' | 'maicpp') {
      const amount = { amount: '100.00', currency: 'USD' };
      const benefit = await ok(
        asOperator.POST('/api/partners/{partnerId}/benefits', {
          params: { path, query: version },
          body: { membershipId, kind, amount, ...(terms ? { terms } : {}) },
        }),
      );
      return benefit as Credit;
    },

    async benefit(benefitId: string): Promise<Credit> {
      const benefit = await ok(
        admin.GET('/api/partners/{partnerId}/benefits/{benefitId}', {
          params: { path: { partnerId, benefitId }, query: version },
        }),
      );
      return benefit as Credit;
    },

    /** The ETag of a benefit as it is now. */
    async etag(benefitId: string): Promise<string> {
      const { response } = await admin.GET('/api/partners/{partnerId}/benefits/{benefitId}', {
        params: { path: { partnerId, benefitId }, query: version },
      });
      return response.headers.get('etag') ?? '';
    },

    user: (email = `${randomUUID()}@contoso.com`, displayName = 'Ana Adams'): Promise<User> =>
      ok(
        admin.POST('/api/partners/{partnerId}/users', {
          params: { path, query: version },
          body: { email, displayName },
        }),
      ),

    /** Asks to assign; the answer is the caller's to judge. */
    assign(benefitId: string, userId: string, etag?: string) {
      const header = etag === undefined ? {} : { 'If-Match': etag };
      return admin.PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
        params: { path: { partnerId, benefitId }, query: version, header },
        body: { userId },
      });
    },

    unassign: (benefitId: string) =>
      admin.DELETE('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
        params: { path: { partnerId, benefitId }, query: version },
      }),

    /** Waits until the mail service has the email of the benefit's present assignment. */
    async mailAccepted(benefitId: string): Promise<void> {
      const status = async () => (await this.benefit(benefitId)).assignment?.mail.status;
      await expect.poll(status, { timeout: 20_000 }).not.toBe('pending');
    },

    /** The token of the link in the mail of the benefit's present assignment. */
    async link(benefitId: string): Promise<string> {
      const { assignment } = await this.benefit(benefitId);
      return stack.linkToken({ partnerId, benefitId, linkId: assignment?.id ?? '' });
    },

    async ledger(benefitId: string) {
      const { value } = await ok(
        admin.GET('/api/partners/{partnerId}/benefits/{benefitId}/ledger', {
          params: { path: { partnerId, benefitId }, query: version },
        }),
      );
      return value;
    },
  };
}

/** All benefits of a partner. */
export async function benefitsOf(partner: Partner) {
  const { value } = await ok(
    partner.admin.GET('/api/partners/{partnerId}/benefits', {
      params: { path: partner.path, query: version },
    }),
  );
  return value;
}

/** Adds a user and assigns in one call; the answer is the caller's to judge. */
export const assignNew = (
  partner: Partner,
  benefitId: string,
  email: string,
  displayName = 'New',
) =>
  partner.admin.PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
    params: { path: { ...partner.path, benefitId }, query: version },
    body: { newUser: { email, displayName } },
  });

/** The users a credit was asked for, by address, each with the codes of why not; none is eligible. */
export const eligibleUsers = async (partner: Partner, benefitId: string, search = '') => {
  const { value } = await ok(
    partner.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}/eligible-users', {
      params: { path: { ...partner.path, benefitId }, query: { ...version, search } },
    }),
  );
  return Object.fromEntries(
    value.map(({ email, reasons }) => [email, reasons.map(({ code }) => code)]),
  );
};

/** Sends any request, typed or not: for what a typed client would not let through. */
export async function send(
  stack: Stack,
  method: string,
  pathAndQuery: string,
  init: { token?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
) {
  const { token, headers = {}, body } = init;
  const response = await fetch(stack.baseUrl + pathAndQuery, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { response, status: response.status, headers: response.headers, text };
}

/** A way to ask anything with one token; answers come with their error's code and the targets of its details. */
export function asking(stack: Stack, token: string) {
  return async (
    method: string,
    pathAndQuery: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = body === undefined
      ? {}
      : { 'content-type': 'application/json' },
  ) => {
    const answer = await send(stack, method, pathAndQuery, {
      token,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const parsed = (answer.text === '' ? {} : JSON.parse(answer.text)) as {
      error?: { code: string; message: string; details?: { target?: string }[] };
    };
    const { code, message = '', details = [] } = parsed.error ?? {};
    return { ...answer, code, message, targets: details.map(({ target }) => target) };
  };
}
