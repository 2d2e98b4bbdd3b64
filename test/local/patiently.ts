import { vi } from 'vitest';

// Processes are started here, on machines that may be busy: nothing is judged by how long it takes.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** For `expect.poll`. */
export const patiently = { timeout: 30_000 };
