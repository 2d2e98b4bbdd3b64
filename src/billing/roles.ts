/** Which Azure roles earn credit (PEC-03). */
import { pecAzureRoles } from './data/pec-azure-roles.ts';

const eligibleByRole = new Map(pecAzureRoles.map(([role, eligible]) => [fold(role), eligible]));

/**
 * Whether a role earns: true or false as the programme's table says, undefined for a role that is not in the
 * table (a custom role, a newer built-in one), which does not earn. Letter case and outer spaces don't matter.
 */
export function isEligibleRole(role: string): boolean | undefined {
  return eligibleByRole.get(fold(role));
}

function fold(role: string): string {
  return role.trim().toLowerCase();
}
