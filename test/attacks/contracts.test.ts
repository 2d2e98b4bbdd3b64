/** Every contract says how much it takes: lists have a maximum, texts a longest length, objects no unknown fields. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { provideFunctionsCore } from '../../infra/local/host/core-module.ts';
import { definitionOf, endpoints } from '../../src/platform/http/endpoint.ts';
import { useTestSettings } from '../support/settings.ts';

useTestSettings();
provideFunctionsCore(() => undefined);
await import('../../functions/main.ts');

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Where a schema takes in more than it says, each place in words: by its JSON Schema, as callers read it. */
function unboundedIn(schema: z.ZodType): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', reused: 'inline', unrepresentable: 'any' });

  function within(given: JsonSchema | boolean | undefined, path: string): string[] {
    const node = typeof given === 'object' ? given : {};
    if (node.$ref !== undefined)
      return within(root.$defs?.[node.$ref.replace('#/$defs/', '')], path);
    const choices = node.anyOf ?? node.oneOf;
    if (choices) return choices.flatMap((choice) => within(choice, path));
    if (node.enum !== undefined || node.const !== undefined) return [];
    switch (node.type) {
      case 'string':
        // A GUID is as long as it is.
        return node.maxLength !== undefined || node.format === 'uuid'
          ? []
          : [`${path}: a text without a longest length`];
      case 'array':
        return [
          ...(node.maxItems === undefined ? [`${path}: a list without a maximum`] : []),
          ...within(node.items as JsonSchema, `${path}[]`),
        ];
      case 'object':
        return [
          ...(node.additionalProperties === false
            ? []
            : [`${path}: an object that takes unknown fields`]),
          ...Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
            within(field, path === '' ? name : `${path}.${name}`),
          ),
        ];
      case 'number':
      case 'integer':
      case 'boolean':
      case 'null':
        return [];
      default:
        return [`${path}: anything at all`];
    }
  }
  return within(root, '');
}

const definitions = await Promise.all(endpoints().map(definitionOf));

test.each(definitions.map((definition) => [definition.name, definition] as const))(
  'no list, text or object that comes in is unbounded: %s',
  (_, { params, query, body }) => {
    const found = [params, query, body]
      .filter((schema) => schema !== undefined)
      .flatMap((schema) => unboundedIn(schema));
    expect(found).toEqual([]);
  },
);

test('what this looks for is found', () => {
  const text = z.string().max(5);
  const schema = z.strictObject({
    fine: z.array(z.strictObject({ id: z.guid(), text: text.optional() })).max(3),
    text: z.string().regex(/^a*$/),
    list: z.array(text),
    open: z.looseObject({ text }).optional(),
    record: z.record(text, text),
    any: z.unknown(),
    deep: z.array(z.union([text, z.strictObject({ list: z.array(z.int()).nullable() })])).max(2),
  });
  expect(unboundedIn(schema).map((place) => place.split(':')[0])).toEqual([
    'text',
    'list',
    'open',
    'record',
    'any',
    'deep[].list',
  ]);
});

test('PR-05 a route without sign-in checks its link before it reads a body', () => {
  const open = definitions.filter(
    ({ access, method }) => typeof access === 'string' && method !== 'GET',
  );
  expect(open.length).toBeGreaterThan(0);
  expect(open.filter((route) => !('admit' in route)).map(({ name }) => name)).toEqual([]);
});
