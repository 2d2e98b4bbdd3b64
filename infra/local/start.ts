/** `npm start`: the whole system on one machine. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createClock } from '../../src/platform/clock.ts';
import { checkPorts } from './ports.ts';
import {
  activityTimeoutFrom,
  corsFrom,
  dataDirFrom,
  parsePort,
  portSettings,
  portsFrom,
  rootDir,
  type LocalPorts,
} from './settings.ts';
import { startLocal, type LocalStack } from './stack.ts';

const usage = `npm start -- [--fresh] [--seed] [--port N] [--no-host]

  --fresh   start with empty storage, mailbox and clock
  --seed    load demo partners
  --port N  the port of the Functions host (or LOCAL_FUNCTIONS_PORT), 0 for any free one
  --no-host everything but the Functions host: start that yourself, with func start
`;

/** Settings of the app that may be given in the environment of `npm start`. */
const handedOn = [
  'TABLE_PREFIX',
  'PUBLIC_BASE_URL',
  'MAIL_PER_MINUTE',
  'MAIL_PER_HOUR',
  'CATALOGUE_FILE',
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      fresh: { type: 'boolean', default: false },
      seed: { type: 'boolean', default: false },
      port: { type: 'string' },
      'no-host': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return;
  }

  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const dataDir = dataDirFrom(process.env);
  const usual = portsFrom(process.env);
  const activityTimeout = activityTimeoutFrom(process.env);
  const ports = { ...usual, functions: parsePort(values.port, '--port') ?? usual.functions };
  const mine = (Object.keys(portSettings) as (keyof LocalPorts)[]).filter(
    (key) => key !== 'functions' || !values['no-host'],
  );
  await checkPorts(
    mine.map((key) => {
      const { what, setting } = portSettings[key];
      const how = key === 'functions' ? `--port or ${setting}` : setting;
      return { port: ports[key], what, setting: how };
    }),
  );
  if (values.fresh) {
    // The keys stay: tokens printed before remain good.
    for (const name of ['azurite', 'mail', 'clock.json']) {
      await rm(join(dataDir, name), { recursive: true, force: true });
    }
  }

  say(`starting, data in ${dataDir}`);
  const running: { stack?: LocalStack; stopping?: true } = {};
  const stop = async (code: number): Promise<void> => {
    if (running.stopping) return;
    running.stopping = true;
    say('stopping');
    await running.stack?.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // While things are still coming up there is nothing to end in order: children end with this process.
      if (running.stack) void stop(0);
      else process.exit(1);
    });
  }
  stopWithNpm(() => void stop(1));

  const stack = await startLocal({
    dataDir,
    ports,
    keepStorage: true,
    host: !values['no-host'],
    // Another app than this one, for tests of the host itself.
    ...(process.env['LOCAL_APP_DIR']
      ? { appDir: resolve(process.env['LOCAL_APP_DIR']) }
      : { build: !values['no-host'] }),
    cors: corsFrom(join(rootDir, 'local.settings.json')),
    ...(activityTimeout === undefined ? {} : { activityTimeout }),
    env: givenSettings(),
    onLine: (line) => {
      say(`  ${line}`);
    },
    onProgress: (done) => {
      say(`  ${done} (${seconds()})`);
    },
    onCrash: (what) => {
      say(what);
      void stop(1);
    },
  });
  running.stack = stack;
  if (values.seed) {
    const { seed } = await import('./seed.ts');
    await seed({
      baseUrl: stack.baseUrl,
      mailboxUrl: stack.mailboxUrl,
      tokenFor: ({ tenantId, ...request }) =>
        stack.tokenFor(tenantId === undefined ? request : { ...request, tenant: tenantId }),
      clock: () => new Date(createClock(join(dataDir, 'clock.json')).now()),
      print: (line) => {
        say(`  ${line}`);
      },
    });
  }

  say(addresses(stack));
  say(values['no-host'] ? `ready for func start on ${stack.baseUrl}` : `ready ${stack.baseUrl}`);
}

function givenSettings(): Record<string, string> {
  const given = handedOn.flatMap((name) => {
    const value = process.env[name];
    // The app runs in another folder, where a relative path would lead elsewhere.
    return value ? [[name, name === 'CATALOGUE_FILE' ? resolve(value) : value]] : [];
  });
  return Object.fromEntries(given) as Record<string, string>;
}

function addresses(stack: LocalStack): string {
  const signInPort = new URL(stack.signInUrl).port;
  const prefix = [
    signInPort === String(portSettings.signIn.usual) ? '' : `LOCAL_SIGN_IN_PORT=${signInPort} `,
    process.env['LOCAL_DATA_DIR'] ? `LOCAL_DATA_DIR=${stack.dataDir} ` : '',
  ].join('');
  return `
API        ${stack.baseUrl}
Docs page  ${stack.baseUrl}/api/docs
Mailbox    ${stack.mailboxUrl}
Sign-in    ${stack.signInUrl}
Clock      ${stack.functions().length > 0 ? `${stack.baseUrl}/admin/clock` : join(stack.dataDir, 'clock.json')}
Token      ${prefix}npm run --silent token -- --role ProgramOperator
`;
}

/**
 * npm, killed outright, tells nobody: run by it, this process looks whether its line of parents is still the
 * same. npm is the parent, or, where its shell stays in between, the parent's parent (seen on Linux only).
 */
function stopWithNpm(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const line = parents();
  setInterval(() => {
    if (parents() !== line) stop();
  }, 500).unref();
}

function parents(): string {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const [, command = '', parent = ''] = /^\d+ \((.*)\) \w (\d+)/.exec(stat) ?? [];
    if (command.endsWith('sh')) return `${process.ppid} ${parent}`;
  } catch {
    // No /proc here, or the parent has just gone: its number tells.
  }
  return String(process.ppid);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
