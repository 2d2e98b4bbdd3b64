/**
 * Keeps to what the mail service takes: so many emails a minute and an hour, counted over all instances of the app, and
 * shared between partners (CR-08; docs/decisions/0015-mail-shared-fairly.md). A send needs a free slot in both windows.
 *
 * - Reminders may use half of each window, so that an assignment's email always finds room.
 * - A partner that has had a slot in a window gets another only while that leaves others at least a quarter as many
 *   free slots as it then has. So no partner can use a window up: one alone gets four fifths of it.
 *
 * Two rows of one partition hold the counters of the present windows, one for all partners and one for the partner that
 * asks, and change in one transaction. A new window begins at zero by itself: there is nothing to clean up.
 */
import * as z from 'zod';
import { addMilliseconds, type Instant } from '../platform/calendar.ts';
import { pause } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { MailQueueName } from '../platform/storage-names.ts';
import type { Row, Schema, Write } from '../platform/table-store.ts';
import { storedRow, type StoredSchema } from '../platform/stored.ts';

const counter = z.strictObject({
  /** The window's start: `2026-11-22T09:30` for a minute, `2026-11-22T09` for an hour. */
  window: z.string(),
  notices: z.int().nonnegative(),
  reminders: z.int().nonnegative(),
});

const paceSchema = storedRow('mail pace', {
  minute: counter,
  hour: counter,
  /** The last hour of which operators were told that an email found no slot in it. */
  toldOf: z.string().optional(),
});

const shareSchema = storedRow('mail share', { minute: counter, hour: counter });

type Counters = z.infer<typeof shareSchema>;

/** What was last read of the counters: of all partners, and of one. Undefined where none were ever written. */
export type Pace = {
  partnerId: string;
  all: Row<z.infer<typeof paceSchema>> | undefined;
  share: Row<Counters> | undefined;
};

type Unit = keyof Counters;

/**
 * Why there is no slot, by which counters, and when to ask again. `hour`, `minute`: that window has none for the
 * partner. `race`: others were quicker, again and again.
 */
export type NoSlot = { reason: Unit | 'race'; until: Instant; pace: Pace };

const units: Record<Unit, { characters: number; milliseconds: number; spread: number }> = {
  hour: { characters: 13, milliseconds: 3_600_000, spread: 300_000 },
  minute: { characters: 16, milliseconds: 60_000, spread: 15_000 },
};

const partition = 'mail';
const allRow = 'pace';
const shareRow = (partnerId: string) => `share|${partnerId}`;
const tries = 12;

/** For each slot that stays free for others, a partner may have so many. */
const slotsForOneFree = 4;

/** Reads the counters: two point reads, at once. */
export async function readPace(runtime: Runtime, partnerId: string): Promise<Pace> {
  const read = <T>(schema: Schema<T>, rowKey: string) =>
    runtime.tables.get('pacing', schema, partition, rowKey);
  const [all, share] = await Promise.all([
    read(paceSchema, allRow),
    read(shareSchema, shareRow(partnerId)),
  ]);
  return { partnerId, all, share };
}

/**
 * Why there is no slot now, and when to ask again: at some moment early in the next window, since all that wait would
 * otherwise ask at once; first of all those who had no slot in this one. Undefined when there is a slot.
 */
export function noSlotNow(runtime: Runtime, queue: MailQueueName, pace: Pace): NoSlot | undefined {
  const now = runtime.clock.now();
  const { perHour, perMinute } = runtime.config.mail;
  return noSlotIn('hour', perHour) ?? noSlotIn('minute', perMinute);

  function noSlotIn(unit: Unit, limit: number): NoSlot | undefined {
    const taken = counted(pace.all, unit, now);
    const mine = totalOf(counted(pace.share, unit, now));
    const free = limit - totalOf(taken);
    const forReminders = Math.max(1, Math.floor(limit / 2));
    const inShare = mine === 0 || mine + 1 <= slotsForOneFree * (free - 1);
    if (free > 0 && inShare && (queue === 'notices' || taken.reminders < forReminders))
      return undefined;
    const { milliseconds, spread } = units[unit];
    const next = (Math.floor(Date.parse(now) / milliseconds) + 1) * milliseconds;
    const first = spread / 5;
    const wait = mine === 0 ? Math.random() * first : first + Math.random() * (spread - first);
    return { reason: unit, until: new Date(next + Math.floor(wait)).toISOString(), pace };
  }
}

/**
 * Takes a slot in both windows, beginning with counters read before. Undefined when it was taken. Nothing is given
 * back: a slot taken for a send that did not happen is lost.
 */
export async function takeSlot(
  runtime: Runtime,
  queue: MailQueueName,
  read: Pace,
): Promise<NoSlot | undefined> {
  let pace = read;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) {
      await pause(attempt);
      pace = await readPace(runtime, read.partnerId);
    }
    const noSlot = noSlotNow(runtime, queue, pace);
    if (noSlot) return noSlot;
    const now = runtime.clock.now();
    const { all, share, partnerId } = pace;
    const toldOf = all?.value.toldOf;
    const writes = [
      writeOf(all, allRow, paceSchema, {
        ...oneMore(all, queue, now),
        ...(toldOf === undefined ? {} : { toldOf }),
      }),
      writeOf(share, shareRow(partnerId), shareSchema, oneMore(share, queue, now)),
    ];
    if ((await runtime.tables.commit('pacing', partition, writes, newId())) === 'committed')
      return undefined;
  }
  const until = addMilliseconds(runtime.clock.now(), 2_000 + Math.floor(Math.random() * 5_000));
  return { reason: 'race', until, pace };
}

/**
 * Logs, once an hour, that an email has to wait because the hour's quota is used up, or the partner's share of it.
 * Costs one write an hour.
 */
export async function tellUsedUp(runtime: Runtime, pace: Pace): Promise<void> {
  const { all, partnerId } = pace;
  if (!all) return;
  const hour = counted(all, 'hour', runtime.clock.now());
  if (all.value.toldOf === hour.window) return;
  const value = { ...all.value, toldOf: hour.window };
  const write = writeOf(all, allRow, paceSchema, value);
  // Of many that find it used up one tells; whoever is beaten to the row leaves it to the next.
  if ((await runtime.tables.write('pacing', partition, write, newId())) !== 'committed') return;
  const { perHour } = runtime.config.mail;
  log('warn', 'mailQuotaUsedUp', {
    hour: hour.window,
    sent: totalOf(hour),
    perHour,
    partnerId,
    sentOfPartner: totalOf(counted(pace.share, 'hour', runtime.clock.now())),
  });
}

function writeOf<T>(
  row: Row<T> | undefined,
  rowKey: string,
  schema: StoredSchema<z.ZodType<T>>,
  value: T,
): Write {
  const content = { rowKey, schema, value };
  return row ? { op: 'replace', ...content, etag: row.etag } : { op: 'insert', ...content };
}

function oneMore(row: Row<Counters> | undefined, queue: MailQueueName, now: Instant): Counters {
  const minute = counted(row, 'minute', now);
  const hour = counted(row, 'hour', now);
  return {
    minute: { ...minute, [queue]: minute[queue] + 1 },
    hour: { ...hour, [queue]: hour[queue] + 1 },
  };
}

/** The counters of the window that `now` lies in. */
function counted(row: Row<Counters> | undefined, unit: Unit, now: Instant) {
  const window = now.slice(0, units[unit].characters);
  const known = row?.value[unit];
  return known?.window === window ? known : { window, notices: 0, reminders: 0 };
}

function totalOf({ notices, reminders }: z.infer<typeof counter>): number {
  return notices + reminders;
}
