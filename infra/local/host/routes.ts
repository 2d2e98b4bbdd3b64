/** One HTTP function's place in the route table; methods in upper case, undefined for all. */
export type Route<T> = { template: string; methods: readonly string[] | undefined; target: T };

/** Who answers, with the route's values: null for a parameter that may be left out, and is. */
export type Match<T> = { target: T; params: Record<string, string | null> };

type Segment =
  { kind: 'literal'; text: string } | { kind: 'parameter' | 'optional' | 'rest'; name: string };

type Compiled<T> = { segments: Segment[]; methods: readonly string[] | undefined; target: T };

/**
 * Compiles route templates as the real host reads them: literals in any letter case, `{a}`, `{a?}` and
 * `{*rest}` at the end. They are tried in the order given, and the first that matches in path and method is
 * taken: a literal has no precedence over a parameter. Throws for templates that this host does not read
 * (constraints, defaults, mixed segments) and for two functions on one method and template, of which the real
 * host would never call the second.
 */
export function routeTable<T>(routes: readonly Route<T>[]): {
  match: (method: string, path: string) => Match<T> | undefined;
} {
  const taken = new Set<string>();
  const compiled = routes.map((route): Compiled<T> => {
    const segments = parseTemplate(route.template);
    const shape = segments.map((s) => (s.kind === 'literal' ? s.text : `{${s.kind}}`)).join('/');
    for (const method of route.methods ?? ['*']) {
      const key = `${method} /${shape}`;
      if (taken.has(key)) throw new Error(`Two functions answer ${key}.`);
      taken.add(key);
    }
    return { segments, methods: route.methods, target: route.target };
  });

  return {
    match(method, path) {
      const parts = splitPath(path);
      if (!parts) return undefined;
      for (const route of compiled) {
        if (route.methods && !route.methods.includes(method)) continue;
        const params = matchSegments(route.segments, parts);
        if (params) return { target: route.target, params };
      }
      return undefined;
    },
  };
}

/** Sorts functions as the real host does: by their names, without regard to case (`FunctionMetadataManager`). */
export function byName<T extends { name: string }>(functions: Iterable<T>): T[] {
  const key = ({ name }: T): string => name.toUpperCase();
  return [...functions].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** The escapes of one character, by their lead byte. */
const utf8Escapes =
  /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-4](?:%[89ab][0-9a-f]){3}/gi;

/**
 * A path segment as the real host's server decodes it: `%2F` stays as it is, and so does what is no UTF-8.
 */
export function decodeSegment(text: string): string {
  return text.replace(utf8Escapes, (escapes) => {
    if (/^%2f$/i.test(escapes)) return escapes;
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** The path as the real host's proxy writes it again once its server has decoded it. */
export function encodePath(path: string): string {
  const escaped = /%[0-9a-f]{2}|[^\w\-.~!$&'()*+,;=:@]/giu;
  return path
    .split('/')
    .map((segment) =>
      decodeSegment(segment).replace(escaped, (found) =>
        found.length === 3 && found.startsWith('%') ? found : encodeURIComponent(found),
      ),
    )
    .join('/');
}

function parseTemplate(template: string): Segment[] {
  const segments = template
    .split('/')
    .filter((text) => text !== '')
    .map((text): Segment => {
      if (!/[{}]/.test(text)) return { kind: 'literal', text: text.toLowerCase() };
      const found = /^\{(\*?)([A-Za-z_][\w-]*)(\??)\}$/.exec(text);
      const name = found?.[2];
      if (!found || !name || (found[1] && found[3])) {
        throw new Error(`Route "${template}": this host does not read the segment "${text}".`);
      }
      return { kind: found[1] ? 'rest' : found[3] ? 'optional' : 'parameter', name };
    });
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if ((segment.kind === 'rest' || segment.kind === 'optional') && !last) {
      throw new Error(`Route "${template}": {${segment.name}} may only come last.`);
    }
  });
  return segments;
}

/** Splits and decodes a path; undefined when it has an empty segment inside. */
function splitPath(path: string): string[] | undefined {
  const parts = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '') return [];
  if (parts.includes('')) return undefined;
  return parts.map(decodeSegment);
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string | null> | undefined {
  const params: Record<string, string | null> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === 'rest') {
      params[segment.name] = parts.slice(index).join('/') || null;
      return params;
    }
    if (part === undefined) {
      if (segment.kind !== 'optional') return undefined;
      params[segment.name] = null;
      return params;
    }
    if (segment.kind !== 'literal') params[segment.name] = part;
    else if (segment.text !== part.toLowerCase()) return undefined;
  }
  return parts.length > segments.length ? undefined : params;
}
