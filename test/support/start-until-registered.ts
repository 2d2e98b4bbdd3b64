/**
 * A worker that ends once the app's functions are registered. Run as `node start-until-registered.js <entry>`; prints
 * what is registered, and which modules were evaluated, as one line of JSON.
 */
import { pathToFileURL } from 'node:url';
import { provideFunctionsCore } from '../../infra/local/host/core-module.ts';

const registry = provideFunctionsCore(() => undefined);
await import(pathToFileURL(process.argv[2] ?? '').href);
const functions = [...registry.functions.values()].map(({ name, trigger }) => ({ name, trigger }));
process.stdout.write(`${JSON.stringify(functions)}\n`);
process.exit(0);
