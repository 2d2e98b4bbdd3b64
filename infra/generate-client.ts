/**
 * The types of the API, made from its OpenAPI document, for a typed client (openapi-fetch). They are
 * written to `test/support/api.generated.d.ts`, which git ignores, or to the file named.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTypes, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { openApiDocument } from '../src/platform/http/openapi.ts';
import { provideFunctionsCore } from './local/host/core-module.ts';

const root = resolve(import.meta.dirname, '..');
const usualFile = join(root, 'test/support/api.generated.d.ts');

/** Writes the types of every JSON endpoint that `functions/http` declares. */
export async function generateClient(file = usualFile): Promise<void> {
  // The declarations alone: the app's entry would want its settings, which types don't need.
  provideFunctionsCore(() => undefined);
  const folder = join(root, 'functions/http');
  for (const name of await readdir(folder)) await import(pathToFileURL(join(folder, name)).href);
  const document = await openApiDocument('http://127.0.0.1:7071');
  const types = await openapiTypes(document as unknown as OpenAPI3, { rootTypes: false });
  const banner = '// Made by infra/generate-client.ts: do not edit.\n/* eslint-disable */\n';
  await writeFile(file, banner + astToString(types));
}

if (import.meta.main) await generateClient(process.argv[2]);
