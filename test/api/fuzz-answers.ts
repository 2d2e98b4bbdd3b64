/** Judging the fuzz's answers by the OpenAPI document. */
import * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { statusOf, type RefusalCode } from '../../src/platform/refusals.ts';
import type { FuzzRequest, Operation, Parameter } from './fuzz-requests.ts';
import type { Resolve, Schema } from './fuzz-values.ts';

type Response = { content?: { 'application/json'?: { schema: Schema } }; headers?: object };
type OperationObject = {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
  responses: Record<string, Response | { $ref: string }>;
};
export type Document = {
  paths: Record<string, Record<string, OperationObject>>;
  components: object;
};

export type Answer = { status: number; headers: http.IncomingHttpHeaders; text: string };

/** Each request on a connection of its own, so that what one does to it is not laid at the next one's door. */
const agent = new http.Agent({ keepAlive: false });

/** Sends a request byte for byte as it is: no client mends its path. */
export async function sendRaw(
  baseUrl: string,
  { operation, pathAndQuery, headers, body, token }: FuzzRequest,
): Promise<Answer> {
  const { hostname, port } = new URL(baseUrl);
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request({
      agent,
      hostname,
      port,
      method: operation.method,
      path: pathAndQuery,
      headers: {
        ...headers,
        ...(token === '' ? {} : { authorization: token }),
        ...(body === undefined ? {} : { 'content-length': length }),
      },
    });
    request.on('response', resolve).on('error', reject);
    request.end(body);
  });
  const text = (await buffer(response)).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** The document's operations, and a judge of their answers. */
export function readDocument(document: Document) {
  const resolve: Resolve = (schema) => (schema.$ref ? (at(schema.$ref) as Schema) : schema);
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateFormats: true,
    formats,
  });
  ajv.addSchema({ $id: 'openapi', components: document.components });
  const validators = new Map<Schema, ValidateFunction>();
  const responses = new Map<string, OperationObject['responses']>();

  function at(pointer: string): unknown {
    const parts = pointer.replace('#/', '').split('/');
    return parts.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
  }

  function validator(schema: Schema): ValidateFunction {
    let made = validators.get(schema);
    if (!made) {
      const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components');
      validators.set(schema, (made = ajv.compile(JSON.parse(text) as object)));
    }
    return made;
  }

  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      responses.set(operation.operationId, operation.responses);
      return {
        operationId: operation.operationId,
        method: method.toUpperCase(),
        path,
        parameters: (operation.parameters ?? []).map(
          (parameter) => ('$ref' in parameter ? at(parameter.$ref) : parameter) as Parameter,
        ),
        body: operation.requestBody?.content['application/json']?.schema,
      };
    }),
  );

  /** What is wrong with an answer; undefined when it keeps the contract. */
  function problem({ operation, pathStands }: FuzzRequest, answer: Answer): string | undefined {
    const { status, headers, text } = answer;
    if (status >= 500) return `a ${status}`;
    const byHost = headers['x-ms-request-id'] === undefined;
    if (byHost) return !pathStands && text === '' ? undefined : 'no x-ms-request-id';
    if (!/^[0-9a-f-]{36}$/.test(String(headers['x-ms-request-id']))) return 'an odd request id';
    if (headers['cache-control'] !== 'no-store') return 'no Cache-Control';
    // Another path can be another operation's.
    if (!pathStands && status < 400) return undefined;
    const declared = responses.get(operation.operationId)?.[status];
    if (!declared) return `a status that the document does not have: ${status}`;
    const response = ('$ref' in declared ? at(declared.$ref) : declared) as Response;
    const schema = response.content?.['application/json']?.schema;
    if (!schema) return text === '' ? undefined : 'a body where none is declared';
    if (!String(headers['content-type']).startsWith('application/json')) return 'not JSON';
    const body = JSON.parse(text) as { error?: { code: RefusalCode } };
    const validate = validator(schema);
    if (!validate(body)) return `not as declared: ${ajv.errorsText(validate.errors)}`;
    if (status < 400) return undefined;
    const code = body.error?.code;
    if (code === undefined || statusOf[code] !== status)
      return `${code} does not go with ${status}`;
    return headers['x-ms-error-code'] === code ? undefined : 'x-ms-error-code is not the code';
  }

  return { operations, resolve, problem };
}

const formats = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/,
  uri: (text: string) => URL.canParse(text),
  email: /^[^@\s]+@[^@\s]+$/,
  hostname: /^[a-z0-9.-]+$/,
};
