import { randomUUID } from 'node:crypto';

export type DeliveryStatus = 'Delivered' | 'Bounced';

/** An Event Grid event `Microsoft.Communication.EmailDeliveryReportReceived`, one for each recipient. */
export function deliveryReport(report: {
  operationId: string;
  sender: string;
  recipient: string;
  status: DeliveryStatus;
  /** RFC 3339. */
  at: string;
}): object {
  const { operationId, sender, recipient, status, at } = report;
  return {
    id: randomUUID(),
    topic:
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Communication/CommunicationServices/local',
    subject: `sender/${sender}/message/${operationId}`,
    eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
    eventTime: at,
    dataVersion: '1.0',
    metadataVersion: '1',
    data: {
      sender,
      recipient,
      internetMessageId: `<${operationId}@local>`,
      messageId: operationId,
      status,
      deliveryStatusDetails: {
        statusMessage: status === 'Delivered' ? 'No error.' : '550 5.1.1 no such mailbox',
        recipientMailServerHostName: 'localhost',
      },
      deliveryAttemptTimeStamp: at,
    },
  };
}

/** Waits between tries to hand an event over, in milliseconds; Event Grid's own are longer. */
const pauses = [0, 500, 1_000, 2_000, 5_000, 10_000];

/**
 * Posts an event to the webhook of a function, again and again while the host does not take it. A host
 * without that function (404) is left in peace. Gives up when `signal` is aborted.
 */
export async function postEvent(
  hostUrl: () => string | undefined,
  functionName: string,
  event: object,
  signal: AbortSignal,
): Promise<void> {
  for (const pause of pauses) {
    await new Promise((resolve) => setTimeout(resolve, pause).unref());
    const url = hostUrl();
    if (signal.aborted) return;
    if (url === undefined) continue;
    try {
      const answer = await fetch(
        `${url}/runtime/webhooks/EventGrid?functionName=${encodeURIComponent(functionName)}`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
          body: JSON.stringify([event]),
          signal,
        },
      );
      await answer.body?.cancel();
      if (answer.ok || answer.status === 404) return;
    } catch {
      // The host is down or restarting: the next round finds it again.
    }
  }
}
