/**
 * A worker: rates and reconciles a month in which every line has a resource, a meter and long texts of its own, 150 MB of
 * them, and tells how many meters the first round has.
 */
import { parentPort } from 'node:worker_threads';
import { createRater } from '../../../src/billing/rating.ts';
import { createReconciler } from '../../../src/billing/reconciliation.ts';
import { facts, subscription, usageLine } from '../examples.ts';

const lines = 20_000;
const rater = createRater({ facts: facts(), offers: [] });
const reconciler = createReconciler('2026-11');
for (let i = 0; i < lines; i += 1) {
  const name = `${String(i)} ${'x'.repeat(1_900)}`;
  const changes = {
    MeterId: `meter-${String(i).padStart(6, '0')}`,
    MeterName: name,
    ProductName: name,
    SkuName: name,
    ResourceURI: `${subscription}/resourceGroups/${name.replaceAll(' ', '')}`,
  };
  rater.rate(usageLine(changes)).forEach(reconciler.add);
}
parentPort?.postMessage([...reconciler.meters()].length);
