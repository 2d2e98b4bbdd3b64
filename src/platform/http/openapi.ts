/**
 * The OpenAPI 3.1 document, made from the same declarations that serve the requests. It says what `serve.ts` does:
 * where that changes, this changes.
 */
import { createHash } from 'node:crypto';
import type {
  createDocument,
  oas31,
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { statusOf, type RefusalCode } from '../refusals.ts';
import { apiVersion } from './api-version.ts';
import { definitionOf, endpoints, type Definition } from './endpoint.ts';
import { components, errorResponse, reference, tagDescriptions } from './openapi-components.ts';
import type { PageAnswer } from './page-answer.ts';
import { dataPolicy } from './security-headers.ts';

/** The document as JSON has it. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

const methodOrder = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;

/**
 * The document of the endpoints (of those given, else of all), in an order that depends on nothing but their routes and methods.
 * `publicBaseUrl` is the server it names.
 */
export async function openApiDocument(
  publicBaseUrl: string,
  given?: readonly Definition[],
): Promise<OpenApiDocument> {
  const definitions = given ?? (await Promise.all(endpoints().map(definitionOf)));
  const { createDocument } = await import('zod-openapi');
  const sorted = definitions.toSorted(
    (one, other) =>
      compare(one.route, other.route) ||
      methodOrder.indexOf(one.method) - methodOrder.indexOf(other.method),
  );
  const paths: ZodOpenApiPathsObject = {};
  for (const definition of sorted)
    (paths[`/${definition.route}`] ??= {})[methodName(definition)] = operationOf(definition);

  const tags = [...new Set(sorted.map(({ tag }) => tag))].toSorted(compare);
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Partner benefits',
      version: apiVersion,
      description:
        "The benefits of a partner programme: Azure credits from award to redemption and on, cloud-service product keys, and the partner's earned credit and invoices.",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicBaseUrl }],
    tags: tags.map((name) => {
      const description = tagDescriptions[name];
      return description === undefined ? { name } : { name, description };
    }),
    paths,
    components,
  });
  return withoutUnused(document);
}

const answers = new Map<string, Promise<PageAnswer>>();

/** The document as an answer, made once per process. Its ETag is that of its text. */
export function openApiAnswer(publicBaseUrl: string): Promise<PageAnswer> {
  let answer = answers.get(publicBaseUrl);
  if (!answer) answers.set(publicBaseUrl, (answer = makeAnswer(publicBaseUrl)));
  return answer;
}

async function makeAnswer(publicBaseUrl: string): Promise<PageAnswer> {
  const body = JSON.stringify(await openApiDocument(publicBaseUrl));
  return {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body,
    headers: {
      ETag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': dataPolicy,
      'Access-Control-Expose-Headers': 'ETag, x-ms-request-id',
    },
  };
}

function operationOf(definition: Definition): ZodOpenApiOperationObject {
  const { name, tag, summary, description, access, params, query, body, upload } = definition;
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: typeof access === 'string' ? [] : [{ bearerAuth: [] }],
    ...(typeof access === 'string' ? {} : { 'x-roles': [...access] }),
    parameters: headerParameters(definition),
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) },
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } }
      : {}),
    ...(upload ? { requestBody: { required: true, content: textContent(upload) } } : {}),
    responses: { ...successes(definition), ...refusals(definition) },
  };
}

/** Every header looked at, and the one query parameter that all JSON routes share. */
function headerParameters(definition: Definition): oas31.ReferenceObject[] {
  const { method, versioned, conditional } = definition;
  const repeatable = isRepeatable(definition);
  const names = [
    versioned !== false && 'ApiVersion',
    conditional && 'IfMatch',
    method === 'GET' && versioned !== false && 'IfNoneMatch',
    repeatable && 'RepeatabilityRequestId',
    repeatable && 'RepeatabilityFirstSent',
    'TraceParent',
  ];
  return names
    .filter((name) => typeof name === 'string')
    .map((name) => reference('parameters', name));
}

function successes(definition: Definition): ZodOpenApiResponsesObject {
  const { method, versioned, answers, csv } = definition;
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, schema] of Object.entries(answers)) {
    const headers: Record<string, oas31.ReferenceObject> = {
      'x-ms-request-id': reference('headers', 'RequestId'),
    };
    if (versioned !== false && schema) headers['ETag'] = reference('headers', 'ETag');
    if (status === '201') headers['Location'] = reference('headers', 'Location');
    if (status === '202') headers['Operation-Location'] = reference('headers', 'OperationLocation');
    if (csv) headers['Content-Disposition'] = reference('headers', 'ContentDisposition');
    if (isRepeatable(definition))
      headers['Repeatability-Result'] = reference('headers', 'RepeatabilityResult');
    responses[status as `2${string}`] = {
      description: descriptions[status] ?? 'Done.',
      headers,
      ...(schema
        ? {
            content: {
              'application/json': { schema },
              ...(csv ? textContent(['text/csv']) : {}),
            },
          }
        : {}),
    };
  }
  if (method === 'GET' && versioned !== false)
    responses['304'] = reference('responses', 'NotModified');
  return responses;
}

/** Content that is text for machines, line by line, of each of these media types. */
function textContent(mediaTypes: readonly string[]) {
  return Object.fromEntries(
    mediaTypes.map((mediaType) => [mediaType, { schema: { type: 'string' as const } }]),
  );
}

/** Uploads are repeatable by what they do: their headers are not looked at. */
function isRepeatable({ method, upload }: Definition): boolean {
  return method !== 'GET' && upload === undefined;
}

const descriptions: Record<string, string> = {
  200: 'Done; the answer is in the body.',
  201: 'Created.',
  202: 'Taken on; Operation-Location tells how far it has come.',
  204: 'Done; there is nothing to answer.',
};

function refusals(definition: Definition): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(refusalCodes(definition), (code) => statusOf[code]);
  const entries = [...byStatus].map(([status, codes]) => [
    status,
    codes.length === 1 ? reference('responses', codes[0] ?? '') : errorResponse(codes),
  ]);
  return Object.fromEntries(entries) as ZodOpenApiResponsesObject;
}

/** Every refusal an endpoint can give: what `serve.ts` and the commands can say to all, and what it declares itself. */
export function refusalCodes(definition: Definition): RefusalCode[] {
  const { access, versioned, params, method, refusals = [] } = definition;
  const common: (RefusalCode | false)[] = [
    'InvalidRequest',
    versioned !== false && 'MissingApiVersionParameter',
    versioned !== false && 'UnsupportedApiVersionValue',
    typeof access !== 'string' && 'Unauthenticated',
    typeof access !== 'string' && 'Forbidden',
    params !== undefined && 'NotFound',
    'InternalError',
    'ServiceUnavailable',
  ];
  const unsafe: RefusalCode[] = [
    'RepeatabilityConflict',
    'ConcurrentChange',
    'PreconditionFailed',
    'PayloadTooLarge',
    'UnsupportedMediaType',
  ];
  const given = new Set<RefusalCode | false>([
    ...common,
    ...(method === 'GET' ? [] : unsafe),
    ...refusals,
  ]);
  return (Object.keys(statusOf) as RefusalCode[]).filter((code) => given.has(code));
}

/** The document without the shared parameters, headers and responses that no operation refers to. */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  const text = JSON.stringify(document);
  const used = <T extends object>(kind: string, shared: T = {} as T) =>
    Object.fromEntries(
      Object.entries(shared).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)),
    );
  const { parameters, headers, responses, ...others } = document.components ?? {};
  return {
    ...document,
    components: {
      ...others,
      parameters: used('parameters', parameters),
      headers: used('headers', headers),
      responses: used('responses', responses),
    },
  };
}

function methodName({ method }: Definition) {
  return method.toLowerCase() as Lowercase<Definition['method']>;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
