import { defineConfig } from 'vitest/config';

/** `npm run test:unit`: what is values in and values out. No storage, no server, no browser: seconds. */
export default defineConfig({
  test: {
    include: [
      'test/billing/{credit-offer,csv-safety,data-files,decimal,eligibility,period,product,rating,reconciliation,usage-line}.test.ts',
      'test/cloud-services/{decide,ending-notice,key-cipher,outcome,plan,product-key,state,subscription-time}.test.ts',
      'test/credits/{assignment,link-token,lives,time}.test.ts',
      'test/partners/{catalogue,mail-domain,membership,schemas}.test.ts',
      'test/platform/{calendar,calendar-oracle,currencies,ids,money,names,turns}.test.ts',
    ],
    testTimeout: 30_000,
  },
});
