/** Ids: random ones for new things, derived ones for things that a retry must not make twice. */
import { createHash, randomUUID } from 'node:crypto';

/** A new random GUID in lower case. */
export function newId(): string {
  return randomUUID();
}

/**
 * The same GUID for the same parts in the same order, another one for any others: an id that a retried
 * command computes again and so writes the same row (PR-01). It is a name-based UUID of version 8 (RFC 9562,
 * 5.8) over SHA-256. It is no secret: whoever knows the parts can compute it.
 */
export function deterministicId(...parts: string[]): string {
  // JSON keeps the parts apart: ("ab", "c") and ("a", "bc") must differ.
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
