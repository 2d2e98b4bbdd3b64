/**
 * Three years through the app's own timers, queues and storage, once undisturbed, once with runs that are missed,
 * doubled and broken off: the same ledgers, and every notice once.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { recipientOf } from '../../src/reminders/end-reminders.ts';
import { addDays, dateOf } from '../../src/platform/calendar.ts';
import { newId } from '../../src/platform/ids.ts';
import { startMailServer, type MailServer } from '../notices/support/mail-server.ts';
import { takeAccount } from '../support/azurite.ts';
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';

const firstDay = '2026-01-15';
const lastDay = '2029-02-20';
const admin = 'admin@contoso.com';

let account: string;
let proxy: FaultyProxy;
let mails: MailServer;
let app: InProcessApp;
let setup: Programme;
let reporter: string;
let clockFile: string;

const setNow = (instant: string) =>
  writeFileSync(clockFile, JSON.stringify({ offsetMs: Date.parse(instant) - Date.now() }));

beforeAll(async () => {
  account = await takeAccount(inject('storage'));
  [proxy, mails] = await Promise.all([startFaultyProxy(account), startMailServer()]);
  clockFile = join(await mkdtemp(join(tmpdir(), 'months-')), 'clock.json');
  const env = () => ({
    TEST_CLOCK_FILE: clockFile,
    MAIL_CONNECTION_STRING: mails.connectionString,
    MAIL_PER_MINUTE: '100000',
    MAIL_PER_HOUR: '100000',
  });
  app = await startInProcess({ storage: proxy.connectionString, env });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  reporter = await app.tokenFor({ roles: ['UsageReporter'] });
});

afterAll(() => Promise.all([app.stop(), proxy.close(), mails.close()]));

type Handler = (input: unknown, context: unknown) => Promise<unknown>;

const invoke = (name: string, input: unknown = {}) =>
  (app.functions.get(name.toLowerCase())!.handler as unknown as Handler)(input, {
    invocationId: newId(),
  });

/** Works a queue off as the host does; a message whose function throws comes again. */
async function drain(queueName: string, functionName: string, whenItFails = () => {}) {
  const queue = QueueServiceClient.fromConnectionString(account).getQueueClient(queueName);
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return;
    for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
      const message: unknown = JSON.parse(Buffer.from(messageText, 'base64').toString());
      try {
        await invoke(functionName, message);
        await queue.deleteMessage(messageId, popReceipt);
      } catch {
        whenItFails();
        await queue.updateMessage(messageId, popReceipt, messageText, 0);
      }
    }
  }
}

/** How a day's timers fare. */
type Fate = 'run' | 'missed' | 'doubled' | 'broken off';

/** One after the other, the same each time. */
function fates(): (day: string) => Fate {
  let seed = 7;
  return (day) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const dice = Math.floor(seed / 65_536) % 10;
    // Once nothing runs for two months.
    if (day > '2027-06-10' && day < '2027-08-15') return 'missed';
    return dice < 3 ? 'missed' : dice < 5 ? 'doubled' : dice < 8 ? 'broken off' : 'run';
  };
}

let breaks = 0;

async function runTimers(day: string, fate: Fate): Promise<void> {
  setNow(`${day}T00:15:00.000Z`);
  const timers = day.endsWith('-01')
    ? ['lapseMonthlyCredits', 'expireBenefits']
    : ['expireBenefits'];
  for (const timer of fate === 'doubled' ? [...timers, ...timers] : timers) {
    await invoke(timer);
    if (fate === 'broken off') {
      // Dies a few requests in, now here, now there, and comes back.
      breaks += 1;
      proxy.breakAfter(breaks % 7, breaks % 2 ? 'refuse' : 'lose-answer');
    }
    await drain('settlements', 'settleShard', () => proxy.heal());
    proxy.heal();
  }
}

/** What people do, by day, at ten o'clock. */
async function people() {
  const partner = await setup.partner('contoso.com', { contacts: [admin] });
  const { partnerId, admin: token } = partner;
  setNow(`${firstDay}T10:00:00.000Z`);
  const monthly = await setup.membership(partnerId, 'action-pack', firstDay);
  const bulk = await setup.membership(partnerId, 'launch', firstDay);
  const [ana, ben] = await Promise.all(
    ['ana@contoso.com', 'ben@contoso.com'].map((email) => setup.user(partnerId, email)),
  );
  const benefits = [monthly.benefitIds[0]!, bulk.benefitIds[0]!];
  const holders = new Map<string, string>();
  const take = async (benefitId: string, userId: string, email: string) => {
    const link = await setup.assigned(partnerId, token, benefitId, userId);
    const body = { azureSubscriptionId: newId() };
    await setup.must('redeemCredit', { params: { token: link }, body });
    holders.set(benefitId, email);
  };
  const use = (benefitId: string, amount: string, day: string) =>
    setup.must('reportUsage', {
      params: { partnerId, benefitId },
      body: {
        records: [
          {
            id: `${day}-${amount}`,
            occurredAt: `${day}T09:00:00Z`,
            amount: { amount, currency: 'USD' },
          },
        ],
      },
      token: reporter,
    });
  const renew = async (membershipId: string) => {
    const { body } = await setup.must('renewMembership', {
      params: { partnerId, membershipId },
      token: setup.operator,
    });
    benefits.push(...(body.benefitIds as string[]).slice(0, 1));
  };
  const days: Record<string, () => Promise<unknown>> = {
    '2026-01-20': () => take(benefits[0]!, ana!, 'ana@contoso.com'),
    '2026-02-03': () => take(benefits[1]!, ben!, 'ben@contoso.com'),
    '2026-02-04': () => use(benefits[0]!, '40.00', '2026-02-04'),
    '2026-03-02': () => use(benefits[0]!, '10.00', '2026-02-27'),
    '2026-05-31': () => use(benefits[1]!, '300.00', '2026-05-31'),
    '2026-08-09': () => use(benefits[0]!, '100.00', '2026-08-09'),
    '2026-09-01': () =>
      setup.must('unassignCredit', {
        params: { partnerId, benefitId: benefits[0]! },
        token,
      }),
    '2026-10-12': () => take(benefits[0]!, ben!, 'ben@contoso.com'),
    '2027-01-02': () => renew(monthly.id),
    '2027-01-05': () => renew(bulk.id),
    '2027-01-20': () => take(benefits[2]!, ana!, 'ana@contoso.com'),
    '2027-01-31': () =>
      setup.must('removeSpendingLimit', {
        params: { partnerId, benefitId: benefits[2]! },
        token,
      }),
    '2027-07-14': () => use(benefits[2]!, '130.00', '2027-07-14'),
    '2028-01-03': () => renew(monthly.id),
    '2028-01-10': () => renew(bulk.id),
    '2028-03-01': () => take(benefits[4]!, ana!, 'ana@contoso.com'),
  };
  return { partnerId, token, benefits, holders, days };
}

/** A day further than so many days from every boundary and notice, on which a sweep finds only what was missed before. */
function quietDay(day: string, reach: number): boolean {
  const near = (date: string, days: number) => date <= day && day <= addDays(date, days);
  const boundary = near(`${day.slice(0, 7)}-01`, reach);
  return (
    !boundary && !ends.some(({ end }) => [30, 7, 1].some((n) => near(addDays(end, -n), reach)))
  );
}

async function live(fateOf: (day: string) => Fate, reach: number) {
  setNow(`${firstDay}T09:00:00.000Z`);
  mails.accepted.length = 0;
  const { partnerId, token, benefits, holders, days } = await people();
  const ran: string[] = [];
  let missed = 0;
  for (let day = addDays(firstDay, 1); day <= lastDay; day = addDays(day, 1)) {
    const quiet = quietDay(day, reach);
    const fate = quiet ? 'missed' : fateOf(day);
    if (fate === 'missed' && !quiet) missed += 1;
    if (fate !== 'missed') {
      ran.push(day);
      await runTimers(day, fate);
      await drain('reminders', 'sendReminder');
      if (fate === 'broken off') {
        setNow(`${day}T00:30:00.000Z`);
        await invoke('redeliverNotices');
        await drain('reminders', 'sendReminder');
      }
    }
    const happens = days[day];
    if (!happens) continue;
    setNow(`${day}T10:00:00.000Z`);
    await happens();
    await drain('notices', 'sendNotice');
  }
  const ledgers = await Promise.all(
    benefits.map(async (benefitId) => {
      const { body } = await setup.must('listLedger', {
        params: { partnerId, benefitId },
        query: { maxpagesize: '1000' },
        token,
      });
      const { value } = body as { value: Entry[] };
      return value.map(({ sequence, at, type, amount, month }) =>
        [sequence, dateOf(at), type, amount?.amount, month].join(' '),
      );
    }),
  );
  const told = await remindersOf(partnerId, benefits);
  return { ledgers, told, ran, missed, holders, benefits };
}

type Entry = {
  sequence: number;
  at: string;
  type: string;
  amount?: { amount: string };
  month?: string;
};

/** Who was told what, from the notices; each of which must have been mailed once. */
async function remindersOf(partnerId: string, benefits: readonly string[]): Promise<string[]> {
  const table = TableClient.fromConnectionString(account, 'partners', {
    allowInsecureConnection: true,
  });
  const told: string[] = [];
  const filter = `PartitionKey eq '${partnerId}' and RowKey ge 'notice|' and RowKey lt 'notice|~'`;
  for await (const { data } of table.listEntities<{ data: string }>({ queryOptions: { filter } })) {
    const notice = JSON.parse(data) as {
      id: string;
      kind: string;
      data?: { recipient: string; credits: string };
    };
    const sent = mails.accepted.filter(({ id }) => id === notice.id);
    expect(sent).toHaveLength(1);
    if (notice.kind !== 'credit-ending' || !notice.data) continue;
    const { recipient, credits } = notice.data;
    expect(recipientOf(sent[0]!.message.recipients.to[0]!.address)).toBe(recipient);
    for (const credit of credits.split(',')) {
      const [id = '', end = '', stage = ''] = credit.split(':');
      told.push(`${recipient} ${benefits.indexOf(id)} ${end} ${stage}`);
    }
  }
  return told.sort();
}

/** Who must be told what, given the days on which timers ran and the ends that credits had. */
function expectedReminders(
  ran: readonly string[],
  ends: readonly { credit: number; end: string; from: string; to: string; holder?: string }[],
): string[] {
  const told: string[] = [];
  for (const { credit, end, from, to, holder } of ends) {
    let last = Infinity;
    for (const day of ran.filter((one) => one > from && one <= to)) {
      const stage = [0, 1, 7, 30].find((days) => addDays(end, -days) <= day);
      if (stage === undefined || stage >= last) continue;
      last = stage;
      for (const address of holder ? [holder, admin] : [admin])
        told.push(`${recipientOf(address)} ${credit} ${end} ${stage}`);
    }
  }
  return told.sort();
}

const everAfter = '2030-01-01';
const inApril = '2027-03-01';

/** The ends of the six credits of `people`; where a renewal moved one, until then. */
const ends = [
  // Monthly, redeemed on 20 January 2026: bound by the membership until it is renewed, then by its 13 months.
  { credit: 0, end: '2027-01-15', from: firstDay, to: '2027-01-02', holder: 'ben@contoso.com' },
  { credit: 0, end: '2027-02-20', from: '2027-01-02', to: everAfter, holder: 'ben@contoso.com' },
  { credit: 1, end: '2027-01-15', from: firstDay, to: everAfter, holder: 'ben@contoso.com' },
  { credit: 2, end: '2028-01-15', from: '2027-01-02', to: '2028-01-03', holder: 'ana@contoso.com' },
  { credit: 2, end: '2028-02-20', from: '2028-01-03', to: everAfter, holder: 'ana@contoso.com' },
  // Never redeemed.
  { credit: 3, end: '2028-01-15', from: inApril, to: everAfter },
  { credit: 4, end: '2029-01-15', from: '2028-01-03', to: everAfter, holder: 'ana@contoso.com' },
  { credit: 5, end: '2029-01-15', from: '2028-01-10', to: everAfter },
];

test('CR-15 CR-17 36 months with missed, doubled and broken runs: the same ledgers, every notice once', async () => {
  const undisturbed = await live(() => 'run', 1);
  expect(undisturbed.told).toEqual(expectedReminders(undisturbed.ran, ends));
  expect(undisturbed.ledgers[0]!.filter((entry) => entry.includes('granted'))).toHaveLength(14);

  const disturbed = await live(fates(), 3);
  expect(disturbed.missed).toBeGreaterThan(disturbed.ran.length * 0.25);
  expect(disturbed.ledgers).toEqual(undisturbed.ledgers);
  expect(disturbed.told).toEqual(expectedReminders(disturbed.ran, ends));
}, 400_000);
