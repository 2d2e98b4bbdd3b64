/** What the table and queue clients share: retries, time-outs, identity, and the hook that counts requests. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';

/** Told of every request to storage, when it was sent and when its answer came (milliseconds of one clock). */
export type ObserveRequest = (request: {
  method: string;
  url: string;
  sentAt: number;
  answeredAt: number;
  /** Of the answer; undefined when none came. */
  status?: number | undefined;
}) => void;

/**
 * How long one request to storage may take with its retries, in milliseconds: a person who waits is told within three
 * seconds. Tests, many of which share one Azurite, are more patient.
 */
export const requestTimeout = { milliseconds: 2_500 };

/**
 * Options of an Azure client. Retries are few and quick: a request that a person waits for had better fail in two
 * seconds and say when to ask again; what runs unattended is repeated by its queue.
 */
export function clientOptions(observe: ObserveRequest | undefined) {
  return {
    retryOptions: { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 400 },
    additionalPolicies: observe
      ? [{ policy: observing(observe), position: 'perRetry' as const }]
      : [],
  };
}

function observing(observe: ObserveRequest): PipelinePolicy {
  return {
    name: 'observeRequests',
    async sendRequest(request, next) {
      const sentAt = performance.now();
      let status: number | undefined;
      try {
        const answer = await next(request);
        status = answer.status;
        return answer;
      } finally {
        observe({
          method: request.method,
          url: request.url,
          sentAt,
          answeredAt: performance.now(),
          status,
        });
      }
    },
  };
}

/** The app's managed identity in Azure, a developer's own sign-in elsewhere. */
export async function credentialFor(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential(clientId ? { managedIdentityClientId: clientId } : {});
}
