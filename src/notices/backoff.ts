import { longestWaitMilliseconds } from './notice.ts';

const first = 5_000;
const longest = 4 * 3_600_000;

/** After so many attempts in vain, about two days, a notice is given up. */
export const maximumAttempts = 23;

/**
 * How long (ms) a notice waits after its `attempts`-th attempt went wrong: 5 s, doubling up to 4 hours, a quarter
 * more or less so that what failed together does not come back together; never less than the `retryAfter` (ms) that
 * the service asked for, up to a day.
 */
export function backoff(attempts: number, retryAfter = 0, random: () => number = Math.random) {
  const usual = Math.min(first * 2 ** (attempts - 1), longest) * (0.75 + random() / 2);
  const asked = retryAfter * (1 + random() / 4);
  return Math.round(Math.min(Math.max(usual, asked), longestWaitMilliseconds));
}
