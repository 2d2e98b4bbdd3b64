/** Balances, now and as of any past instant (CR-15, CR-16). */
import type { Instant } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { balanceAt, balanceOf } from './balance.ts';
import { readCredit, readEvents } from './rows.ts';
import { settle } from './settle.ts';
import { balanceView } from './view.ts';

/**
 * The balance of a credit at `now`, or as of an earlier instant: then the sum of all ledger entries with `at` up to
 * it, those that time has brought about and no sweep has written down included.
 * @throws RefusalError NotFound, InvalidRequest (with details) for an instant to come
 */
export async function getBalance(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  asOf: Instant | undefined,
  now: Instant,
) {
  const [credit, early] = await Promise.all([
    readCredit(runtime, partnerId, benefitId),
    asOf === undefined ? [] : readEvents(runtime, partnerId, benefitId),
  ]);
  if (!credit) throw new RefusalError(notFound());
  const { sequence, currency, lastAt } = credit.value;
  const at = judgedAt(now, lastAt);
  if (asOf !== undefined && asOf > at) throw stillToCome();
  const settled = settle(credit.value, at);
  if (asOf === undefined) return balanceView(balanceOf(settled.state, at), currency, at);
  // Entries and snapshot commit together, but were read apart: the ledger is to be the snapshot's, neither less nor more.
  const complete = (early.at(-1)?.sequence ?? 0) >= sequence;
  const ledger = complete ? early : await readEvents(runtime, partnerId, benefitId);
  const written = ledger.filter((event) => event.sequence <= sequence);
  return balanceView(balanceAt([...written, ...settled.events], asOf), currency, asOf);
}

function stillToCome(): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', 'The balance of an instant to come is not known.', {
      target: 'asOf',
      details: [
        { code: 'InvalidParameter', target: 'asOf', message: 'must be now or an earlier instant' },
      ],
    }),
  );
}
