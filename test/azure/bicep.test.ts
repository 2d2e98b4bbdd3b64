/** The Bicep files, checked without a compiler: syntax, parameters, and what they would deploy. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  azureFolder,
  nodesOf,
  parseBicep,
  propertyOf,
  readBicep,
  syntaxErrors,
} from './support/bicep-file.ts';
import { deliveryReports, open, queuedReports, secluded, usual } from './support/deployments.ts';
import { builtInRoles, kinds } from './support/known.ts';

const paths = globSync('**/*.bicep', { cwd: azureFolder }).sort();
const files = paths.map(readBicep);
const everything = [...usual, ...secluded, ...open, ...deliveryReports, ...queuedReports];

test.each(files)('$path is Bicep', ({ root }) => {
  expect(root.namedChildCount).toBeGreaterThan(3);
  expect(syntaxErrors(root)).toEqual([]);
});

test('what is no Bicep is found', () => {
  expect(syntaxErrors(parseBicep("resource a 'b@1' = { name: }\n"))).not.toEqual([]);
});

test.each(files)('$path passes every parameter that a module needs and no other', (file) => {
  const wrong = [...file.modules.values()].flatMap(({ symbol, what, body }) => {
    const wanted = readBicep(join(file.path, '..', what)).params;
    const given = propertyOf(body, 'params')?.namedChildren ?? [];
    const names = given
      .filter(({ type }) => type === 'object_property')
      .map((property) => property.child(0)?.text ?? '');
    const missing = [...wanted].filter(([name, { value }]) => !value && !names.includes(name));
    return [
      ...missing.map(([name]) => `${symbol} lacks ${name}`),
      ...names.filter((name) => !wanted.has(name)).map((name) => `${symbol} has no ${name}`),
    ];
  });
  expect(wrong).toEqual([]);
});

test.each(files)('$path describes and uses every parameter and variable', (file) => {
  const used = (name: string) =>
    nodesOf(file.root, 'identifier').filter(
      ({ text, parent }) =>
        text === name && parent?.type !== 'object_property' && parent?.type !== 'call_expression',
    ).length +
    nodesOf(file.root, 'object_property').filter(
      (property) => property.namedChildren.at(-1)?.text === name,
    ).length +
    nodesOf(file.root, 'arguments').filter((given) =>
      given.namedChildren.some(({ text }) => text === name),
    ).length;
  const undescribed = [...file.params].filter(([, { described }]) => !described);
  expect(undescribed.map(([name]) => name)).toEqual([]);
  // Once where it is declared, and once more.
  const unused = [...file.params.keys(), ...file.vars.keys()].filter((name) => used(name) < 2);
  expect(unused).toEqual([]);
});

test('the parameter file sets parameters that there are, and all that must be set', () => {
  const text = readFileSync(join(azureFolder, 'main.bicepparam'), 'utf8');
  // The grammar knows no parameter files; an assignment is a variable's declaration but for its first word.
  const root = parseBicep(text.replace(/^using .+$/m, '').replaceAll(/^param /gm, 'var '));
  expect(syntaxErrors(root)).toEqual([]);
  const set = nodesOf(root, 'variable_declaration').map((node) => node.namedChildren[0]?.text);
  const { params } = files.find(({ path }) => path === 'main.bicep')!;
  expect(set.filter((name) => !params.has(name ?? ''))).toEqual([]);
  const missing = [...params].filter(([name, { value }]) => !value && !set.includes(name));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test('no file asks for a key, and no output gives one away', () => {
  for (const { path, root, outputs } of files) {
    const calls = nodesOf(root, 'call_expression').map((call) => call.namedChildren[0]?.text ?? '');
    expect({
      path,
      calls: calls.filter((name) => /(^|\.)(list[A-Z]\w*|getSecret)$/.test(name)),
    }).toEqual({
      path,
      calls: [],
    });
    const telling = [...outputs].filter(([name, value]) =>
      /connectionstring|secret(?!s?name)|password|key(?!_?vault)|sas/i.test(
        `${name} ${value.text}`.replaceAll(/key_?vault/gi, ''),
      ),
    );
    expect(telling.map(([name]) => name)).toEqual([]);
  }
});

test('every id of a role is one that exists, under its name', () => {
  const pairs = files.flatMap(({ vars }) => {
    const role = vars.get('role');
    return role ? nodesOf(role, 'object_property') : [];
  });
  expect(pairs.length).toBeGreaterThan(6);
  for (const pair of pairs) {
    const name = builtInRoles[pair.namedChildren.at(-1)?.text.slice(1, -1) ?? ''];
    expect(name?.replaceAll(' ', '').toLowerCase()).toBe(pair.child(0)?.text.toLowerCase());
  }
  // An id stands in such a list only, beside its name.
  const ids = files.flatMap(({ root }) => root.text.match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/g));
  expect(ids.filter((id) => id !== null)).toHaveLength(pairs.length);
});

test('every resource is of a known type and version, and its name is valid', () => {
  expect(usual.length).toBeGreaterThan(45);
  const wrong = everything.filter(({ type, apiVersion, name }) => {
    const kind = kinds[type];
    return !kind?.versions.includes(apiVersion) || !kind.name.test(name);
  });
  expect(wrong.map(({ file, type, apiVersion, name }) => [file, type, apiVersion, name])).toEqual(
    [],
  );
  // Resources that are only referred to as well.
  for (const { path, resources } of files)
    for (const { what } of resources.values()) {
      const [type = '', version = ''] = what.split('@');
      expect({ path, type, known: kinds[type]?.versions.includes(version) }).toEqual({
        path,
        type,
        known: true,
      });
    }
});

test('everything that can carries the tags', () => {
  const untagged = everything
    .filter(({ type }) => kinds[type]?.tags)
    .filter(({ body }) => !(body['tags'] as Record<string, string> | undefined)?.['app']);
  expect(untagged.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
});

test('no two resources have the same type, parent and name', () => {
  for (const resources of [usual, secluded]) {
    const seen = resources
      // The workspace is deployed twice on purpose.
      .filter(({ type }) => !/workspaces$/.test(type))
      .map(
        ({ type, name, body }) =>
          `${type} ${name} ${JSON.stringify(body['parent'] ?? body['scope'])}`,
      );
    expect(seen.filter((key, index) => seen.indexOf(key) !== index)).toEqual([]);
  }
});
