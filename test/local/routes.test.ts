import { expect, test } from 'vitest';
import { routeTable } from '../../infra/local/host/routes.ts';

const table = (...templates: string[]) =>
  routeTable(templates.map((template) => ({ template, methods: ['GET'], target: template })));

test.each([
  ['things', '/things', {}],
  ['Things', '/tHINGS/', {}],
  ['things/{id}', '/things/a%20b', { id: 'a b' }],
  ['things/{id}', '/things/a%2Fb', { id: 'a%2Fb' }],
  ['things/{id}', '/things/%zz', { id: '%zz' }],
  ['things/{id?}', '/things', {}],
  ['things/{id?}', '/things/1', { id: '1' }],
  ['things/{*rest}', '/things/a/b/c', { rest: 'a/b/c' }],
  ['things/{*rest}', '/things', { rest: '' }],
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

test('the more literal route wins, whatever the order of registration', () => {
  const templates = ['{*all}', 'a/{x}/{y}', 'a/{x}/c', 'a/b/{y}', 'a/{x?}', 'a/{*rest}'];
  for (const order of [templates, templates.toReversed()]) {
    const { match } = table(...order);
    const found = (path: string) => match('GET', path)?.target;
    expect(found('/a/b/c')).toBe('a/b/{y}');
    expect(found('/a/z/c')).toBe('a/{x}/c');
    expect(found('/a/z/z')).toBe('a/{x}/{y}');
    expect(found('/a/z')).toBe('a/{x?}');
    expect(found('/a/1/2/3')).toBe('a/{*rest}');
    expect(found('/z')).toBe('{*all}');
  }
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
