/** Where a resource of the JSON API is found. Addresses come from settings, never from a header. */
import { apiVersion } from './api-version.ts';
import type { Call } from './endpoint.ts';

/** The address of a resource by its path under `/api/`, to be followed as it stands. */
export function resourceAddress({ runtime }: Pick<Call, 'runtime'>, path: string): string {
  return `${runtime.config.publicBaseUrl}/api/${path}?api-version=${apiVersion}`;
}
