/** The ways in which the fuzz makes a right request wrong. */
import fc from 'fast-check';
import { junk, nastyText, oddKeys } from './fuzz-values.ts';

/** A place in a JSON value, as the random numbers that lead there. */
const steps = fc.array(fc.nat(20), { maxLength: 4 });

/** The value with what stands at one place replaced. */
function changeAt(
  value: unknown,
  path: readonly number[],
  change: (old: unknown) => unknown,
): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return change(value);
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return change(value);
  const copy: unknown = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  const slots = copy as Record<string, unknown>;
  slots[key] = changeAt(slots[key], rest, change);
  return copy;
}

function without(value: unknown, pick: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  const gone = keys[pick % Math.max(keys.length, 1)];
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== gone));
}

function withKey(value: unknown, key: string, extra: unknown): unknown {
  const base = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  // Not by assignment: `__proto__` must become a key.
  return Object.fromEntries([...Object.entries(base), [key, extra]]);
}

const bodyMutation: fc.Arbitrary<(body: unknown) => unknown> = fc.oneof(
  {
    arbitrary: fc.tuple(steps, junk).map(
      ([at, value]) =>
        (body: unknown) =>
          changeAt(body, at, () => value),
    ),
    weight: 5,
  },
  {
    arbitrary: fc.tuple(steps, fc.nat(9)).map(
      ([at, pick]) =>
        (body: unknown) =>
          changeAt(body, at.slice(0, 1), (old) => without(old, pick)),
    ),
    weight: 1,
  },
  { arbitrary: fc.nat(9).map((pick) => (body: unknown) => without(body, pick)), weight: 2 },
  {
    arbitrary: fc.tuple(steps, oddKeys, junk).map(
      ([at, key, value]) =>
        (body: unknown) =>
          changeAt(body, at.slice(0, 2), (old) => withKey(old, key, value)),
    ),
    weight: 2,
  },
  {
    arbitrary: steps.map((at) => (body: unknown) => changeAt(body, at, (old) => [old])),
    weight: 1,
  },
);

const rawBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.constantFrom<string | Uint8Array>(
    ...[
      '',
      ' ',
      '{',
      '}',
      '{"a":1',
      '[1,]',
      '{"a":1,"a":2}',
      "{'a':1}",
      'NaN',
      'undefined',
      '\ufeff{}',
    ],
    ...[
      '"',
      '"text"',
      '5',
      'null',
      'true',
      '[]',
      '{}',
      '-',
      '{"email":"\\ud800@contoso.com","displayName":"x"}',
    ],
    ...['['.repeat(20_000), '{"a":'.repeat(20_000), '1'.repeat(400)],
    ...[
      Uint8Array.of(0xff, 0xfe, 0x7b),
      Uint8Array.of(0x22, 0xc0, 0xaf, 0x22),
      Uint8Array.of(0x1f, 0x8b, 8),
    ],
    ...[`{"a":"${'x'.repeat(1_100_000)}"}`],
  ),
  fc.uint8Array({ maxLength: 60 }),
);

const nastyHeader = fc.constantFrom(
  ...[
    '',
    ' ',
    '*',
    '"',
    '""',
    '"1"',
    'W/"1"',
    '1',
    '"1" "2"',
    '"1", *',
    ',',
    '"a,b"',
    '"\u00fc"',
    'x'.repeat(2_000),
  ],
  ...[
    '00-0-0-0',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'ff-x',
    'NaN',
    '-1',
    'null',
    '%00',
  ],
);

const dates = fc.constantFrom(
  ...[
    'Sun, 22 Nov 2026 08:00:00 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Xxx, 99 Foo 2026 99:99:99 GMT',
  ],
  ...['2026-11-22T08:00:00Z', '0', '', 'Fri, 31 Dec 9999 23:59:59 GMT', '@@now:0@@'],
);

const headerMutation: fc.Arbitrary<Record<string, string>> = fc.oneof(
  nastyHeader.map((value) => ({ 'if-match': value })),
  nastyHeader.map((value) => ({ 'if-none-match': value })),
  nastyHeader.map((value) => ({ traceparent: value })),
  nastyHeader.map((value) => ({ accept: value, 'accept-language': value })),
  fc.oneof(nastyHeader, fc.uuid()).map((id) => ({ 'repeatability-request-id': id })),
  dates.map((date) => ({ 'repeatability-first-sent': date })),
  fc
    .tuple(fc.oneof(nastyHeader, fc.uuid(), fc.constant('@@requestId:0@@')), dates)
    .map(([id, sent]) => ({ 'repeatability-request-id': id, 'repeatability-first-sent': sent })),
  fc
    .constantFrom(
      ...['', 'text/plain', 'application/json; charset=utf-16', 'application/json;charset="UTF-8"'],
      ...[
        'application/jsonx',
        'multipart/form-data',
        'application/json, text/csv',
        'x'.repeat(500),
      ],
    )
    .map((type) => ({ 'content-type': type })),
  fc.constantFrom('gzip', 'br', 'x').map((encoding) => ({ 'content-encoding': encoding })),
);

const pathMutation = fc.oneof(
  fc.constantFrom(
    ...[
      '%',
      '%zz',
      '%00',
      '%2F',
      '%c0%af',
      '%ED%A0%80',
      '..',
      '.',
      '%2e%2e',
      '+',
      '*',
      ';',
      ':',
      '@',
    ],
    ...[
      'x'.repeat(1_500),
      '%20',
      '%7B%7D',
      '00000000-0000-0000-0000-000000000000',
      "'",
      '%27',
      '%5C',
    ],
    ...[
      '{@@partnerId:0@@}',
      '0',
      'null',
      'undefined',
      'partner',
      '%0a',
      '%F0%9F%98%80',
      '~',
      '%7C',
    ],
  ),
  nastyText.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 200))),
);

const queryMutation = fc.oneof(
  fc.constantFrom(
    'x=1',
    '=',
    '%zz=1',
    'a=%zz',
    '__proto__=1',
    'api-version=2026-12-01',
    'api-version=1',
    '&&',
    'search=%00',
  ),
  fc.constantFrom(
    'maxpagesize=0',
    'maxpagesize=-1',
    'maxpagesize=1001',
    'maxpagesize=',
    'maxpagesize=1e2',
    'maxpagesize=9999999999999999999999',
  ),
  fc
    .tuple(oddKeys, nastyText)
    .map((pair) =>
      pair.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 400))).join('='),
    ),
);

export type Mutation =
  | { kind: 'body'; change: (body: unknown) => unknown }
  | { kind: 'raw'; body: string | Uint8Array }
  | { kind: 'headers'; headers: Record<string, string> }
  | { kind: 'path'; segment: string; pick: number }
  | { kind: 'query'; part: string }
  | { kind: 'value'; text: string; pick: number }
  | { kind: 'drop-version' }
  | { kind: 'token'; token: string };

/** One way of being wrong. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { arbitrary: bodyMutation.map((change) => ({ kind: 'body' as const, change })), weight: 6 },
  { arbitrary: rawBody.map((body) => ({ kind: 'raw' as const, body })), weight: 2 },
  {
    arbitrary: headerMutation.map((headers) => ({ kind: 'headers' as const, headers })),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(pathMutation, fc.nat(5))
      .map(([segment, pick]) => ({ kind: 'path' as const, segment, pick })),
    weight: 2,
  },
  { arbitrary: queryMutation.map((part) => ({ kind: 'query' as const, part })), weight: 1 },
  {
    arbitrary: fc
      .tuple(nastyText, fc.nat(9))
      .map(([text, pick]) => ({ kind: 'value' as const, text, pick })),
    weight: 1,
  },
  { arbitrary: fc.constant({ kind: 'drop-version' as const }), weight: 1 },
  {
    arbitrary: fc.nat(200).map((n) => ({ kind: 'token' as const, token: `@@badToken:${n}@@` })),
    weight: 1,
  },
);
