import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHostJson } from '../../infra/local/host/host-json.ts';
import { localAccessKey } from '../../infra/local/mail-service.ts';
import { activityTimeoutFrom, corsFrom, portsFrom, rootDir } from '../../infra/local/settings.ts';
import { issuerTemplate, operatorTenantId, tokenAudience } from '../../infra/local/sign-in.ts';
import { readConfig } from '../../src/platform/config.ts';

const example = join(rootDir, 'local.settings.example.json');

test('the example settings for func start are complete and fit the local services', () => {
  const { Values } = JSON.parse(readFileSync(example, 'utf8')) as {
    Values: Record<string, string>;
  };
  const ports = portsFrom({});
  const signIn = `http://127.0.0.1:${ports.signIn}`;
  expect(readConfig(Values)).toMatchObject({
    publicBaseUrl: `http://127.0.0.1:${ports.functions}`,
    operatorTenantId,
    token: {
      audience: tokenAudience,
      issuer: issuerTemplate(signIn),
      jwksUri: `${signIn}/discovery/keys`,
    },
    mail: {
      connectionString: `endpoint=http://127.0.0.1:${ports.mailService}/;accesskey=${localAccessKey}`,
    },
  });
});

test('host.json is read as this host needs it', () => {
  expect(readHostJson(rootDir)).toEqual({
    routePrefix: '',
    queues: {
      batchSize: 16,
      newBatchThreshold: 8,
      maxDequeueCount: 5,
      messageEncoding: 'base64',
      visibilityTimeout: 30_000,
    },
  });
});

test('CORS origins come from local.settings.json, none without it, and a broken one is named', async () => {
  expect(corsFrom(example)).toEqual({
    origins: ['http://localhost:3000', 'http://localhost:5173'],
    credentials: false,
  });
  expect(corsFrom(join(rootDir, 'no-such-file.json'))).toEqual({ origins: [], credentials: false });
  const dir = await mkdtemp(join(tmpdir(), 'settings-test-'));
  const file = join(dir, 'local.settings.json');
  await writeFile(file, JSON.stringify({ Host: { CORS: 1 } }));
  expect(() => corsFrom(file)).toThrow(file);
  await writeFile(file, JSON.stringify({ Host: { CORS: 'http://localhost:3000,*' } }));
  expect(() => corsFrom(file)).toThrow('Host.CORS must name each origin');
  await rm(dir, { recursive: true });
});

test('ports: the usual ones, others by environment, nonsense is named', () => {
  expect(portsFrom({ LOCAL_FUNCTIONS_PORT: '8080', LOCAL_MAILBOX_PORT: '' })).toEqual({
    functions: 8080,
    signIn: 7072,
    mailService: 7073,
    mailbox: 1080,
    blob: 10000,
    queue: 10001,
    table: 10002,
  });
  expect(() => portsFrom({ LOCAL_AZURITE_BLOB_PORT: '70000' })).toThrow('LOCAL_AZURITE_BLOB_PORT');
});

test('the activity timeout is given in seconds, and what is none is refused by its name', () => {
  expect(activityTimeoutFrom({})).toBeUndefined();
  expect(activityTimeoutFrom({ LOCAL_ACTIVITY_TIMEOUT: '2.5' })).toBe(2500);
  for (const text of ['0', '-1', 'x', '1e9'])
    expect(() => activityTimeoutFrom({ LOCAL_ACTIVITY_TIMEOUT: text })).toThrow(
      'LOCAL_ACTIVITY_TIMEOUT',
    );
});
