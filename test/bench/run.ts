/**
 * `npm run bench`: measures against floors taken in the same run, and fails when a target of docs/performance.md is
 * missed. Figures through the local host are for information: that host is no part of what is deployed.
 */
import type { Comparison } from './compare.ts';
import { build } from '../../infra/build.ts';
import { compareOperations, measureThroughHost } from './operations.ts';
import { compareStartUp } from './start-up.ts';
import { growth, measureSweeps } from './sweep.ts';

const target = { operation: 1.5, startUp: 1.9, growthOfRequests: 1.02 };

const write = (line: string) => process.stdout.write(`${line}\n`);
const milliseconds = (value: number) => `${value.toFixed(1)} ms`.padStart(9);
let missed = 0;

function judge(what: string, { ours, floor, ratio }: Comparison, most: number): void {
  const met = ratio <= most;
  if (!met) missed += 1;
  write(
    `${what.padEnd(28)}${milliseconds(ours)}  floor ${milliseconds(floor)}  ratio ${ratio.toFixed(2)}  ` +
      `target ${most}  ${met ? 'met' : 'MISSED'}`,
  );
}

write('Operations, registered handler in process / bare SDK (medians)');
const operations = await compareOperations(100);
for (const [name, comparison] of Object.entries(operations))
  judge(name, comparison, target.operation);

write('Start-up, process start to functions registered / one-function app (medians)');
const { plain, withCompileCache } = await compareStartUp(30);
judge('start-up', plain, target.startUp);
judge('start-up, compile cache', withCompileCache, target.startUp);

write('Sweep of due credits, one a partner / bare SDK doing the same transactions');
const sweeps = await measureSweeps();
for (const { credits, requests, seconds, floor } of sweeps)
  write(
    `${String(credits).padStart(6)} credits  ${requests} requests  ${seconds.toFixed(1)} s  floor ` +
      `${floor.toFixed(1)} s  ratio ${(seconds / floor).toFixed(2)}`,
  );
const ofRequests = growth(sweeps, ({ requests }) => requests);
const growsEvenly = ofRequests <= target.growthOfRequests;
if (!growsEvenly) missed += 1;
write(
  `growth exponent: requests ${ofRequests.toFixed(3)}, target ${target.growthOfRequests}, ` +
    `${growsEvenly ? 'met' : 'MISSED'}; time ${growth(sweeps, ({ seconds }) => seconds).toFixed(2)}, ` +
    `floor's ${growth(sweeps, ({ floor }) => floor).toFixed(2)} (Azurite reads through its table at queries)`,
);

write('Through the local host (medians, not judged)');
await build();
for (const [name, median] of Object.entries(await measureThroughHost(40)))
  write(`${name.padEnd(28)}${milliseconds(median)}`);

if (missed > 0) process.exitCode = 1;
