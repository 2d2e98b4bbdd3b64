/** Customers and offers as answered. */
import { formatInstant } from '../platform/calendar.ts';
import type { Instant } from '../platform/calendar.ts';
import { formatMoney } from '../platform/money.ts';
import type { Customer } from './customers-service.ts';
import type { StoredOffer } from './rows.ts';

/** A customer's facts; instants without a needless fraction, scopes as they are compared. */
export function customerView({ id, facts }: Customer) {
  const { displayName, agreement, transacting, access } = facts;
  return {
    id,
    displayName,
    agreement: agreement.map(shown),
    transacting: transacting.map(shown),
    access: access.map(shown),
  };
}

/** An offer's terms. */
export function offerView({ customerId, agreementId, amount, currency, ...dates }: StoredOffer) {
  const { effectiveDate, expiryDate } = dates;
  return {
    customerId,
    agreementId,
    amount: formatMoney(amount, currency),
    effectiveDate,
    expiryDate,
  };
}

function shown<T extends { from?: Instant | undefined; to?: Instant | undefined }>(entry: T): T {
  return {
    ...entry,
    ...(entry.from === undefined ? {} : { from: formatInstant(entry.from) }),
    ...(entry.to === undefined ? {} : { to: formatInstant(entry.to) }),
  };
}
