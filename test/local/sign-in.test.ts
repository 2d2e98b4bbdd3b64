import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadKeys, type LocalKeys } from '../../infra/local/keys.ts';
import {
  makeToken,
  operatorTenantId,
  startSignIn,
  tokenAudience,
  type SignInService,
  type TokenRequest,
} from '../../infra/local/sign-in.ts';
import './patiently.ts';

const partner = '11111111-2222-4333-8444-555555555555';
let dataDir: string;
let keys: LocalKeys;
let service: SignInService;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sign-in-test-'));
  keys = await loadKeys(dataDir);
  service = await startSignIn(keys, 0);
});
afterAll(async () => {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function verify(token: string, tenant: string) {
  const base = `${service.url}/${tenant}/v2.0`;
  const configuration = (await (
    await fetch(`${base}/.well-known/openid-configuration`)
  ).json()) as { issuer: string; jwks_uri: string };
  expect(configuration.issuer).toBe(base);
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(configuration.jwks_uri)), {
    issuer: configuration.issuer,
    audience: tokenAudience,
  });
  return payload;
}

test('a token is verified by the published key and its tenant’s issuer', async () => {
  const token = await makeToken(keys, service.url, {
    roles: ['PartnerAdmin', 'BillingAdmin'],
    partner: partner.toUpperCase(),
    email: 'ada@fabrikam.example',
    name: 'Ada',
  });
  expect(await verify(token, partner)).toMatchObject({
    tid: partner,
    roles: ['PartnerAdmin', 'BillingAdmin'],
    preferred_username: 'ada@fabrikam.example',
    name: 'Ada',
  });
  await expect(verify(token, operatorTenantId)).rejects.toThrow('iss');
});

test('PR-04 tokens are of the form that Entra ID gives a person and an application', async () => {
  const claimsOf = async (request: TokenRequest) =>
    verify(await makeToken(keys, service.url, request), operatorTenantId);
  const both = {
    aud: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    tid: operatorTenantId,
    roles: ['ProgramOperator'],
    ver: '2.0',
  };
  const roles = ['ProgramOperator'];
  const person = await claimsOf({ roles, kind: 'user' });
  expect(person).toMatchObject({ ...both, scp: 'Benefits.Access', azpacr: '0' });
  expect(person).not.toHaveProperty('idtyp');
  const application = await claimsOf({ roles });
  expect(application).toMatchObject({
    ...both,
    idtyp: 'app',
    azpacr: '1',
    sub: application['oid'],
  });
  for (const name of ['scp', 'name', 'preferred_username'])
    expect(application).not.toHaveProperty(name);
  expect(await claimsOf({})).not.toHaveProperty('roles');
  const header = decodeProtectedHeader(await makeToken(keys, service.url, { roles }));
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: keys.signIn.kid });
});

test('an expired token is refused', async () => {
  const token = await makeToken(keys, service.url, { partner, expiresIn: -1 });
  await expect(verify(token, partner)).rejects.toThrow('exp');
});

test('keys are made once, also by processes that race', async () => {
  const fresh = join(dataDir, 'fresh');
  const all = await Promise.all([1, 2, 3].map(() => loadKeys(fresh)));
  expect(new Set(all.map((found) => found.signIn.kid)).size).toBe(1);
  expect(await loadKeys(fresh)).toEqual(all[0]);
});

test('nothing secret is published', async () => {
  const text = await (await fetch(`${service.url}/discovery/keys`)).text();
  expect(Object.keys((JSON.parse(text) as { keys: object[] }).keys[0] ?? {}).sort()).toEqual([
    'alg',
    'e',
    'kid',
    'kty',
    'n',
    'use',
  ]);
});

test('the token command prints a token, and only that', async () => {
  const run = promisify(execFile);
  const script = join(import.meta.dirname, '../../infra/local/token.ts');
  const env = {
    PATH: process.env['PATH'],
    LOCAL_DATA_DIR: dataDir,
    LOCAL_SIGN_IN_PORT: new URL(service.url).port,
  };
  const token = async (...args: string[]) =>
    (await run(process.execPath, [script, ...args], { env })).stdout.trim();
  const operator = await verify(await token('--role', 'ProgramOperator'), operatorTenantId);
  expect(operator).toMatchObject({ roles: ['ProgramOperator'], idtyp: 'app' });
  const olga = decodeJwt(await token('--operator', '--kind', 'user', '--name', 'Olga Prieto'));
  expect(olga).toMatchObject({ roles: ['ProgramOperator'], scp: 'Benefits.Access' });
  const admin = await token('--role', 'PartnerAdmin', '--partner', partner, '--expires-in', '60');
  expect(decodeJwt(admin).exp).toBe((decodeJwt(admin).iat ?? 0) + 60);
  await verify(admin, partner);
  await expect(token('--role', 'PartnerAdmin', '--partner', 'x')).rejects.toThrow('GUID');
  await expect(token()).rejects.toThrow('--role');
  await expect(token('--role', 'PartnerAdmin')).rejects.toThrow('--partner');
  await expect(token('--role', 'Admin', '--partner', partner)).rejects.toThrow('Admin is no role');
  await expect(token('--operator', '--kind', 'robot')).rejects.toThrow('--kind');
});
