import { renameSync, writeFileSync } from 'node:fs';
import { createClock } from '../../src/platform/clock.ts';

/** The test clock that the host moves: the very file that the app reads (TEST_CLOCK_FILE). */
export type TestClock = {
  /** Milliseconds since 1970, the file's offset included. */
  now(): number;
  /** Moves the clock to an instant in milliseconds, from where it ticks on. Throws a RangeError backwards. */
  moveTo(instant: number): void;
};

/** The clock of one file `{"offsetMs": n}`; a missing file is the real time. */
export function testClock(file: string): TestClock {
  const clock = createClock(file);
  const now = (): number => Date.parse(clock.now());

  return {
    now,
    moveTo(instant) {
      const current = now();
      if (instant < current) {
        throw new RangeError(
          `The clock only moves forward: it is ${new Date(current).toISOString()} already.`,
        );
      }
      // Written aside and renamed: a reader never sees half a file.
      writeFileSync(`${file}.new`, JSON.stringify({ offsetMs: instant - Date.now() }));
      renameSync(`${file}.new`, file);
    },
  };
}
