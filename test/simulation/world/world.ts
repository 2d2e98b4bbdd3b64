/** A system with its host, its clients, and everything that is checked while they run. */
import { checkBilling } from '../checks/billing.ts';
import { checkClaims } from '../checks/claims.ts';
import { checkCredits } from '../checks/credits.ts';
import { checkHolders } from '../checks/holders.ts';
import { checkIndexes } from '../checks/indexes.ts';
import { checkKeys } from '../checks/keys.ts';
import { checkAnswer, checkDeed } from '../checks/outcomes.ts';
import type { Ending } from '../engine/scheduler.ts';
import { createClients, refusalOf, type Issued } from './clients.ts';
import { createHost } from './host.ts';
import { createSystem, type Options } from './system.ts';

/** A rule that was broken, and what was seen. */
export type Violation = { rule: string; seen: string };

export type WorldOptions = Options & {
  /** Rules that are known to be broken: noted, and the run goes on. */
  known?: ReadonlySet<string> | undefined;
  /** Told of each answer to a client. */
  told?: (issued: Issued, ending: Ending) => void;
};

export type World = ReturnType<typeof createWorld>;

/** Makes a world. */
export function createWorld(options: WorldOptions) {
  const system = createSystem(options);
  const known = new Map<string, Violation>();
  let violation: Violation | undefined;

  function violate(rule: string, seen: string): void {
    options.trace?.(`!!! ${rule}: ${seen}`);
    if (!options.known?.has(rule)) violation ??= { rule, seen };
    else if (!known.has(rule)) known.set(rule, { rule, seen });
  }

  const checks = [
    checkCredits,
    checkHolders,
    checkClaims,
    checkIndexes,
    checkKeys,
    checkBilling,
  ].map((make) => make(system, violate));
  system.watch((applied) => {
    for (const check of checks) check(applied);
    checkDeed(applied, violate);
  });
  system.watchMail(({ operation, times }) => {
    if (times > 1) violate('CR-08 an email is sent once', operation);
  });
  const host = createHost(system, (what, error) => {
    const code = refusalOf(error);
    if (code === 'ServiceUnavailable' || code === 'ConcurrentChange') return;
    violate('no function fails but for want of storage', `${what}: ${described(error)}`);
  });
  const clients = createClients(system, host, (issued, ending) => {
    checkAnswer(issued, ending, violate);
    options.told?.(issued, ending);
  });
  return {
    system,
    host,
    clients,
    violate,
    violation: () => violation,
    known: (): Violation[] => [...known.values()],
  };
}

/** An error in one line: what it is, and where in the product it came from. */
export function described(error: unknown): string {
  const { name, message, stack } = error as Error;
  const where = stack?.split('\n').find((line) => line.includes('/src/')) ?? '';
  return `${name} ${message} ${where.trim()}`;
}
