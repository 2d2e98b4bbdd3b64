/** What is deployed: the package has what the host needs and nothing else, and the worker can load it. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { swaggerUiFiles } from '../../infra/build.ts';
import { packageApp } from '../../infra/package.ts';
import { queueNames } from '../../src/platform/storage-names.ts';
import { repository } from './support/bicep-file.ts';
import { hostSchema } from './support/host-schema.ts';
import { at, theOne, usual } from './support/deployments.ts';

type Registered = {
  name: string;
  bindings: Record<string, { type: string; queueName?: string; route?: string }>;
};

let folder: string;
let files: string[];
let registered: Registered[];

const ring = (fill: string) => `one:${Buffer.alloc(32, fill).toString('base64')}`;
const settings = {
  AzureWebJobsStorage__accountName: 'nowhere',
  PUBLIC_BASE_URL: 'https://benefits.example.com',
  OPERATOR_TENANT_ID: '00000000-0000-4000-8000-000000000001',
  TOKEN_AUDIENCE: '00000000-0000-4000-8000-0000000000a9',
  TOKEN_ISSUER: 'https://login.microsoftonline.com/{tid}/v2.0',
  TOKEN_JWKS_URI: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
  LINK_SIGNING_KEYS: ring('l'),
  PRODUCT_KEY_ENCRYPTION_KEYS: ring('e'),
  PRODUCT_KEY_HASH_KEYS: ring('h'),
  MAIL_ENDPOINT: 'https://nowhere.communication.azure.com',
  MAIL_SENDER: 'no-reply@example.com',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-test-'));
  await packageApp(folder);
  files = globSync('**', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  // Away from the repository: what the bundle lacks cannot be found beside it.
  const { stdout } = await promisify(execFile)(
    'node',
    [join(import.meta.dirname, 'support/worker.mjs'), folder, manifest().main],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...settings },
      maxBuffer: 10_000_000,
    },
  );
  registered = JSON.parse(stdout) as Registered[];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function manifest() {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main: string };
}

test('the package holds host.json, package.json, the bundle and the docs page’s assets', () => {
  expect(files.filter((file) => !/^dist\/chunks\/[\w.-]+\.js$/.test(file))).toEqual(
    [
      'dist/main.js',
      ...swaggerUiFiles.map((file) => `dist/swagger-ui/${file}`),
      'host.json',
      'package.json',
    ].sort(),
  );
});

test('package.json names the entry and asks for nothing to be installed or built', () => {
  expect(Object.keys(manifest()).sort()).toEqual(
    ['license', 'main', 'name', 'private', 'type', 'version'].sort(),
  );
  expect(files).toContain(manifest().main);
});

test('the package stays small: it is fetched and unpacked at every cold start', async () => {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  const packed = files
    .map((file) => gzipSync(readFileSync(join(folder, file))).length)
    .reduce((sum, size) => sum + size, 0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
  expect(packed).toBeLessThan(2_000_000);
});

test('no key of the local settings is in it', () => {
  const { Values } = JSON.parse(
    readFileSync(join(repository, 'local.settings.example.json'), 'utf8'),
  ) as { Values: Record<string, string> };
  const keys = Object.entries(Values)
    .filter(([name]) => /_KEYS?$/.test(name))
    .flatMap(([, value]) => value.split(','))
    .map((entry) => entry.split(':').at(-1)!);
  expect(keys.length).toBeGreaterThan(0);
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    expect({ file, found: keys.filter((known) => text.includes(known)) }).toEqual({
      file,
      found: [],
    });
  }
});

test('the worker loads it, and every file in functions/ is one registered function', () => {
  const declared = globSync('{http,queues,timers,events}/*.ts', {
    cwd: join(repository, 'functions'),
  });
  const names = registered.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBe(declared.length);
});

test('each queue has exactly one function, and no route is one of the host’s own', () => {
  const bindings = registered.flatMap((one) => Object.values(one.bindings));
  const queues = bindings.filter(({ type }) => type === 'queueTrigger');
  expect(queues.map(({ queueName }) => queueName).sort()).toEqual([...queueNames].sort());
  const routes = bindings.filter(({ type }) => type === 'httpTrigger').map(({ route }) => route);
  expect(routes.filter((route) => /^(admin|runtime)(\/|$)/i.test(route ?? ''))).toEqual([]);
});

test('host.json is valid, and fits what the app counts on', () => {
  const host = hostSchema.parse(JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8')));
  expect(hostSchema.safeParse({ ...host, extension: {} }).success).toBe(false);
  expect(host.extensions.http.routePrefix).toBe('');
  expect(host.extensions.queues.messageEncoding).toBe('base64');
  // settleShard works for four minutes before it hands on what is left.
  expect(host.functionTimeout >= '00:05:00').toBe(true);
});

test('Azure runs the Node that the tests run', () => {
  const app = theOne(usual, 'Microsoft.Web/sites');
  expect(at(app, 'properties', 'functionAppConfig', 'runtime')).toEqual({
    name: 'node',
    version: process.versions.node.split('.')[0],
  });
});
