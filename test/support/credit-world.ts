/** The app in this process with a test clock, and redeemed credits to report usage on. One per test file. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../src/platform/ids.ts';
import { startInProcess, type Answer, type InProcessApp } from './in-process.ts';
import { programme, type Programme } from './programme.ts';

/** A record as a test writes it: id, amount in USD, when it occurred (the present moment unless given). */
export type Sent = [id: string, amount: string, occurredAt?: string];

export type CreditWorld = Awaited<ReturnType<typeof creditWorld>>;
export type RedeemedCredit = Awaited<ReturnType<CreditWorld['redeemed']>>;

/** Starts it; `storage` as in `startInProcess`. */
export async function creditWorld(storage?: string) {
  const dir = await mkdtemp(join(tmpdir(), 'credit-world-'));
  const clockFile = join(dir, 'clock.json');
  const env = () => ({ TEST_CLOCK_FILE: clockFile });
  const app: InProcessApp = await startInProcess({ env, ...(storage ? { storage } : {}) });
  const reporter = await app.tokenFor({ roles: ['UsageReporter'] });
  const setup: Programme = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));

  /** Sets the app's clock, from where it ticks on. Each test begins with it. */
  const setNow = (now: string): void => {
    writeFileSync(clockFile, JSON.stringify({ offsetMs: Date.parse(now) - Date.now() }));
  };

  /** An instant that has passed by the app's clock when it is asked. */
  const present = async (): Promise<string> => {
    const { runtime } = await import('../../src/platform/runtime.ts');
    return runtime().clock.now();
  };

  return {
    app,
    setup,
    reporter,
    setNow,
    present,

    /** A credit assigned to a user and not redeemed, of a membership that starts today by the clock. */
    async assigned(type = 'action-pack') {
      const { partnerId, admin } = await setup.partner();
      const today = (await present()).slice(0, 10);
      const { benefitIds, id: membershipId } = await setup.membership(partnerId, type, today);
      const benefitId = benefitIds[0]!;
      const userId = await setup.user(partnerId, 'ana@contoso.com');
      const link = await setup.assigned(partnerId, admin, benefitId, userId);
      const params = { partnerId, benefitId };
      const get = async (name: string, query: Record<string, string> = {}) =>
        (await setup.must(name, { params, query, token: admin })).body;

      return {
        partnerId,
        benefitId,
        membershipId,
        userId,
        admin,
        link,
        params,
        redeem: () =>
          setup.must('redeemCredit', {
            params: { token: link },
            body: { azureSubscriptionId: newId() },
          }),
        async report(records: readonly Sent[], headers: Record<string, string> = {}) {
          const now = await present();
          return app.call('reportUsage', {
            params,
            body: {
              records: records.map(([id, amount, occurredAt = now]) => ({
                id,
                occurredAt,
                amount: { amount, currency: 'USD' },
              })),
            },
            token: reporter,
            headers,
          });
        },
        benefit: () => get('getBenefit'),
        balance: (asOf?: string) => get('getBalance', asOf === undefined ? {} : { asOf }),
        ledger: async () => (await get('listLedger', { maxpagesize: '1000' })).value,
      };
    },

    /** The same, redeemed. */
    async redeemed(type?: string) {
      const credit = await this.assigned(type);
      await credit.redeem();
      return credit;
    },

    async stop() {
      await app.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The answers to a batch, in short: `accepted`, `duplicate`, or the code of a refusal. */
export function verdicts({ body }: Answer): string[] {
  return body.results.map(({ status, code }: { status: string; code?: string }) => code ?? status);
}
