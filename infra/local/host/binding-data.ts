import type { TypedData } from './core-types.ts';

/** What the host calls binding data, on its way to become a function's trigger metadata. */
export type BindingData = {
  /** Sets a value: text, an object, or null, which takes away what was there under that name. */
  set(name: string, value: string | number | object | null): void;
  /** Adds the top-level properties of a JSON object, arrays and null left out; does nothing for other text. */
  addJson(text: string): void;
  has(name: string): boolean;
  toMetadata(): Record<string, TypedData>;
};

/**
 * Binding data as the real host holds it: names differ not by case and keep the spelling they first came with, the
 * last value wins, null is not handed on (`Dictionary` with `OrdinalIgnoreCase`, `ShouldSkipBindingData`).
 */
export function bindingData(): BindingData {
  const held = new Map<string, { name: string; value: string | number | object | null }>();
  const data: BindingData = {
    set(name, value) {
      const key = folded(name);
      held.set(key, { name: held.get(key)?.name ?? name, value });
    },
    addJson(text) {
      for (const [name, value] of Object.entries(jsonObject(text))) {
        if (value === null || Array.isArray(value)) continue;
        // As Newtonsoft.Json turns them into text.
        if (typeof value === 'boolean') data.set(name, value ? 'True' : 'False');
        else data.set(name, typeof value === 'object' ? value : String(value));
      }
    },
    has: (name) => held.has(folded(name)),
    toMetadata: () =>
      Object.fromEntries(
        [...held.values()].flatMap(({ name, value }): [string, TypedData][] => {
          if (value === null) return [];
          return [[name, typeof value === 'string' ? { string: value } : json(value)]];
        }),
      ),
  };
  return data;
}

/**
 * The trigger metadata of an HTTP request (`HttpTriggerAttributeBindingProvider.GetRequestBindingData`): a JSON body's
 * properties, then the query parameters (the last of each, `code` not), then the route's values; and then `Query` and
 * `Headers`, unless one of the former has that name.
 */
export function httpMetadata(request: {
  /** The body's text when it came with a Content-Length, else ''. */
  bodyText: string;
  query: URLSearchParams;
  /** The route's values; null for an optional parameter that is not there. */
  params: Readonly<Record<string, string | null>>;
  headers: Readonly<Record<string, string>>;
}): Record<string, TypedData> {
  const data = bindingData();
  data.addJson(request.bodyText);
  const query: Record<string, string> = {};
  for (const [name, value] of request.query) {
    query[name] = value;
    if (name.toLowerCase() !== 'code') data.set(name, value);
  }
  for (const [name, value] of Object.entries(request.params)) data.set(name, value);
  if (!data.has('Query')) data.set('Query', query);
  if (!data.has('Headers')) data.set('Headers', request.headers);
  return data.toMetadata();
}

/** One value as JSON, as the host hands on numbers, dates and objects. */
function json(value: unknown): TypedData {
  return { json: JSON.stringify(value) };
}

type JsonValue = string | number | boolean | object | null;

function jsonObject(text: string): Record<string, JsonValue> {
  if (!/^\{[^]*\}$/.test(text.trim())) return {};
  try {
    return JSON.parse(text) as Record<string, JsonValue>;
  } catch {
    return {};
  }
}

/** As `OrdinalIgnoreCase` compares: letter by letter, and no letter beyond ASCII ever equals one of ASCII. */
function folded(name: string): string {
  return name.replace(/[^A-Z]/gu, (letter) => {
    const upper = letter.toUpperCase();
    const foreign = letter > '\x7f' && upper <= '\x7f';
    return foreign || upper.length !== letter.length ? letter : upper;
  });
}
