/**
 * How a JSON route is declared: method, route, contracts, roles, and the use case it calls. The same declaration
 * registers the function, checks what comes in, and makes the OpenAPI document. What happens at a request is in
 * `serve.ts`, loaded at the first one, so that registering stays cheap.
 */
import { app, type HttpRequest } from '@azure/functions';
import type * as z from 'zod';
import type { Instant } from '../calendar.ts';
import type { Actor, Role } from '../identity.ts';
import type { RefusalCode } from '../refusals.ts';
import type { Repeatability } from '../repeatability.ts';
import type { Runtime } from '../runtime.ts';
import { answered } from './answered.ts';
import type { FileAnswer } from './file-answer.ts';
import type { Upload } from './upload.ts';

type Shape = z.ZodObject;
type Out<T> = T extends z.ZodType ? z.output<T> : undefined;

/** The condition of an If-Match header: the versions it names, or any. */
export type IfMatch = { any: boolean; tags: readonly string[] };

/**
 * One checked request, as a use case sees it. `now` is when it came in: what it reads is judged at that one instant, what it
 * changes when that is decided (`Command`).
 */
export type Call<P = unknown, Q = unknown, B = unknown> = {
  runtime: Runtime;
  now: Instant;
  /** The verified caller; on routes without sign-in, `system`: the use case finds its own (the link's holder). */
  actor: Actor;
  params: P;
  query: Q;
  body: B;
  /** The body as it comes, on routes that declare `upload`; undefined on all others. */
  upload: Upload | undefined;
  /** Whether the caller would rather have CSV than JSON, on routes that declare `csv`. */
  wantsCsv: boolean;
  ifMatch: IfMatch | undefined;
  repeatability: Repeatability | undefined;
  requestId: string;
  /** Path and query as asked, for `nextLink`. */
  pathAndQuery: string;
};

/** What of a call a command needs, without its typed parts. */
export type CommandCall = Pick<
  Call,
  'runtime' | 'now' | 'actor' | 'ifMatch' | 'repeatability' | 'requestId'
>;

type AnswerOf<A> = {
  [S in keyof A]: {
    status: S;
    body: A[S] extends z.ZodType ? z.input<A[S]> : undefined;
    /** The version a portal sends back in If-Match. */
    version?: number | string | undefined;
    headers?: Record<string, string>;
  };
}[keyof A];

/** The shapes of what comes in and of every answer. */
export type Contract<
  P extends Shape | undefined = Shape | undefined,
  Q extends Shape | undefined = Shape | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Record<number, z.ZodType | null> = Record<number, z.ZodType | null>,
> = { params?: P; query?: Q; body?: B; answers: A };

type Facts = {
  /** The function's name. */
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  route: string;
  tag: string;
  summary: string;
  description?: string;
  /**
   * Who may call: the roles of the token; `link` for routes whose path holds a signed link; `anyone` for what is
   * public.
   */
  access: readonly Role[] | 'link' | 'anyone';
  /** JSON routes take `api-version`; documents about the API itself do not. */
  versioned?: false;
  /**
   * Instead of `body`: the media types of a body that is read as it comes, up to 100 MiB. Such a request is repeatable
   * by what it does, not by its headers, which would need the whole body first.
   */
  upload?: readonly string[];
  /** Whether the answer can be a CSV file as well, by the Accept header. */
  csv?: true;
  /** Whether If-Match is looked at. */
  conditional?: true;
  /** The refusals of its own that the use case can give, beside those every route has. */
  refusals?: readonly RefusalCode[];
};

type Handle<P, Q, B, A> = {
  /**
   * On routes of a link: checks the link, and what the headers say, before any of the body is read, so that nobody
   * without a link has a body read, and says whose it is, for the log. @throws RefusalError
   */
  admit?(
    call: Pick<Call<Out<P>>, 'runtime' | 'params'> & Pick<HttpRequest, 'headers'>,
  ): Promise<{ partnerId: string }>;
  handle(call: Call<Out<P>, Out<Q>, Out<B>>): Promise<AnswerOf<A> | FileAnswer>;
};

/** An endpoint as its function declares it. Its contract is made at the first use: hundreds of shapes cost a start. */
export type Declaration<
  P extends Shape | undefined = Shape | undefined,
  Q extends Shape | undefined = Shape | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  A extends Record<number, z.ZodType | null> = Record<number, z.ZodType | null>,
> = Facts & { contract(): Promise<Contract<P, Q, B, A>> } & Handle<P, Q, B, A>;

/** An endpoint with its contract at hand. */
export type Definition = Facts &
  Contract &
  Handle<Shape | undefined, Shape | undefined, z.ZodType | undefined, Contract['answers']>;

const declared: Declaration[] = [];
const definitions = new Map<Declaration, Promise<Definition>>();

/** Every endpoint declared so far; all of them once the app's entry is loaded. */
export function endpoints(): readonly Declaration[] {
  return declared;
}

/** A declared endpoint with its contract, which is made once. */
export function definitionOf(declaration: Declaration): Promise<Definition> {
  let definition = definitions.get(declaration);
  if (!definition) {
    definition = declaration.contract().then((contract) => ({ ...declaration, ...contract }));
    definitions.set(declaration, definition);
    // A contract that could not be made is tried again at the next request.
    definition.catch(() => definitions.delete(declaration));
  }
  return definition;
}

/** Declares a JSON endpoint and registers its function. */
export function endpoint<
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  const A extends Record<number, z.ZodType | null> = Record<number, z.ZodType | null>,
>(declaration: Declaration<P, Q, B, A>): void {
  const general = declaration as unknown as Declaration;
  declared.push(general);
  app.http(declaration.name, {
    methods: [declaration.method],
    route: declaration.route,
    authLevel: 'anonymous',
    handler: (request, context) =>
      answered(declaration.name, 'json', context.invocationId, async () => {
        const { serve } = await import('./serve.ts');
        return serve(await definitionOf(general), request, context);
      }),
  });
}
