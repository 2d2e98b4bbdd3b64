/** Measuring two things against each other in one run, so that whatever slows the machine slows both. */

/** One measured run: gets things ready untimed, and returns what is timed. */
export type Subject = () => Promise<() => Promise<unknown>> | (() => Promise<unknown>);

export type Comparison = {
  /** Medians, in milliseconds. */
  ours: number;
  floor: number;
  ratio: number;
};

/** Runs both by turns, `pairs` times after `warmUp` unmeasured ones. */
export async function compare(
  ours: Subject,
  floor: Subject,
  { pairs, warmUp }: { pairs: number; warmUp: number },
): Promise<Comparison> {
  const times: { ours: number[]; floor: number[] } = { ours: [], floor: [] };
  for (let pair = -warmUp; pair < pairs; pair += 1) {
    const a = await timed(ours);
    const b = await timed(floor);
    if (pair < 0) continue;
    times.ours.push(a);
    times.floor.push(b);
  }
  const medians = { ours: median(times.ours), floor: median(times.floor) };
  return { ...medians, ratio: medians.ours / medians.floor };
}

/** The median of times measured one by one. */
export async function medianOf(subject: Subject, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push(await timed(subject));
  return median(times);
}

async function timed(subject: Subject): Promise<number> {
  const work = await subject();
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}
