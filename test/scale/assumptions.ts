/**
 * What the model of a month goes by and the app's code does not say: what partners do, what Azure allows and asks for, and
 * how long things take. Change them here; docs/performance.md says what follows.
 */

/** Azure's limits, a second. A transaction counts as many entities as it holds. */
export const limits = {
  partitionEntities: 2_000,
  accountOperations: 20_000,
  queueMessages: 2_000,
  functionSeconds: 300,
};

/** A partner has so many redeemed monthly credits, with such a share of partners. 2.2 on the average. */
export const creditsOfPartners: readonly { share: number; credits: number }[] = [
  { share: 0.5, credits: 1 },
  { share: 0.3, credits: 2 },
  { share: 0.15, credits: 4 },
  { share: 0.045, credits: 8 },
  { share: 0.005, credits: 30 },
];

/** Calls of a partner's people in a month, by the rows of docs/performance.md. Nine tenths come in working hours. */
export const callsOfPartner: Readonly<Record<string, number>> = {
  'List 50 benefits': 20,
  'Get one benefit': 10,
  'List users': 4,
  'List eligible users': 2,
  'Assign a credit': 0.2,
  'Assign to a new user': 0.3,
  'Reassign a credit': 0.1,
  'Send the mail again': 0.1,
  'Take a credit away': 0.1,
  'See a redemption (link)': 1,
  'Redeem a credit': 0.4,
  'Add a user': 0.5,
  'Renew a membership (one monthly credit held)': 0.08,
};

/** Which of them owe a mail. */
export const mailedCalls = [
  'Assign a credit',
  'Assign to a new user',
  'Reassign a credit',
  'Send the mail again',
] as const;

export const month = {
  days: 30,
  /** 22 days of 9 hours. */
  workingHours: 198,
  workingShare: 0.9,
  /** Usage reports a partner and day, each repeatable; a report's requests to tables; all come within so many hours. */
  reportsADay: 1,
  reportRequests: 2,
  reportHours: 6,
  /** Of the memberships of a year so many end in the month's hottest day: many are begun on the first of a month. */
  endsAMonth: 1 / 12,
  endsOnTheFirst: 0.25,
  /** A partner's ending credits are told of in one mail a recipient and stage (CR-17): holder and one contact, four stages. */
  reminderStages: 4,
  reminderRecipients: 2,
};

/** Seconds of a wait in one region, with some to spare; of our own processor time, measured (docs/performance.md). */
export const seconds = {
  read: 0.005,
  query: 0.02,
  commit: 0.01,
  batchOf100: 0.05,
  cpuOfPartner: 0.0014,
  cpuOfCredit: 0.00036,
};

/** As the app's files and host.json have it: `test/scale/model.test.ts` looks there. */
export const app = {
  pageRows: 500,
  partnersAtOnce: 8,
  /** After which a shard is handed on. */
  sweepBudgetSeconds: 240,
  rowsInATransaction: 100,
  /** Messages that one instance works on (host.json), and so shards. */
  batchSize: 16,
  /** Pages and reads at once of `redeliverNotices`; the spread of those that wait for the next hour's slots. */
  redeliverPage: 200,
  redeliverAtOnce: 20,
  hourSpreadSeconds: 300,
  requestsOfMail: 12,
  /** Of a mail that wakes, finds no slot and is put back: the notice, the counters, and the notice again. */
  requestsOfWaking: 4,
  countersRead: 2,
};

/** US dollars, list prices of East US, from memory of November 2026: check them with Azure's calculator. */
export const prices = {
  tenThousandTableRequests: 0.00036,
  tenThousandQueueRequests: 0.004,
  mail: 0.00025,
  gigabyteSecond: 0.000026,
  instanceGigabytes: 2,
};
