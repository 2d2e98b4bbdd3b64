/** One HTTP function's place in the route table; methods in upper case. */
export type Route<T> = { template: string; methods: readonly string[]; target: T };

export type Match<T> = { target: T; params: Record<string, string> };

type Segment =
  { kind: 'literal'; text: string } | { kind: 'parameter' | 'optional' | 'rest'; name: string };

type Compiled<T> = { segments: Segment[]; methods: readonly string[]; target: T; order: string };

const rank = { literal: '1', parameter: '2', optional: '3', rest: '4' } as const;

/**
 * Compiles route templates as the real host reads them: literals in any letter case, `{a}`, `{a?}` and
 * `{*rest}` at the end. Of several that match, literals win over parameters, segment by segment.
 * Throws for templates that this host does not read (constraints, defaults, mixed segments) and for two
 * functions on one method and template.
 */
export function routeTable<T>(routes: readonly Route<T>[]): {
  match: (method: string, path: string) => Match<T> | undefined;
} {
  const taken = new Set<string>();
  const compiled = routes.map((route): Compiled<T> => {
    const segments = parseTemplate(route.template);
    const shape = segments.map((s) => (s.kind === 'literal' ? s.text : `{${s.kind}}`)).join('/');
    for (const method of route.methods) {
      const key = `${method} /${shape}`;
      if (taken.has(key)) throw new Error(`Two functions answer ${key}.`);
      taken.add(key);
    }
    const order = segments.map((segment) => rank[segment.kind]).join('');
    return { segments, methods: route.methods, target: route.target, order };
  });
  compiled.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));

  return {
    match(method, path) {
      const parts = splitPath(path);
      if (!parts) return undefined;
      for (const route of compiled) {
        if (!route.methods.includes(method)) continue;
        const params = matchSegments(route.segments, parts);
        if (params) return { target: route.target, params };
      }
      return undefined;
    },
  };
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

/** Splits and decodes a path; undefined when it has an empty segment inside. `%2F` stays as it is. */
function splitPath(path: string): string[] | undefined {
  const parts = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '') return [];
  if (parts.includes('')) return undefined;
  return parts.map(decodeSegment);
}

function decodeSegment(text: string): string {
  try {
    return text
      .split(/(%2f)/i)
      .map((piece) => (/^%2f$/i.test(piece) ? piece : decodeURIComponent(piece)))
      .join('');
  } catch {
    return text;
  }
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === 'rest') {
      params[segment.name] = parts.slice(index).join('/');
      return params;
    }
    if (part === undefined) {
      if (segment.kind === 'optional') return params;
      return undefined;
    }
    if (segment.kind !== 'literal') params[segment.name] = part;
    else if (segment.text !== part.toLowerCase()) return undefined;
  }
  return parts.length > segments.length ? undefined : params;
}
