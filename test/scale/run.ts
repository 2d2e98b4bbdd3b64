/** `npm run scale [partners]`: prints the model. */
import { shards } from '../../src/platform/keys.ts';
import { app, limits } from './assumptions.ts';
import { backlogLimits, callLoad, costs, mails, sweeps } from './model.ts';

const partners = Number(process.argv[2] ?? 1_000_000);
const count = (value: number) => Math.round(value).toLocaleString('en-US');
const say = (line = '') => process.stdout.write(`${line}\n`);

say(`${count(partners)} partners, ${shards.length} shards\n`);
const rare = sweeps(partners, partners);
for (const instances of [shards.length / app.batchSize, 16, shards.length]) {
  const all = instances === rare.monthEnd.instances ? rare : sweeps(partners, partners, instances);
  say(`Sweeps on ${instances} instances: rows, requests, time, hottest partition, account`);
  for (const one of Object.values(all))
    say(
      `  ${one.name}: ${count(one.rows)} rows, ${count(one.requests)} requests, ${count(one.seconds)} s, ` +
        `${one.hottest.partition} ${count(one.hottest.rate)}/s of ${count(limits.partitionEntities)}, ` +
        `${count(one.accountRate)}/s of ${count(limits.accountOperations)} (by entities at least ${count(one.secondsByEntities)} s), ${one.messages} messages, ` +
        `fullest shard ${one.imbalance.toFixed(2)} × the emptiest`,
    );
}
const calls = callLoad(partners);
say(
  `\nCalls: ${count(calls.requests)} requests a month, ${count(calls.peakRate)}/s at the busiest`,
);
const needed = Math.ceil(
  Math.max(mails(partners, 1).neededPerHour, mails(partners, 1).peakPerHour) * 1.25,
);
for (const perHour of [100, 1_000, needed]) {
  const month = mails(partners, perHour);
  const cost = costs(partners, rare, month);
  say(
    `\nMail at ${count(perHour)} an hour: ${count(month.notices)} notices and ${count(month.reminders)} reminders, ` +
      `${count(month.sent)} sent; needs ${count(month.neededPerHour)} an hour, ${count(month.peakPerHour)} at the busiest`,
  );
  say(
    `  waiting after days 1, 7, 14, 21, 30: ${[0, 6, 13, 20, 29].map((day) => count(month.depth[day] ?? 0)).join(', ')}`,
  );
  say(`  woken in vain ${count(month.wokenInVain)} times`);
  say(
    `  a month: ${Object.entries(cost)
      .map(([name, dollars]) => `${name} $${dollars.toFixed(2)}`)
      .join(', ')}`,
  );
}
say(
  `\nMails that may wait: ${count(backlogLimits.pacing)} until the counters' partition is too busy, ` +
    `${count(backlogLimits.redeliver)} until redelivery takes longer than a function may`,
);
