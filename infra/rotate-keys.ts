/**
 * `npm run rotate-keys`: seals every product key anew with the first secrets of PRODUCT_KEY_ENCRYPTION_KEYS and
 * PRODUCT_KEY_HASH_KEYS. Takes the app's settings from the environment, or from a file of local.settings.json's form.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { rotateKeys } from '../src/cloud-services/rotate-service.ts';
import { readConfig } from '../src/platform/config.ts';
import { createRuntime } from '../src/platform/runtime.ts';

const usage = `npm run rotate-keys -- [--settings FILE] [--after PARTNER]

  --settings FILE   settings of this form: {"Values": {"AzureWebJobsStorage": …}}, instead of the environment's
  --after PARTNER   go on after this partner, the last one that a run before has named
`;

const settingsFile = z.object({ Values: z.record(z.string(), z.string()) });

/** Rotates and tells the progress, one line a partner whose keys were sealed anew. @throws Error for wrong settings */
export async function rotate(
  args: readonly string[],
  environment: Record<string, string | undefined>,
  say: (line: string) => void,
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { settings: { type: 'string' }, after: { type: 'string' } },
  });
  const settings =
    values.settings === undefined
      ? environment
      : settingsFile.parse(JSON.parse(await readFile(values.settings, 'utf8'))).Values;
  const runtime = createRuntime(readConfig(settings));
  const { partners, keys, rotated } = await rotateKeys(runtime, {
    after: values.after,
    onPartner(partnerId, done) {
      if (done.rotated > 0) say(`${partnerId}: ${done.rotated} of ${done.keys} sealed anew`);
    },
  });
  say(`${partners} partners, ${keys} keys, ${rotated} sealed anew`);
}

if (import.meta.main) {
  try {
    await rotate(process.argv.slice(2), process.env, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 1;
  }
}
