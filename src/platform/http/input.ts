/** Reading what a request brings: size, media type, and shape, each wrong field named. */
import type { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import { refuse, RefusalError, type RefusalDetail } from '../refusals.ts';
import { readBody, type BodyLimit } from './body.ts';
import { checkJsonBounds } from './json-bounds.ts';
import { batches } from './schemas.ts';

/** The most a JSON body may hold: 1,000 usage records fit several times over. */
const jsonLimit: BodyLimit = {
  bytes: 1024 * 1024,
  seconds: 30,
  tooLarge: () =>
    new RefusalError(
      refuse('PayloadTooLarge', 'The body is larger than 1 MiB. Send it in several requests.'),
    ),
};

/** The most of a field's name that is shown again, in characters. */
const longestTarget = 200;

/** The most details of one answer. */
const mostDetails = 50;

/**
 * Reads a JSON body as text; empty when there is none. What it gives back is cheap to parse, whoever sent it.
 * @throws RefusalError PayloadTooLarge over 1 MiB or 20,000 values, UnsupportedMediaType when it is not JSON in UTF-8,
 * InvalidRequest when a body is needed and missing, does not arrive within 30 seconds, or holds what no contract takes.
 */
export async function readJsonBody(request: HttpRequest, needed: boolean): Promise<string> {
  const bytes = await readBody(request, jsonLimit);
  if (bytes.byteLength === 0) {
    if (needed)
      throw new RefusalError(
        refuse('InvalidRequest', 'The request needs a JSON body.', { target: 'body' }),
      );
    return '';
  }
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type))
    throw new RefusalError(
      refuse('UnsupportedMediaType', 'Send the body as Content-Type: application/json.'),
    );
  checkJsonBounds(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RefusalError(refuse('InvalidRequest', 'The body is not UTF-8.', { target: 'body' }));
  }
}

/**
 * Checks a value against its contract. Without a contract nothing may be given.
 * @throws RefusalError InvalidRequest whose details name the bad fields, up to 50; PayloadTooLarge for a `batchOf` that
 * holds too much.
 */
export function parseInput(schema: z.ZodType | undefined, value: unknown, whole?: 'body'): unknown {
  if (!schema) {
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid([{ code: 'InvalidField', target: whole ?? '', message: 'must be left out' }]);
    const names = Object.keys(value);
    if (names.length === 0) return undefined;
    throw invalid(
      names.slice(0, mostDetails).map((name) => ({
        code: 'UnknownField',
        target: name.slice(0, longestTarget),
        message: 'is not known here',
      })),
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  for (const issue of issues) refuseLongBatch(schema, issue);
  const details: RefusalDetail[] = [];
  for (const issue of issues) {
    details.push(...detailsOf(issue, whole, mostDetails - details.length));
    if (details.length === mostDetails) break;
  }
  throw invalid(details);
}

function refuseLongBatch(schema: z.ZodType, issue: z.core.$ZodIssue): void {
  if (issue.code !== 'too_big' || issue.path.length !== 1 || !(schema instanceof z.ZodObject))
    return;
  const name = String(issue.path[0]);
  const field = schema.shape[name] as z.ZodType | undefined;
  const batch = field && batches.get(field);
  if (!batch) return;
  throw new RefusalError(
    refuse(
      'PayloadTooLarge',
      `At most ${batch.most} ${name} are taken in one request. Send them in several.`,
      { target: name },
    ),
  );
}

function invalid(details: RefusalDetail[]): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', 'The request is not valid; see details.', {
      ...(details[0]?.target === undefined ? {} : { target: details[0].target }),
      details,
    }),
  );
}

/** The details of an issue, `most` of them at the most: an object may have many fields that nobody knows. */
function detailsOf(
  issue: z.core.$ZodIssue,
  whole: 'body' | undefined,
  most: number,
): RefusalDetail[] {
  const at = (path: PropertyKey[]) => pathText(path) || whole;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, most).map((key) => ({
      code: 'UnknownField',
      target: at([...issue.path, key]) ?? key,
      message: 'is not known here',
    }));
  const target = at(issue.path);
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [
    {
      code: missing ? 'MissingField' : 'InvalidField',
      ...(target === undefined ? {} : { target }),
      message: missing ? 'is required' : issue.message,
    },
  ];
}

function pathText(path: PropertyKey[]): string {
  return path
    .map((part, i) =>
      typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`,
    )
    .join('')
    .slice(0, longestTarget);
}
