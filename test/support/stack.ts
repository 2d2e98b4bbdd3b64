/**
 * The whole local system for API tests. All files of a run share one, started when the first of them asks
 * (`stack-setup.ts`); a file run without that set-up starts its own. Files share no partners: each makes its own.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { loadKeys, type LocalKeys } from '../../infra/local/keys.ts';
import { packageApp } from '../../infra/package.ts';
import {
  issuerTemplate,
  makeToken,
  tokenAudience,
  tokenScope,
  type TokenRequest,
} from '../../infra/local/sign-in.ts';
import { startLocal, type LocalOptions, type LocalStack } from '../../infra/local/stack.ts';
import { signLink, type LinkTarget } from '../../src/credits/link-token.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- Only interfaces merge.
  interface ProvidedContext {
    /** Where `stack-setup.ts` tells of the stack; undefined when it does not run. */
    stackUrl?: string;
  }
}

/** What a test process needs to know of a stack that runs in another. */
export type StackFacts = Pick<
  LocalStack,
  'baseUrl' | 'mailboxUrl' | 'signInUrl' | 'storageConnectionString' | 'dataDir'
>;

export type Stack = StackFacts & {
  tokenFor(request: TokenRequest): Promise<string>;
  /** A token with these very claims and header fields, rightly signed unless `key` says otherwise. */
  forge(claims: Record<string, unknown>, options?: ForgeOptions): Promise<string>;
  /** Claims as a good token has them, of a tenant. */
  claims(tenant: string, roles: readonly string[]): Record<string, unknown>;
  /** The token of the mail's link for an assignment. */
  linkToken(target: LinkTarget): string;
};

export type ForgeOptions = {
  header?: Record<string, unknown>;
  key?: import('jose').CryptoKey | Uint8Array;
};

/**
 * Starts a stack with the app as it is now, packaged aside, so that neither a stale `dist/` nor somebody building it
 * anew meddles with the test. It runs on our own Functions host, or on the one that the command TEST_FUNCTIONS_HOST
 * starts. What the app prints is appended to the file TEST_STACK_LOG, where one is named.
 */
export async function startTestStack(options: LocalOptions = {}): Promise<LocalStack> {
  const appDir = await mkdtemp(join(tmpdir(), 'test-app-'));
  await packageApp(appDir);
  const log = process.env['TEST_STACK_LOG'];
  const onLine =
    log === undefined ? {} : { onLine: (line: string) => appendFileSync(log, `${line}\n`) };
  const command = process.env['TEST_FUNCTIONS_HOST'];
  const host = command === undefined ? {} : { hostCommand: command };
  const stack = await startLocal({ appDir, ...host, ...onLine, ...options });
  return {
    ...stack,
    async stop() {
      await stack.stop();
      await rm(appDir, { recursive: true, force: true });
    },
  };
}

/** The run's stack, or, without `stack-setup.ts`, one of this file's own. To be called once in a file, at its top. */
export async function useStack(): Promise<Stack> {
  const url = inject('stackUrl');
  if (url !== undefined) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(await answer.text());
    return stackOf((await answer.json()) as StackFacts);
  }
  const { stack, stop } = await startOwnStack();
  afterAll(stop);
  return stack;
}

/** A stack of a file's own, for what would disturb others: a moved clock, an outage. Whoever starts it stops it. */
export async function startOwnStack(): Promise<{ stack: Stack; stop: () => Promise<void> }> {
  const own = await startTestStack();
  return { stack: await stackOf(own), stop: () => own.stop() };
}

/** What tests need of a stack, made of its facts. */
export async function stackOf(facts: StackFacts): Promise<Stack> {
  const keys = await loadKeys(facts.dataDir);
  return {
    ...facts,
    tokenFor: (request) => makeToken(keys, facts.signInUrl, request),
    forge: (claims, options) => forge(keys, claims, options),
    claims: (tenant, roles) => claimsOf(facts.signInUrl, tenant, roles),
    linkToken: (target) => signLink(readKeyRing(keys.linkSigning)!, target),
  };
}

function claimsOf(signInUrl: string, tenant: string, roles: readonly string[]) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuerTemplate(signInUrl).replace('{tid}', tenant),
    aud: tokenAudience,
    scp: tokenScope,
    sub: randomUUID(),
    oid: randomUUID(),
    tid: tenant,
    roles,
    iat: now,
    nbf: now - 60,
    exp: now + 3600,
    ver: '2.0',
  };
}

async function forge(
  keys: LocalKeys,
  claims: Record<string, unknown>,
  { header = {}, key }: ForgeOptions = {},
): Promise<string> {
  const { CompactSign, importJWK } = await import('jose');
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keys.signIn.kid, ...header })
    .sign(key ?? (await importJWK(keys.signIn, 'RS256')));
}
