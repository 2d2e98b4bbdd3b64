/** Key rings: secrets that can be rotated, as settings hold them. */

/** Secrets of 32 bytes by id, the current one first. The others are only read with. */
export type KeyRing = readonly { readonly id: string; readonly secret: Uint8Array }[];

const secretBytes = 32;
const ringEntry = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/;

/**
 * Reads a ring from a setting: `id:base64,id:base64`, the current secret first, each of exactly 32 bytes.
 * Gives undefined when the text is not of that form or an id stands twice; the caller says which setting it was and
 * must not echo it.
 */
export function readKeyRing(setting: string): KeyRing | undefined {
  const ring: { id: string; secret: Uint8Array }[] = [];
  for (const entry of setting.split(',')) {
    const match = ringEntry.exec(entry.trim());
    const id = match?.[1];
    const secret = Buffer.from(match?.[2] ?? '', 'base64');
    if (id === undefined || secret.length !== secretBytes) return undefined;
    if (ring.some((other) => other.id === id)) return undefined;
    ring.push({ id, secret });
  }
  return ring;
}

/** The secret that is written with: the first. @throws Error for an empty ring, which no setting can make */
export function currentSecret(ring: KeyRing): KeyRing[number] {
  const first = ring[0];
  if (first === undefined) throw new Error('A key ring must hold at least one secret');
  return first;
}

/**
 * Names the settings that hold a secret which an earlier one holds too, or twice themselves. A secret has one use and
 * one ID: otherwise dropping it from one place leaves it working in another.
 */
export function repeatedSecrets(rings: Readonly<Record<string, KeyRing>>): string[] {
  const seen = new Set<string>();
  return Object.entries(rings)
    .filter(([, ring]) => {
      const secrets = ring.map(({ secret }) => Buffer.from(secret).toString('base64'));
      const repeated = secrets.some(
        (secret, at) => seen.has(secret) || secrets.indexOf(secret) < at,
      );
      for (const secret of secrets) seen.add(secret);
      return repeated;
    })
    .map(([name]) => name);
}
