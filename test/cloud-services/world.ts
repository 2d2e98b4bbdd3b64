/** Partners with product keys, made through the app's own API, in this process and with a clock that can be moved on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess } from '../support/in-process.ts';
import { programme } from '../support/programme.ts';
import { dumpStorage } from '../support/storage-dump.ts';

export type KeyWorld = Awaited<ReturnType<typeof startKeyWorld>>;
export type KeyPartner = Awaited<ReturnType<KeyWorld['partner']>>;

export const e3 = 'microsoft-365-e3';
export const e5 = 'microsoft-365-e5';
const dayMilliseconds = 86_400_000;
const furtherTypes = ['success-core', 'success-expanded', 'legacy-silver', 'legacy-gold'];

/** Starts the app in this process; to be called once in a test file. */
export async function startKeyWorld() {
  const dir = await mkdtemp(join(tmpdir(), 'keys-test-'));
  const clockFile = join(dir, 'clock.json');
  const storage = await takeAccount(inject('storage'));
  const app = await startInProcess({ storage, env: () => ({ TEST_CLOCK_FILE: clockFile }) });
  const setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  let days = 0;

  /** A new partner with a membership that ends within a year, and what its administrator does with keys. */
  async function partner(facts: Record<string, unknown> = {}) {
    const { partnerId, admin } = await setup.partner('contoso.com', facts);
    let membership = await setup.membership(partnerId, 'launch', today());
    let left = 25;
    let further = -1;

    return {
      partnerId,
      admin,
      membershipId: membership.id,

      /** Awards a product; returns the benefit's id. */
      async award(licenses: number, productId = e5, more: Record<string, unknown> = {}) {
        // A membership holds thirty benefits.
        if (left === 0) {
          const type = furtherTypes[(further += 1) % furtherTypes.length]!;
          membership = await setup.membership(partnerId, type, today());
          left = 25;
        }
        left -= 1;
        const { body } = await setup.must('awardBenefit', {
          params: { partnerId },
          body: { membershipId: membership.id, productId, licenses, ...more },
          token: setup.operator,
        });
        return String(body.id);
      },

      /** Awards a product and gets its key. */
      async key(licenses: number, productId = e5, more: Record<string, unknown> = {}) {
        const benefitId = await this.award(licenses, productId, more);
        return { benefitId, productKey: await this.show(benefitId) };
      },

      async show(benefitId: string): Promise<string> {
        const { body } = await setup.must('getProductKey', {
          params: { partnerId, benefitId },
          token: admin,
        });
        return String(body.productKey);
      },

      benefit: async (benefitId: string) =>
        (await setup.must('getBenefit', { params: { partnerId, benefitId }, token: admin })).body,

      ledger: async (benefitId: string) =>
        (await setup.must('listLedger', { params: { partnerId, benefitId }, token: admin })).body
          .value as Record<string, unknown>[],

      subscription: async (subscriptionId: string) =>
        (
          await setup.must('getSubscription', {
            params: { partnerId, subscriptionId },
            token: admin,
          })
        ).body,

      /** Enters a key; the answer is the caller's to judge. */
      enter: (
        how: 'validate' | 'redeem',
        productKey: string,
        action: string,
        more: Record<string, unknown> = {},
        options: { token?: string; headers?: Record<string, string> } = {},
      ) =>
        app.call(how === 'redeem' ? 'redeemProductKey' : 'validateProductKey', {
          params: { partnerId },
          body: { productKey, action, ...more },
          token: admin,
          ...options,
        }),

      /** Calls a function on one of its benefits. */
      onBenefit: (name: string, benefitId: string, options: object = {}) =>
        app.call(name, { params: { partnerId, benefitId }, token: admin, ...options }),
    };
  }

  const today = (moved = 0) =>
    new Date(Date.now() + (days + moved) * dayMilliseconds).toISOString().slice(0, 10);

  return {
    app,
    setup,
    partner,
    /** Today by the test clock, moved by days. */
    today,
    /** Moves the clock on, for everybody. */
    async moveOn(by: number) {
      days += by;
      await writeFile(clockFile, JSON.stringify({ offsetMs: days * dayMilliseconds }));
    },
    /** Everything stored but the count of failed attempts. */
    async stored() {
      const dump = await dumpStorage(storage);
      return {
        ...dump,
        partners: dump['partners']!.filter((row) => !row.includes(' key-guesses ')),
      };
    },
    newTenant: () => newId(),
    async stop() {
      await app.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
