/** vitest's globalSetup for API tests: one local system for the run, started when the first file asks for it. */
import * as http from 'node:http';
import type { TestProject } from 'vitest/node';
import { listenLoopback } from '../../infra/local/ports.ts';
import type { LocalStack } from '../../infra/local/stack.ts';
import { startTestStack, type StackFacts } from './stack.ts';

/** Tells the test files where to ask; gives back what stops the stack, if any of them did. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<LocalStack> | undefined;
  const server = http.createServer((_request, response) => {
    starting ??= startTestStack();
    starting.then(
      ({ baseUrl, mailboxUrl, signInUrl, storageConnectionString, dataDir }) => {
        const facts = { baseUrl, mailboxUrl, signInUrl, storageConnectionString, dataDir };
        response.end(JSON.stringify(facts satisfies StackFacts));
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const port = await listenLoopback(server, 0);
  project.provide('stackUrl', `http://127.0.0.1:${port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await starting)?.stop();
  };
}
