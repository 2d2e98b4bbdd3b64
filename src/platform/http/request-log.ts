/** The one log line, and the one measurement, of every request (docs/telemetry.md). */
import { log } from '../log.ts';
import { recordRequest } from '../metrics.ts';
import type { Definition } from './endpoint.ts';

/**
 * What is known of a request's caller, filled in as it becomes known, so that refusals tell as much as they can:
 * the tenant and the object ID of a token that was signed for them, the role that let the call through (of a refused
 * one: the roles held), and the partner of the path, which need not be one that there is, or of the link. Claims of a token
 * that was not verified are never among them.
 */
export type Known = {
  tenantId?: string | undefined;
  callerId?: string | undefined;
  role?: string | undefined;
  partnerId?: string | undefined;
};

/** Counts an answered request and writes its line. `startedAt` is of `performance.now()`. */
export function recordAnswer(
  definition: Pick<Definition, 'name' | 'method' | 'route'>,
  { requestId, startedAt }: { requestId: string; startedAt: number },
  { status, code }: { status: number; code: string | undefined },
  known: Known,
): void {
  const milliseconds = performance.now() - startedAt;
  recordRequest(definition, status, milliseconds);
  const { tenantId, callerId, role, partnerId } = known;
  log('info', 'request', {
    function: definition.name,
    requestId,
    status,
    code,
    milliseconds: Math.round(milliseconds),
    tenantId,
    callerId,
    role,
    partnerId,
  });
}
