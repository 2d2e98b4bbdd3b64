/**
 * `npm run azure:secrets`: makes the vault's secrets that are not there yet, and rotates them. Values are made here, go
 * to the vault and nowhere else: no template, no command line, no output holds one.
 */
import { randomBytes } from 'node:crypto';
import { tool, type Tool } from './tools.ts';

/** What the app reads from the vault (infra/azure/modules/app.bicep): rings `id:base64,…`, the current key first. */
export const secrets = [
  'link-signing-keys',
  'product-key-encryption-keys',
  'product-key-hash-keys',
] as const;

export type SecretName = (typeof secrets)[number];

export type Vault = {
  read(name: SecretName): Promise<string | undefined>;
  write(name: SecretName, value: string, expires: Date): Promise<void>;
};

const usage = `npm run azure:secrets [-- VERB RING]

  (nothing)          makes the rings that are missing
  add RING           puts a new key at the ring's end: every instance can read with it, none writes with it
  promote RING       moves the last key to the front: now it is written with
  forget RING        drops every key but the first
  forget RING ID     drops this one key, which must not be the first

Forget a product key ring's keys only after npm run rotate-keys, a link key only once no link needs it.
RING is ${secrets.join(', ')}. AZURE_KEY_VAULT_NAME says which vault.
`;

const lifetimeDays = 365;

/** An id that says when the key was made, and that no other key of the ring has. */
function newEntry(now: Date, taken: readonly string[]): string {
  const day = now.toISOString().slice(0, 10);
  const ids = new Set(taken.map((entry) => entry.split(':')[0]));
  let id = day;
  for (let again = 2; ids.has(id); again++) id = `${day}-${again}`;
  return `${id}:${randomBytes(32).toString('base64')}`;
}

/** Carries out a command line; says what was done, never a value. @throws Error for a wrong verb or name */
export async function manageSecrets(
  args: readonly string[],
  vault: Vault,
  say: (line: string) => void,
  now = new Date(),
): Promise<void> {
  const expires = new Date(now.getTime() + lifetimeDays * 86_400_000);
  const [verb, given, id] = args;
  if (verb === undefined) {
    for (const name of secrets) {
      if ((await vault.read(name)) !== undefined) say(`${name}: is there`);
      else {
        await vault.write(name, newEntry(now, []), expires);
        say(`${name}: made`);
      }
    }
    return;
  }
  const name = secrets.find((known) => known === given);
  const known = verb === 'add' || verb === 'promote' || verb === 'forget';
  if (!name || !known || (id !== undefined && verb !== 'forget'))
    throw new Error(`Not understood: ${args.join(' ')}\n\n${usage}`);
  const ring = (await vault.read(name))?.split(',');
  if (!ring) throw new Error(`${name} is not there: make it first, without a verb`);
  await vault.write(name, turned(ring, verb, id, now).join(','), expires);
  say(`${name}: ${verb}, done. The app has it within a day; docs/operations.md says how at once.`);
}

function turned(
  ring: readonly string[],
  verb: 'add' | 'promote' | 'forget',
  id: string | undefined,
  now: Date,
): string[] {
  if (verb === 'add') return [...ring, newEntry(now, ring)];
  if (verb === 'forget') {
    if (id === undefined) return ring.slice(0, 1);
    const kept = ring.filter((entry, at) => at === 0 || entry.split(':')[0] !== id);
    if (kept.length === ring.length)
      throw new Error(`The ring holds no key ${id} behind the first: nothing was changed`);
    return kept;
  }
  if (ring.length < 2) throw new Error('The ring holds one key: add another first');
  return [...ring.slice(-1), ...ring.slice(0, -1)];
}

export type VaultOptions = {
  /** How long a role that was given a moment ago may take to count, and the vault to let somebody in: in ms. */
  patience?: number;
  pause?: number;
  /** Asks that the vault lets an address in, when its firewall turned the caller away. */
  letIn?: (address: string) => Promise<void>;
};

type Refusal = { error?: { message?: string; innererror?: { code?: string } } };

/**
 * A vault over HTTP. 403 is tried again for `patience`: a role or a rule of the firewall takes its time to count.
 * @throws Error with the status, never with what was sent; at once when the vault is reached by private endpoints only
 */
export function openVault(
  url: string,
  token: () => Promise<string>,
  { patience = 600_000, pause = 15_000, letIn }: VaultOptions = {},
): Vault {
  const asked = new Set<string>();

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
      const { error } = (await response.json().catch(() => ({}))) as Refusal;
      if (error?.innererror?.code === 'ForbiddenByConnection')
        throw new Error(
          'The vault is reached from its virtual network only: run this inside of it',
        );
      // The vault itself says which address it saw; nobody else needs to be asked.
      const [, address] = /Client address: ([\d.]+)/.exec(error?.message ?? '') ?? [];
      if (error?.innererror?.code === 'ForbiddenByFirewall' && address && !asked.has(address)) {
        asked.add(address);
        await letIn?.(address);
      }
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

/**
 * Works with a vault as whoever is signed in to `az`. Where its firewall is closed, it is opened to the caller's own
 * address for as long as the work takes.
 */
export async function useVault(
  name: string,
  az: Tool,
  work: (vault: Vault) => Promise<void>,
  { url = `https://${name}.vault.azure.net`, ...options }: VaultOptions & { url?: string } = {},
): Promise<void> {
  const opened: string[] = [];
  const rule = (verb: 'add' | 'remove', address: string) =>
    az(
      ...['keyvault', 'network-rule', verb, '--name', name],
      ...['--ip-address', `${address}/32`, '--output', 'none'],
    );
  const token = () =>
    az(
      ...['account', 'get-access-token', '--scope', 'https://vault.azure.net/.default'],
      ...['--query', 'accessToken', '--output', 'tsv'],
    );
  const letIn = async (address: string) => {
    opened.push(address);
    await rule('add', address);
  };
  try {
    await work(openVault(url, token, { ...options, letIn }));
  } finally {
    for (const address of opened) await rule('remove', address);
  }
}

if (import.meta.main) {
  const name = process.env['AZURE_KEY_VAULT_NAME'];
  if (!name) throw new Error('AZURE_KEY_VAULT_NAME is missing: azd sets it from the deployment');
  await useVault(name, tool('az'), (vault) =>
    manageSecrets(process.argv.slice(2), vault, (line) => process.stdout.write(`${line}\n`)),
  );
}
