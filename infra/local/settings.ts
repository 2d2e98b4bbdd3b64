import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { CorsSettings } from './host/cors.ts';

/** The repository's root. */
export const rootDir = resolve(import.meta.dirname, '../..');

/** Which port each part of the local system listens on; 0 is any free one. */
export type LocalPorts = {
  functions: number;
  signIn: number;
  mailbox: number;
  mailService: number;
  blob: number;
  queue: number;
  table: number;
};

/** Each port with its usual number, what it is for and the variable that moves it. */
export const portSettings: Record<
  keyof LocalPorts,
  { usual: number; what: string; setting: string }
> = {
  functions: { usual: 7071, what: 'the Functions host', setting: 'LOCAL_FUNCTIONS_PORT' },
  signIn: { usual: 7072, what: 'the sign-in service', setting: 'LOCAL_SIGN_IN_PORT' },
  mailService: { usual: 7073, what: 'the mail service', setting: 'LOCAL_MAIL_SERVICE_PORT' },
  mailbox: { usual: 1080, what: 'the mailbox', setting: 'LOCAL_MAILBOX_PORT' },
  blob: { usual: 10000, what: 'Azurite, blobs', setting: 'LOCAL_AZURITE_BLOB_PORT' },
  queue: { usual: 10001, what: 'Azurite, queues', setting: 'LOCAL_AZURITE_QUEUE_PORT' },
  table: { usual: 10002, what: 'Azurite, tables', setting: 'LOCAL_AZURITE_TABLE_PORT' },
};

type Environment = Record<string, string | undefined>;

/** The ports that the environment asks for; throws naming the variable that is no port number. */
export function portsFrom(environment: Environment): LocalPorts {
  const port = (key: keyof LocalPorts): number => {
    const { usual, setting } = portSettings[key];
    return parsePort(environment[setting], setting) ?? usual;
  };
  return {
    functions: port('functions'),
    signIn: port('signIn'),
    mailbox: port('mailbox'),
    mailService: port('mailService'),
    blob: port('blob'),
    queue: port('queue'),
    table: port('table'),
  };
}

/** Reads a port number; undefined for none given, an error naming `from` for anything else. */
export function parsePort(text: string | undefined, from: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`${from} should be a port number from 0 to 65535, not "${text}".`);
  }
  return port;
}

/**
 * How long a forwarded request may be silent, in milliseconds: LOCAL_ACTIVITY_TIMEOUT, which is in seconds; undefined
 * for none given, an error for what is no time.
 */
export function activityTimeoutFrom(environment: Environment): number | undefined {
  const text = environment['LOCAL_ACTIVITY_TIMEOUT'];
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new Error(
      `LOCAL_ACTIVITY_TIMEOUT should be a number of seconds, at most a day, not "${text}".`,
    );
  }
  return seconds * 1000;
}

/** The folder for data and keys: LOCAL_DATA_DIR, else `.local` in the repository. */
export function dataDirFrom(environment: Environment): string {
  return resolve(environment['LOCAL_DATA_DIR'] || join(rootDir, '.local'));
}

const localSettings = z.object({
  Host: z
    .object({
      CORS: z.string().default(''),
      CORSCredentials: z.boolean().default(false),
    })
    .prefault({}),
});

/**
 * The CORS settings of local.settings.json, as Core Tools reads them; none when there is no such file.
 * @throws Error for a file that is broken, and for the origin `*`
 */
export function corsFrom(file: string): CorsSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { origins: [], credentials: false };
    throw error;
  }
  const parsed = localSettings.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { CORS, CORSCredentials } = parsed.data.Host;
  if (CORS.includes('*'))
    throw new Error(`${file}: Host.CORS must name each origin; * is refused, as it is in Azure.`);
  const origins = CORS.split(',')
    .map((origin) => origin.trim().replace(/\/$/, ''))
    .filter((origin) => origin !== '');
  return { origins, credentials: CORSCredentials };
}
