/**
 * How a page for people (or any answer that is not the JSON API's) is declared, as `endpoint.ts` does it for JSON.
 * What happens at a request is in `serve-page.ts`, loaded at the first one, so that registering stays cheap.
 */
import { app, type HttpRequest } from '@azure/functions';
import type { Instant } from '../calendar.ts';
import type { Refusal } from '../refusals.ts';
import type { Runtime } from '../runtime.ts';
import { answered } from './answered.ts';
import type { PageAnswer } from './page-answer.ts';

/** One request, as a page sees it. `now` is the one instant that the whole request is judged at. */
export type PageCall = {
  runtime: Runtime;
  now: Instant;
  requestId: string;
  /** The values of the route's own parameters; never read `request.params` (`host-request.ts`). */
  params: Readonly<Record<string, string>>;
  request: HttpRequest;
};

export type PageDefinition = {
  /** The function's name. */
  name: string;
  method: 'GET' | 'POST';
  route: string;
  /**
   * On pages of a link: checks the link before any of a form is read, so that nobody without one has a form read, and
   * says whose it is, for the log. @throws RefusalError
   */
  admit?(call: Pick<PageCall, 'runtime' | 'params'>): Promise<{ partnerId: string }>;
  handle(call: PageCall): Promise<PageAnswer>;
  /** The page's own words for a refusal (InternalError for what was not foreseen), else the plain error page. */
  refused?(refusal: Refusal, requestId: string): Promise<PageAnswer>;
};

const declared: PageDefinition[] = [];

/** Every page declared so far; all of them once the app's entry is loaded. */
export function pages(): readonly PageDefinition[] {
  return declared;
}

/** Declares a page and registers its function. */
export function page(definition: PageDefinition): void {
  declared.push(definition);
  app.http(definition.name, {
    methods: [definition.method],
    route: definition.route,
    authLevel: 'anonymous',
    handler: (request, context) =>
      answered(definition.name, 'page', context.invocationId, async () => {
        const { servePage } = await import('./serve-page.ts');
        return servePage(definition, request, context);
      }),
  });
}
