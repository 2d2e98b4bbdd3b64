/**
 * Loads the deployed package as the Functions worker does: it gives `@azure/functions-core` by way of `require`
 * (setupCoreModule.ts of Azure/azure-functions-nodejs-worker), then imports the entry. Prints what was registered.
 */
import { Module } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const registered = [];
let model;
const core = {
  version: '3.0.0',
  hostVersion: '4.1000.0',
  log() {},
  registerHook: () => ({ dispose() {} }),
  setProgrammingModel: (given) => (model = given),
  getProgrammingModel: () => model,
  registerFunction: (metadata) => registered.push(metadata),
  Disposable: class {},
};
Module.prototype.require = new Proxy(Module.prototype.require, {
  apply: (target, self, given) =>
    given[0] === '@azure/functions-core' ? core : Reflect.apply(target, self, given),
});

await import(pathToFileURL(join(process.argv[2], process.argv[3])).href);
process.stdout.write(JSON.stringify(registered));
