/** Who may do what, as the endpoints declare it, and as a table for people (`docs/access.md`). */
import type { Declaration } from '../../src/platform/http/endpoint.ts';
import { partnerRoles, serviceRoles, type Role } from '../../src/platform/identity.ts';

export const roles: readonly Role[] = [...partnerRoles, ...serviceRoles];

/** What a request comes to: carried out, or refused with the status. */
export type Verdict = 'allowed' | 401 | 403 | 404;

/** Whose path is asked for: that of the caller's own partner, or another's. Services have no own partner. */
export type Whose = 'own' | 'other';

export const isService = (role: Role): boolean => (serviceRoles as readonly Role[]).includes(role);
export const ofPartner = ({ route }: Declaration): boolean => route.includes('{partnerId}');

/** What a caller of one role in the tenant that the role belongs to may expect (PR-04, PR-05, PR-06). */
export function verdict(endpoint: Declaration, role: Role | undefined, whose: Whose): Verdict {
  const { access } = endpoint;
  if (typeof access === 'string') return 'allowed';
  const foreign = ofPartner(endpoint) && whose === 'other' && !(role && isService(role));
  if (foreign) return 404;
  return role && access.includes(role) ? 'allowed' : 403;
}

/** Every endpoint × role × own or other partner, in Markdown. */
export function accessTable(endpoints: readonly Declaration[]): string {
  const cell = (endpoint: Declaration, role: Role | undefined): string => {
    const shown = (['own', 'other'] as const).map((whose) => {
      const found = verdict(endpoint, role, whose);
      return found === 'allowed' ? 'yes' : String(found);
    });
    const alike = shown[0] === shown[1] || !ofPartner(endpoint);
    return alike ? (shown[0] ?? '') : `${shown[0]} / ${shown[1]}`;
  };
  const rows = endpoints
    .toSorted((one, other) => (one.route < other.route ? -1 : one.route > other.route ? 1 : 0))
    .map((endpoint) => [
      `\`${endpoint.method} /${endpoint.route}\``,
      ...roles.map((role) => cell(endpoint, role)),
      cell(endpoint, undefined),
      typeof endpoint.access === 'string' ? 'yes' : '401',
    ]);
  const head = ['Route', ...roles, 'no role', 'no token'];
  return `# Who may do what

Made from the endpoints' own declarations by \`test/api/roles.test.ts\`, which also asks every cell over HTTP. \`own / other\`: what a caller gets on the path of its own partner and of another. Roles of partners count in tokens of one of the partner's tenants, \`ProgramOperator\` and \`UsageReporter\` in tokens of the operator's tenant. Routes under \`/api/redemptions\` are for whoever holds the mail's link.

${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}
