/** The vault's secrets: made once, rotated without a moment in which a key cannot be read. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import {
  manageSecrets,
  openVault,
  type SecretName,
  type Vault,
} from '../../infra/azure/secrets.ts';
import { theOne, usual, at } from './support/deployments.ts';

const now = new Date('2026-12-01T10:00:00Z');

function memory() {
  const held = new Map<SecretName, { value: string; expires: Date }>();
  const vault: Vault = {
    read: async (name) => held.get(name)?.value,
    write: async (name, value, expires) => void held.set(name, { value, expires }),
  };
  const said: string[] = [];
  const run = (...args: string[]) => manageSecrets(args, vault, (line) => said.push(line), now);
  const ids = (name: SecretName) =>
    held
      .get(name)
      ?.value.split(',')
      .map((entry) => entry.split(':')[0]);
  return { held, said, run, ids };
}

test('what is missing is made, what is there stays', async () => {
  const { held, said, run } = memory();
  await run();
  const made = new Map(held);
  await run();
  expect(held).toEqual(made);
  expect([...held.keys()]).toEqual([
    'link-signing-keys',
    'product-key-encryption-keys',
    'product-key-hash-keys',
  ]);
  for (const { value } of held.values()) expect(value).toMatch(/^2026-12-01:[A-Za-z0-9+/]{43}=$/);
  expect(held.get('product-key-hash-keys')!.expires.toISOString()).toBe('2027-12-01T10:00:00.000Z');
  for (const { value } of held.values()) expect(said.join('\n')).not.toContain(value.slice(-20));
});

test('a ring turns: read by all first, then written with, then alone', async () => {
  const { run, ids } = memory();
  await run();
  await run('add', 'product-key-hash-keys');
  expect(ids('product-key-hash-keys')).toEqual(['2026-12-01', '2026-12-01-2']);
  await run('promote', 'product-key-hash-keys');
  expect(ids('product-key-hash-keys')).toEqual(['2026-12-01-2', '2026-12-01']);
  await run('forget', 'product-key-hash-keys');
  expect(ids('product-key-hash-keys')).toEqual(['2026-12-01-2']);
  await expect(run('promote', 'product-key-hash-keys')).rejects.toThrow('add another first');
});

test('CR-08 of the link keys the oldest goes alone, for links of the others are still out', async () => {
  const { run, ids, held } = memory();
  await run();
  for (const verb of ['add', 'promote', 'add', 'promote']) await run(verb, 'link-signing-keys');
  expect(ids('link-signing-keys')).toEqual(['2026-12-01-3', '2026-12-01-2', '2026-12-01']);
  await run('forget', 'link-signing-keys', '2026-12-01');
  expect(ids('link-signing-keys')).toEqual(['2026-12-01-3', '2026-12-01-2']);
  const before = new Map(held);
  for (const id of ['2026-12-01-3', '2026-12-01'])
    await expect(run('forget', 'link-signing-keys', id)).rejects.toThrow('nothing was changed');
  expect(held).toEqual(before);
});

test.each([
  [['replace', 'product-key-hash-keys']],
  [['add', 'link-signing-key']],
  [['add', 'link-signing-keys', '2026-12-01']],
  [['add']],
  [['add', 'toString']],
  [['turn', 'product-key-hash-keys']],
])('%j is not understood and changes nothing', async (args) => {
  const { held, run } = memory();
  await run();
  const before = new Map(held);
  await expect(run(...args)).rejects.toThrow('Not understood');
  expect(held).toEqual(before);
});

test('over HTTP: 403 is waited out, 404 is none, the value goes in the body only', async () => {
  const seen: { method: string; url: string; authorization: string; body: string }[] = [];
  let refusals = 2;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, authorization: headers.authorization ?? '', body });
      response.statusCode = refusals-- > 0 ? 403 : method === 'GET' ? 404 : 200;
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const vault = openVault(url, async () => 'a-token', { patience: 5_000, pause: 1 });
    expect(await vault.read('link-signing-keys')).toBeUndefined();
    await vault.write('link-signing-keys', 'a-value', now);
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'PUT']);
    expect(seen.at(-1)).toEqual({
      method: 'PUT',
      url: '/secrets/link-signing-keys?api-version=7.4',
      authorization: 'Bearer a-token',
      body: '{"value":"a-value","attributes":{"enabled":true,"exp":1796119200}}',
    });
    refusals = 100;
    const hasty = openVault(url, async () => 'a-token', { patience: 0, pause: 1 });
    await expect(hasty.write('link-signing-keys', 'a-value', now)).rejects.toThrow(
      /^The vault answers 403 to PUT link-signing-keys$/,
    );
  } finally {
    server.close();
  }
});

test('whoever deploys may write secrets, the app may only read them', () => {
  const roles = usual
    .filter(({ symbol }) => symbol === 'appOnVault' || symbol === 'deployerOnVault')
    .map((one) => [one.symbol, at(one, 'properties', 'roleDefinitionId')]);
  expect(roles).toEqual([
    ['appOnVault', expect.stringContaining('4633458b') as string],
    ['deployerOnVault', expect.stringContaining('b86a8fe4') as string],
  ]);
  expect(
    at(theOne(usual, 'Microsoft.KeyVault/vaults'), 'properties', 'softDeleteRetentionInDays'),
  ).toBe(90);
});
