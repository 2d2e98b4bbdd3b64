/** A small feature with notices of its own: enough of one to see mails through from command to delivery. */
import * as z from 'zod';
import { execute } from '../../../src/platform/command.ts';
import { newId } from '../../../src/platform/ids.ts';
import type { Runtime } from '../../../src/platform/runtime.ts';
import { deliver, type DeliveryOutcome } from '../../../src/notices/deliver.ts';
import { noticeMessageSchema, readNotice } from '../../../src/notices/notice.ts';
import { addNotice } from '../../../src/notices/outbox.ts';
import { redeliver } from '../../../src/notices/redeliver.ts';
import type { MailChange, NoticeSubject, NoticeSubjects } from '../../../src/notices/subject.ts';
import type { MemoryRuntime } from '../../support/memory-runtime.ts';
import { testRuntime, type TestRuntime } from '../../support/runtime.ts';
import { startMailServer, type MailServer } from './mail-server.ts';
import { storedRow } from '../../../src/platform/stored.ts';

const benefitSchema = storedRow('test: benefit', {
  assigned: z.boolean(),
  told: z.array(z.string()),
});

/** A benefit keeps what it was told of its mail. */
const subject: NoticeSubject = {
  async compose(runtime, partnerId, { benefitId }) {
    const row = await runtime.tables.get(
      'partners',
      benefitSchema,
      partnerId,
      `benefit|${benefitId}`,
    );
    if (!row?.value.assigned) return undefined;
    const to = [{ address: 'ana@contoso.com', displayName: 'Ana' }];
    return { to, subject: 'Your credit', html: '<p>A credit</p>', text: 'A credit' };
  },
  async progress(runtime, partnerId, { benefitId }, change) {
    const rowKey = `benefit|${benefitId}`;
    const row = await runtime.tables.get('partners', benefitSchema, partnerId, rowKey);
    if (!row) return [];
    const told = [...row.value.told, words(change)];
    const value = { ...row.value, told };
    return [{ op: 'replace', rowKey, schema: benefitSchema, value, etag: row.etag }];
  },
};

function words({ status, detail }: MailChange): string {
  return detail ? `${status} ${detail}` : status;
}

export const subjects: NoticeSubjects = { test: subject };

export type TestNotice = { partnerId: string; noticeId: string; benefitId: string };

/** A notice of a partner's: of one that has no other, unless given. */
export function someNotice(partnerId = newId()): TestNotice {
  return { partnerId, noticeId: newId(), benefitId: newId() };
}

/** The command that assigns the benefit and owes its mail; as commands do, it forgives a failed enqueue. */
export async function assign(
  runtime: Runtime,
  { partnerId, noticeId, benefitId }: TestNotice,
  queue: 'notices' | 'reminders' = 'notices',
): Promise<void> {
  const notice = { id: noticeId, kind: 'test', queue, benefitId };
  const { write, ahead, after } = addNotice(runtime, partnerId, notice, runtime.clock.now());
  await execute(runtime, {
    partnerId,
    load: async () => undefined,
    decide: () => ({
      result: undefined,
      writes: [
        {
          op: 'insert',
          rowKey: `benefit|${benefitId}`,
          schema: benefitSchema,
          value: { assigned: true, told: [] },
        },
        { ...write, proof: 'key' },
      ],
      ahead: [ahead],
      after: [after],
    }),
    repeat: async () => undefined,
  });
}

/** What works over Azurite and over storage in memory alike. */
type Storage = Pick<TestRuntime, keyof TestRuntime & keyof MemoryRuntime>;

export type Post<S extends Storage = TestRuntime> = S & {
  mail: MailServer;
  /** Seconds that the real clock is ahead, as the code under test is told it. */
  realTime: () => number;
  moveRealTimeOn(milliseconds: number): void;
  deliver(notice: TestNotice): Promise<DeliveryOutcome>;
  redeliver(): ReturnType<typeof redeliver>;
  /** Handles every message that can be seen until there is none; returns what came of each. */
  drain(): Promise<DeliveryOutcome[]>;
  notice(notice: TestNotice): Promise<NonNullable<Awaited<ReturnType<typeof readNotice>>>['value']>;
  /** What the benefit was told of its mail. */
  told(notice: TestNotice): Promise<string[]>;
  unassign(notice: TestNotice): Promise<void>;
  inIndex(): Promise<number>;
};

/** Storage, a mail service, and what the functions of the app do with both. */
export function startPost(settings: Record<string, string> = {}): Promise<Post> {
  return startPostOn(testRuntime, settings);
}

/** The same on a storage of another kind. */
export async function startPostOn<S extends Storage>(
  open: (settings: Record<string, string>) => Promise<S>,
  settings: Record<string, string> = {},
): Promise<Post<S>> {
  const mail = await startMailServer();
  const test = await open({
    MAIL_CONNECTION_STRING: mail.connectionString,
    MAIL_PER_MINUTE: '100000',
    MAIL_PER_HOUR: '100000',
    ...settings,
  });
  const { runtime } = test;
  let ahead = 0;
  const realTime = () => Date.now() + ahead;
  const send = (message: unknown) =>
    deliver(runtime, noticeMessageSchema.parse(message), subjects, realTime);
  const benefit = async ({ partnerId, benefitId }: TestNotice) => {
    const rowKey = `benefit|${benefitId}`;
    const row = await runtime.tables.get('partners', benefitSchema, partnerId, rowKey);
    if (!row) throw new Error('There is no such benefit.');
    return row;
  };
  return {
    ...test,
    mail,
    realTime,
    moveRealTimeOn(milliseconds) {
      ahead += milliseconds;
    },
    deliver: ({ partnerId, noticeId }) => send({ partnerId, noticeId }),
    redeliver: () => redeliver(runtime, realTime),
    async drain() {
      const outcomes: DeliveryOutcome[] = [];
      for (;;) {
        const messages = [...(await test.receive('notices')), ...(await test.receive('reminders'))];
        if (messages.length === 0) return outcomes;
        for (const message of messages) outcomes.push(await send(message));
      }
    },
    async notice({ partnerId, noticeId }) {
      const row = await readNotice(runtime, { partnerId, noticeId });
      if (!row) throw new Error('There is no such notice.');
      return row.value;
    },
    told: async (notice) => (await benefit(notice)).value.told,
    async unassign(notice) {
      const { rowKey, etag, value } = await benefit(notice);
      await runtime.tables.write(
        'partners',
        notice.partnerId,
        {
          op: 'replace',
          rowKey,
          schema: benefitSchema,
          value: { ...value, assigned: false },
          etag,
        },
        newId(),
      );
    },
    async inIndex() {
      const all = { from: 'notice|', before: 'notice|~' };
      const { rows } = await runtime.tables.pageAcross('outbox', z.unknown(), all, { size: 100 });
      return rows.length;
    },
  };
}
