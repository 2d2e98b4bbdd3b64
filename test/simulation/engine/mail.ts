/** A mail service in memory: accepts emails by operation, and forgets none. */
import type { Mail, MailService, SendOutcome } from '../../../src/platform/mail-service.ts';
import type { Send } from './tables.ts';

export type Accepted = { operation: string; mail: Mail; times: number };

export type MailServer = ReturnType<typeof createMailServer>;

/** Makes a mail service that has accepted these. */
export function createMailServer(content: readonly Accepted[] = []) {
  const accepted = new Map(content.map((one) => [one.operation, { ...one }]));
  return {
    /** Accepts an email: it will be sent, as often as it is accepted. */
    accept(operation: string, mail: Mail): Accepted {
      const known = accepted.get(operation) ?? { operation, mail, times: 0 };
      known.times += 1;
      accepted.set(operation, known);
      return known;
    },
    find: (operation: string): Accepted | undefined => accepted.get(operation),
    all: (): readonly Accepted[] => [...accepted.values()],
  };
}

/** Opens the product's mail service on a server. `accepted` is told of each email that it takes. */
export function createSimulatedMail(
  server: MailServer,
  send: Send,
  accepted: (one: Accepted) => void,
): MailService {
  const later: SendOutcome = { outcome: 'later', code: 'NoAnswer' };
  return {
    send: (id, mail) =>
      send(`mail: send ${id}`, 'mail', (): SendOutcome => {
        accepted(server.accept(id, mail));
        return { outcome: 'accepted' };
      }).catch(() => later),

    find: (id) =>
      send(`mail: find ${id}`, 'read', (): SendOutcome | undefined =>
        server.find(id) ? { outcome: 'accepted' } : undefined,
      ).catch(() => later),
  };
}
