/**
 * How product keys are kept: encrypted so that they can be shown again, and as a keyed hash so that they can
 * be found (KEY-02). Neither helps anybody who has only the table.
 *
 * Both secrets are key rings, so both can be rotated. For encryption: put a new key first in the ring, run the
 * rotation (`reencryptKey` over every sealed key), drop the old one. The hash of a key cannot be turned into
 * another hash, but its clear text can be decrypted, so rotating the hash key is: put the new one first, look
 * keys up by every hash of `lookupHashes` meanwhile, let the rotation decrypt, hash again and move each
 * `key|hash` row within one transaction, then drop the old one.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { currentSecret, type KeyRing } from '../platform/key-ring.ts';
import type { CanonicalKey } from './product-key.ts';

/** Where a sealed key belongs. A ciphertext copied to another partner's or benefit's row does not open. */
export type KeyBinding = { partnerId: string; benefitId: string };

/** The two secrets of product keys; never the same bytes for both. */
export type KeySecrets = { encryption: KeyRing; hash: KeyRing };

/** A key as it is stored: `hash` finds it, `ciphertext` (`v1.<keyId>.<iv>.<ct>.<tag>`) gives it back. */
export type SealedKey = { hash: string; ciphertext: string };

const version = 'v1';
const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts and hashes a new key with the current secrets. */
export function sealKey(secrets: KeySecrets, key: CanonicalKey, binding: KeyBinding): SealedKey {
  return {
    hash: hashWith(currentSecret(secrets.hash).secret, key),
    ciphertext: encryptKey(secrets.encryption, key, binding),
  };
}

/**
 * AES-256-GCM with a random IV under the ring's current secret. Partner, benefit and the secret's id are
 * authenticated with it, so a ciphertext moved elsewhere or relabelled does not open.
 */
export function encryptKey(ring: KeyRing, key: CanonicalKey, binding: KeyBinding): string {
  const { id, secret } = currentSecret(ring);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, secret, iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(id, binding));
  const text = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()]);
  return [version, id, ...[iv, text, cipher.getAuthTag()].map(base64url)].join('.');
}

/**
 * Opens a ciphertext with whichever secret of the ring made it. Throws an Error when the text is not of the
 * form, no such secret is configured, or it was changed or belongs elsewhere. No message holds any of it.
 */
export function decryptKey(ring: KeyRing, ciphertext: string, binding: KeyBinding): CanonicalKey {
  const [form, id, iv, text, tag, ...rest] = ciphertext.split('.');
  const secret = ring.find((entry) => entry.id === id)?.secret;
  if (form !== version || id === undefined || tag === undefined || rest.length > 0) {
    throw new Error('A stored product key is not of the form v1.<keyId>.<iv>.<ct>.<tag>');
  }
  if (secret === undefined) {
    throw new Error(
      'A stored product key was encrypted with a secret that is no longer configured',
    );
  }
  try {
    const decipher = createDecipheriv(algorithm, secret, bytes(iv), { authTagLength: tagBytes });
    decipher.setAAD(authenticated(id, binding));
    decipher.setAuthTag(bytes(tag));
    return Buffer.concat([decipher.update(bytes(text)), decipher.final()]).toString('utf8');
  } catch {
    // What OpenSSL says depends on its version and helps nobody; the cause is always one of these.
    throw new Error('A stored product key was changed, or belongs to another partner or benefit');
  }
}

/**
 * The same key under the ring's current secret, or undefined where it is already: rotating twice writes once.
 * Throws as `decryptKey` does.
 */
export function reencryptKey(
  ring: KeyRing,
  ciphertext: string,
  binding: KeyBinding,
): string | undefined {
  if (ciphertext.split('.')[1] === currentSecret(ring).id) return undefined;
  return encryptKey(ring, decryptKey(ring, ciphertext, binding), binding);
}

/**
 * Under which hashes a key may be stored, the current one first: HMAC-SHA256 of the canonical key, base64url
 * (43 characters). More than one only while the hash secret is being rotated; read them in parallel.
 */
export function lookupHashes(ring: KeyRing, key: CanonicalKey): string[] {
  return ring.map(({ secret }) => hashWith(secret, key));
}

function hashWith(secret: Uint8Array, key: CanonicalKey): string {
  return createHmac('sha256', secret).update(key, 'utf8').digest('base64url');
}

function authenticated(id: string, { partnerId, benefitId }: KeyBinding): Buffer {
  // JSON, so that no two different bindings can be written alike.
  return Buffer.from(JSON.stringify([version, id, partnerId, benefitId]), 'utf8');
}

function base64url(value: Buffer): string {
  return value.toString('base64url');
}

function bytes(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64url');
}
