/**
 * Two releases side by side: every shape of a row and of a message is written strictly and read leniently, whatever the
 * feature (docs/decisions/two-releases-side-by-side.md). The compiler sees to it that nothing is written with a shape that is
 * not registered.
 */
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { assignCredit } from '../../src/credits/assignment-service.ts';
import { signLink } from '../../src/credits/link-token.ts';
import { redeemByLink } from '../../src/credits/redemption-service.ts';
import { readEvents } from '../../src/credits/rows.ts';
import { startMembership } from '../../src/partners/memberships-service.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { addUser, eraseUser } from '../../src/partners/users-service.ts';
import { dateOf } from '../../src/platform/calendar.ts';
import type { CommandCall } from '../../src/platform/http/endpoint.ts';
import { newId } from '../../src/platform/ids.ts';
import { readStored, storedRow, storedSchemas, toMessage } from '../../src/platform/stored.ts';
import { enqueueDueShards } from '../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../src/settlement/messages.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import type { Stored } from '../simulation/engine/table-server.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';
import { parseRow, toEntity, type Write } from '../../src/platform/table-store.ts';

// Loading a module registers what it writes.
const src = join(import.meta.dirname, '../../src');
for await (const file of glob('**/*.ts', { cwd: src })) await import(join(src, file));

/** Texts of every form that a field of a row may want. */
const texts = [
  'a',
  '2027-01-31T00:00:00.000Z',
  '2027-01-31',
  '2027-01',
  '1bd5a2ea-5a4b-4c3b-9d10-0a6f1fb0b3d2',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '2027-01-31|07',
  '1.50',
];

/** Values that a schema takes, each with every field that there can be; several where it has several forms. */
function samples(schema: z.core.$ZodType): unknown[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).reduce<Record<string, unknown>[]>(
        (made, [key, field]) =>
          samples(field).flatMap((value) => made.map((one) => ({ ...one, [key]: value }))),
        [{}],
      );
    case 'array':
      return samples(def.element).map((element) => [element]);
    case 'tuple':
      return [def.items.map((item) => samples(item)[0])];
    case 'union':
      return def.options.flatMap(samples);
    case 'record':
      return samples(def.valueType).map((value) => ({ [String(samples(def.keyType)[0])]: value }));
    case 'optional':
    case 'nullable':
    case 'default':
    case 'catch':
    case 'readonly':
      return samples(def.innerType);
    case 'enum':
      return [Object.values(def.entries)[0]];
    case 'literal':
      return [def.values[0]];
    default: {
      const candidates = [...texts, 1, 0, true, { column: 'a' }];
      const fitting = candidates.find((one) => (schema as z.ZodType).safeParse(one).success);
      if (fitting === undefined) throw new Error(`No sample for ${def.type}: add one to texts`);
      return [fitting];
    }
  }
}

/** Every object in a value, the value itself included, by the way to it. */
function objectsIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item, i) => objectsIn(item, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) => objectsIn(item, [...path, key]));
  return [path, ...inner];
}

/** The value with the object at the end of a way changed. */
function changed(
  value: unknown,
  [first, ...rest]: readonly (string | number)[],
  change: (object: Record<string, unknown>) => unknown,
): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  if (first === undefined) return change(copy);
  copy[first] = changed(copy[first], rest, change);
  return copy;
}

/** The schema of the object at the end of a way; undefined where it takes any key. */
function at(schema: z.core.$ZodType, path: readonly (string | number)[], value: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const [first, ...rest] = path;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'catch':
    case 'readonly':
      return at(def.innerType, path, value);
    case 'union': {
      const option = def.options.find((one) => (one as z.ZodType).safeParse(value).success);
      return option && at(option, path, value);
    }
    default:
      break;
  }
  if (first === undefined) return def.type === 'object' ? def.shape : undefined;
  const next = (value as Record<string | number, unknown>)[first];
  if (def.type === 'object') return at(def.shape[first]!, rest, next);
  if (def.type === 'array') return at(def.element, rest, next);
  if (def.type === 'record') return at(def.valueType, rest, next);
  return undefined;
}

const later = 'fromALaterRelease';

/** A row's or message's JSON with a field more in every object that has a field. */
function withMore(json: string): string {
  return JSON.stringify(JSON.parse(json), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value, [later]: 'text' }
      : value,
  );
}

const shapes = storedSchemas().map(({ name, schema }) => ({ name, schema }));

test('every shape has a name of its own, and all features have some', () => {
  const names = shapes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(35);
  expect(names.filter((name) => name.startsWith('message:'))).toHaveLength(3);
});

test.each(shapes)(
  '$name: a field of a later release is passed over, and never written',
  ({ schema }) => {
    for (const sample of samples(schema)) {
      const read = readStored(schema, sample);
      expect(schema.parse(read)).toEqual(read);
      let tried = 0;
      for (const path of objectsIn(sample)) {
        if (at(schema, path, sample) === undefined) continue;
        tried += 1;
        for (const more of ['text', null, { of: ['anything'] }]) {
          const value = changed(sample, path, (object) => ({ ...object, [later]: more }));
          expect(readStored(schema, value), path.join('.')).toEqual(read);
          const written = schema.safeParse(value);
          if (written.success) expect(written.data).toEqual(read);
        }
      }
      expect(tried).toBeGreaterThanOrEqual(1);
    }
  },
);

test.each(shapes)('$name: what an earlier release did not write may be absent', ({ schema }) => {
  for (const sample of samples(schema))
    for (const path of objectsIn(sample)) {
      const fields = (at(schema, path, sample) ?? {}) as Record<string, z.ZodType>;
      for (const [key, field] of Object.entries(fields)) {
        if (!field.safeParse(undefined).success) continue;
        const less = changed(sample, path, (object) => {
          const { [key]: _left, ...rest } = object;
          return rest;
        });
        expect(() => readStored(schema, less), [...path, key].join('.')).not.toThrow();
        expect(() => schema.parse(less)).not.toThrow();
      }
    }
});

test('what is read is what the strict schema gives, its rules and defaults included', () => {
  const schema = z.strictObject({
    size: z.int().positive().default(1),
    list: z.array(z.strictObject({ at: z.iso.date().nullable() })).max(2),
    kind: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('a'), by: z.string().optional() }),
      z.strictObject({ type: z.literal('b'), by: z.record(z.string(), z.strictObject({})) }),
    ]),
  });
  const anything = fc.record(
    {
      size: fc.oneof(fc.integer({ min: -1, max: 2 }), fc.string()),
      list: fc.array(fc.record({ at: fc.constantFrom('2027-01-31', 'x', null) }), { maxLength: 3 }),
      kind: fc.record(
        { type: fc.constantFrom('a', 'b', 'c'), by: fc.constantFrom('x', {}, { x: {} }, 1) },
        { requiredKeys: ['type'] },
      ),
    },
    { requiredKeys: ['list', 'kind'] },
  );
  fc.assert(
    fc.property(anything, (value) => {
      const strictly = schema.safeParse(value);
      if (strictly.success) expect(readStored(schema, value)).toEqual(strictly.data);
      else expect(() => readStored(schema, value)).toThrow();
    }),
  );
});

test('the table store reads leniently and writes strictly, and so do messages', () => {
  const schema = storedRow('test: row', { n: z.int() });
  const entity = {
    partitionKey: 'p',
    rowKey: 'r',
    etag: 'e',
    data: '{"n":1,"later":true}',
    by: 'b',
  };
  expect(parseRow(schema, entity).value).toEqual({ n: 1 });
  const write: Write = { op: 'put', rowKey: 'r', schema, value: { n: 1, later: true } };
  expect(() => toEntity('p', write, 'b')).toThrow(z.ZodError);
  expect(() => toMessage(schema, { n: 1, later: true } as never)).toThrow(z.ZodError);
});

test('PR-07 CR-15 an instance works on rows that a later release has written', async () => {
  const between = {
    read: (_table: unknown, row: Stored): Stored => ({ ...row, data: withMore(row.data) }),
  };
  const world = await memoryRuntime({}, between);
  const { runtime, moveOn, receive } = world;
  const call = (): CommandCall => ({
    runtime,
    now: runtime.clock.now(),
    actor: { type: 'service', id: 'op', tenantId: 't', role: 'ProgramOperator' },
    ifMatch: undefined,
    repeatability: undefined,
    requestId: newId(),
  });
  const partnerId = newId();
  await putPartner(call(), partnerId, {
    displayName: 'Contoso',
    domains: ['contoso.com'],
    contacts: ['admin@contoso.com'],
  });
  const startDate = dateOf(runtime.clock.now());
  const { terms } = await startMembership(call(), partnerId, { type: 'action-pack', startDate });
  const benefitId = terms[0]!.benefitIds[0]!;
  const ana = { email: 'ana@contoso.com', displayName: 'Ana' };
  const { id: userId } = await addUser(call(), partnerId, ana);
  const { assignment } = await assignCredit(call(), partnerId, benefitId, { userId });
  const target = { partnerId, benefitId, linkId: assignment!.id };
  await redeemByLink(call(), signLink(runtime.config.linkSigningKeys, target), newId());
  moveOn(40 * 86_400_000);
  await enqueueDueShards(runtime, 'lapseMonthlyCredits');
  for (const message of await receive('settlements')) {
    const shard = readStored(shardMessageSchema, JSON.parse(withMore(JSON.stringify(message))));
    expect(await settleShard(runtime, shard)).toMatchObject({ failed: 0 });
  }
  await eraseUser(call(), partnerId, userId);
  expect((await readEvents(runtime, partnerId, benefitId)).map(({ type }) => type)).toContain(
    'lapsed',
  );
  expect(world.dump().filter((row) => row.includes(later))).toEqual([]);
});
