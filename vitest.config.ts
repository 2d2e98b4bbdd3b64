import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/support/stack-setup.ts'],
    setupFiles: ['test/support/patient-storage.ts'],
    pool: 'forks',
    // Every core: most tests wait for a storage, a host or a browser of their own. Left to itself vitest keeps one free.
    maxWorkers: '100%',
    // What the app logs is of interest where a test fails.
    silent: 'passed-only',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', 'json'] : ['default'],
    outputFile: { json: '.local/test-results.json' },
    coverage: {
      include: ['src/**/*.ts', 'functions/**/*.ts'],
      reportsDirectory: '.local/coverage',
      reporter: ['text-summary', 'html'],
    },
  },
});
