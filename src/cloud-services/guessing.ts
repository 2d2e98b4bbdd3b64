/**
 * Slows whoever guesses product keys (KEY-10): after thirty failed attempts of a caller, or 120 of a partner's callers
 * together, within a minute the caller, or every caller of that partner, is answered 429 until that minute is over,
 * whatever it enters, so that a hit cannot be told from a miss. Counted over all instances of the app in one row of the
 * partner's partition, which holds the callers of the last minute only: state grows with the number of partners and
 * nothing else. A right key never counts.
 */
import * as z from 'zod';
import { instantSchema } from '../credits/events.ts';
import { addMilliseconds, type Instant } from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import { newId } from '../platform/ids.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { storedRow } from '../platform/stored.ts';

const attemptsSchema = z.strictObject({ since: instantSchema, failed: z.int().positive() });
type Attempts = z.infer<typeof attemptsSchema>;

const guessesSchema = storedRow('key guesses', {
  /** Of all callers together; absent until one fails. */
  partner: attemptsSchema.optional(),
  callers: z.record(z.string(), attemptsSchema),
});

/** What was last read of the count; undefined when nobody of the partner ever failed. */
export type Guesses = Row<z.infer<typeof guessesSchema>> | undefined;

const rowKey = 'key-guesses';
/** Failed attempts that are still answered, by caller and by partner, from the first of them until its minute is over. */
const answered = { caller: 30, partner: 120 };
const windowMilliseconds = 60_000;
/** So that the row stays small: two minutes of a partner that overlap one of a caller's name no more than 240. */
const mostCallers = 200;
/** Of concurrent failures of a partner one is counted at a time; more than these never wait for one another. */
const tries = 100;

/** Reads the count: one point read. */
export function readGuesses(runtime: Runtime, partnerId: string): Promise<Guesses> {
  return runtime.tables.get('partners', guessesSchema, partnerId, rowKey);
}

type Caller = { runtime: Runtime; partnerId: string; actor: Actor; now: Instant };

/**
 * Lets a caller's attempt through, counting how many of the keys entered were malformed or unknown.
 * @param guesses as read beside the keys, so that an attempt that does not fail costs no further request
 * @throws RefusalError TooManyRequests
 */
export async function admitAttempt(
  caller: Caller,
  guesses: Guesses,
  failed: number,
): Promise<void> {
  const { runtime, partnerId, now } = caller;
  const name = nameOf(caller.actor);
  let row = guesses;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { partner, callers } = presentAttempts(row, now);
    const mine = callers.get(name);
    if (mine && mine.failed >= answered.caller) throw tooMany(mine.since, now);
    if (partner && partner.failed >= answered.partner) throw tooMany(partner.since, now);
    if (failed === 0) return;
    if (!mine && callers.size >= mostCallers) throw tooMany(now, now);
    const counted = {
      mine: { since: mine?.since ?? now, failed: (mine?.failed ?? 0) + failed },
      partner: { since: partner?.since ?? now, failed: (partner?.failed ?? 0) + failed },
    };
    callers.set(name, counted.mine);
    const content = {
      rowKey,
      schema: guessesSchema,
      value: { partner: counted.partner, callers: Object.fromEntries(callers) },
    };
    const outcome = await runtime.tables.write(
      'partners',
      partnerId,
      row ? { op: 'replace', etag: row.etag, ...content } : { op: 'insert', ...content },
      newId(),
    );
    if (outcome === 'committed') {
      if (counted.mine.failed > answered.caller) throw tooMany(counted.mine.since, now);
      if (counted.partner.failed > answered.partner) throw tooMany(counted.partner.since, now);
      return;
    }
    row = await readGuesses(runtime, partnerId);
  }
  throw tooMany(now, now);
}

/** What was counted in minutes that are not over. The clock of another instance may be a little ahead. */
function presentAttempts(guesses: Guesses, now: Instant) {
  const present = ({ since }: Attempts) => now < endOf(since);
  const { partner, callers = {} } = guesses?.value ?? {};
  return {
    partner: partner && present(partner) ? partner : undefined,
    callers: new Map(Object.entries(callers).filter(([, attempts]) => present(attempts))),
  };
}

function endOf(since: Instant): Instant {
  return addMilliseconds(since, windowMilliseconds);
}

function nameOf(actor: Actor): string {
  return 'tenantId' in actor ? `${actor.tenantId}/${actor.id}` : actor.type;
}

function tooMany(since: Instant, now: Instant): RefusalError {
  const left = Date.parse(endOf(since)) - Date.parse(now);
  const retryAfterSeconds = Math.max(1, Math.ceil(left / 1_000));
  return new RefusalError(
    refuse(
      'TooManyRequests',
      `Too many product keys that do not exist were entered. Try again in ${retryAfterSeconds} seconds.`,
      { retryAfterSeconds },
    ),
  );
}
