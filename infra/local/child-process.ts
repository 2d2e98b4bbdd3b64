import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';

export type Child = {
  process: ChildProcess;
  /** Asks it to end (IPC message "stop", else SIGTERM), and kills it when it has not after `limit` ms. */
  stop(limit?: number): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
};

/**
 * Starts a Node program as a child with an IPC channel: when this process goes, however it goes, the channel
 * closes, which is the child's sign to end. It has a process group of its own, so that Ctrl-C reaches this
 * process alone, which then stops its children in order. Each line it prints goes to `onLine`.
 */
export function startChild(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string; onLine: (line: string) => void },
): Child {
  const child = spawn(process.execPath, [...args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', options.onLine);
  }
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;

  async function kill(): Promise<void> {
    if (ended()) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  return {
    process: child,
    kill,
    async stop(limit = 15_000) {
      if (ended()) return;
      const exit = once(child, 'exit');
      if (child.connected) child.send('stop', () => undefined);
      else child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), limit);
      await exit;
      clearTimeout(timer);
    },
  };
}
