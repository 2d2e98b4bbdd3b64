import { mkdir } from 'node:fs/promises';

export type Mailbox = {
  /** The web page; the API is under `/api/email`. */
  url: string;
  smtpPort: number;
  stop(): Promise<void>;
};

/** Starts maildev, on the loopback address alone, keeping its mail in `mailDir`. */
export async function startMailbox(port: number, mailDir: string): Promise<Mailbox> {
  const { MailDev } = await import('maildev');
  await mkdir(mailDir, { recursive: true });
  const maildev = new MailDev({
    smtp: 0,
    ip: '127.0.0.1',
    web: port,
    webIp: '127.0.0.1',
    mailDirectory: mailDir,
    silent: true,
  });
  const { smtp, api } = await quietly(() => maildev.start());
  return {
    url: `http://127.0.0.1:${api?.getAddress()?.port ?? port}`,
    smtpPort: smtp.getAddress().port,
    stop: () => maildev.stop(),
  };
}

/** maildev announces itself on the console even when told to be silent. */
async function quietly<T>(action: () => Promise<T>): Promise<T> {
  const { info } = console;
  console.info = () => undefined;
  try {
    return await action();
  } finally {
    console.info = info;
  }
}
