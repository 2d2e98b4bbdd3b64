/** Months: what is closed never changes, and what is being closed will be (ACO-04). */
import {
  periodRow,
  type BillingState,
  type Period,
  type Result,
} from '../../../src/billing/rows.ts';
import {
  after,
  before,
  ofKind,
  rowOf,
  rowsOf,
  short,
  type CheckMaker,
  type Violate,
} from './check.ts';
import type { System } from '../world/system.ts';

export const checkBilling: CheckMaker = (system, violate) => (applied) => {
  const { table, partitionKey, changes } = applied;
  if (table === 'partners') {
    for (const change of ofKind(applied, 'billing')) {
      if (change.rowKey !== 'billing') continue;
      const [was, is] = [before<BillingState>(change), after<BillingState>(change)];
      if ((is?.closedThrough ?? '') < (was?.closedThrough ?? ''))
        violate('ACO-04 a closed month stays closed', short(partitionKey));
    }
    return;
  }
  if (table !== 'billing' || !partitionKey.includes('|')) return;
  const period = rowOf<Period>(system, 'billing', partitionKey, periodRow);
  const touched = changes.find(({ rowKey }) => rowKey === periodRow);
  const status = (touched ? before<Period>(touched) : period)?.status ?? 'open';
  for (const change of changes) {
    if (change.rowKey.startsWith('line|') && status !== 'open')
      violate('ACO-04 no line comes into a month that is closing', partitionKey);
    if (!change.rowKey.startsWith('result|')) continue;
    const was = before<Result>(change);
    if (was && JSON.stringify(was) !== JSON.stringify(after<Result>(change)))
      violate('ACO-04 a result never changes', partitionKey);
  }
  if (!touched || partitionKey.startsWith('price-list')) return;
  const lines = system.tables.rowsOf('billing', partitionKey, 'line|').length;
  if (after<Period>(touched)?.lines !== lines)
    violate('ACO-05 a partition counts its lines', `${partitionKey}: ${lines}`);
};

/** At rest no month is still being closed. */
export function checkMonths(system: System, partnerId: string, violate: Violate): void {
  const [state] = rowsOf<BillingState>(system, partnerId, 'billing').filter((one) => 'open' in one);
  if (state?.closing !== undefined)
    violate(
      'ACO-04 a month that is being closed is closed',
      `${short(partnerId)} ${state.closing}`,
    );
}
