/** What all operations of the OpenAPI document share: headers, the error, the sign-in, and what the tags mean. */
import type { oas31, ZodOpenApiComponentsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { statusOf, type RefusalCode } from '../refusals.ts';
import { apiVersion } from './api-version.ts';

/** A pointer to a shared part of the document. */
export function reference(
  kind: 'parameters' | 'headers' | 'responses' | 'schemas',
  name: string,
): oas31.ReferenceObject {
  return { $ref: `#/components/${kind}/${name}` };
}

/** What the tags of the endpoints stand for. The document's lint misses a tag that is not described. */
export const tagDescriptions: Record<string, string> = {
  Benefits: 'What a membership awards: Azure credits and cloud-service products.',
  Assignments: 'Which user holds a credit, and the mail that tells them.',
  Billing: 'Usage, earned credit, credit offers, and the files and sums of a month.',
  Memberships: 'A partner’s year in the programme, which awards a set of benefits.',
  Operators: 'What the programme’s operator oversees.',
  Partners: 'Organisations in the programme.',
  'Product keys': 'The keys of cloud-service products, and what entering one does.',
  Redemption: 'What the holder of a credit does by the mail’s link.',
  Service: 'The service itself.',
  Subscriptions: 'What product keys were redeemed to: licences of a product until a date.',
  Users: 'The people of a partner whom a credit can be assigned to.',
};

const text = (description: string, more: oas31.SchemaObject = {}) => ({
  description,
  schema: { type: 'string' as const, ...more },
});

const parameters: Record<string, oas31.ParameterObject> = {
  ApiVersion: {
    name: 'api-version',
    in: 'query',
    required: true,
    ...text('The version of the API.', { enum: [apiVersion] }),
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    ...text('Carry this out only if the resource is still at this ETag, as it was answered.'),
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    ...text('Answer 304 without a body if the resource is still at this ETag.'),
  },
  RepeatabilityRequestId: {
    name: 'Repeatability-Request-ID',
    in: 'header',
    ...text(
      'The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent.',
      { format: 'uuid' },
    ),
  },
  RepeatabilityFirstSent: {
    name: 'Repeatability-First-Sent',
    in: 'header',
    ...text('When the request was first sent, as a date of HTTP.', {
      examples: ['Sun, 22 Nov 2026 08:00:00 GMT'],
    }),
  },
  TraceParent: {
    name: 'traceparent',
    in: 'header',
    ...text('The caller’s trace (W3C Trace Context).'),
  },
};

const headers: Record<string, oas31.HeaderObject> = {
  RequestId: { required: true, ...text('The id to quote when asking about this request.') },
  ErrorCode: { required: true, ...text('The error’s code, as in the body.') },
  ETag: text('The resource’s version, to be sent back in If-Match; absent on lists.'),
  Location: text('Where what was created is found; absent where it cannot be read by itself.', {
    format: 'uri',
  }),
  OperationLocation: text('Where to ask how far it has come.', { format: 'uri' }),
  ContentDisposition: text('The file’s name, where the answer is CSV.'),
  RepeatabilityResult: text('`accepted`, where the request named itself.', { enum: ['accepted'] }),
  Challenge: text('How to sign in: `Bearer`.'),
  RetryAfter: {
    description: 'After how many seconds to try again.',
    schema: { type: 'integer', minimum: 0 },
  },
};

const detail: oas31.SchemaObject = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    target: { type: 'string', description: 'The field, as the caller wrote it.' },
    message: { type: 'string' },
  },
};

/** The answer of refusals of one status: the shared error, of whose codes only these can stand here. */
export function errorResponse(codes: readonly RefusalCode[]): ZodOpenApiResponseObject {
  const given: ZodOpenApiResponseObject['headers'] = {
    'x-ms-request-id': reference('headers', 'RequestId'),
    'x-ms-error-code': reference('headers', 'ErrorCode'),
  };
  const statuses = new Set<number>(codes.map((code) => statusOf[code]));
  if (statuses.has(401)) given['WWW-Authenticate'] = reference('headers', 'Challenge');
  if (statuses.has(429) || statuses.has(503))
    given['Retry-After'] = reference('headers', 'RetryAfter');
  return {
    description: `Refused: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
    headers: given,
    content: {
      'application/json': {
        schema: {
          allOf: [reference('schemas', 'Error')],
          properties: {
            error: { type: 'object', properties: { code: { type: 'string', enum: [...codes] } } },
          },
        },
      },
    },
  };
}

const codes = Object.keys(statusOf) as RefusalCode[];

/** The shared parts, all of them; the document keeps those it refers to. */
export const components: ZodOpenApiComponentsObject = {
  securitySchemes: {
    bearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'An access token of Microsoft Entra ID for this API, not an ID token: a person’s with the scope of this API, or an application’s. Its tenant and roles decide what the caller may do: partner roles within the partner of that tenant, service roles (in tokens of the operator’s tenant) on every partner. `x-roles` names the roles of an operation.',
    },
  },
  parameters,
  headers,
  responses: {
    NotModified: {
      description: 'The resource is still at the ETag of If-None-Match.',
      headers: {
        ETag: reference('headers', 'ETag'),
        'x-ms-request-id': reference('headers', 'RequestId'),
      },
    },
    ...Object.fromEntries(codes.map((code) => [code, errorResponse([code])])),
  },
  schemas: {
    Error: {
      type: 'object',
      description: 'Every refusal. Codes are part of the contract; messages are for people.',
      required: ['error'],
      properties: {
        error: {
          type: 'object',
          required: ['code', 'message'],
          properties: {
            code: { type: 'string', enum: codes },
            message: { type: 'string' },
            target: { type: 'string', description: 'The field or thing it is about.' },
            details: { type: 'array', items: detail, description: 'Every bad field.' },
          },
        },
      },
    },
  },
};
