/** Runs the simulation in processes of their own, one a core: virtual time is for a whole process. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = join(import.meta.dirname, 'run.ts');
const cores = 2;

/** What each part prints as JSON. */
export async function inParts(...options: string[]): Promise<unknown[]> {
  const run = async (part: number): Promise<unknown> => {
    const all = [program, '--json', '--part', `${part}/${cores}`, ...options];
    try {
      return JSON.parse((await promisify(execFile)(process.execPath, all)).stdout);
    } catch (error) {
      // What is new is told by the exit code as well; the report says what it is.
      const { stdout } = error as { stdout?: string };
      if (!stdout) throw error;
      return JSON.parse(stdout);
    }
  };
  return Promise.all(Array.from({ length: cores }, (_, i) => run(i + 1)));
}
