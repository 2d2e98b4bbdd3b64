/**
 * `npm run mutation`: breaks the pure cores in thousands of small ways and sees whether the unit tests notice.
 * Some of it: `npm run mutation -- --mutate src/billing/decimal.ts`.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.unit.config.ts' },
  mutate: [
    'src/billing/{credit-offer,customer,daily-file,decimal,eligibility,line-identity,period,price-list,product,rating,reconciliation,stretches,usage-line}.ts',
    'src/cloud-services/{decide,ending-notice,events,outcome,plan,plan-choice,plan-search,plan-time,product-key,state,subscription-time,views}.ts',
    'src/credits/{actions,balance,decide,due,eligibility,ending-notice,events,evolve,guards,history,settle,state,terms,usage}.ts',
  ],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: '.local/mutation.json' },
  tempDirName: '.local/stryker',
  thresholds: { high: 95, low: 90, break: 90 },
};
