/**
 * Repeatable requests (OASIS Repeatable Requests, as the Azure REST guidelines use it): an unsafe request that names
 * itself is carried out once; sent again within a day it gets the answer again, rendered anew. What is kept is the
 * request's fingerprint and the id of what it made, never a body.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { addDays, dateOf, type DateOnly } from './calendar.ts';
import { refuse, RefusalError } from './refusals.ts';
import type { Runtime } from './runtime.ts';
import type { Due } from './schedule.ts';
import type { Write } from './table-store.ts';
import { storedRow } from './stored.ts';

/** A request that named itself, with the fingerprint of what it asks. */
export type Repeatability = { rowKey: string; fingerprint: string };

const record = storedRow('request', {
  fingerprint: z.string(),
  resourceId: z.string().nullable(),
});
export type RequestRecord = z.infer<typeof record>;

const dayMilliseconds = 86_400_000;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads the two headers of a repeatable request. Lifetimes follow the real clock, as a caller's own does; an instant
 * of the test clock is taken as well.
 * @throws RefusalError InvalidRequest when only one header stands or one is malformed; PreconditionFailed when it was
 * first sent more than a day ago, so that nobody knows any longer whether it was carried out.
 */
export function readRepeatability(
  request: {
    method: string;
    path: string;
    body: string;
    id: string | null;
    firstSent: string | null;
  },
  callerId: string,
  testNow: string,
): Repeatability | undefined {
  const { id, firstSent } = request;
  if (id === null && firstSent === null) return undefined;
  const details = [];
  if (!id || !guid.test(id))
    details.push({
      code: 'InvalidHeader',
      target: 'Repeatability-Request-ID',
      message: 'must be a GUID; send both repeatability headers or neither',
    });
  const sentAt = firstSent && httpDate.test(firstSent) ? Date.parse(firstSent) : Number.NaN;
  if (Number.isNaN(sentAt))
    details.push({
      code: 'InvalidHeader',
      target: 'Repeatability-First-Sent',
      message:
        'must be a date as in HTTP, e.g. Sun, 22 Nov 2026 08:00:00 GMT; send both or neither',
    });
  if (details.length > 0)
    throw new RefusalError(
      refuse('InvalidRequest', 'A repeatability header is wrong; see details.', { details }),
    );
  const age = Math.min(Math.abs(Date.now() - sentAt), Math.abs(Date.parse(testNow) - sentAt));
  if (age > dayMilliseconds)
    throw new RefusalError(
      refuse(
        'PreconditionFailed',
        'The request was first sent more than a day away from now: whether it was carried out is not known any longer. Read the resource, then send a new request.',
        { target: 'Repeatability-First-Sent' },
      ),
    );
  const hash = (...parts: string[]) =>
    createHash('sha256').update(parts.join('\n')).digest('base64url');
  return {
    rowKey:
      requestPrefix(dateOf(new Date(sentAt).toISOString())) + hash(callerId, id!.toLowerCase()),
    fingerprint: hash(request.method, request.path, request.body),
  };
}

/**
 * The record of an earlier request of the same id, if there is one.
 * @throws RefusalError RepeatabilityConflict when that request had another method, path or body.
 */
export async function recordedAnswer(
  runtime: Runtime,
  partitionKey: string,
  repeatability: Repeatability,
): Promise<RequestRecord | undefined> {
  const row = await runtime.tables.get('partners', record, partitionKey, repeatability.rowKey);
  if (row && row.value.fingerprint !== repeatability.fingerprint)
    throw new RefusalError(
      refuse(
        'RepeatabilityConflict',
        'This Repeatability-Request-ID was used for another request. Give every request its own id.',
      ),
    );
  return row?.value;
}

/** Every record of requests first sent on a date: RowKeys begin with this. */
export const requestPrefix = (date: DateOnly) => `request|${date}|`;

/** When the records of the request's day can go: nobody may send it again by then. */
export function requestDue(partnerId: string, { rowKey }: Repeatability): Due {
  const sentOn = rowKey.split('|')[1] ?? '';
  return { date: addDays(sentOn, 2), partnerId, kind: 'requests', id: sentOn };
}

/** The row that records a request, to be committed with what it does. */
export function requestRecord(repeatability: Repeatability, resourceId?: string): Write {
  return {
    op: 'insert',
    rowKey: repeatability.rowKey,
    schema: record,
    value: { fingerprint: repeatability.fingerprint, resourceId: resourceId ?? null },
    proof: 'by',
  };
}
