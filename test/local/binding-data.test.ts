import { expect, test } from 'vitest';
import { bindingData, httpMetadata } from '../../infra/local/host/binding-data.ts';

const request = (path: string, bodyText = '', params: Record<string, string | null> = {}) =>
  httpMetadata({
    bodyText,
    query: new URL(path, 'http://localhost').searchParams,
    params,
    headers: { Host: 'localhost', 'X-Given': 'yes' },
  });

test('a body’s properties, the query, the route, then Query and Headers, each over those before', () => {
  expect(
    request('/?Two=query&three=query&code=key', '{"one":"body","two":"body","THREE":"body"}', {
      tHREE: 'route',
      four: 'route',
    }),
  ).toEqual({
    one: { string: 'body' },
    two: { string: 'query' },
    THREE: { string: 'route' },
    four: { string: 'route' },
    Query: { json: '{"Two":"query","three":"query","code":"key"}' },
    Headers: { json: '{"Host":"localhost","X-Given":"yes"}' },
  });
});

test('of a query parameter that is given twice the last counts', () => {
  expect(request('/?a=1&A=2&a=3')).toMatchObject({ a: { string: '3' } });
});

test('whatever is named Query or Headers, in any case, takes their place', () => {
  expect(Object.keys(request('/?query=1', '{"HEADERS":{"a":"b"}}'))).toEqual(['HEADERS', 'query']);
  expect(request('/', '{"Headers":{"a":"b"}}')).toMatchObject({ Headers: { json: '{"a":"b"}' } });
  expect(request('/?Headers=x')).toMatchObject({ Headers: { string: 'x' } });
});

test('of a JSON body texts, numbers, truth values and objects count, as text but for objects', () => {
  const data = bindingData();
  const values = '"text":"a","number":1.50,"yes":true,"no":false,"object":{"a":[1]}';
  data.addJson(` {${values},"list":[],"none":null} `);
  expect(data.toMetadata()).toEqual({
    text: { string: 'a' },
    number: { string: '1.5' },
    yes: { string: 'True' },
    no: { string: 'False' },
    object: { json: '{"a":[1]}' },
  });
});

test.each(['', '[{"a":1}]', '"a"', '{"a":1', 'x{"a":1}', 'a=1'])(
  '%s holds no properties',
  (text) => {
    const data = bindingData();
    data.addJson(text);
    expect(data.toMetadata()).toEqual({});
  },
);

test('null takes a value away, and is not handed on', () => {
  expect(request('/?id=query', '', { id: null })).not.toHaveProperty('id');
});

test('letters beyond ASCII are never one of ASCII', () => {
  const kelvin = 'to\u212aen';
  expect(Object.keys(request(`/?${kelvin}=1`, '', { token: 'route' }))).toEqual([
    ...[kelvin, 'token', 'Query', 'Headers'],
  ]);
});
