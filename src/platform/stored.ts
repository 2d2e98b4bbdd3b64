/**
 * What stands in rows and queue messages, in two forms. Written strictly: exactly the fields that this release knows. Read
 * leniently: fields that it does not know are passed over, since instances of two releases run side by side while one is
 * being put in place of the other (docs/decisions/two-releases-side-by-side.md).
 */
import * as z from 'zod';

declare const registered: unique symbol;

/** A schema that rows and messages are written with: made by `stored` alone. */
export type StoredSchema<S extends z.ZodType = z.ZodType> = S & { readonly [registered]: true };

/** A message as a queue takes it: made by `toMessage` alone. */
export type StoredMessage = { readonly [registered]: true };

const schemas: { name: string; schema: z.ZodType }[] = [];

/** Registers a schema that rows or messages are written with, by a name of its own, and gives it back. */
export function stored<S extends z.ZodType>(name: string, schema: S): StoredSchema<S> {
  schemas.push({ name, schema });
  return schema as StoredSchema<S>;
}

/** Registers what an object with these fields, and no others, is written as. */
export function storedRow<F extends z.core.$ZodLooseShape>(
  name: string,
  fields: F,
): StoredSchema<z.ZodObject<F, z.core.$strict>> {
  return stored(name, z.strictObject(fields));
}

/** Every schema that the loaded modules have registered: a test holds each to the rule. */
export function storedSchemas(): readonly { name: string; schema: z.ZodType }[] {
  return schemas;
}

/** A message in the form that it is written in. @throws ZodError when it is not of the schema */
export function toMessage<S extends z.ZodType>(
  schema: StoredSchema<S>,
  message: z.input<S>,
): StoredMessage {
  return schema.parse(message) as StoredMessage;
}

/** Reads what stands in a row or a message: fields that the schema does not know are passed over. @throws ZodError */
export function readStored<T>(schema: z.ZodType<T>, value: unknown): T {
  return reading(schema).parse(value);
}

const lenientForms = new WeakMap<z.ZodType, z.ZodType>();

/** The form of a schema that is read with, made once. */
function reading<T>(schema: z.ZodType<T>): z.ZodType<T> {
  let lenient = lenientForms.get(schema) as z.ZodType<T> | undefined;
  if (lenient === undefined) {
    lenient = lenientForm(schema) as z.ZodType<T>;
    lenientForms.set(schema, lenient);
  }
  return lenient;
}

/** The same schema in which no object, at any depth, refuses a field; the rest of its rules stays as it is. */
function lenientForm(schema: z.core.$ZodType): z.core.$ZodType {
  const { _zod } = schema as z.core.$ZodTypes;
  const { def } = _zod;
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape);
      const shape = Object.fromEntries(fields.map(([key, field]) => [key, lenientForm(field)]));
      const catchall = def.catchall?._zod.def.type === 'never' ? undefined : def.catchall;
      return cloned(schema, { ...def, shape, catchall });
    }
    case 'array':
      return cloned(schema, { ...def, element: lenientForm(def.element) });
    case 'union':
      return cloned(schema, { ...def, options: def.options.map(lenientForm) });
    case 'record':
      return cloned(schema, { ...def, valueType: lenientForm(def.valueType) });
    case 'tuple':
      return cloned(schema, { ...def, items: def.items.map(lenientForm) });
    case 'optional':
    case 'nullable':
    case 'default':
    case 'catch':
    case 'readonly':
      return cloned(schema, { ...def, innerType: lenientForm(def.innerType) });
    default:
      return schema;
  }
}

function cloned(schema: z.core.$ZodType, def: object): z.core.$ZodType {
  return (schema as z.ZodType).clone(def as z.core.$ZodTypeDef);
}
