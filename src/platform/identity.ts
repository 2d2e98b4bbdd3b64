/**
 * Who calls: verifies the bearer token in the app itself, whatever stands in front of it (PR-04). The token's tenant
 * and roles decide what the caller may do; no parameter does.
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Config } from './config.ts';
import { notFound, refuse, RefusalError } from './refusals.ts';

/** Roles of people who act within their own partner only. */
export const partnerRoles = ['GlobalAdmin', 'PartnerAdmin', 'AdminAgent', 'BillingAdmin'] as const;

/** Roles of the operator's people and services, who act on every partner. */
export const serviceRoles = ['ProgramOperator', 'UsageReporter'] as const;

export type PartnerRole = (typeof partnerRoles)[number];
export type ServiceRole = (typeof serviceRoles)[number];
export type Role = PartnerRole | ServiceRole;

/** Whose a signed token is: its tenant and its subject's object ID. */
export type Subject = { tenantId: string; objectId: string };

/** A verified token: whether it is a person's or an application's, its subject, and its roles. */
export type Identity = Subject & { type: 'user' | 'service'; roles: ReadonlySet<string> };

/** Who did something, as histories record it: a person, an application, the holder by the email's link, or time. */
export type Actor =
  | { type: 'user' | 'service'; id: string; tenantId: string; role: Role }
  | { type: 'holder'; id: string }
  | { type: 'system' };

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What Entra ID and RFC 9068 write into an access token's header; other tokens have names of their own. */
const accessTokenTypes: readonly string[] = ['jwt', 'at+jwt', 'application/at+jwt'];
const keySets = new Map<string, Promise<JWTVerifyGetKey>>();

/**
 * Verifies an Authorization header: an access token made for this API by the issuer of the token's own tenant, signed,
 * in time, and held by a person with our scope or by an application. Token lifetimes follow the real clock.
 * @param seen is told whose token it is once its signature and its tenant's issuer are verified, even where the token is
 * then refused: as expired, for another application, without our scope
 * @throws RefusalError Unauthenticated, or ServiceUnavailable when the signing keys cannot be fetched.
 */
export async function authenticate(
  token: Config['token'],
  authorization: string | null,
  seen: (subject: Subject) => void = () => undefined,
): Promise<Identity> {
  const [, bearer] = /^Bearer +([^\s]+)$/i.exec(authorization ?? '') ?? [];
  if (!bearer) throw unauthenticated('Send a bearer token in the Authorization header.');
  const jose = await import('jose');
  const { payload, protectedHeader } = await verify(jose, token, bearer, seen);
  tellSubject(payload, token.issuer, seen);
  if (!accessTokenTypes.includes(text(protectedHeader.typ).toLowerCase()))
    throw unauthenticated('The token was made for another purpose. Send an access token.');
  const tenantId = text(payload['tid']).toLowerCase();
  const objectId = text(payload['oid']).toLowerCase();
  if (!guid.test(tenantId) || !guid.test(objectId))
    throw unauthenticated(
      'The token must hold the claims tid and oid. Request the scope profile as well.',
    );
  if (!isIssuerOf(tenantId, payload, token.issuer))
    throw unauthenticated(
      "The token's issuer is not that of its tenant in version 2.0. The app registration of the API must set requestedAccessTokenVersion to 2.",
    );
  const roles = Array.isArray(payload['roles']) ? (payload['roles'] as unknown[]) : [];
  return {
    type: holderOf(payload, token.scope),
    tenantId,
    objectId,
    roles: new Set(roles.filter((role) => typeof role === 'string')),
  };
}

/**
 * Whose access token it is: a person's names our scope, an application's says that it is one. An ID token does neither,
 * even where portal and API share one app registration and so one audience.
 */
function holderOf(payload: JWTPayload, scope: string): Identity['type'] {
  const { scp, idtyp } = payload;
  if (idtyp === 'app' && scp === undefined) return 'service';
  if (scp === undefined)
    throw unauthenticated(
      `The token is no access token: it has neither scp nor idtyp. Request one with the scope ${scope}, not an ID token. ` +
        'For an application, add the optional claim idtyp to the app registration of the API.',
    );
  const person = idtyp === undefined || idtyp === 'user';
  if (person && text(scp).split(' ').includes(scope)) return 'user';
  throw unauthenticated(`The token lacks the scope ${scope}. Request an access token with it.`);
}

function tellSubject(payload: JWTPayload, issuer: string, seen: (subject: Subject) => void): void {
  const tenantId = text(payload['tid']).toLowerCase();
  const objectId = text(payload['oid']).toLowerCase();
  const named = guid.test(tenantId) && guid.test(objectId);
  if (named && isIssuerOf(tenantId, payload, issuer)) seen({ tenantId, objectId });
}

function isIssuerOf(tenantId: string, payload: JWTPayload, issuer: string): boolean {
  return text(payload.iss).toLowerCase() === issuer.replace('{tid}', tenantId).toLowerCase();
}

async function verify(
  jose: typeof import('jose'),
  token: Config['token'],
  bearer: string,
  seen: (subject: Subject) => void,
) {
  try {
    const keySet = await keySetAt(jose, token.jwksUri);
    return await jose.jwtVerify(bearer, keySet, {
      audience: token.audience,
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
    });
  } catch (error) {
    // Of a token whose signature is right and whose claims are not, the error has the claims.
    const { code, name, claim, payload } = error as {
      code?: string;
      name: string;
      claim?: string;
      payload?: JWTPayload;
    };
    if (payload) tellSubject(payload, token.issuer, seen);
    if (code === 'ERR_JWT_EXPIRED') throw unauthenticated('The token has expired. Sign in again.');
    // Signed rightly, but asked for another API, or of version 1.0, whose audience can be api://….
    if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' && claim === 'aud')
      throw unauthenticated(
        `The token is for another application. Request an access token for ${token.audience} with the scope ${token.scope}. ` +
          'The app registration of the API must set requestedAccessTokenVersion to 2.',
      );
    // The keys could not be fetched: nothing is known about the token, and asking again helps.
    const keysOutOfReach =
      code === 'ERR_JWKS_TIMEOUT' || code === 'ERR_JOSE_GENERIC' || name === 'TypeError';
    if (keysOutOfReach)
      throw new RefusalError(
        refuse('ServiceUnavailable', 'The sign-in service cannot be reached. Try again shortly.', {
          retryAfterSeconds: 5,
        }),
      );
    throw unauthenticated('The token is not valid for this service. Sign in again.');
  }
}

function keySetAt(jose: typeof import('jose'), uri: string): Promise<JWTVerifyGetKey> {
  let keySet = keySets.get(uri);
  if (!keySet) {
    keySet = Promise.resolve(jose.createRemoteJWKSet(new URL(uri), { timeoutDuration: 2_000 }));
    keySets.set(uri, keySet);
  }
  return keySet;
}

function text(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

function unauthenticated(message: string): RefusalError {
  return new RefusalError(refuse('Unauthenticated', message));
}

/** The roles that the token names, of those that this API knows. */
export function rolesOf(identity: Identity): Role[] {
  return [...partnerRoles, ...serviceRoles].filter((role) => identity.roles.has(role));
}

/**
 * Decides whether the caller may use a route, and in which role. Service roles count only in tokens of the operator's
 * own tenant, a person's or an application's; partner roles only where the token's tenant is one of the path
 * partner's. Another partner's path is answered as one that does not exist, before roles are looked at (PR-04, PR-06).
 *
 * @param allowed the roles that may use the route
 * @param ownPartner whether the token's tenant is one of the path partner's; undefined for routes without a partner
 * @throws RefusalError NotFound or Forbidden
 */
export function authorize(
  identity: Identity,
  operatorTenantId: string,
  allowed: readonly Role[],
  ownPartner: boolean | undefined,
): Actor {
  const held = (role: Role) => identity.roles.has(role);
  const services = identity.tenantId === operatorTenantId ? serviceRoles.filter(held) : [];
  if (ownPartner === false && services.length === 0) throw new RefusalError(notFound());
  const own = ownPartner === true ? partnerRoles.filter(held) : [];
  const role = [...own, ...services].find((candidate) => allowed.includes(candidate));
  if (!role)
    throw new RefusalError(
      refuse('Forbidden', `This needs one of the roles ${allowed.join(', ')}.`),
    );
  return {
    type: identity.type,
    id: identity.objectId,
    tenantId: identity.tenantId,
    role,
  };
}
