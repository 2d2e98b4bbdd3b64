/** What the documents say of tests, alerts, commands and costs is so. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import {
  costsOf,
  currentCostTable,
  readMeasured,
  scaleGroups,
  withCostTable,
  zoneRedundancyCost,
} from '../../infra/azure/costs.ts';
import { azureFolder, repository } from './support/bicep-file.ts';
import { at, ofType, secluded, theOne, usual } from './support/deployments.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const documents = ['docs/operations.md', 'docs/threat-model.md'];

test.each(documents)('%s names tests that there are', (path) => {
  const text = read(path);
  const named = [...text.matchAll(/`(test\/[\w/.-]+)`((?: "[^"]+",?)*)/g)];
  expect(named.length).toBeGreaterThan(3);
  const wrong = named.flatMap(([, file = '', quoted = '']) => {
    if (!existsSync(join(repository, file))) return [`${file} is not there`];
    if (!file.endsWith('.ts')) return [];
    const source = read(file);
    return [...quoted.matchAll(/"([^"]+)"/g)]
      .map(([, name]) => name!)
      .filter((name) => !source.includes(name))
      .map((name) => `${file} has no "${name}"`);
  });
  expect(wrong).toEqual([]);
});

test('docs/threat-model.md leaves no attack without a test or a word that there is none', () => {
  const rows = read('docs/threat-model.md')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| *(-|attack|what)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .filter(
      ([, first]) =>
        !/^(Azure credits|product keys|redemption links|directory|ledgers|the operator's role)/.test(
          first!,
        ),
    );
  expect(rows.length).toBeGreaterThan(35);
  const unproven = rows.filter(([, , , shown]) => !/`test\/|not tested|accepted/.test(shown!));
  expect(unproven.map(([, attack]) => attack)).toEqual([]);
});

test.each([...documents, 'SECURITY.md'])(
  '%s leads to files and headings that there are',
  (path) => {
    const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!);
    const wrong = links
      .filter((to) => !/^https?:/.test(to))
      .filter((to) => {
        const [file = '', heading] = to.split('#');
        const target = file ? relative(repository, join(repository, dirname(path), file)) : path;
        if (!existsSync(join(repository, target))) return true;
        const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
          text!
            .toLowerCase()
            .replaceAll(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        );
        return heading !== undefined && !headings.includes(heading);
      });
    expect(wrong).toEqual([]);
  },
);

test('SECURITY.md says how to report, what to expect and what is supported', () => {
  const headings = [...read('SECURITY.md').matchAll(/^## (.+)$/gm)].map(([, text]) => text!);
  for (const wanted of ['Reporting a vulnerability', 'What to expect', 'Supported versions'])
    expect(headings).toContain(wanted);
  // Nobody is named who might be gone: the platform's private reports reach whoever looks after the repository.
  expect(read('SECURITY.md')).toContain('Report a vulnerability');
});

test('every alert has its own heading, and every such heading its alert', () => {
  const described = usual.flatMap((resource) => {
    const text = JSON.stringify(resource.body);
    return [...text.matchAll(/docs\/operations\.md#([\w-]+)/g)].map(([, name]) => name!);
  });
  const [, section = ''] = /^## Alerts$(.*?)^## /ms.exec(read('docs/operations.md')) ?? [];
  const headings = [...section.matchAll(/^### ([a-z-]+)$/gm)].map(([, name]) => name!);
  expect(headings.sort()).toEqual(described.sort());
  expect(described.length).toBeGreaterThan(9);
});

test('alerts look for events that the app logs, and read fields that these have', () => {
  const sources = globSync('src/**/*.ts', { cwd: repository }).map(read).join('\n');
  const queries = ofType(usual, 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
    const { allOf } = at(rule, 'properties', 'criteria') as { allOf: { query: string }[] };
    return allOf[0]!.query;
  });
  const events = queries.flatMap((query) =>
    [...query.matchAll(/event == "(\w+)"/g)].map(([, name]) => name!),
  );
  expect(new Set(events).size).toBeGreaterThan(3);
  expect(events.filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
  const fields = queries.flatMap((query) =>
    [...query.matchAll(/\be\.(\w+)/g)].map(([, name]) => name!).filter((name) => name !== 'event'),
  );
  expect(fields.filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
  expect(sources).toContain('the app does not start');
});

test('CR-08 bursts of 401, 403 and 429 and a used-up mail quota are told, a put-back for want of a slot is counted', () => {
  const rules = new Map(
    ofType(usual, 'Microsoft.Insights/scheduledQueryRules').map((rule) => {
      const { allOf } = at(rule, 'properties', 'criteria') as { allOf: { query: string }[] };
      return [String(at(rule, 'properties', 'description')).split('#')[1], allOf[0]!.query];
    }),
  );
  const statuses = ['refused-tokens', 'refused-rights', 'slowed-callers'].map((name) => {
    expect(rules.get(name)).toContain('event == "request"');
    return /toint\(e\.status\) == (\d+)/.exec(rules.get(name) ?? '')?.[1];
  });
  expect(statuses).toEqual(['401', '403', '429']);
  // One caller's burst, not everybody's sum; who has no token is nobody yet.
  for (const name of ['refused-rights', 'slowed-callers'])
    expect(rules.get(name)).toMatch(
      /by tenant = tostring\(e\.tenantId\), caller = tostring\(e\.callerId\)/,
    );
  expect(rules.get('mail-quota-used-up')).toContain('event == "mailQuotaUsedUp"');
  // No code is left out: those that wait for a slot are logged under the same event.
  expect(rules.get('mail-held-up')).toMatch(/where event == "noticePutBack" \| summarize/);
  expect(read('src/notices/deliver.ts')).toMatch(/'noticePutBack', \{[^}]*noSlotCodes/);
});

test('costs count every log alert by how often it looks', () => {
  const every = ofType(usual, 'Microsoft.Insights/scheduledQueryRules').map((rule) =>
    String(at(rule, 'properties', 'evaluationFrequency')),
  );
  const count = (frequency: string) => every.filter((each) => each === frequency).length;
  expect(read('infra/azure/costs.ts')).toContain(
    `alerts: ${count('PT5M')} * 1.5 + ${count('PT15M')} * 0.5 + ${count('PT1H')} * 0.5 + 0.1`,
  );
});

test.each(documents)(
  '%s names scripts of package.json, parameters and files that there are',
  (path) => {
    const text = read(path);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name!);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...text.matchAll(/`((?:infra|src|\.github)\/[\w/.-]+\.\w+)`/g)].map(
      ([, file]) => file!,
    );
    expect(files.filter((file) => !existsSync(join(repository, file)))).toEqual([]);
    const set = [...text.matchAll(/azd env set ([A-Z_]+)/g)].map(([, name]) => name!);
    const parameters = readFileSync(join(azureFolder, 'main.bicepparam'), 'utf8');
    expect(set.filter((name) => !parameters.includes(`'${name}'`))).toEqual([]);
  },
);

test('docs/operations.md has the costs that the measurements give (npm run azure:costs -- --write)', () => {
  const text = read('docs/operations.md');
  // Prettier may set columns wider.
  const plain = (markdown: string) => markdown.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-');
  expect(plain(text)).toBe(plain(withCostTable(text, currentCostTable())));
});

test('costs: more partners never cost less, a million far less than a hundred each', () => {
  const measured = readMeasured(read('docs/performance.md'));
  const sizes = [1, 100, 10_000, 1_000_000];
  const totals = sizes.map((partners) => costsOf(partners, measured).total);
  expect(totals).toEqual([...totals].sort((a, b) => a - b));
  expect(totals[3]! / 1_000_000).toBeLessThan(totals[1]! / 100);
  expect(() => costsOf(1, new Map())).toThrow('docs/performance.md says nothing of');
});

test('costs: zone redundancy keeps two instances of every scale group ready, as operations.md says', () => {
  // HTTP together, everything else alone.
  const others = globSync('functions/*/*.ts', { cwd: repository }).filter(
    (file) => !file.startsWith('functions/http/'),
  );
  expect(scaleGroups()).toBe(others.length + 1);
  expect(zoneRedundancyCost(1)).toBeCloseTo(2 * 2 * 2_592_000 * 0.000004);
  expect(read('docs/operations.md')).toContain(
    `two instances of each of the ${scaleGroups()} scale groups`,
  );
  expect(at(theOne(usual, 'Microsoft.Web/serverfarms'), 'properties', 'zoneRedundant')).toBe(false);
  expect(at(theOne(secluded, 'Microsoft.Web/serverfarms'), 'properties', 'zoneRedundant')).toBe(
    true,
  );
});
