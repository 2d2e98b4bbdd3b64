import { expect, test } from 'vitest';
import { byName, encodePath, routeTable } from '../../infra/local/host/routes.ts';

const table = (...templates: string[]) =>
  routeTable(templates.map((template) => ({ template, methods: ['GET'], target: template })));

test.each([
  ['things', '/things', {}],
  ['Things', '/tHINGS/', {}],
  ['things/{id}', '/things/a%20b', { id: 'a b' }],
  ['things/{id}', '/things/a%2Fb', { id: 'a%2Fb' }],
  ['things/{id}', '/things/%zz', { id: '%zz' }],
  ['things/{id?}', '/things', { id: null }],
  ['things/{id?}', '/things/1', { id: '1' }],
  ['things/{*rest}', '/things/a/b/c', { rest: 'a/b/c' }],
  ['things/{*rest}', '/things', { rest: null }],
  ['things/{id}', '/things/%C3%BC%ff', { id: 'ü%ff' }],
])('template %s matches %s', (template, path, params) => {
  expect(table(template).match('GET', path)).toEqual({ target: template, params });
});

test.each([
  ['things', '/'],
  ['things', '/things/1'],
  ['things/{id}', '/things'],
  ['things/{id}', '/things//'],
  ['things/{id}/x', '/things//x'],
  ['things/{id?}', '/things/1/2'],
])('template %s does not match %s', (template, path) => {
  expect(table(template).match('GET', path)).toBeUndefined();
});

test('the first route that matches is taken: a literal has no precedence over a parameter', () => {
  const templates = ['a/{x}/c', 'a/b/{y}', 'a/{*rest}', 'a/b'];
  const { match } = table(...templates);
  const found = (path: string) => match('GET', path)?.target;
  expect(found('/a/b/c')).toBe('a/{x}/c');
  expect(found('/a/b/z')).toBe('a/b/{y}');
  expect(found('/a/b')).toBe('a/{*rest}');
  expect(table(...templates.toReversed()).match('GET', '/a/b')?.target).toBe('a/b');
});

test('functions are ordered by their names, without regard to case', () => {
  const named = ['docs', 'docsAsset', 'Docs2', 'aZ', 'B', 'ab'].map((name) => ({ name }));
  expect(byName(named).map(({ name }) => name)).toEqual([
    ...['ab', 'aZ', 'B', 'docs', 'Docs2', 'docsAsset'],
  ]);
});

test('a route without methods answers all', () => {
  const { match } = routeTable([{ template: 'a', methods: undefined, target: 'all' }]);
  expect(match('PATCH', '/a')?.target).toBe('all');
});

test.each([
  ['/a%20b/c', '/a%20b/c'],
  ['/a%2Fb', '/a%2Fb'],
  ['/%zz/%C3%BC', '/%25zz/%C3%BC'],
  ['/%ff', '/%ff'],
  ["/a:b@c!$&'()*+,;=", "/a:b@c!$&'()*+,;="],
])('path %s is written again as %s', (path, written) => {
  expect(encodePath(path)).toBe(written);
});

test('a route of the same shape but another method is passed over', () => {
  const { match } = routeTable([
    { template: 'a/b', methods: ['PUT'], target: 'put' },
    { template: 'a/{x}', methods: ['GET'], target: 'get' },
  ]);
  expect(match('GET', '/a/b')?.target).toBe('get');
  expect(match('PUT', '/a/b')?.target).toBe('put');
  expect(match('DELETE', '/a/b')).toBeUndefined();
});

test.each(['a/{id:guid}', 'a/{id}.json', 'a/{x?}/b', 'a/{*rest}/b', 'a/{*x?}'])(
  'template %s is refused, for this host cannot read it',
  (template) => {
    expect(() => table(template)).toThrow(template);
  },
);

test('two functions on one method and shape are refused', () => {
  expect(() => table('a/{x}', 'A/{y}')).toThrow('GET /a/{parameter}');
});
