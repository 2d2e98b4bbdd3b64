/** Under Stryker: properties draw the same values in every run, fewer of them, and stop looking after a second. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 1, numRuns: 50 });
fc.installGlobalPlugin(fc.interruptAfterTimeLimit(1_000));
