import { expect, test } from 'vitest';
import * as z from 'zod';
import { createDocument } from 'zod-openapi';
import { domainName, emailAddress } from '../../src/partners/schemas.ts';

const body = z.strictObject({ email: emailAddress, domains: z.array(domainName) });

test('CR-04 addresses and domains come out of a request in their canonical form', () => {
  expect(body.parse({ email: 'Ana@BÜCHER.example.', domains: ['Contoso.COM'] })).toEqual({
    email: 'ana@xn--bcher-kva.example',
    domains: ['contoso.com'],
  });
  const result = body.safeParse({ email: 'ana', domains: ['contoso.com', 'localhost'] });
  expect(result.error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [['email'], 'Give a mail address such as ana@contoso.com.'],
    [['domains', 1], 'Give a domain such as contoso.com.'],
  ]);
});

test('PR-01 addresses and domains are described in the OpenAPI document on both sides', () => {
  const content = { 'application/json': { schema: body } };
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: 'Test', version: '1' },
    paths: {
      '/x': {
        post: {
          requestBody: { content },
          responses: { '200': { description: 'Done', content } },
        },
      },
    },
  });
  const post = document.paths?.['/x']?.post;
  const properties = {
    email: { type: 'string', format: 'email', maxLength: 254, examples: ['ana@contoso.com'] },
    domains: {
      type: 'array',
      items: { type: 'string', format: 'hostname', maxLength: 253, examples: ['contoso.com'] },
    },
  };
  expect(post?.requestBody).toMatchObject({
    content: { 'application/json': { schema: { properties } } },
  });
  expect(post?.responses?.['200']).toMatchObject({
    content: { 'application/json': { schema: { properties } } },
  });
});
