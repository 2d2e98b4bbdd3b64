import * as http from 'node:http';
import type { LocalKeys } from './keys.ts';
import { serviceRoles } from '../../src/platform/identity.ts';
import { listenLoopback } from './ports.ts';

/** The programme operator's tenant on one machine (OPERATOR_TENANT_ID). */
export const operatorTenantId = 'c0ffee00-0000-4000-8000-000000000001';

/** The audience of the tokens (TOKEN_AUDIENCE). */
export const tokenAudience = 'api://partner-benefits';

/**
 * Who a token is for. `tenant` is by default the partner's, or the operator's when no partner is named or all roles
 * are those of the operator's services.
 */
export type TokenRequest = {
  roles?: readonly string[];
  partner?: string;
  tenant?: string;
  oid?: string;
  email?: string;
  name?: string;
  /** Seconds; below zero makes an expired token. */
  expiresIn?: number;
  /** Another audience than the app's, for tests of refusals. */
  audience?: string;
};

const services: ReadonlySet<string> = new Set(serviceRoles);

/** The issuer of every tenant's tokens, with `{tid}` where the tenant stands (TOKEN_ISSUER). */
export function issuerTemplate(signInUrl: string): string {
  return `${signInUrl}/{tid}/v2.0`;
}

/** An object id that stays the same for one address, so that the same person signs in again. */
const defaultOid = '00000000-0000-4000-8000-0000000000aa';

/**
 * Makes a bearer token as Entra ID would (version 2.0), signed with the local key. It is valid by the real
 * clock, whatever the test clock says, and needs no running service.
 */
export async function makeToken(
  keys: LocalKeys,
  signInUrl: string,
  request: TokenRequest,
): Promise<string> {
  const { SignJWT, importJWK } = await import('jose');
  const { roles = [], partner } = request;
  // A service's token is the operator's own, whichever partner it is going to act on.
  const isService = roles.length > 0 && roles.every((role) => services.has(role));
  const tenant = (
    request.tenant ??
    (isService ? undefined : partner) ??
    operatorTenantId
  ).toLowerCase();
  const oid = (request.oid ?? defaultOid).toLowerCase();
  const now = Math.floor(Date.now() / 1000);
  const email = request.email ?? `admin@${tenant}.example`;
  return new SignJWT({
    tid: tenant,
    oid,
    roles,
    name: request.name ?? email,
    email,
    preferred_username: email,
    ver: '2.0',
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keys.signIn.kid })
    .setIssuer(issuerTemplate(signInUrl).replace('{tid}', tenant))
    .setAudience(request.audience ?? tokenAudience)
    .setSubject(oid)
    .setIssuedAt(now)
    .setNotBefore(now - 60)
    .setExpirationTime(now + (request.expiresIn ?? 3600))
    .sign(await importJWK(keys.signIn, 'RS256'));
}

export type SignInService = { url: string; stop(): Promise<void> };

/**
 * Serves what the app needs to verify tokens: the public key at `/discovery/keys` and each tenant's
 * `/{tid}/v2.0/.well-known/openid-configuration`. Tokens are not asked for here: see `makeToken`.
 * A mock OAuth server was tried first, but knows one issuer only, and tenants each have their own.
 */
export async function startSignIn(keys: LocalKeys, port: number): Promise<SignInService> {
  const { kty, kid, n, e, alg, use } = keys.signIn;
  const jwks = { keys: [{ kty, kid, n, e, alg, use }] };
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const tenant = /^\/([0-9a-f-]{36})\/v2\.0\/\.well-known\/openid-configuration$/i.exec(
      path,
    )?.[1];
    const body =
      path === '/discovery/keys' ? jwks : tenant ? openIdConfiguration(url, tenant) : undefined;
    if (request.method !== 'GET' || !body) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const url = `http://127.0.0.1:${await listenLoopback(server, port)}`;
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function openIdConfiguration(url: string, tenant: string): object {
  return {
    issuer: issuerTemplate(url).replace('{tid}', tenant.toLowerCase()),
    jwks_uri: `${url}/discovery/keys`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
