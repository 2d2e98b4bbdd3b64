/** Tells apart what storage answers: a missing row, a refused write, and storage that cannot be reached. */
import { refuse, RefusalError } from './refusals.ts';

type Fault = { statusCode?: number; code?: string; name?: string; message?: string };

/** The row (not the table) does not exist. Errors are told by status: the SDK's classes do not survive bundling. */
export function isMissing(error: unknown): boolean {
  return (error as Fault).statusCode === 404 && !isTableMissing(error);
}

/** A row to insert exists, or a row to replace has changed or gone. */
export function isRefusedWrite(error: unknown): boolean {
  const { statusCode } = error as Fault;
  return statusCode === 409 || statusCode === 412 || isMissing(error);
}

/**
 * What to throw for an error of storage: ServiceUnavailable when it could not be reached or is overloaded (asking
 * again helps), the error itself when it is a fault of ours.
 */
export function asStorageFault(error: unknown): unknown {
  const { statusCode, name } = error as Fault;
  const outOfReach =
    name === 'AbortError' ||
    name === 'TimeoutError' ||
    (name === 'RestError' && statusCode === undefined) ||
    statusCode === 429 ||
    (statusCode !== undefined && statusCode >= 500);
  if (!outOfReach) return error;
  return new RefusalError(
    refuse('ServiceUnavailable', 'Storage cannot be reached at the moment. Try again shortly.', {
      retryAfterSeconds: 5,
    }),
  );
}

function isTableMissing(error: unknown): boolean {
  const { message, code } = error as Fault;
  return code === 'TableNotFound' || (message?.includes('TableNotFound') ?? false);
}
