/** Lets the event loop have its turn while long work is done, so that other requests are answered meanwhile. */

/** How long work may hold the event loop before it gives a turn. */
const mostMilliseconds = 20;

export type Turns = {
  /** Whether the event loop has waited long enough for a turn. Cheap: ask it after every piece of work. */
  isDue: () => boolean;
  /** Lets everything that waits run once. Not a microtask: those would keep input and output waiting. */
  give: () => Promise<void>;
};

/** Starts counting time. `now` gives milliseconds. */
export function createTurns(now: () => number = () => performance.now()): Turns {
  let began = now();
  return {
    isDue: () => now() - began >= mostMilliseconds,
    give: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      began = now();
    },
  };
}
