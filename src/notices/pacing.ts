/**
 * Keeps to what the mail service takes: so many mails a minute and an hour, counted over all instances of the app.
 * A send needs a free slot in both windows; reminders may use half of each, so that an assignment's mail always
 * finds room. One row holds the counters of the present windows: a new window begins at zero by itself, and there is
 * nothing to clean up.
 */
import * as z from 'zod';
import { addMilliseconds, type Instant } from '../platform/calendar.ts';
import { pause } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { MailQueueName } from '../platform/storage-names.ts';
import type { Row } from '../platform/table-store.ts';

const counter = z.strictObject({
  /** The window's beginning: `2026-11-22T09:30` for a minute, `2026-11-22T09` for an hour. */
  window: z.string(),
  notices: z.int().nonnegative(),
  reminders: z.int().nonnegative(),
});

const paceSchema = z.strictObject({ minute: counter, hour: counter });

/** What was last read of the counters; undefined when none were ever written. */
export type Pace = Row<z.infer<typeof paceSchema>> | undefined;

type Unit = 'minute' | 'hour';

const units: Record<Unit, { characters: number; milliseconds: number; spread: number }> = {
  hour: { characters: 13, milliseconds: 3_600_000, spread: 300_000 },
  minute: { characters: 16, milliseconds: 60_000, spread: 15_000 },
};

const partition = 'mail';
const rowKey = 'pace';
const tries = 12;

/** Reads the counters: one point read. */
export function readPace(runtime: Runtime): Promise<Pace> {
  return runtime.tables.get('pacing', paceSchema, partition, rowKey);
}

/**
 * When to ask again for a slot, if none is free now: at some moment early in the next window, since all that wait
 * would otherwise ask at once. Undefined when there is a free slot.
 */
export function fullUntil(runtime: Runtime, queue: MailQueueName, pace: Pace): Instant | undefined {
  const now = runtime.clock.now();
  const { perHour, perMinute } = runtime.config.mail;
  return fullIn('hour', perHour) ?? fullIn('minute', perMinute);

  function fullIn(unit: Unit, limit: number): Instant | undefined {
    const { notices, reminders } = counted(pace, unit, now);
    const forReminders = Math.max(1, Math.floor(limit / 2));
    const free = notices + reminders < limit && (queue === 'notices' || reminders < forReminders);
    if (free) return undefined;
    const { milliseconds, spread } = units[unit];
    const next = (Math.floor(Date.parse(now) / milliseconds) + 1) * milliseconds;
    return new Date(next + Math.floor(Math.random() * spread)).toISOString();
  }
}

/**
 * Takes a slot in both windows, beginning with counters read before. Undefined when it was taken, else the instant
 * to ask again at. Nothing is given back: a slot taken for a send that did not happen is lost.
 */
export async function takeSlot(
  runtime: Runtime,
  queue: MailQueueName,
  read: Pace,
): Promise<Instant | undefined> {
  let pace = read;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) {
      await pause(attempt);
      pace = await readPace(runtime);
    }
    const until = fullUntil(runtime, queue, pace);
    if (until) return until;
    const now = runtime.clock.now();
    const minute = counted(pace, 'minute', now);
    const hour = counted(pace, 'hour', now);
    const value = {
      minute: { ...minute, [queue]: minute[queue] + 1 },
      hour: { ...hour, [queue]: hour[queue] + 1 },
    };
    const row = { rowKey, schema: paceSchema, value };
    const outcome = await runtime.tables.write(
      'pacing',
      partition,
      pace ? { op: 'replace', ...row, etag: pace.etag } : { op: 'insert', ...row },
      newId(),
    );
    if (outcome === 'committed') return undefined;
  }
  return addMilliseconds(runtime.clock.now(), 2_000 + Math.floor(Math.random() * 5_000));
}

/** The counters of the window that `now` lies in. */
function counted(pace: Pace, unit: Unit, now: Instant) {
  const window = now.slice(0, units[unit].characters);
  const known = pace?.value[unit];
  return known?.window === window ? known : { window, notices: 0, reminders: 0 };
}
