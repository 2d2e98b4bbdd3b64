/**
 * The app in this very process: its registered handlers, with real token verification and real storage (Azurite),
 * called without a host between. Settings and registrations belong to the process, so there is one per test file.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { createStorage, startAzurite } from '../../infra/local/azurite.ts';
import { provideFunctionsCore } from '../../infra/local/host/core-module.ts';
import type { RegisteredFunction } from '../../infra/local/host/core-types.ts';
import { loadKeys } from '../../infra/local/keys.ts';
import {
  issuerTemplate,
  makeToken,
  operatorTenantId,
  startSignIn,
  tokenAudience,
  tokenScope,
  type TokenRequest,
} from '../../infra/local/sign-in.ts';
import { apiVersion } from '../../src/platform/http/api-version.ts';
import { newId } from '../../src/platform/ids.ts';
import { recordRequests, type StorageRequest } from './storage-requests.ts';
import { useTestSettings } from './settings.ts';

export type CallOptions = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it comes, instead of `body`, as a host with HTTP streams hands it on. */
  stream?: ReadableStream<Uint8Array>;
  /** The ID of the invocation, where a test forwards a request under it; else a new one. */
  invocationId?: string;
  /** A bearer token; none is sent without. */
  token?: string;
};

export type Answer = {
  status: number;
  headers: Record<string, string>;
  /** The JSON of the answer, `{}` without one; tests read it freely. */
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** `error.code` of a refusal. */
  code: string | undefined;
};

export type InProcessApp = {
  functions: ReadonlyMap<string, RegisteredFunction>;
  storage: string;
  env: Record<string, string>;
  /** Calls an HTTP function by its name; `api-version` is added. Never rejects for a refusal. */
  call: (name: string, options?: CallOptions) => Promise<Answer>;
  /** The request of such a call, and what answers it, for whoever measures the answering alone. */
  prepare(name: string, options?: CallOptions): () => Promise<HttpResponseInit>;
  tokenFor(request: TokenRequest): Promise<string>;
  /** The requests to storage that `work` causes. */
  record<T>(work: () => Promise<T>): Promise<{ result: T; requests: StorageRequest[] }>;
  stop(): Promise<void>;
};

export type InProcessOptions = {
  /** A storage that is there, tables included; by default Azurite is started for this app alone. */
  storage?: string;
  /** Further settings, or other values than the usual; may depend on the storage. */
  env?: (storage: string) => Record<string, string>;
  /** The app's entry: its source, or `dist/main.js`. */
  entry?: string;
};

type HttpRequestConstructor = new (
  init: ConstructorParameters<typeof HttpRequest>[0] & { nativeRequest?: Request },
) => HttpRequest;
type HttpHandler = (
  request: HttpRequest,
  context: Pick<InvocationContext, 'invocationId'>,
) => Promise<HttpResponseInit>;

/** Starts the app in this process; to be called once in it. */
export async function startInProcess(options: InProcessOptions = {}): Promise<InProcessApp> {
  const dir = await mkdtemp(join(tmpdir(), 'in-process-'));
  const keys = await loadKeys(dir);
  const [azurite, signIn] = await Promise.all([
    options.storage === undefined
      ? startAzurite({ ports: { blob: 0, queue: 0, table: 0 } })
      : undefined,
    startSignIn(keys, 0),
  ]);
  const storage = options.storage ?? azurite!.connectionString;
  if (azurite) await createStorage(storage, '');
  const env = {
    AzureWebJobsStorage: storage,
    OPERATOR_TENANT_ID: operatorTenantId,
    TOKEN_AUDIENCE: tokenAudience,
    TOKEN_SCOPE: tokenScope,
    TOKEN_ISSUER: issuerTemplate(signIn.url),
    TOKEN_JWKS_URI: `${signIn.url}/discovery/keys`,
    LINK_SIGNING_KEYS: keys.linkSigning,
    ...options.env?.(storage),
  };
  useTestSettings(env);
  // One line a request is for operators; warnings and errors stay to be seen.
  console.info = () => undefined;

  const { functions } = provideFunctionsCore(() => undefined);
  const root = resolve(import.meta.dirname, '../..');
  await import(pathToFileURL(resolve(root, options.entry ?? 'functions/main.ts')).href);
  const { HttpRequest } = (await import('@azure/functions')) as {
    HttpRequest: HttpRequestConstructor;
  };
  const hosts = storageHosts(env.AzureWebJobsStorage);

  function prepare(name: string, options: CallOptions = {}): () => Promise<HttpResponseInit> {
    const fn = functions.get(name.toLowerCase());
    if (!fn) throw new Error(`No function is named ${name}.`);
    const { params = {}, body, stream, token, invocationId = newId() } = options;
    const query = { 'api-version': apiVersion, ...options.query };
    const method = methodOf(fn);
    const url = `http://127.0.0.1:7071${pathOf(fn, params)}?${new URLSearchParams(query).toString()}`;
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined && !stream ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    const request = new HttpRequest({
      method,
      url,
      params,
      query,
      headers,
      ...(body === undefined ? {} : { body: { string: JSON.stringify(body) } }),
      ...(stream
        ? { nativeRequest: new Request(url, { method, headers, body: stream, duplex: 'half' }) }
        : {}),
    });
    const context = { invocationId };
    return () => (fn.handler as HttpHandler)(request, context);
  }

  return {
    functions,
    storage,
    env,
    tokenFor: (request) => makeToken(keys, signIn.url, request),
    record: (work) => recordRequests(hosts, work),
    prepare,
    async call(name, options) {
      const answer = await prepare(name, options)();
      const json = (answer.jsonBody ?? {}) as { error?: { code: string } };
      return {
        status: answer.status ?? 200,
        headers: answer.headers as Record<string, string>,
        body: json,
        code: json.error?.code,
      };
    },
    async stop() {
      await Promise.all([azurite?.stop(), signIn.stop()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The one method of an HTTP function. */
export function methodOf({ trigger }: RegisteredFunction): string {
  return (trigger['methods'] as string[])[0] ?? 'GET';
}

/** The path of an HTTP function with these values in its route. */
export function pathOf({ trigger }: RegisteredFunction, params: Record<string, string>): string {
  const route = String(trigger['route']);
  return `/${route.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))}`;
}

/** Where a connection string's tables and queues listen. */
function storageHosts(connectionString: string): string[] {
  return [...connectionString.matchAll(/(?:Table|Queue)Endpoint=http:\/\/([^/;]+)/g)].map(
    ([, host]) => host ?? '',
  );
}
