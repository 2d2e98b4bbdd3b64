/** Row and partition keys of Table Storage. Outside values enter keys only through `keyPart` or `exactKeyPart`. */
import { createHash } from 'node:crypto';

const longest = 120;

/**
 * One part of a key, made of any text: case-folded, with what Table Storage forbids (`/ \ # ?`, control characters)
 * and our own separator `|` escaped; a long text is replaced by its hash. Equal texts but for case give equal parts.
 */
export function keyPart(text: string): string {
  return partOf(text.normalize('NFC').toLowerCase());
}

/**
 * A key part for ids that may differ by letter case alone: keys are compared to the letter, so that equal texts alone
 * give equal parts. Else as `keyPart`.
 */
export function exactKeyPart(text: string): string {
  return partOf(text);
}

function partOf(text: string): string {
  const escaped = text.replaceAll(
    // (`~` must not stand in a part: ranges over a prefix end at it.)
    /[^A-Za-z0-9._@+-]/gu,
    (character) => `=${Buffer.from(character, 'utf8').toString('hex')}=`,
  );
  return escaped.length <= longest
    ? escaped
    : `=h=${createHash('sha256').update(text).digest('hex')}`;
}

/** A place in a history as a key part: ten digits, so that text order is number order. */
export function sequencePart(sequence: number): string {
  return String(sequence).padStart(10, '0');
}

/** The shard (00 … 63) that an id belongs to. The number of shards is settled for ever. */
export function shardOf(id: string): string {
  const first = createHash('sha256').update(id).digest()[0] ?? 0;
  return String(first % 64).padStart(2, '0');
}

/** All shards, in order. */
export const shards: readonly string[] = Array.from({ length: 64 }, (_, i) =>
  String(i).padStart(2, '0'),
);
