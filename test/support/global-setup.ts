/** Runs once before all test files: compiles the mail templates and starts one Azurite for them all. */
import type { TestProject } from 'vitest/node';
import { compileMailTemplates } from '../../infra/compile-mail.ts';
import { startTestStorage, type TestStorage } from './azurite.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- merged into vitest's own
  interface ProvidedContext {
    storage: TestStorage;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [{ storage, stop }] = await Promise.all([startTestStorage(), compileMailTemplates()]);
  project.provide('storage', storage);
  return stop;
}
