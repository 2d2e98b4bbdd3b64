import { defineConfig } from 'vitest/config';

/** Under Stryker: in one process, which saves a start a file for every mutant, and without what takes seconds. */
const mutating = 'STRYKER_MUTATOR_WORKER' in process.env;

/** `npm run test:unit`: what is values in and values out. No storage, no server, no browser: seconds. */
export default defineConfig({
  test: {
    include: [
      'test/billing/{credit-offer,csv-safety,customer,data-files,decimal,eligibility,period,price-list,product,rating,reconciliation,stretches,usage-line,why-no-credit}.test.ts',
      'test/cloud-services/{decide,ending-notice,key-cipher,outcome,plan,plan-many-keys,product-key,state,subscription-time}.test.ts',
      'test/credits/{assignment,due,evolve,guards,link-token,lives,shapes,time}.test.ts',
      'test/partners/{catalogue,mail-domain,membership,schemas}.test.ts',
      'test/platform/{calendar,calendar-oracle,currencies,ids,money,names,turns}.test.ts',
    ],
    exclude: mutating ? ['test/cloud-services/plan-many-keys.test.ts'] : [],
    isolate: !mutating,
    setupFiles: mutating ? ['test/support/mutation-setup.ts'] : [],
    testTimeout: 30_000,
  },
});
