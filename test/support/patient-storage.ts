/** Runs in every test file's process: many files at once share one Azurite, which may be slow to answer. */
import { requestTimeout } from '../../src/platform/storage-client.ts';

requestTimeout.milliseconds = 20_000;
