/**
 * The token of the link in an email: a compact, signed, versioned binary that names partner, benefit and assignment
 * (docs/decisions/0004-redemption-links.md). No secret is kept for it, it is the same at a resend, and it is dead when the
 * assignment has ended or the holder's address has changed (CR-08).
 *
 * 66 bytes, 88 characters of base64url without padding or spare bits, so that each token has one spelling:
 * version (1), key (1), partner (16), benefit (16), link (16), the first 16 bytes of an HMAC-SHA256 of all before it.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Config } from '../platform/config.ts';
import { currentSecret, type KeyRing } from '../platform/key-ring.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';

/** What a link is for. `linkId` is `linkIdOf` the assignment. */
export type LinkTarget = { partnerId: string; benefitId: string; linkId: string };

const version = 1;
const headBytes = 2;
const idBytes = 16;
const signedBytes = headBytes + 3 * idBytes;
const macBytes = 16;

/** The one spelling of a token: nothing else is decoded. */
const spelling = /^[A-Za-z0-9_-]{88}$/;

/** What the ring's keys sign besides links, should it ever be anything, is told apart by this. */
const purpose = 'redemption link\0';

/**
 * What a link names of an assignment: its ID, or what has taken its place since the holder's address changed, so that
 * the links sent before open nothing any more.
 */
export function linkIdOf(assignment: { id: string; linkId?: string | undefined }): string {
  return assignment.linkId ?? assignment.id;
}

/** Makes the token, with the ring's current key. The same target and key give the same token. */
export function signLink(ring: KeyRing, { partnerId, benefitId, linkId }: LinkTarget): string {
  const { id, secret } = currentSecret(ring);
  const head = Buffer.from([version, tagOf(id)]);
  const signed = Buffer.concat([head, ...[partnerId, benefitId, linkId].map(bytesOf)]);
  return Buffer.concat([signed, macOf(secret, signed)]).toString('base64url');
}

/** The address in the email: at most 100 characters after the host, where the base URL has no path (WD-02). */
export function linkAddress(config: Pick<Config, 'publicBaseUrl'>, token: string): string {
  return `${config.publicBaseUrl}/redeem/${token}`;
}

/**
 * Reads a token that any key of the ring has signed, so that rotating keys kills no link. Needs no storage.
 * @throws RefusalError NotFound for anything we did not sign, and for any other spelling of what we did
 */
export function readLink(ring: KeyRing, token: string): LinkTarget {
  const bytes = spelling.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
  if (bytes[0] !== version) throw new RefusalError(notFound());
  const signed = bytes.subarray(0, signedBytes);
  const mac = bytes.subarray(signedBytes);
  // Two keys of a ring can have the same tag: then either may have signed it.
  const known = ring.some(
    ({ id, secret }) => tagOf(id) === bytes[1] && timingSafeEqual(macOf(secret, signed), mac),
  );
  if (!known) throw new RefusalError(notFound());
  const idAt = (index: number) => guidOf(signed.subarray(headBytes + index * idBytes));
  return { partnerId: idAt(0), benefitId: idAt(1), linkId: idAt(2) };
}

/** Which key of the ring signed a token, in one byte. */
function tagOf(keyId: string): number {
  return createHash('sha256').update(keyId).digest().readUInt8(0);
}

function macOf(secret: Uint8Array, signed: Uint8Array): Buffer {
  const mac = createHmac('sha256', secret).update(purpose).update(signed).digest();
  return mac.subarray(0, macBytes);
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function bytesOf(id: string): Buffer {
  if (!guid.test(id)) throw new Error('A link names things by GUIDs in lower case');
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

function guidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, idBytes);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ];
  return parts.join('-');
}
