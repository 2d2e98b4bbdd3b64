/**
 * A request as the Functions host hands it over. With HTTP streams the library fills `request.params` with everything
 * the host calls binding data: the top-level properties of a JSON body, the query parameters and the route's values,
 * under names that ignore case and keep the spelling they first came with. Only the route's values are to be believed.
 */
import type { HttpRequest } from '@azure/functions';
import { refuse, RefusalError } from '../refusals.ts';

/**
 * The values of a declared route's own parameters, under the names of the declaration, and nothing else.
 * `{name}`, `{name?}` and `{*name}` are known; a parameter without a value is left out.
 */
export function routeParams(
  route: string,
  { params }: Pick<HttpRequest, 'params'>,
): Record<string, string> {
  const byName = new Map(Object.entries(params).map(([name, value]) => [folded(name), value]));
  return Object.fromEntries(
    [...route.matchAll(/\{\*?(\w+)\??\}/g)].flatMap(([, name = '']) => {
      const value = byName.get(folded(name));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The most query parameters of a request: no route takes nearly as many. */
const mostParameters = 50;

/**
 * Refuses a query of very many parameters by counting its separators, before any of it is parsed: an address can hold
 * thousands.
 * @throws RefusalError InvalidRequest
 */
export function refuseManyParameters(url: string): void {
  let parameters = 0;
  for (let at = url.indexOf('?'); at !== -1; at = url.indexOf('&', at + 1)) {
    parameters += 1;
    if (parameters > mostParameters)
      throw new RefusalError(
        refuse('InvalidRequest', `At most ${mostParameters} query parameters are taken.`),
      );
  }
}

/**
 * Refuses a query parameter named `Headers` or `Query`, in any case: the host keeps the request's own headers and query
 * under these names, and a parameter would take their place.
 * @throws RefusalError InvalidRequest, naming the parameter.
 */
export function refuseReservedParameters(query: URLSearchParams): void {
  const reserved = [...new Set(query.keys())].filter((name) =>
    ['headers', 'query'].includes(folded(name)),
  );
  if (reserved.length === 0) return;
  throw new RefusalError(
    refuse('InvalidRequest', 'A query parameter has a name that is reserved; see details.', {
      target: reserved[0]!,
      details: reserved.map((target) => ({
        code: 'InvalidParameter',
        target,
        message: 'is a reserved name; leave it out',
      })),
    }),
  );
}

/**
 * As the host compares names: ASCII letters without regard to case, everything else as it is. `toLowerCase` would take
 * a Kelvin sign for a k, and so let a query parameter stand for the route's.
 */
function folded(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
