/**
 * Demo partners for one machine: registers three of them over the public API, as portals would, and brings
 * their credits into every state. Nothing is written past the API, so the demo data obeys every rule.
 *
 * The addresses end in `.example`, so that no mail can ever reach a stranger.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { billingToTry, seedBilling } from './seed-billing.ts';

/** Whose token is asked for; without `tenantId` it is one of the operator's own tenant. */
export type TokenRequest = { roles: string[]; tenantId?: string; oid?: string; email?: string };

export type SeedOptions = {
  /** Base of the API, e.g. http://127.0.0.1:7071 */
  baseUrl: string;
  /** Base of the mailbox, e.g. http://127.0.0.1:1080 */
  mailboxUrl: string;
  tokenFor: (request: TokenRequest) => Promise<string>;
  /** The app's present time, where a test clock has been moved; the real time by default. */
  clock?: () => Date;
  /** Where the lines for people go; standard output by default. */
  print?: (line: string) => void;
};

type Person = { email: string; displayName: string };
/** What shall become of the credit of a kind; the others of the set stay available. */
type Wish = { kind: string; holder: Person; redeemed: boolean };
type DemoMembership = { type: string; startedDaysAgo: number; wishes: Wish[] };
type DemoPartner = {
  id: string;
  displayName: string;
  domains: string[];
  mpnId: string;
  people: Person[];
  memberships: DemoMembership[];
};

/** The fields read from the API's answers (contract). */
type Membership = { id: string; type: string; benefitIds: string[] };
type User = { id: string; email: string };
type Benefit = {
  id: string;
  category: string;
  name: string;
  kind?: string;
  status: string;
  assignment?: { userId: string; email: string; redeemedAt?: string } | null;
};
type Redemption = { benefit: { kind: string }; status: string };
type Mail = { to: { address: string }[]; time: string; text?: string };

const apiVersion = '2026-12-01';
const mailPatienceMs = 30_000;

const ana = { email: 'ana.lima@contoso.example', displayName: 'Ana Lima' };
const ben = { email: 'ben.okafor@contoso.example', displayName: 'Ben Okafor' };
const dana = { email: 'dana.novak@fabrikam.example', displayName: 'Dana Novák' };
const emil = { email: 'emil.berg@fabrikam.example', displayName: 'Emil Berg' };
const farah = { email: 'farah.aziz@northwind.example', displayName: 'Farah Aziz' };
const gus = { email: 'gus.moreno@northwind.example', displayName: 'Gus Moreno' };

const demoPartners: DemoPartner[] = [
  {
    id: '11111111-1111-4111-8111-111111111111',
    displayName: 'Contoso Consulting',
    domains: ['contoso.example'],
    mpnId: '1000001',
    people: [ana, ben],
    memberships: [
      {
        type: 'action-pack',
        startedDaysAgo: 20,
        wishes: [{ kind: 'azure-monthly', holder: ana, redeemed: true }],
      },
      { type: 'success-core', startedDaysAgo: 5, wishes: [] },
    ],
  },
  {
    id: '22222222-2222-4222-8222-222222222222',
    displayName: 'Fabrikam Security',
    domains: ['fabrikam.example'],
    mpnId: '1000002',
    people: [dana, emil],
    memberships: [
      {
        type: 'solutions-partner-security',
        startedDaysAgo: 40,
        wishes: [
          { kind: 'azure-bulk', holder: dana, redeemed: false },
          { kind: 'copilot-for-security', holder: emil, redeemed: true },
        ],
      },
    ],
  },
  {
    id: '33333333-3333-4333-8333-333333333333',
    displayName: 'Northwind Traders',
    domains: ['northwind.example'],
    mpnId: '1000003',
    people: [farah, gus],
    memberships: [
      // Over a year ago: its credit has expired.
      { type: 'legacy-gold', startedDaysAgo: 400, wishes: [] },
      {
        type: 'success-expanded',
        startedDaysAgo: 60,
        wishes: [
          { kind: 'azure-bulk', holder: farah, redeemed: true },
          { kind: 'github-copilot-enterprise', holder: gus, redeemed: false },
        ],
      },
    ],
  },
];

/**
 * Registers the demo partners and prints what there is to try. Running it again does no harm: what exists is
 * found and left as it is, also what people have changed since. Throws an Error naming the request and the
 * answer when the API refuses something, or when a mail does not arrive.
 */
export async function seed(options: SeedOptions): Promise<void> {
  const print = options.print ?? console.log;
  const benefits = await Promise.all(demoPartners.map((partner) => seedPartner(options, partner)));
  const [first] = demoPartners;
  const operator = client(options, await options.tokenFor({ roles: ['ProgramOperator'] }));
  const today = options.clock?.() ?? new Date();
  const month = first && (await seedBilling(operator, first, today));
  print('');
  print('Demo partners');
  for (const [index, partner] of demoPartners.entries()) {
    print('');
    print(`${partner.displayName}  ${partner.id}`);
    for (const benefit of benefits[index] ?? []) {
      const holder = benefit.assignment?.email ?? '';
      const columns = [benefit.status.padEnd(10), benefit.name.padEnd(40), benefit.id, holder];
      print(`  ${columns.join('  ').trimEnd()}`);
    }
  }
  print('');
  for (const line of thingsToTry(options)) print(line);
  for (const line of month ? billingToTry(options.baseUrl, first.id, month) : []) print(line);
}

function thingsToTry({ baseUrl, mailboxUrl }: SeedOptions): string[] {
  const contoso = demoPartners[0]?.id ?? '';
  return [
    'To try',
    `  Get a token:      npm run --silent token -- --role PartnerAdmin --partner ${contoso}`,
    `  See the benefits: curl -H "Authorization: Bearer <token>" "${baseUrl}/api/partners/${contoso}/benefits?api-version=${apiVersion}"`,
    `  Assign a credit:  PUT …/benefits/<id of an available one>/assignment {"newUser":{"email":"you@contoso.example","displayName":"You"}}`,
    `  Redeem one:       open the link in Dana's or Gus's mail, ${mailboxUrl}`,
    `  Read the API:     ${baseUrl}/api/docs`,
  ];
}

/** Brings one partner into its demo state and gives its Azure credits as they then are. */
async function seedPartner(options: SeedOptions, partner: DemoPartner): Promise<Benefit[]> {
  const { id, displayName, domains, mpnId, people } = partner;
  const operator = client(options, await options.tokenFor({ roles: ['ProgramOperator'] }));
  const admin = client(
    options,
    await options.tokenFor({
      roles: ['PartnerAdmin'],
      tenantId: id,
      email: `admin@${domains[0] ?? ''}`,
    }),
  );
  const contacts = domains.map((domain) => `partner-admin@${domain}`);
  await operator('PUT', `/api/partners/${id}`, { displayName, domains, mpnId, contacts });

  const users = new Map<string, User>();
  for (const person of people) users.set(person.email, await ensureUser(admin, id, person));

  const credits: Benefit[] = [];
  for (const demo of partner.memberships) {
    const membership = await ensureMembership(options, operator, id, demo);
    const benefits = await Promise.all(
      membership.benefitIds.map((benefit) => admin<Benefit>('GET', benefitPath(id, benefit))),
    );
    for (const benefit of benefits.filter(({ category }) => category === 'azure-credit')) {
      const wish = demo.wishes.find(({ kind }) => kind === benefit.kind);
      const user = wish && users.get(wish.holder.email);
      credits.push(wish && user ? await fulfil(options, admin, id, benefit, user, wish) : benefit);
    }
  }
  return credits;
}

/** The partner's membership of the type, whenever a former run started it; else a new one. */
async function ensureMembership(
  { clock = () => new Date() }: SeedOptions,
  operator: Client,
  partnerId: string,
  { type, startedDaysAgo }: DemoMembership,
): Promise<Membership> {
  const path = `/api/partners/${partnerId}/memberships`;
  const { value } = await operator<{ value: Membership[] }>('GET', path);
  const existing = value.find((membership) => membership.type === type);
  if (existing !== undefined) return existing;
  const start = clock();
  start.setUTCDate(start.getUTCDate() - startedDaysAgo);
  return operator<Membership>('POST', path, { type, startDate: start.toISOString().slice(0, 10) });
}

async function ensureUser(admin: Client, partnerId: string, person: Person): Promise<User> {
  const path = `/api/partners/${partnerId}/users`;
  const search = `${path}?search=${encodeURIComponent(person.email)}`;
  const { value } = await admin<{ value: User[] }>('GET', search);
  const existing = value.find(({ email }) => email === person.email);
  return existing ?? admin<User>('POST', path, person);
}

/** Assigns the credit if it is free, and redeems it if its demo holder has not yet. */
async function fulfil(
  options: SeedOptions,
  admin: Client,
  partnerId: string,
  credit: Benefit,
  user: User,
  { redeemed }: Wish,
): Promise<Benefit> {
  const path = benefitPath(partnerId, credit.id);
  const assigned =
    credit.status === 'available'
      ? await admin<Benefit>('PUT', `${path}/assignment`, { userId: user.id })
      : credit;
  const waits = assigned.status === 'assigned' && assigned.assignment?.userId === user.id;
  if (!redeemed || !waits) return assigned;
  // An earlier run's mailbox may be gone while its data has stayed.
  let token = await linkTokenFor(options, user, credit, credit === assigned ? 0 : mailPatienceMs);
  if (token === undefined) {
    await admin('POST', `${path}/assignment/send-mail`);
    token = await linkTokenFor(options, user, credit, mailPatienceMs);
  }
  if (token === undefined) {
    throw new Error(
      `The mail with the link for ${user.email} did not arrive in ${options.mailboxUrl}`,
    );
  }
  await client(options)('POST', `/api/redemptions/${token}`, { azureSubscriptionId: randomUUID() });
  return admin<Benefit>('GET', path);
}

/** The token of the newest working link for this kind of credit that the user was mailed. */
async function linkTokenFor(
  options: SeedOptions,
  user: User,
  credit: Benefit,
  patienceMs: number,
): Promise<string | undefined> {
  const holder = client(options);
  const deadline = Date.now() + patienceMs;
  for (;;) {
    for (const token of await mailedTokens(options.mailboxUrl, user.email)) {
      // A dead link is answered by a refusal; an older mail's link may be dead, so look on.
      const link = await holder<Redemption>('GET', `/api/redemptions/${token}`).catch(
        () => undefined,
      );
      if (link?.benefit.kind === credit.kind && link?.status === 'assigned') return token;
    }
    if (Date.now() >= deadline) return undefined;
    await pause(250);
  }
}

/** The token of the redemption link in an email's text; undefined where there is none. */
export function linkTokenIn(text: string): string | undefined {
  return /\/redeem\/([\w-]+)/.exec(text)?.[1];
}

/** The tokens of the redemption links emailed to an address, newest first. */
async function mailedTokens(mailboxUrl: string, address: string): Promise<string[]> {
  const response = await fetch(`${mailboxUrl}/api/email`);
  if (!response.ok) throw new Error(`GET ${response.url} answered ${String(response.status)}`);
  const mails = (await response.json()) as Mail[];
  return mails
    .filter(({ to }) => to.some((recipient) => recipient.address === address))
    .toSorted((one, other) => Date.parse(other.time) - Date.parse(one.time))
    .flatMap(({ text }) => linkTokenIn(text ?? '') ?? []);
}

function benefitPath(partnerId: string, benefitId: string): string {
  return `/api/partners/${partnerId}/benefits/${benefitId}`;
}

type Client = <T>(method: string, path: string, body?: unknown, contentType?: string) => Promise<T>;

/** Calls the JSON API with a token, or with none; an answer that is no success is thrown with its code. */
function client({ baseUrl }: SeedOptions, token?: string): Client {
  return async <T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<T> => {
    const url = new URL(path, baseUrl);
    url.searchParams.set('api-version', apiVersion);
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      // A redemption path holds the link's token, which belongs into no log.
      const shown = path.replace(/(redemptions\/).+/, '$1…');
      throw new Error(`${method} ${shown} answered ${String(response.status)}: ${text}`);
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
}
