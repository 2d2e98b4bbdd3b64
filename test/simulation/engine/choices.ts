/**
 * Where a run's choices come from: a seed, or the list of choices that an earlier run made. Every choice is a number
 * from 0, and 0 is always the calm one (no fault, go on with the same task), so that a failing list is made simpler by
 * putting zeros into it.
 */

/** What is chosen: who goes on, what fails, what clients do, and what code takes for chance. */
export const streams = ['order', 'faults', 'script'] as const;
export type Stream = (typeof streams)[number];

/** The choices that a run made, in order. */
export type Tape = Record<Stream, number[]>;

export type Choices = {
  /** One of 0 … `count - 1`, each as likely; `calm` (0 to 1) is how often it is 0 whatever the rest. */
  among(stream: Stream, count: number, calm?: number): number;
  /** One of the weights' indexes. */
  weighted(stream: Stream, weights: readonly number[]): number;
  /** Chance for code under test; no choice of the run, and not on the tape. */
  random: () => number;
  tape: Tape;
};

/** A generator of numbers from 0 to 1 (splitmix32): the same seed, the same numbers. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** An empty tape. */
export const emptyTape = (): Tape => ({ order: [], faults: [], script: [] });

/** Choices that follow a seed. */
export function choicesOf(seed: number): Choices {
  const numbers = streams.map((_, index) => generator(seed * 31 + index * 7_919));
  const of = Object.fromEntries(streams.map((stream, i) => [stream, numbers[i]!])) as Record<
    Stream,
    () => number
  >;
  const tape = emptyTape();
  const note = (stream: Stream, choice: number) => {
    tape[stream].push(choice);
    return choice;
  };
  return {
    among(stream, count, calm = 0) {
      const number = of[stream]();
      const spread = number < calm ? 0 : (number - calm) / (1 - calm);
      return note(stream, count <= 1 ? 0 : Math.floor(spread * count));
    },
    weighted(stream, weights) {
      let left = of[stream]() * weights.reduce((sum, weight) => sum + weight, 0);
      const found = weights.findIndex((weight) => (left -= weight) < 0);
      return note(stream, Math.max(0, found));
    },
    random: generator(seed ^ 0x5bd1e995),
    tape,
  };
}

/** Choices that follow a tape, and are calm where it ends. The seed gives what code takes for chance. */
export function choicesFrom(tape: Tape, seed: number): Choices {
  const at: Record<Stream, number> = { order: 0, faults: 0, script: 0 };
  const next = (stream: Stream, count: number) => (tape[stream][at[stream]++] ?? 0) % count;
  return {
    among: (stream, count) => next(stream, Math.max(1, count)),
    weighted: (stream, weights) => next(stream, weights.length),
    random: generator(seed ^ 0x5bd1e995),
    tape,
  };
}
