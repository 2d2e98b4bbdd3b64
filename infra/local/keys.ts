import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readKeyRing } from '../../src/platform/key-ring.ts';

const ring = z.string().refine((text) => readKeyRing(text) !== undefined);

const localKeys = z.object({
  /** The sign-in service's private RSA key (JWK). */
  signIn: z.looseObject({ kty: z.literal('RSA'), kid: z.string() }),
  /** LINK_SIGNING_KEYS, PRODUCT_KEY_ENCRYPTION_KEYS and PRODUCT_KEY_HASH_KEYS, `id:base64`. */
  linkSigning: ring,
  productKeyEncryption: ring,
  productKeyHash: ring,
});

/** The secrets of one local system. They protect nothing beyond this machine. */
export type LocalKeys = z.infer<typeof localKeys>;

/**
 * The keys kept in `keys.json` of a data folder, made at the first call. Processes that race to make them
 * all end up with the same ones.
 */
export async function loadKeys(dataDir: string): Promise<LocalKeys> {
  const file = join(dataDir, 'keys.json');
  const known = await readKeys(file);
  if (known) return known;
  await mkdir(dataDir, { recursive: true });
  const aside = join(dataDir, `keys-${randomUUID()}.json`);
  await writeFile(aside, JSON.stringify(await makeKeys()), { mode: 0o600 });
  try {
    // A link is made whole or not at all, and never replaces a file: who comes second reads the first's.
    await link(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside);
  }
  const made = await readKeys(file);
  if (!made) throw new Error(`${file} has vanished while it was being made.`);
  return made;
}

async function readKeys(file: string): Promise<LocalKeys | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = localKeys.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`${file} is broken or of an older version; delete it to get new keys.`);
  return parsed.data;
}

async function makeKeys(): Promise<LocalKeys> {
  const { exportJWK, generateKeyPair } = await import('jose');
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return {
    signIn: { ...jwk, kty: 'RSA', kid: randomUUID(), alg: 'RS256', use: 'sig' },
    linkSigning: `l1:${randomBytes(32).toString('base64')}`,
    productKeyEncryption: `e1:${randomBytes(32).toString('base64')}`,
    productKeyHash: `h1:${randomBytes(32).toString('base64')}`,
  };
}
