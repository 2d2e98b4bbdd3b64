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

/** Whether two rings hold the same bytes somewhere: secrets of different uses must differ. */
export function sharesSecret(one: KeyRing, other: KeyRing): boolean {
  return one.some(({ secret }) => other.some((entry) => Buffer.from(entry.secret).equals(secret)));
}
