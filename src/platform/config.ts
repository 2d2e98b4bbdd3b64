/**
 * The app's settings: the one place that reads environment variables. Everything is checked at start; an app with a
 * wrong setting names every problem at once and does not start.
 */
import * as z from 'zod';
import { isLoopback, isSecure, storageEndpoints } from './endpoints.ts';
import { readKeyRing, repeatedSecrets, type KeyRing } from './key-ring.ts';

const guid = z.guid('must be a GUID').toLowerCase();
const safe = 'must be an https URL; http is for addresses of this machine only';
const endpoint = z.string().refine(isSecure, safe);

/** A regular expression would take the square of a text that is all slashes. */
function withoutLastSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

const count = (fallback: number) =>
  z.coerce.number('must be a whole number').int('must be a whole number').min(1).default(fallback);

const keyRing = z.string().transform((text, context): KeyRing => {
  const ring = readKeyRing(text);
  if (ring) return ring;
  context.addIssue({
    code: 'custom',
    message: 'must be id:base64,id:base64: different ids, the current first, each of 32 bytes',
  });
  return z.NEVER;
});

/** As the mail service's SDK reads it, only stricter. */
const mailConnection = /^endpoint=([^;\s]+);accesskey=[^;\s]+;?$/i;

/** A settings value that came as an empty string is one that was not given. */
const absent = (value: unknown) => (value === '' ? undefined : value);

const settings = z
  .object({
    AzureWebJobsStorage: z
      .string()
      .refine((text) => storageEndpoints(text) !== undefined, {
        error:
          'must be a connection string, each part once: of an account with EndpointSuffix or TableEndpoint and QueueEndpoint, or UseDevelopmentStorage=true',
        abort: true,
      })
      .refine(
        (text) => storageEndpoints(text)?.every(isSecure),
        'must lead to https URLs; http is for storage on this machine only',
      )
      .optional(),
    AzureWebJobsStorage__accountName: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
      .optional(),
    AzureWebJobsStorage__tableServiceUri: endpoint.optional(),
    AzureWebJobsStorage__queueServiceUri: endpoint.optional(),
    AzureWebJobsStorage__clientId: z.string().optional(),
    TABLE_PREFIX: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9]{0,30}$/, 'must be letters and digits, beginning with a letter')
      .optional(),
    PUBLIC_BASE_URL: endpoint.transform(withoutLastSlashes),
    OPERATOR_TENANT_ID: guid,
    TOKEN_AUDIENCE: z
      .guid(
        "must be the client ID of the API's app registration, a GUID: access tokens of version 2.0 are made for it, never for api://…",
      )
      .toLowerCase(),
    TOKEN_SCOPE: z
      .string()
      .regex(
        /^[^\s/]+$/,
        'must be the name of one scope as the app registration has it, without api://… before it',
      )
      .default('Benefits.Access'),
    TOKEN_ISSUER: z
      .string()
      .refine((text) => text.includes('{tid}'), 'must hold {tid} where the tenant ID stands')
      .refine((text) => isSecure(text.replace('{tid}', 'tid')), safe),
    TOKEN_JWKS_URI: endpoint,
    LINK_SIGNING_KEYS: keyRing,
    PRODUCT_KEY_ENCRYPTION_KEYS: keyRing,
    PRODUCT_KEY_HASH_KEYS: keyRing,
    MAIL_CONNECTION_STRING: z
      .string()
      .regex(mailConnection, { error: 'must be endpoint=…;accesskey=…', abort: true })
      .refine(
        (text) => isSecure(mailConnection.exec(text)?.[1] ?? ''),
        'must hold an https endpoint; http is for a mail service on this machine only',
      )
      .optional(),
    MAIL_ENDPOINT: endpoint.optional(),
    MAIL_SENDER: z.email('must be an address'),
    MAIL_PER_MINUTE: count(30),
    MAIL_PER_HOUR: count(100),
    TEST_CLOCK_FILE: z.string().optional(),
    CATALOGUE_FILE: z.string().optional(),
    APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.string().optional(),
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.optional(),
    // The exporters read these two themselves.
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint.optional(),
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint.optional(),
  })
  .superRefine((value, context) => {
    const problem = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (
      !value.AzureWebJobsStorage &&
      !value.AzureWebJobsStorage__accountName &&
      !(value.AzureWebJobsStorage__tableServiceUri && value.AzureWebJobsStorage__queueServiceUri)
    )
      problem(
        'AzureWebJobsStorage',
        'is missing: give a connection string, or AzureWebJobsStorage__accountName, or both service URIs',
      );
    if (!value.MAIL_CONNECTION_STRING && !value.MAIL_ENDPOINT)
      problem('MAIL_CONNECTION_STRING', 'is missing: give it, or MAIL_ENDPOINT for an identity');
    const { LINK_SIGNING_KEYS, PRODUCT_KEY_ENCRYPTION_KEYS, PRODUCT_KEY_HASH_KEYS } = value;
    const rings = { LINK_SIGNING_KEYS, PRODUCT_KEY_ENCRYPTION_KEYS, PRODUCT_KEY_HASH_KEYS };
    for (const name of repeatedSecrets(rings))
      problem(name, 'must not hold a secret twice, nor one of another ring: make a new one');
    if (value.TEST_CLOCK_FILE && !storageAddresses(value).every(isLoopback))
      problem(
        'TEST_CLOCK_FILE',
        'is for tests on one machine and is refused unless storage is on a loopback address: remove it',
      );
  });

type StorageSettings = Partial<
  Record<
    | 'AzureWebJobsStorage'
    | 'AzureWebJobsStorage__accountName'
    | 'AzureWebJobsStorage__tableServiceUri'
    | 'AzureWebJobsStorage__queueServiceUri'
    | 'AzureWebJobsStorage__clientId',
    string | undefined
  >
>;

/** Where storage is, of the settings that say it; a connection string goes before the others. */
function storageOf(value: StorageSettings): StorageConfig {
  if (value.AzureWebJobsStorage) return { connectionString: value.AzureWebJobsStorage };
  const of = (service: string) =>
    `https://${value.AzureWebJobsStorage__accountName}.${service}.core.windows.net`;
  return {
    tableEndpoint: value.AzureWebJobsStorage__tableServiceUri ?? of('table'),
    queueEndpoint: value.AzureWebJobsStorage__queueServiceUri ?? of('queue'),
    clientId: value.AzureWebJobsStorage__clientId,
  };
}

function storageAddresses(value: StorageSettings): string[] {
  const storage = storageOf(value);
  return 'connectionString' in storage
    ? (storageEndpoints(storage.connectionString) ?? [''])
    : [storage.tableEndpoint, storage.queueEndpoint];
}

/** Every setting that is read. Who sets an environment up is held to these by a test. */
export const settingNames: readonly string[] = Object.keys(settings.shape);

/** Where storage is: by connection string, or by endpoints that a managed identity may use. */
export type StorageConfig =
  | { connectionString: string }
  | { tableEndpoint: string; queueEndpoint: string; clientId: string | undefined };

/** Where traces and metrics go. With an identity, Application Insights is written to as the app itself. */
export type TelemetryConfig = {
  applicationInsights:
    | { connectionString: string; identity: { clientId: string | undefined } | undefined }
    | undefined;
  otlp: boolean;
};

export type Config = {
  storage: StorageConfig;
  tablePrefix: string;
  publicBaseUrl: string;
  operatorTenantId: string;
  /** What an access token must be like (PR-04): made for the API's client ID, and a person's holds the scope. */
  token: { audience: string; scope: string; issuer: string; jwksUri: string };
  /** What the links in emails are signed with (CR-08). */
  linkSigningKeys: KeyRing;
  /** What product keys are encrypted and found with (KEY-02). */
  productKeys: { encryption: KeyRing; hash: KeyRing };
  mail: {
    connectionString: string | undefined;
    endpoint: string | undefined;
    clientId: string | undefined;
    sender: string;
    perMinute: number;
    perHour: number;
  };
  testClockFile: string | undefined;
  catalogueFile: string | undefined;
  /** Undefined: nothing is exported. */
  telemetry: TelemetryConfig | undefined;
};

/**
 * Reads settings from environment variables.
 * @throws Error naming every missing or wrong setting, never its value (a value may be a secret).
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, absent(value)]),
  );
  // For values that are read once, compiling a faster parser would only make the start slower.
  const parsed = settings.safeParse(given, { jitless: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const missing = given[name] === undefined && issue.code === 'invalid_type';
      return `  ${name} ${missing ? 'is missing' : issue.message}`;
    });
    throw new Error(`Settings are wrong; the app does not start:\n${problems.join('\n')}`);
  }
  const value = parsed.data;
  return {
    storage: storageOf(value),
    tablePrefix: value.TABLE_PREFIX ?? '',
    publicBaseUrl: value.PUBLIC_BASE_URL,
    operatorTenantId: value.OPERATOR_TENANT_ID,
    token: {
      audience: value.TOKEN_AUDIENCE,
      scope: value.TOKEN_SCOPE,
      issuer: value.TOKEN_ISSUER,
      jwksUri: value.TOKEN_JWKS_URI,
    },
    linkSigningKeys: value.LINK_SIGNING_KEYS,
    productKeys: {
      encryption: value.PRODUCT_KEY_ENCRYPTION_KEYS,
      hash: value.PRODUCT_KEY_HASH_KEYS,
    },
    mail: {
      connectionString: value.MAIL_CONNECTION_STRING,
      endpoint: value.MAIL_ENDPOINT,
      clientId: value.AzureWebJobsStorage__clientId,
      sender: value.MAIL_SENDER,
      perMinute: value.MAIL_PER_MINUTE,
      perHour: value.MAIL_PER_HOUR,
    },
    testClockFile: value.TEST_CLOCK_FILE,
    catalogueFile: value.CATALOGUE_FILE,
    telemetry: telemetryOf(value),
  };
}

function telemetryOf(value: z.infer<typeof settings>): TelemetryConfig | undefined {
  const connectionString = value.APPLICATIONINSIGHTS_CONNECTION_STRING;
  const otlp = value.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  if (!connectionString) return otlp ? { applicationInsights: undefined, otlp } : undefined;
  // `ClientId=…;Authorization=AAD`, as the host reads it too.
  const authentication = value.APPLICATIONINSIGHTS_AUTHENTICATION_STRING ?? '';
  const clientId = /\bClientId=([^;]+)/i.exec(authentication)?.[1];
  const identity = /\bAuthorization=AAD\b/i.test(authentication) ? { clientId } : undefined;
  return { applicationInsights: { connectionString, identity }, otlp };
}

/** The settings of this process. @throws as `readConfig`. */
export function processConfig(): Config {
  return readConfig(process.env);
}
