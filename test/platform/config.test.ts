/** Settings that are wrong stop the start, and say what to do. */
import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { testSettings } from '../support/settings.ts';

const configWith = (settings: Record<string, string>) =>
  readConfig({ ...testSettings, ...settings });

test('PR-04 TOKEN_AUDIENCE is the client ID of the API, and whoever sets its URI is told so', () => {
  const clientId = 'AB0FEE00-0000-4000-8000-000000000001';
  expect(configWith({ TOKEN_AUDIENCE: clientId }).token).toMatchObject({
    audience: clientId.toLowerCase(),
    scope: 'Benefits.Access',
  });
  for (const wrong of [`api://${clientId}`, 'api://partner-benefits', 'partner-benefits'])
    expect(() => configWith({ TOKEN_AUDIENCE: wrong })).toThrow(
      /TOKEN_AUDIENCE must be the client ID of the API's app registration, a GUID/,
    );
});

test('PR-04 TOKEN_SCOPE is one name, as tokens hold it', () => {
  expect(configWith({ TOKEN_SCOPE: 'access_as_user' }).token.scope).toBe('access_as_user');
  for (const wrong of ['api://partner-benefits/Benefits.Access', 'Benefits.Access openid'])
    expect(() => configWith({ TOKEN_SCOPE: wrong })).toThrow(/TOKEN_SCOPE must be the name of one/);
});

/** Forms of this machine's own addresses. */
const here = ['http://localhost:1', 'http://127.0.0.1:1', 'http://127.1.2.3:1', 'http://[::1]:1'];

/** What looks like this machine and is not, or what anybody on the way can read. */
const elsewhere = [
  'http://benefits.example.com',
  'http://localhost.evil.example',
  'http://127.0.0.1.nip.io',
  'http://127.0.0.1@evil.example',
  'http://[::ffff:127.0.0.1]',
  'http://0.0.0.0:1',
  'http://10.0.0.4:1',
  'http://evil.localhost',
  'http:\\\\evil.example\\@127.0.0.1',
];

const connection = (table: string, queue = table) =>
  `DefaultEndpointsProtocol=https;AccountName=one;AccountKey=bm9uZQ==;TableEndpoint=${table}/one;QueueEndpoint=${queue}/one;`;
const account = (...more: string[]) =>
  ['DefaultEndpointsProtocol=https', 'AccountName=one', 'AccountKey=bm9uZQ==', ...more].join(';');
const suffix = 'EndpointSuffix=core.windows.net';

/** Settings that name an address, each with what makes a whole setting of it. */
const addressed: Record<string, (address: string) => Record<string, string>> = {
  PUBLIC_BASE_URL: (url) => ({ PUBLIC_BASE_URL: url }),
  TOKEN_ISSUER: (url) => ({ TOKEN_ISSUER: `${url}/{tid}/v2.0` }),
  TOKEN_JWKS_URI: (url) => ({ TOKEN_JWKS_URI: `${url}/keys` }),
  MAIL_ENDPOINT: (url) => ({ MAIL_ENDPOINT: url }),
  MAIL_CONNECTION_STRING: (url) => ({
    MAIL_CONNECTION_STRING: `endpoint=${url}/;accesskey=bm9uZQ==`,
  }),
  AzureWebJobsStorage: (url) => ({ AzureWebJobsStorage: connection(url) }),
  AzureWebJobsStorage__tableServiceUri: (url) => ({ AzureWebJobsStorage__tableServiceUri: url }),
  AzureWebJobsStorage__queueServiceUri: (url) => ({ AzureWebJobsStorage__queueServiceUri: url }),
  OTEL_EXPORTER_OTLP_ENDPOINT: (url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: (url) => ({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url }),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: (url) => ({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url }),
};

test.each(Object.entries(addressed))(
  '%s is https, or http on this machine, and its value is not shown',
  (name, given) => {
    for (const address of [...here, 'https://benefits.example.com'])
      expect(() => configWith(given(address))).not.toThrow();
    for (const address of [...elsewhere, 'ftp://127.0.0.1', '//127.0.0.1', 'nonsense']) {
      const start = () => configWith(given(address));
      expect(start, address).toThrow(`${name} must`);
      expect(start).not.toThrow(address);
    }
  },
);

test('one insecure endpoint of a storage connection string is enough to refuse it', () => {
  for (const wrong of [
    connection('https://one.table.core.windows.net', 'http://one.queue.core.windows.net'),
    connection('http://one.table.core.windows.net', 'http://127.0.0.1:1'),
    `${connection('https://one.table.example')}BlobEndpoint=http://one.blob.example`,
    account(suffix).replace('https', 'http'),
    'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://proxy.example',
  ])
    expect(() => configWith({ AzureWebJobsStorage: wrong }), wrong).toThrow(
      'AzureWebJobsStorage must lead to https URLs',
    );
});

test('a storage connection string that its readers would read differently is refused', () => {
  for (const wrong of [
    'nonsense',
    account(),
    account(suffix, 'AccountName=two'),
    account(suffix, 'accountname=two'),
    account(suffix, 'TableEndpoint=https://one.example', 'TableEndpoint=https://two.example'),
    account(suffix, 'DevelopmentStorageProxyUri=http://127.0.0.1'),
    account(suffix, 'UseDevelopmentStorage=true'),
    'usedevelopmentstorage=true',
    'UseDevelopmentStorage=false',
    `UseDevelopmentStorage=true;TableEndpoint=https://one.example`,
    'DevelopmentStorageProxyUri=http://127.0.0.1;UseDevelopmentStorage=true',
    'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=nonsense',
  ])
    expect(() => configWith({ AzureWebJobsStorage: wrong }), wrong).toThrow(
      /AzureWebJobsStorage must (?:be a connection string|lead to https)/,
    );
  for (const right of [
    account(suffix),
    `${account(suffix)};`,
    'UseDevelopmentStorage=true',
    'TableEndpoint=https://one.table.example;QueueEndpoint=https://one.queue.example;SharedAccessSignature=sv=2024&sig=a%3D',
  ])
    expect(() => configWith({ AzureWebJobsStorage: right }), right).not.toThrow();
});

test('the test clock is for storage on this machine, whatever form names it', () => {
  const withClock = (settings: Record<string, string>) =>
    configWith({ TEST_CLOCK_FILE: 'clock.json', ...settings });
  const uris = (table: string, queue: string) => ({
    AzureWebJobsStorage: '',
    AzureWebJobsStorage__tableServiceUri: table,
    AzureWebJobsStorage__queueServiceUri: queue,
  });
  for (const address of here) {
    withClock({ AzureWebJobsStorage: connection(address) });
    withClock(uris(address, address));
    withClock({
      AzureWebJobsStorage: `UseDevelopmentStorage=true;DevelopmentStorageProxyUri=${address}`,
    });
  }
  withClock({ AzureWebJobsStorage: 'UseDevelopmentStorage=true' });

  const remote = elsewhere.map((address) => address.replace('http:', 'https:'));
  const refused = [
    ...remote.map((address) => ({ AzureWebJobsStorage: connection(address) })),
    ...remote.map((address) => uris(address, address)),
    ...remote.map((address) => ({
      AzureWebJobsStorage: `UseDevelopmentStorage=true;DevelopmentStorageProxyUri=${address}`,
    })),
    { AzureWebJobsStorage: connection('http://127.0.0.1:1', 'https://one.queue.example') },
    { AzureWebJobsStorage: connection('https://one.table.example', 'http://127.0.0.1:1') },
    { AzureWebJobsStorage: account(suffix) },
    { AzureWebJobsStorage: account(suffix, 'TableEndpoint=http://127.0.0.1:1') },
    uris('http://127.0.0.1:1', 'https://one.queue.core.windows.net'),
    { AzureWebJobsStorage: '', AzureWebJobsStorage__accountName: 'stexample' },
    {
      AzureWebJobsStorage: '',
      AzureWebJobsStorage__accountName: 'stexample',
      AzureWebJobsStorage__tableServiceUri: 'http://127.0.0.1:1',
    },
    // A connection string goes before the others.
    { ...uris('http://127.0.0.1:1', 'http://127.0.0.1:1'), AzureWebJobsStorage: account(suffix) },
  ];
  for (const settings of refused)
    expect(() => withClock(settings), JSON.stringify(settings)).toThrow(
      /TEST_CLOCK_FILE is for tests on one machine/,
    );
  for (const name of ['127.0.0.1/', 'evil.example#', 'One'])
    expect(() =>
      withClock({ AzureWebJobsStorage: '', AzureWebJobsStorage__accountName: name }),
    ).toThrow('AzureWebJobsStorage__accountName must be the name of a storage account');
});

test('a mail connection string is what the SDK reads, and nothing beside it', () => {
  for (const wrong of [
    'endpoint=https://mail.example;accesskey=a;endpoint=http://evil.example;accesskey=b',
    'x=1;endpoint=https://mail.example;accesskey=a',
    'endpoint=https://mail.example',
  ])
    expect(() => configWith({ MAIL_CONNECTION_STRING: wrong }), wrong).toThrow(
      'MAIL_CONNECTION_STRING must be endpoint=…;accesskey=…',
    );
});
