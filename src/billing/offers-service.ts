/** Credit offers in storage (ACO-01). */
import type * as z from 'zod';
import { execute } from '../platform/command.ts';
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { commitMark } from '../platform/proof.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { readState, stateOf, unchangedState } from './billing-state.ts';
import type { CreditOffer } from './credit-offer.ts';
import { bearsOnFixed, fixedThrough, periodClosed } from './period.ts';
import {
  customerRow,
  customerSchema,
  mostOffers,
  offerPrefix,
  offerRow,
  offerSchema,
} from './rows.ts';
import type { StoredOffer } from './rows.ts';

/** As many as a customer can have at least, so that one request reads those of one customer. */
const offersAtOnce = 200;

/** An offer's terms as they are put. */
export type OfferTerms = Omit<CreditOffer, 'customerId' | 'agreementId'>;

/**
 * Gives a customer an offer, or changes its terms while it bears on no closed month.
 * @throws RefusalError NotFound for an unknown customer, PeriodClosed, InvalidRequest beyond 100 offers,
 * PreconditionFailed, ConcurrentChange
 */
export async function putOffer(
  call: CommandCall,
  partnerId: string,
  customerId: string,
  agreementId: string,
  terms: OfferTerms,
): Promise<{ offer: StoredOffer; created: boolean }> {
  const { runtime } = call;
  const { tables } = runtime;
  const rowKey = offerRow(customerId, agreementId);
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    async load() {
      const [customer, row, state] = await Promise.all([
        tables.get('partners', customerSchema, partnerId, customerRow(customerId)),
        tables.get('partners', offerSchema, partnerId, rowKey),
        readState(runtime, partnerId),
      ]);
      if (!customer) throw new RefusalError(notFound());
      return { customer, row, state };
    },
    decide({ customer, row, state }) {
      if (row) checkIfMatch(call.ifMatch, row.value.version);
      else if (call.ifMatch)
        throw new RefusalError(
          refuse('PreconditionFailed', 'There is no such offer yet: leave If-Match out.'),
        );
      if (row && isSame(row.value, terms)) {
        return { result: { offer: row.value, created: false }, writes: [] };
      }
      if (!row && customer.value.offers >= mostOffers)
        throw new RefusalError(
          refuse('InvalidRequest', `A customer has at most ${mostOffers} credit offers.`, {
            target: 'agreementId',
          }),
        );
      const fixed = fixedThrough(stateOf(state));
      const bears = [terms, ...(row ? [row.value] : [])].some(({ effectiveDate }) =>
        bearsOnFixed(effectiveDate, fixed),
      );
      if (bears)
        throw new RefusalError(
          periodClosed(
            `An offer that takes effect before the end of ${fixed ?? ''} can no longer be given or changed: that month is closed.`,
          ),
        );
      const version = (row?.value.version ?? 0) + 1;
      const offer = { customerId, agreementId, ...terms, version };
      const write = { rowKey, schema: offerSchema, value: offer };
      return {
        result: { offer, created: !row },
        resourceId: agreementId,
        writes: [
          row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write },
          ...(row ? [] : [oneMoreOffer(customer)]),
          commitMark(rowKey, version),
          unchangedState(state),
        ],
      };
    },
    async repeat() {
      const row = await tables.get('partners', offerSchema, partnerId, rowKey);
      if (!row) throw new RefusalError(notFound());
      return { offer: row.value, created: false };
    },
  });
}

/** Counts an offer: of two new ones at the same moment one is decided again. */
function oneMoreOffer({ rowKey, etag, value }: Row<z.infer<typeof customerSchema>>): Write {
  const counted = { ...value, offers: value.offers + 1 };
  return { op: 'replace', rowKey, etag, schema: customerSchema, value: counted };
}

/** A customer's offers, by agreement. */
export async function readOffers(
  runtime: Runtime,
  partnerId: string,
  customerId: string,
): Promise<StoredOffer[]> {
  for await (const offers of offersByCustomer(runtime, partnerId, { customerId })) return offers;
  return [];
}

/** The offers of a partner's customers, or of one, a customer at a time, by customer and agreement; after a row key. */
export async function* offersByCustomer(
  runtime: Runtime,
  partnerId: string,
  { customerId, after: from }: { customerId?: string | undefined; after?: string | undefined },
): AsyncGenerator<StoredOffer[]> {
  const prefix = offerPrefix(customerId);
  let after = from;
  let offers: StoredOffer[] = [];
  for (;;) {
    const range = { prefix, after, size: offersAtOnce };
    const page = await runtime.tables.page('partners', offerSchema, partnerId, range);
    for (const { value } of page.rows) {
      if (offers[0] && offers[0].customerId !== value.customerId) {
        yield offers;
        offers = [];
      }
      offers.push(value);
    }
    after = page.rows.at(-1)?.rowKey;
    if (!page.more || after === undefined) break;
  }
  if (offers.length > 0) yield offers;
}

function isSame(offer: StoredOffer, terms: OfferTerms): boolean {
  return (['amount', 'currency', 'effectiveDate', 'expiryDate'] as const).every(
    (name) => offer[name] === terms[name],
  );
}
