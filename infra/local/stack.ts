import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../build.ts';
import { createStorage, startAzurite, type Azurite } from './azurite.ts';
import { testClock } from './clock.ts';
import { startForeignHost } from './foreign-host.ts';
import { startFunctionsHost, type FunctionsHost, type HostStart } from './host-process.ts';
import type { CorsSettings } from './host/cors.ts';
import { loadKeys, type LocalKeys } from './keys.ts';
import { localAccessKey, startMailService, type MailService } from './mail-service.ts';
import { startMailbox, type Mailbox } from './mailbox.ts';
import { portSettings, rootDir, type LocalPorts } from './settings.ts';
import {
  issuerTemplate,
  makeToken,
  operatorTenantId,
  startSignIn,
  tokenAudience,
  tokenScope,
  type SignInService,
  type TokenRequest,
} from './sign-in.ts';

export type LocalOptions = {
  /** Where keys, data, mail and the clock are kept; by default a temporary folder, removed at the end. */
  dataDir?: string;
  /** Ports not named are any free ones. */
  ports?: Partial<LocalPorts>;
  /** Keep storage in `dataDir`; by default it is in memory. */
  keepStorage?: boolean;
  /** The folder of host.json and package.json; by default this repository, with `dist/` as it is. */
  appDir?: string;
  /** False starts everything but the Functions host, for one that is started by hand (`func start`). */
  host?: boolean;
  /** Another Functions host than ours, by its command (`foreign-host.ts`). */
  hostCommand?: string;
  /** Builds the app anew, for this system alone (in `dataDir`), and runs that. */
  build?: boolean;
  cors?: CorsSettings;
  /** How long a forwarded request may be silent, in milliseconds; by default 240 s. */
  activityTimeout?: number;
  /** Further settings for the app, or other values than the usual. */
  env?: Record<string, string>;
  /** Gets what the Functions host prints; by default nothing is shown. */
  onLine?: (line: string) => void;
  /** Told of each step as it is done, in words for people. */
  onProgress?: (done: string) => void;
  /** Called when Azurite or the Functions host ends of itself. */
  onCrash?: (what: string) => void;
};

/** A whole local system, running. */
export type LocalStack = {
  /** Of the Functions host. */
  baseUrl: string;
  mailboxUrl: string;
  mailServiceUrl: string;
  signInUrl: string;
  storageConnectionString: string;
  operatorTenantId: string;
  dataDir: string;
  /** The app's settings, for running parts of it in a test's own process. */
  env: Record<string, string>;
  /** A bearer token; see `TokenRequest`. */
  tokenFor(request: TokenRequest): Promise<string>;
  /** Names of the registered functions. */
  functions(): string[];
  /** Process ids of the children now running. */
  pids(): number[];
  /** Kills the Functions host where it stands (SIGKILL). */
  killHost(): Promise<void>;
  /** Starts the Functions host again after `killHost`, on the same port. */
  startHost(): Promise<void>;
  /** Kills Azurite (SIGKILL): storage is out of reach, and lost if it was in memory. */
  killStorage(): Promise<void>;
  /** Starts Azurite again after `killStorage`, on the same ports, with tables and queues. */
  startStorage(): Promise<void>;
  /** Stops everything in order and removes the temporary folder. */
  stop(): Promise<void>;
};

/**
 * Starts the local system: Azurite and the Functions host as child processes, sign-in, mail service and
 * mailbox in this one. Several can run side by side. When a part fails to start, the others are stopped
 * again and the failure is thrown.
 */
export async function startLocal(options: LocalOptions = {}): Promise<LocalStack> {
  const onProgress = options.onProgress ?? (() => undefined);
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'partner-benefits-')));
  await mkdir(dataDir, { recursive: true });
  const clockFile = join(dataDir, 'clock.json');
  const ports = options.ports ?? {};
  const appDir = options.build ? join(dataDir, 'app') : (options.appDir ?? rootDir);
  const hostElsewhere = `http://127.0.0.1:${ports.functions ?? portSettings.functions.usual}`;
  const running: {
    host?: FunctionsHost;
    azurite?: Azurite;
    signIn?: SignInService;
    mailbox?: Mailbox;
    mailService?: MailService;
  } = {};

  async function stop(): Promise<void> {
    // First who calls, then who is called.
    await running.host?.stop();
    await running.mailService?.stop();
    await Promise.all([running.azurite?.stop(), running.signIn?.stop(), running.mailbox?.stop()]);
    if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }

  async function startStorage(at: Azurite['ports']): Promise<Azurite> {
    running.azurite = await startAzurite({
      ports: at,
      location: options.keepStorage ? join(dataDir, 'azurite') : undefined,
      onCrash: (how) => options.onCrash?.(`Azurite ended (${how}).`),
    });
    const prefix = options.env?.['TABLE_PREFIX'] ?? '';
    await createStorage(running.azurite.connectionString, prefix);
    onProgress('storage is up');
    return running.azurite;
  }

  async function startHost(port: number, env: Record<string, string>): Promise<FunctionsHost> {
    const start: HostStart = {
      appDir,
      port,
      clockFile,
      cors: options.cors ?? { origins: [], credentials: false },
      ...(options.activityTimeout === undefined
        ? {}
        : { activityTimeout: options.activityTimeout }),
      env,
      onLine: options.onLine ?? (() => undefined),
      onCrash: (how) => options.onCrash?.(`The Functions host ended (${how}).`),
    };
    const command = options.hostCommand;
    running.host = await (command === undefined
      ? startFunctionsHost(start)
      : startForeignHost({ ...start, command, dataDir }));
    onProgress('functions are up');
    return running.host;
  }

  async function startSignInService(keys: LocalKeys): Promise<SignInService> {
    running.signIn = await startSignIn(keys, ports.signIn ?? 0);
    onProgress('sign-in is up');
    return running.signIn;
  }

  async function startMail(): Promise<[Mailbox, MailService]> {
    running.mailbox = await startMailbox(ports.mailbox ?? 0, join(dataDir, 'mail'));
    running.mailService = await startMailService({
      port: ports.mailService ?? 0,
      accessKey: localAccessKey,
      smtpPort: running.mailbox.smtpPort,
      hostUrl: () => (options.host === false ? hostElsewhere : running.host?.url),
      now: () => new Date(testClock(clockFile).now()).toISOString(),
    });
    onProgress('mail is up');
    return [running.mailbox, running.mailService];
  }

  async function buildApp(): Promise<void> {
    if (!options.build) return;
    // Not in `dist/`: another build there would pull the chunks from under a running system.
    await build({ outdir: join(appDir, 'dist') });
    await copyFile(join(rootDir, 'host.json'), join(appDir, 'host.json'));
    await writeFile(join(appDir, 'package.json'), '{"type":"module","main":"dist/main.js"}');
    onProgress('app is built');
  }

  try {
    const keys = await loadKeys(dataDir);
    const starting = [
      startStorage({ blob: ports.blob ?? 0, queue: ports.queue ?? 0, table: ports.table ?? 0 }),
      startSignInService(keys),
      startMail(),
      buildApp(),
    ] as const;
    // All are waited for, also when one fails: nothing may come up after `stop` has gone through.
    await Promise.allSettled(starting);
    const [azurite, signIn, [mailbox, mailService]] = await Promise.all(starting);
    const env = {
      ...inherited(),
      AzureWebJobsStorage: azurite.connectionString,
      OPERATOR_TENANT_ID: operatorTenantId,
      TOKEN_AUDIENCE: tokenAudience,
      TOKEN_SCOPE: tokenScope,
      TOKEN_ISSUER: issuerTemplate(signIn.url),
      TOKEN_JWKS_URI: `${signIn.url}/discovery/keys`,
      LINK_SIGNING_KEYS: keys.linkSigning,
      PRODUCT_KEY_ENCRYPTION_KEYS: keys.productKeyEncryption,
      PRODUCT_KEY_HASH_KEYS: keys.productKeyHash,
      MAIL_CONNECTION_STRING: mailService.connectionString,
      MAIL_SENDER: 'no-reply@partner-benefits.example',
      // The local mailbox has no limits; give the real ones to see mail being paced.
      MAIL_PER_MINUTE: '600',
      MAIL_PER_HOUR: '6000',
      TEST_CLOCK_FILE: clockFile,
      ...options.env,
    };
    const host = options.host === false ? undefined : await startHost(ports.functions ?? 0, env);
    const baseUrl = host?.url ?? hostElsewhere;

    return {
      baseUrl,
      mailboxUrl: mailbox.url,
      mailServiceUrl: mailService.url,
      signInUrl: signIn.url,
      storageConnectionString: azurite.connectionString,
      operatorTenantId,
      dataDir,
      env: { PUBLIC_BASE_URL: baseUrl, ...env },
      tokenFor: (request) => makeToken(keys, signIn.url, request),
      functions: () => running.host?.functions ?? [],
      pids: () => [running.host?.pid, running.azurite?.pid].filter((pid) => pid !== undefined),
      async killHost() {
        await running.host?.kill();
        delete running.host;
      },
      async startHost() {
        await startHost(host?.port ?? 0, env);
      },
      async killStorage() {
        await running.azurite?.kill();
        delete running.azurite;
      },
      async startStorage() {
        await startStorage(azurite.ports);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What any program needs of the environment; the rest of it is none of the app's business. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
