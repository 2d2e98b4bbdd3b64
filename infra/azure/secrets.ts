/**
 * `npm run azure:secrets`: makes the vault's secrets that are not there yet, and rotates them. Values are made here, go
 * to the vault and nowhere else: no template, no command line, no output holds one.
 */
import { randomBytes } from 'node:crypto';

/** What the app reads from the vault (infra/azure/modules/app.bicep). A ring is `id:base64,…`, the current first. */
export const secrets = {
  'link-signing-key': 'key',
  'product-key-encryption-keys': 'ring',
  'product-key-hash-keys': 'ring',
} as const;

export type SecretName = keyof typeof secrets;

export type Vault = {
  read(name: SecretName): Promise<string | undefined>;
  write(name: SecretName, value: string, expires: Date): Promise<void>;
};

const usage = `npm run azure:secrets [-- VERB NAME]

  (nothing)              makes the secrets that are missing
  replace link-signing-key   a new key: every link that is out dies with the old one
  add RING               puts a new key at the ring's end: every instance can read with it, none writes with it
  promote RING           moves the last key to the front: now it is written with
  forget RING            drops every key but the first: only after npm run rotate-keys

RING is product-key-encryption-keys or product-key-hash-keys. AZURE_KEY_VAULT_NAME says which vault.
`;

const lifetimeDays = 365;
const newKey = () => randomBytes(32).toString('base64');

/** An id that says when the key was made, and that no other key of the ring has. */
function newEntry(now: Date, taken: readonly string[]): string {
  const day = now.toISOString().slice(0, 10);
  const ids = new Set(taken.map((entry) => entry.split(':')[0]));
  let id = day;
  for (let again = 2; ids.has(id); again++) id = `${day}-${again}`;
  return `${id}:${newKey()}`;
}

/** Carries out a command line; says what was done, never a value. @throws Error for a wrong verb or name */
export async function manageSecrets(
  args: readonly string[],
  vault: Vault,
  say: (line: string) => void,
  now = new Date(),
): Promise<void> {
  const expires = new Date(now.getTime() + lifetimeDays * 86_400_000);
  const [verb, given] = args;
  if (verb === undefined) {
    for (const name of Object.keys(secrets) as SecretName[]) {
      if ((await vault.read(name)) !== undefined) say(`${name}: is there`);
      else {
        await vault.write(name, secrets[name] === 'ring' ? newEntry(now, []) : newKey(), expires);
        say(`${name}: made`);
      }
    }
    return;
  }
  const name = given as SecretName;
  const kind = given !== undefined && given in secrets ? secrets[name] : undefined;
  if (verb === 'replace' && kind === 'key') await vault.write(name, newKey(), expires);
  else if (kind === 'ring' && (verb === 'add' || verb === 'promote' || verb === 'forget')) {
    const ring = (await vault.read(name))?.split(',');
    if (!ring) throw new Error(`${name} is not there: make it first, without a verb`);
    await vault.write(name, turned(ring, verb, now).join(','), expires);
  } else throw new Error(`Not understood: ${args.join(' ')}\n\n${usage}`);
  say(`${name}: ${verb}, done. The app has it within a day; docs/operations.md says how at once.`);
}

function turned(ring: readonly string[], verb: 'add' | 'promote' | 'forget', now: Date): string[] {
  if (verb === 'add') return [...ring, newEntry(now, ring)];
  if (verb === 'forget') return ring.slice(0, 1);
  if (ring.length < 2) throw new Error('The ring holds one key: add another first');
  return [...ring.slice(-1), ...ring.slice(0, -1)];
}

/**
 * A vault over HTTP. A role that was given a moment ago can take minutes to count: 403 is tried again for `patience` ms.
 * @throws Error with the status, never with what was sent
 */
export function openVault(
  url: string,
  token: () => Promise<string>,
  patience = 600_000,
  pause = 15_000,
): Vault {
  async function ask(name: SecretName, init: RequestInit): Promise<Response> {
    const until = Date.now() + patience;
    for (;;) {
      const response = await fetch(new URL(`/secrets/${name}?api-version=7.4`, url), {
        ...init,
        headers: {
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/json',
        },
      });
      if (response.ok || response.status === 404) return response;
      if (response.status !== 403 || Date.now() >= until)
        throw new Error(`The vault answers ${response.status} to ${init.method} ${name}`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return {
    async read(name) {
      const response = await ask(name, { method: 'GET' });
      if (response.status === 404) return undefined;
      return ((await response.json()) as { value: string }).value;
    },
    async write(name, value, expires) {
      const attributes = { enabled: true, exp: Math.floor(expires.getTime() / 1_000) };
      const response = await ask(name, {
        method: 'PUT',
        body: JSON.stringify({ value, attributes }),
      });
      if (!response.ok) throw new Error(`The vault answers ${response.status} to PUT ${name}`);
    },
  };
}

if (import.meta.main) {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const name = process.env['AZURE_KEY_VAULT_NAME'];
  if (!name) throw new Error('AZURE_KEY_VAULT_NAME is missing: azd sets it from the deployment');
  const credential = new DefaultAzureCredential();
  const token = async () => (await credential.getToken('https://vault.azure.net/.default')).token;
  await manageSecrets(
    process.argv.slice(2),
    openVault(`https://${name}.vault.azure.net`, token),
    (line) => process.stdout.write(`${line}\n`),
  );
}
