/** What is deployed: what it registers, what it reads at start, and that it does not start where it could not work. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byName, routeTable } from '../../infra/local/host/routes.ts';
import { outputsAtStart } from '../../infra/merge-start.ts';
import { newId } from '../../src/platform/ids.ts';
import { buildApps, type BuiltApps } from '../support/built-app.ts';
import { registered } from './registered.ts';

let apps: BuiltApps;

beforeAll(async () => {
  apps = await buildApps();
}, 60_000);

afterAll(() => apps.remove());

/** The source files that are evaluated at start. */
function readAtStart(): string[] {
  const { outputs } = apps.metafile;
  const entry = Object.keys(outputs).find((path) => basename(path) === 'main.js')!;
  return outputsAtStart(apps.metafile, entry).flatMap((path) => Object.keys(outputs[path]!.inputs));
}

const lazy = [
  '@azure/data-tables',
  '@azure/storage-queue',
  '@azure/communication-email',
  '@azure/identity',
  '@azure/core-rest-pipeline',
  'jose',
  'zod-openapi',
  'email-providers',
  'tldts',
  '@opentelemetry/api',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-trace-otlp-http',
  '@azure/monitor-opentelemetry-exporter',
  'mjml',
];

test('no SDK of storage, mail or identity, and nothing else heavy, is evaluated before its first use', () => {
  const inputs = readAtStart();
  const packages = new Set(
    inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  expect(lazy.filter((name) => packages.has(name))).toEqual([]);
  // Whatever comes to be loaded at start is named here, with its reason: the host's library, and what checks settings.
  expect([...packages].toSorted()).toEqual([
    '@azure/functions',
    '@azure/functions-extensions-base',
    'cookie',
    'zod',
  ]);
  const services = inputs.filter((input) =>
    /^src\/.*(-service|serve|runtime|-store)\.ts$/.test(input),
  );
  expect(services).toEqual([]);
});

test('a start opens one file of the app', async () => {
  const text = await readFile(apps.entry, 'utf8');
  const imported = [...text.matchAll(/\bfrom\s*"([^"]+)"/g)].map(([, from]) => from);
  expect(imported.filter((from) => from!.startsWith('.'))).toEqual([]);
});

test('the lazy packages are in the bundle all the same', () => {
  const inputs = Object.keys(apps.metafile.inputs);
  const bundled = (name: string) => inputs.some((input) => input.includes(`node_modules/${name}/`));
  expect(lazy.filter((name) => name !== 'mjml' && !bundled(name))).toEqual([]);
});

test('the built app registers exactly these functions', () => {
  const found = apps.start('app').map(({ name, trigger }) => {
    const { type, methods, route, schedule, queueName } = trigger as Record<string, string>;
    const what = type === 'httpTrigger' ? `${methods} /${route}` : (schedule ?? queueName ?? '');
    return `${name}: ${type} ${what}`.trimEnd();
  });
  expect(found.toSorted()).toEqual(registered.toSorted());
});

test('every HTTP function is open to the app’s own checks, and none has a reserved route', () => {
  const http = apps.start('app').filter(({ trigger }) => trigger.type === 'httpTrigger');
  expect(http.length).toBeGreaterThan(20);
  for (const { trigger } of http) {
    expect(trigger['authLevel']).toBe('anonymous');
    expect(String(trigger['route'])).not.toMatch(/^\/?(admin|runtime)\b/i);
  }
});

test('every route is reached, whatever stands before it in the order of names that the host tries', () => {
  const http = apps.start('app').filter(({ trigger }) => trigger.type === 'httpTrigger');
  const { match } = routeTable(
    byName(http).map(({ name, trigger }) => {
      const { route, methods } = trigger as unknown as { route: string; methods: string[] };
      return { template: route, methods, target: name };
    }),
  );
  for (const { name, trigger } of http) {
    const { route, methods } = trigger as unknown as { route: string; methods: string[] };
    const path = `/${route.replaceAll(/\{\w+\}/g, 'anything')}`;
    for (const method of methods) expect(match(method, path)?.target, path).toBe(name);
  }
});

test('an app with wrong settings does not start, and names every one of them', () => {
  const wrong = { OPERATOR_TENANT_ID: 'nobody', LINK_SIGNING_KEYS: 'l1:c2hvcnQ=', MAIL_SENDER: '' };
  expect(() => apps.start('app', wrong)).toThrow(
    /OPERATOR_TENANT_ID[\s\S]*LINK_SIGNING_KEYS[\s\S]*MAIL_SENDER/,
  );
});

test('CR-15 an app with a test clock does not start on storage that is not of this machine', () => {
  const inAzure = {
    TEST_CLOCK_FILE: 'clock.json',
    AzureWebJobsStorage: '',
    AzureWebJobsStorage__accountName: 'stexample',
  };
  expect(() => apps.start('app', inAzure)).toThrow(/TEST_CLOCK_FILE/);
});

test('PR-03 a broken catalogue stops the app with the file, the path and the reason', async () => {
  const file = join(tmpdir(), `catalogue-${newId()}.json`);
  await writeFile(file, '{"offers":[],"products":[{"id":"x y"}],"membershipTypes":[]}');
  expect(() => apps.start('app', { CATALOGUE_FILE: file })).toThrow(
    new RegExp(`${file}[\\s\\S]*\\$\\.products\\[0\\]\\.id`),
  );
});
