/**
 * ETags and the conditional headers. An ETag is a resource's version number, or a hash of what is answered where other
 * resources or the day show in it, as a strong tag.
 */
import { createHash } from 'node:crypto';
import { refuse, RefusalError } from '../refusals.ts';
import type { IfMatch } from './endpoint.ts';

const tagList = /^\s*(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*")*\s*$/;

/** The ETag of a version: `"7"`. */
export function entityTag(version: number | string): string {
  return `"${version}"`;
}

/** The version of an answer that depends on more than one row, or on the day: its content. */
export function contentVersion(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22);
}

/**
 * Reads an If-Match header: `*` or a list of ETags; weak tags never match.
 * @throws RefusalError InvalidRequest when it is neither.
 */
export function readIfMatch(header: string | null): IfMatch | undefined {
  if (header === null) return undefined;
  if (header.trim() === '*') return { any: true, tags: [] };
  if (!tagList.test(header))
    throw new RefusalError(
      refuse('InvalidRequest', 'The If-Match header is wrong; see details.', {
        details: [
          {
            code: 'InvalidHeader',
            target: 'If-Match',
            message: 'must be an ETag as answered, in its quotes, e.g. "7"',
          },
        ],
      }),
    );
  return { any: false, tags: header.split(',').map((tag) => tag.trim()) };
}

/**
 * Checks the condition against the version that is there.
 * @returns whether the caller named that very version (`*` names none)
 * @throws RefusalError PreconditionFailed when the caller named others only
 */
export function checkIfMatch(ifMatch: IfMatch | undefined, version: number | string): boolean {
  if (!ifMatch || ifMatch.any) return false;
  if (ifMatch.tags.includes(entityTag(version))) return true;
  throw new RefusalError(
    refuse(
      'PreconditionFailed',
      'The resource has changed since the version named in If-Match. Read it again and decide anew.',
      { target: 'If-Match' },
    ),
  );
}

/** Whether an If-None-Match header names the version (weak comparison, as for GET). */
export function matchesNone(header: string | null, version: number | string): boolean {
  if (header === null) return false;
  return header
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === entityTag(version));
}
