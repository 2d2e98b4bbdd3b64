/**
 * Values for the fuzz, made from the OpenAPI document's schemas, and values that are wrong for any. `@@name:n@@` stands
 * for one that the partner being fuzzed really has; whoever sends the request puts it in.
 */
import fc from 'fast-check';

export type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

/** Fields by whose name a value that exists is put in more often than not. */
export const knownNames = [
  ...['partnerId', 'benefitId', 'userId', 'membershipId', 'azureSubscriptionId', 'token'],
  ...['type', 'productId', 'email', 'assignedTo', 'continuationToken', 'startDate', 'tenantIds'],
  ...['domains', 'activateBy', 'expiresBefore', 'amount', 'currency', 'search'],
] as const;

const known = (name: string) => fc.nat(7).map((n) => `@@${name}:${n}@@`);

export type Resolve = (schema: Schema) => Schema;

/** Values that a schema allows. */
export function valid(schema: Schema, resolve: Resolve, name = ''): fc.Arbitrary<unknown> {
  const resolved = resolve(schema);
  const made = bySchema(resolved, resolve, name);
  if (!(knownNames as readonly string[]).includes(name) || resolved.type !== 'string') return made;
  return fc.oneof({ arbitrary: known(name), weight: 5 }, { arbitrary: made, weight: 1 });
}

function bySchema(schema: Schema, resolve: Resolve, name: string): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => valid(choice, resolve, name)));
  switch (schema.type) {
    case 'integer':
    case 'number':
      return fc.integer({
        min: schema.minimum ?? -5,
        max: Math.min(schema.maximum ?? 50, 2 ** 31),
      });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valid(schema.items ?? {}, resolve, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return objectOf(schema, resolve);
    default:
      return textOf(schema);
  }
}

function objectOf(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, valid(field, resolve, name)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [] });
}

function textOf({ format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  switch (format) {
    case 'uuid':
      return fc.uuid();
    case 'date':
      return fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
    case 'email':
      return fc.emailAddress();
    case 'hostname':
      return fc.domain();
    default:
      return fc.string({ minLength, maxLength: Math.min(maxLength, 60), unit: 'grapheme' });
  }
}

/** What is of no use anywhere: wrong types, and text that systems stumble over. */
export const nastyText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\u0000',
      'a\u0000b',
      '\u0007\u001b[31m',
      '\ud800',
      'x\udfff',
      '\r\nX-Injected: 1',
    ],
    ...['٠١٢', '𝟎𝟏', 'ﬀ', '\u202Eabc', 'e\u0301'.repeat(40), '👩‍👩‍👧‍👦', '\ufeff', '\u200b', 'İı'],
    ...[
      "' or 1 eq 1 or '",
      '../../x',
      '%00',
      '%2F',
      '|',
      '~',
      '/',
      '\\',
      '#?',
      '{}',
      '${x}',
      'NaN',
    ],
    ...['null', '0', '-1', '1e309', '0x10', '00000000-0000-0000-0000-000000000000', '2026-02-30'],
    ...[
      '0000-01-01',
      '+002026-01-01',
      '9999-12-31',
      '2026-01-01T00:00:00Z',
      'a@b',
      '@',
      'a@b@c.com',
    ],
    ...['a@[127.0.0.1]', 'x@xn--a.com', '.com', 'com', 'a..b', '999999999999999.99', '-5.00', '1.'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(100, 255, 1_000, 33_000, 70_000).map((length) => 'ü'.repeat(length)),
);

const deep = fc.constantFrom(50, 2_000, 20_000).map((depth) => {
  let value: unknown = 1;
  for (let level = 0; level < Math.min(depth, 2_000); level += 1)
    value = level % 2 === 0 ? [value] : { a: value };
  return value;
});

export const junk: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: nastyText, weight: 4 },
  {
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, 0, -1, 1.5, -0, 1e21, 1e308, 2 ** 53, [], {}, [[]], [null], [{}]],
      ...[{ length: 5 }, { toString: 1 }, { then: true }],
    ),
    weight: 3,
  },
  { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
  { arbitrary: deep, weight: 1 },
);

export const oddKeys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'ID',
    'x'.repeat(3_000),
  ),
  nastyText,
);
