/** The command line tools that the hooks use, on Windows too, where `az` is a script that only a shell starts. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a tool and returns what it printed. @throws Error with what it said when it fails */
export type Tool = (...args: string[]) => Promise<string>;

const plain = /^[\w./:=@+-]+$/;

/**
 * An argument as cmd.exe must read it.
 * @throws Error for what cmd.exe reads as its own however it is quoted
 */
export function forCommandPrompt(argument: string): string {
  if (/["%!\r\n]/.test(argument)) throw new Error(`Cannot be passed on Windows: ${argument}`);
  return plain.test(argument) ? argument : `"${argument}"`;
}

/** A tool by its name, found on the PATH. */
export function tool(command: string): Tool {
  const windows = process.platform === 'win32';
  return async (...args) => {
    const given = windows ? args.map(forCommandPrompt) : args;
    const options = { shell: windows, maxBuffer: 10_000_000 };
    try {
      return (await promisify(execFile)(command, given, options)).stdout.trim();
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw new Error(`${command} ${args.slice(0, 3).join(' ')} failed\n${stderr}`, {
        cause: error,
      });
    }
  };
}
