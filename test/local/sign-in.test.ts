import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
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
  type SignInService,
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
    audience: 'api://partner-benefits',
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
    email: 'ada@fabrikam.example',
    preferred_username: 'ada@fabrikam.example',
    name: 'Ada',
    ver: '2.0',
  });
  await expect(verify(token, operatorTenantId)).rejects.toThrow('iss');
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
  expect(operator['roles']).toEqual(['ProgramOperator']);
  const admin = await token('--role', 'PartnerAdmin', '--partner', partner, '--expires-in', '60');
  expect(decodeJwt(admin).exp).toBe((decodeJwt(admin).iat ?? 0) + 60);
  await verify(admin, partner);
  await expect(token('--role', 'PartnerAdmin', '--partner', 'x')).rejects.toThrow('GUID');
  await expect(token()).rejects.toThrow('--role');
});
