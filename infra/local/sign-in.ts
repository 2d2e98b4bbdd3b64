import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import type { LocalKeys } from './keys.ts';
import { serviceRoles } from '../../src/platform/identity.ts';
import { listenLoopback } from './ports.ts';

/** The programme operator's tenant on one machine (OPERATOR_TENANT_ID). */
export const operatorTenantId = 'c0ffee00-0000-4000-8000-000000000001';

/** The API's client ID (TOKEN_AUDIENCE). */
export const tokenAudience = 'c0ffee00-0000-4000-8000-00000000a9e1';

/** The scope in people's tokens (TOKEN_SCOPE). */
export const tokenScope = 'Benefits.Access';

/** The client IDs that tokens are asked for with: a portal where people sign in, and a service. */
const portalClientId = 'c0ffee00-0000-4000-8000-00000000c11e';
const serviceClientId = 'c0ffee00-0000-4000-8000-00000000c115';

/**
 * Who a token is for. `tenant` is by default the partner's, or the operator's when no partner is named or all roles
 * are those of the operator's services.
 */
export type TokenRequest = {
  roles?: readonly string[];
  /** A person's token, or an application's; by default the latter when all roles are the operator's services'. */
  kind?: 'user' | 'service';
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

/** Object IDs that stay the same, so that the same person or service comes again. */
const defaultOids = {
  user: '00000000-0000-4000-8000-0000000000aa',
  service: '00000000-0000-4000-8000-0000000000ab',
};

/**
 * Makes an access token as Entra ID does (version 2.0): a person's with the scope, an application's with `idtyp`. It is
 * signed with the local key, valid by the real clock, whatever the test clock says, and needs no running service.
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
  const kind = request.kind ?? (isService ? 'service' : 'user');
  const oid = (request.oid ?? defaultOids[kind]).toLowerCase();
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    tid: tenant,
    oid,
    // Entra ID leaves out what is empty.
    ...(roles.length > 0 ? { roles } : {}),
    ...(kind === 'service' ? serviceClaims : personClaims(request, tenant)),
    uti: randomBytes(16).toString('base64url'),
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

const serviceClaims = { azp: serviceClientId, azpacr: '1', idtyp: 'app' };

function personClaims({ email, name }: TokenRequest, tenant: string) {
  const username = email ?? `admin@${tenant}.example`;
  return {
    azp: portalClientId,
    azpacr: '0',
    name: name ?? username,
    preferred_username: username,
    scp: tokenScope,
  };
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
