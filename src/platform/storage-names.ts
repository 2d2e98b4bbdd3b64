/**
 * The tables and queues the app uses. Whoever sets an environment up (Bicep in Azure, `npm start` on one machine,
 * the tests) creates exactly these.
 *
 * - `partners`: everything that must commit together, PartitionKey = partner id.
 * - `directory`: one row per partner, so that operators can list partners without reading their partitions.
 * - `claims`: facts that hold across partners (a tenant belongs to one partner, PR-04; an Azure subscription is
 *   redeemed on once, CR-09).
 * - `outbox`: where notices not yet accepted by the mail service are found, by shard.
 * - `operations`: which partner a mail operation belongs to, for delivery reports.
 * - `pacing`: the mail service's minute and hour counters.
 * - `schedule`: what falls due when, by date and shard; also what the sweeps could not settle, their last runs, and the
 *   months that are being closed.
 * - `billing`: usage lines and results, PartitionKey = `partner|month|shard of the customer`, and price lists.
 */
export const tableNames = [
  'partners',
  'directory',
  'claims',
  'outbox',
  'operations',
  'pacing',
  'schedule',
  'billing',
] as const;

export type TableName = (typeof tableNames)[number];

/** The queues that notices wait on. */
export const mailQueueNames = ['notices', 'reminders'] as const;

export type MailQueueName = (typeof mailQueueNames)[number];

/**
 * Storage queues; each has its `-poison` queue, made by the host. Event Grid puts events on `delivery-reports` where it
 * cannot call a function.
 */
export const queueNames = [...mailQueueNames, 'settlements', 'delivery-reports'] as const;

export type QueueName = (typeof queueNames)[number];
