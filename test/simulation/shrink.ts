/** Makes a failing run simpler: as many of its choices as possible become calm, and the same rule is still broken. */
import { choicesFrom, streams, type Tape } from './engine/choices.ts';
import type { Result, RunOptions } from './world/simulate.ts';

type Simulate = (options: RunOptions) => Promise<Result>;

/**
 * Gives the simplest tape found on which `simulate` breaks the rule. `most` runs are tried.
 */
export async function shrink(
  simulate: Simulate,
  tape: Tape,
  seed: number,
  rule: string,
  options: Omit<RunOptions, 'choices' | 'trace'>,
  most = 1_500,
): Promise<Tape> {
  let best = tape;
  let tried = 0;
  async function breaks(candidate: Tape): Promise<boolean> {
    tried += 1;
    const copy = structuredClone(candidate);
    const { violation } = await simulate({ ...options, choices: choicesFrom(copy, seed) });
    return violation?.rule === rule;
  }

  for (let changed = true; changed && tried < most;) {
    changed = false;
    for (const stream of streams) {
      // The end first: what comes after the violation needs no choice at all.
      for (let size = best[stream].length; size >= 1; size = Math.floor(size / 2)) {
        for (let from = 0; from < best[stream].length && tried < most; from += size) {
          const part = best[stream].slice(from, from + size);
          if (part.every((choice) => choice === 0)) continue;
          const calm = best[stream].map((choice, i) => (i >= from && i < from + size ? 0 : choice));
          const candidate = { ...best, [stream]: withoutEnd(calm) };
          if (!(await breaks(candidate))) continue;
          best = candidate;
          changed = true;
        }
      }
    }
  }
  return best;
}

function withoutEnd(choices: readonly number[]): number[] {
  return choices.slice(0, choices.findLastIndex((choice) => choice !== 0) + 1);
}
