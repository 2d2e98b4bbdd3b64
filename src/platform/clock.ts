import { readFileSync } from 'node:fs';
import type { Instant } from './calendar.ts';

/** The time that benefits, deadlines and links follow. */
export type Clock = { now(): Instant };

/**
 * The real clock, or, given a test clock's file `{"offsetMs": n}`, the real clock that many milliseconds on. The file
 * is read anew each time, so that every process on the machine sees the same time; a missing file is no offset.
 */
export function createClock(testClockFile: string | undefined): Clock {
  if (testClockFile === undefined) return { now: () => new Date().toISOString() };
  return { now: () => new Date(Date.now() + offsetIn(testClockFile)).toISOString() };
}

function offsetIn(file: string): number {
  try {
    const { offsetMs } = JSON.parse(readFileSync(file, 'utf8')) as { offsetMs: number };
    return offsetMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
