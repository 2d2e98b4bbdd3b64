import { join } from 'node:path';
import { startChild } from './child-process.ts';
import type { HostMessage, HostOptions } from './functions-host.ts';

export type FunctionsHost = {
  url: string;
  port: number;
  pid: number;
  /** Names of the registered functions. */
  functions: string[];
  /** Lets running functions end (up to 10 s), then ends the process. */
  stop(): Promise<void>;
  /** Kills the process where it stands, as a crash or a lost machine would. */
  kill(): Promise<void>;
};

export type HostStart = HostOptions & {
  /** The app's settings; nothing else of this process's environment is handed on but PATH and the like. */
  env: Record<string, string | undefined>;
  onLine: (line: string) => void;
  /** Called when the process ends without having been told to. */
  onCrash?: (how: string) => void;
};

/** Starts the Functions host as a process; rejects with the reason when the app does not come up. */
export async function startFunctionsHost(start: HostStart): Promise<FunctionsHost> {
  const { env, onLine, onCrash, ...options } = start;
  const script = join(import.meta.dirname, 'functions-host.ts');
  const child = startChild([script, JSON.stringify(options)], {
    cwd: options.appDir,
    env: { ...env, TEST_CLOCK_FILE: options.clockFile },
    onLine,
  });
  let expected = false;
  const ready = await new Promise<Extract<HostMessage, { type: 'ready' }>>((resolve, reject) => {
    child.process.once('message', (message: HostMessage) => {
      if (message.type === 'ready') resolve(message);
      else reject(new Error(`The Functions host did not start.\n${message.message}`));
    });
    child.process.once('error', reject);
    child.process.once('exit', (code, signal) => {
      reject(new Error(`The Functions host ended while starting (${signal ?? code}).`));
    });
  });
  child.process.once('exit', (code, signal) => {
    if (!expected) onCrash?.(String(signal ?? code));
  });
  return {
    url: `http://127.0.0.1:${ready.port}`,
    port: ready.port,
    pid: child.process.pid ?? 0,
    functions: ready.functions,
    async stop() {
      expected = true;
      await child.stop();
    },
    async kill() {
      expected = true;
      await child.kill();
    },
  };
}
