/**
 * Plans are worked out one after the other in a process: each is up to half a second of pure calculation, and many at
 * once would leave nobody else a turn. A caller has a few at a time.
 */
import type { Actor } from '../platform/identity.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';

/** The most plans of one caller, and of all callers, that wait or are worked out in a process. */
export const planBounds = { ofCaller: 2, inAll: 20 };

/** How many each caller has, of those that have any. */
const held = new Map<string, number>();
let all = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Lets a caller ask for a plan.
 * @returns what the work returns
 * @throws RefusalError TooManyRequests while the caller, or all callers together, have too many; what the work throws
 */
export async function planFor<T>(actor: Actor, work: () => Promise<T>): Promise<T> {
  const caller = 'tenantId' in actor ? `${actor.tenantId}/${actor.id}` : actor.type;
  const mine = held.get(caller) ?? 0;
  if (mine >= planBounds.ofCaller || all >= planBounds.inAll)
    throw new RefusalError(
      refuse(
        'TooManyRequests',
        'Too many plans are being worked out. Wait for the earlier ones, then try again.',
        { retryAfterSeconds: 2 },
      ),
    );
  held.set(caller, mine + 1);
  all += 1;
  try {
    return await work();
  } finally {
    all -= 1;
    const left = (held.get(caller) ?? 1) - 1;
    if (left > 0) held.set(caller, left);
    else held.delete(caller);
  }
}

/** Does a calculation once those before it are done. */
export function oneAfterTheOther<T>(calculate: () => Promise<T>): Promise<T> {
  const result = last.then(calculate);
  last = result.catch(() => undefined);
  return result;
}
