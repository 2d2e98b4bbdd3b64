/** What the deployment sets and makes is what the app reads and uses, both ways. */
import { expect, test } from 'vitest';
import { readConfig, settingNames } from '../../src/platform/config.ts';
import { queueNames, tableNames } from '../../src/platform/storage-names.ts';
import { secrets } from '../../infra/azure/secrets.ts';
import { at, ofType, secluded, theOne, usual } from './support/deployments.ts';

/** For the host, the worker and the SDKs, which read them themselves. */
const forOthers = [
  'AzureWebJobsStorage__credential',
  'AZURE_CLIENT_ID',
  'AZURE_TOKEN_CREDENTIALS',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
];

/** What the app reads and this deployment leaves out, and why. */
const leftOut = {
  AzureWebJobsStorage: 'a connection string holds a key',
  AzureWebJobsStorage__tableServiceUri: 'the account’s name says it',
  AzureWebJobsStorage__queueServiceUri: 'the account’s name says it',
  TABLE_PREFIX: 'the account is the app’s alone',
  MAIL_CONNECTION_STRING: 'holds a key',
  CATALOGUE_FILE: 'the catalogue is built in',
  TEST_CLOCK_FILE: 'refused in Azure',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'for those who export elsewhere',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'for those who export elsewhere',
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'for those who export elsewhere',
};

function settingsOf(resources: typeof usual): Record<string, string> {
  return at(theOne(resources, 'Microsoft.Web/sites/config'), 'properties') as Record<
    string,
    string
  >;
}

test('the deployment sets the settings that the app reads, and no other', () => {
  const set = Object.keys(settingsOf(usual)).filter((name) => !forOthers.includes(name));
  const read = settingNames.filter((name) => !(name in leftOut) && !forOthers.includes(name));
  expect(set.sort()).toEqual([...read].sort());
  expect(Object.keys(leftOut).filter((name) => !settingNames.includes(name))).toEqual([]);
  expect(forOthers.filter((name) => !(name in settingsOf(usual)))).toEqual([]);
});

test('with its settings and the vault’s secrets the app starts, on identities only', () => {
  const ring = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
  const inVault: Record<string, string> = {
    'link-signing-keys': ring('l'),
    'product-key-encryption-keys': ring('e'),
    'product-key-hash-keys': ring('h'),
  };
  expect(Object.keys(inVault).sort()).toEqual([...secrets].sort());
  const resolve = (value: string) => {
    const reference = /^@Microsoft\.KeyVault\(VaultName=[^;]+;SecretName=([a-z-]+)\)$/.exec(value);
    return reference ? inVault[reference[1] ?? ''] : value;
  };
  for (const resources of [usual, secluded]) {
    const entries = Object.entries(settingsOf(resources));
    const environment = Object.fromEntries(entries.map(([name, value]) => [name, resolve(value)]));
    const config = readConfig(environment);
    expect(config.storage).toEqual({
      tableEndpoint: 'https://stabcdefghijklm.table.core.windows.net',
      queueEndpoint: 'https://stabcdefghijklm.queue.core.windows.net',
      clientId: environment['AZURE_CLIENT_ID'],
    });
    expect(config.mail).toMatchObject({
      connectionString: undefined,
      endpoint: 'https://acs-abcdefghijklm.europe.communication.azure.com',
      clientId: environment['AZURE_CLIENT_ID'],
    });
  }
  expect(settingsOf(secluded)).toMatchObject({
    PUBLIC_BASE_URL: 'https://benefits.example.com',
    MAIL_PER_MINUTE: '30',
    MAIL_PER_HOUR: '100',
  });
  expect(settingsOf(usual)).toMatchObject({
    PUBLIC_BASE_URL: 'https://func-abcdefghijklm.azurewebsites.net',
    MAIL_PER_MINUTE: '5',
    MAIL_PER_HOUR: '10',
  });
});

test('the deployment makes the tables and queues that the app uses, and no other', () => {
  const names = (type: string) => ofType(usual, type).map(({ name }) => name);
  const account = 'Microsoft.Storage/storageAccounts';
  expect(names(`${account}/tableServices/tables`).sort()).toEqual([...tableNames].sort());
  expect(names(`${account}/queueServices/queues`).sort()).toEqual(
    queueNames.flatMap((name) => [name, `${name}-poison`]).sort(),
  );
});
