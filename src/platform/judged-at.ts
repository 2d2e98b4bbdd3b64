/**
 * The instant that a command or an answer is judged at. The clocks of two instances can be seconds apart, and a request
 * can wait while others are carried out: what has been written of a thing is never followed by something earlier. So
 * everything that has rules of time keeps the instant of the last thing written of it, and is judged at that instant or
 * now, whichever is later. A boundary that one instance has gone over stays gone over for all (CR-10, CR-13, CR-16).
 */
import type { Instant } from './calendar.ts';

/** `now`, or the latest of the instants kept by what is judged together, whichever is later. */
export function judgedAt(now: Instant, ...kept: readonly (Instant | undefined)[]): Instant {
  return kept.reduce<Instant>(
    (latest, instant) => (instant !== undefined && instant > latest ? instant : latest),
    now,
  );
}
