/** `npm run --silent token -- --role PartnerAdmin --partner <guid>`: prints a bearer token, and only that. */
import { parseArgs } from 'node:util';
import { loadKeys } from './keys.ts';
import { dataDirFrom, portsFrom } from './settings.ts';
import { makeToken, type TokenRequest } from './sign-in.ts';
import { partnerRoles, serviceRoles } from '../../src/platform/identity.ts';

const usage = `npm run --silent token -- --role ROLE [--role ROLE …] [--partner GUID] [options]

  --role ROLE       one of ${[...partnerRoles, ...serviceRoles].join(', ')}
  --partner GUID    the partner whose tenant the caller belongs to; not for the last two roles, which are the operator's
  --operator        short for --role ProgramOperator
  --tenant GUID     another tenant than the partner's id
  --kind KIND       user or service: a person's token or an application's; by default an application's for the
                    last two roles alone
  --oid GUID  --email ADDRESS  --name NAME
  --expires-in N    seconds, 3600 by default
`;

const ofPartners: ReadonlySet<string> = new Set(partnerRoles);
const known: ReadonlySet<string> = new Set([...partnerRoles, ...serviceRoles]);
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the command line; throws with what is wrong in it. */
export function parseTokenArguments(args: readonly string[]): TokenRequest {
  const { values } = parseArgs({
    args: [...args],
    options: {
      role: { type: 'string', multiple: true, default: [] },
      operator: { type: 'boolean', default: false },
      partner: { type: 'string' },
      tenant: { type: 'string' },
      kind: { type: 'string' },
      oid: { type: 'string' },
      email: { type: 'string' },
      name: { type: 'string' },
      'expires-in': { type: 'string', default: '3600' },
    },
  });
  const { role, operator, partner, tenant, kind, oid, email, name } = values;
  for (const [option, value] of Object.entries({ partner, tenant, oid })) {
    if (value !== undefined && !guid.test(value)) throw new Error(`--${option} should be a GUID.`);
  }
  const expiresIn = Number(values['expires-in']);
  if (!Number.isInteger(expiresIn)) throw new Error('--expires-in should be a number of seconds.');
  if (kind !== undefined && kind !== 'user' && kind !== 'service')
    throw new Error('--kind should be user or service.');
  const roles = operator ? [...role, 'ProgramOperator'] : role;
  if (roles.length === 0) throw new Error('Name at least one --role.');
  for (const name of roles)
    if (!known.has(name)) throw new Error(`${name} is no role. Roles: ${[...known].join(', ')}.`);
  if (roles.some((name) => ofPartners.has(name)) && partner === undefined && tenant === undefined)
    throw new Error('A role of a partner needs --partner, the partner it belongs to.');
  return {
    roles,
    expiresIn,
    ...(partner === undefined ? {} : { partner }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(kind === undefined ? {} : { kind }),
    ...(oid === undefined ? {} : { oid }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
  };
}

if (import.meta.main) {
  try {
    const request = parseTokenArguments(process.argv.slice(2));
    const { signIn } = portsFrom(process.env);
    if (signIn === 0)
      throw new Error('LOCAL_SIGN_IN_PORT should be the port that start has printed.');
    const keys = await loadKeys(dataDirFrom(process.env));
    process.stdout.write(`${await makeToken(keys, `http://127.0.0.1:${signIn}`, request)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 1;
  }
}
