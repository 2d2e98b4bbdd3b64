import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { endpoints, type Definition } from '../../../src/platform/http/endpoint.ts';
import { openApiDocument, type OpenApiDocument } from '../../../src/platform/http/openapi.ts';
import { date, guid, instant, listOf, money, paging } from '../../../src/platform/http/schemas.ts';
import { useTestSettings } from '../../support/settings.ts';

const notCalled = () => Promise.reject(new Error('not called'));
const partner = { partnerId: guid };
const benefit = z.strictObject({ id: guid, amount: money });

const read: Definition = {
  name: 'listBenefits',
  method: 'GET',
  route: 'api/partners/{partnerId}/benefits',
  tag: 'Benefits',
  summary: 'List benefits',
  access: ['GlobalAdmin', 'ProgramOperator'],
  params: z.strictObject(partner),
  query: z.strictObject({ ...paging, expiresBefore: date.optional() }),
  answers: { 200: listOf(benefit) },
  handle: notCalled,
};

const write: Definition = {
  ...read,
  name: 'assignCredit',
  method: 'PUT',
  route: 'api/partners/{partnerId}/benefits/{benefitId}/assignment',
  tag: 'Assignments',
  summary: 'Assign a credit',
  access: ['GlobalAdmin'],
  params: z.strictObject({ ...partner, benefitId: guid }),
  query: z.strictObject({}),
  body: z.strictObject({ userId: guid, at: instant.optional(), amount: money }),
  conditional: true,
  answers: { 200: benefit },
  refusals: ['AlreadyAssigned', 'BenefitExpired', 'TooManyRequests'],
};

const create: Definition = { ...write, name: 'create', method: 'POST', answers: { 201: benefit } };
const remove: Definition = {
  name: 'removeAssignment',
  method: 'DELETE',
  route: write.route,
  tag: 'Assignments',
  summary: 'Remove an assignment',
  access: ['GlobalAdmin'],
  params: z.strictObject({ ...partner, benefitId: guid }),
  answers: { 204: null },
  handle: notCalled,
};
const byLink: Definition = {
  ...read,
  name: 'getRedemption',
  route: 'api/redemptions/{token}',
  tag: 'Redemption',
  access: 'link',
  params: z.strictObject({ token: z.string() }),
  answers: { 200: benefit },
  refusals: ['LinkNoLongerValid'],
};
const health: Definition = {
  name: 'health',
  method: 'GET',
  route: 'api/health',
  tag: 'Service',
  summary: 'Health',
  access: 'anyone',
  versioned: false,
  answers: { 200: z.strictObject({ status: z.literal('ok') }) },
  handle: notCalled,
};

const all = [write, health, remove, byLink, read, create];
const base = 'https://benefits.contoso.com';

async function lint(document: OpenApiDocument) {
  const problems = await lintFromString({
    source: JSON.stringify(document),
    config: await createConfig({ extends: ['recommended'] }),
  });
  return problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
}

test('the document of every kind of endpoint lints clean by the recommended rules', async () => {
  expect(await lint(await openApiDocument(base, all))).toEqual([]);
});

test('the document of the whole app lints clean, with every endpoint in it', async () => {
  useTestSettings();
  await import('../../../functions/main.ts');
  const document = await openApiDocument(base);
  expect(await lint(document)).toEqual([]);
  const operations = Object.values(document.paths ?? {}).flatMap((path) =>
    Object.values(path as Record<string, { operationId: string }>),
  );
  const names = endpoints().map(({ name }) => name);
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(names.sort());
  expect(names).toContain('health');
});

test('the document depends on the declarations only, not on their order', async () => {
  const one = JSON.stringify(await openApiDocument(base, all));
  const other = JSON.stringify(await openApiDocument(base, all.toReversed()));
  expect(one).toBe(other);
});

test('one document leaves nothing behind in the next', async () => {
  const before = JSON.stringify(await openApiDocument(base, all));
  await openApiDocument(base, [health]);
  expect(JSON.stringify(await openApiDocument(base, all))).toBe(before);
});

async function operation(definition: Definition) {
  const document = await openApiDocument(base, [definition]);
  const path = document.paths?.[`/${definition.route}`];
  const found = path?.[definition.method.toLowerCase() as 'get'];
  if (!found) throw new Error('The operation is not in the document.');
  const resolve = <T>(value: T): T => {
    const { $ref } = value as { $ref?: string };
    if ($ref === undefined) return value;
    const [kind = '', name = ''] = $ref.split('/').slice(2);
    const components = document.components as unknown as Record<string, Record<string, T>>;
    const target = components[kind]?.[name];
    if (target === undefined) throw new Error(`${$ref} leads nowhere.`);
    return target;
  };
  const parameters = (found.parameters ?? []).map((parameter) => {
    const { name, in: place, required } = resolve(parameter) as unknown as Record<string, unknown>;
    return `${String(place)} ${String(name)}${required ? ' required' : ''}`;
  });
  const responses = found.responses as Record<string, { headers?: object; description: string }>;
  const answers = Object.fromEntries(
    Object.entries(responses).map(([status, answer]) => {
      const { headers = {}, description } = resolve(answer);
      return [status, { headers: Object.keys(headers), description }];
    }),
  );
  return { found, parameters: parameters.sort(), answers };
}

test('a write names its headers, its condition, and every refusal by status', async () => {
  const { found, parameters, answers } = await operation(write);
  expect(found.operationId).toBe('assignCredit');
  expect(found['x-roles']).toEqual(['GlobalAdmin']);
  expect(found.security).toEqual([{ bearerAuth: [] }]);
  expect(found.requestBody).toMatchObject({ required: true });
  expect(parameters).toEqual([
    'header If-Match',
    'header Repeatability-First-Sent',
    'header Repeatability-Request-ID',
    'header traceparent',
    'path benefitId required',
    'path partnerId required',
    'query api-version required',
  ]);
  expect(answers['200']?.headers).toEqual(['x-ms-request-id', 'ETag', 'Repeatability-Result']);
  const { 200: _success, ...refused } = answers;
  expect(
    Object.fromEntries(
      Object.entries(refused).map(([status, answer]) => [status, answer.description]),
    ),
  ).toEqual({
    400: 'Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersionValue`.',
    401: 'Refused: `Unauthenticated`.',
    403: 'Refused: `Forbidden`.',
    404: 'Refused: `NotFound`.',
    409: 'Refused: `AlreadyAssigned`, `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`.',
    412: 'Refused: `PreconditionFailed`.',
    413: 'Refused: `PayloadTooLarge`.',
    415: 'Refused: `UnsupportedMediaType`.',
    429: 'Refused: `TooManyRequests`.',
    500: 'Refused: `InternalError`.',
    503: 'Refused: `ServiceUnavailable`.',
  });
  expect(answers['401']?.headers).toContain('WWW-Authenticate');
  expect(answers['429']?.headers).toContain('Retry-After');
  expect(answers['503']?.headers).toContain('Retry-After');
  expect(answers['409']?.headers).toEqual(['x-ms-request-id', 'x-ms-error-code']);
});

test('a refusal is the shared error, of whose codes only those of its status can stand', async () => {
  const { found } = await operation(write);
  expect(found.responses?.['409']).toMatchObject({
    content: {
      'application/json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Error' }],
          properties: {
            error: {
              properties: {
                code: {
                  enum: [
                    'AlreadyAssigned',
                    'BenefitExpired',
                    'RepeatabilityConflict',
                    'ConcurrentChange',
                  ],
                },
              },
            },
          },
        },
      },
    },
  });
});

test('a read can be asked by ETag and gives no refusal of writes', async () => {
  const { parameters, answers } = await operation(read);
  expect(parameters).toContain('header If-None-Match');
  expect(parameters).toContain('query maxpagesize');
  expect(Object.keys(answers)).toEqual(['200', '304', '400', '401', '403', '404', '500', '503']);
});

test('what is created says where, and what is removed has no body', async () => {
  expect((await operation(create)).answers['201']?.headers).toContain('Location');
  const { found } = await operation(remove);
  expect(found.responses?.['204']).not.toHaveProperty('content');
  expect(found).not.toHaveProperty('requestBody');
});

test('PR-05 routes by link and public ones ask for no token', async () => {
  for (const definition of [byLink, health]) {
    const { found, answers } = await operation(definition);
    expect(found.security).toEqual([]);
    expect(found).not.toHaveProperty('x-roles');
    expect(answers).not.toHaveProperty('401');
    expect(answers).not.toHaveProperty('403');
  }
  expect((await operation(byLink)).answers['410']?.description).toContain('LinkNoLongerValid');
  expect((await operation(health)).parameters).toEqual(['header traceparent']);
});
