/** Reading the local mailbox. */
import { expect } from 'vitest';
import type { Stack } from './stack.ts';

export type ReceivedMail = {
  subject: string;
  text: string;
  html: string;
  to: { address: string }[];
};

/** All mails that the mailbox holds for an address, oldest first. */
export async function mailsTo(stack: Pick<Stack, 'mailboxUrl'>, address: string) {
  const answer = await fetch(`${stack.mailboxUrl}/api/email`);
  const mails = (await answer.json()) as ReceivedMail[];
  return mails.filter(({ to }) => to.some((recipient) => recipient.address === address));
}

/** The one mail for an address, as soon as it is there. */
export async function waitForMail(
  stack: Pick<Stack, 'mailboxUrl'>,
  address: string,
): Promise<ReceivedMail> {
  const found: ReceivedMail[] = [];
  await expect
    .poll(
      async () => {
        found.splice(0, found.length, ...(await mailsTo(stack, address)));
        return found.length;
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  return found[0]!;
}
