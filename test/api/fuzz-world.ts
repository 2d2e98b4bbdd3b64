/** Partners to fuzz, each with something of everything, and what storage holds of them. */
import { randomUUID } from 'node:crypto';
import { odata, TableClient } from '@azure/data-tables';
import type { TableName } from '../../src/platform/storage-names.ts';
import { day, newPartner, ok, repeatable, version } from '../support/client.ts';
import type { Stack } from '../support/stack.ts';
import type { Fill } from './fuzz-requests.ts';

export type World = { fill: Fill; rows(): Promise<Map<string, string>> };

/** A partner with memberships, users, credits in every state, and tokens good and bad. */
export async function fuzzWorld(stack: Stack): Promise<World> {
  const domain = `${randomUUID()}.com`;
  const partner = await newPartner(stack, { domains: [domain] });
  const emails = Array.from({ length: 8 }, (_, n) => `user${n}@${domain}`);
  const [monthly, bulk, ended, ...users] = await Promise.all([
    partner.start('action-pack'),
    partner.start('success-expanded'),
    partner.start('legacy-gold', day(-800), 'mpn'),
    ...emails.map((email) => partner.user(email)),
  ]);
  const memberships = [monthly, bulk, ended];
  const benefitIds = memberships.flatMap((membership) => membership.benefitIds);
  await ok(partner.assign(bulk.benefitIds[1]!, users[0]!.id));
  const link = await partner.link(bulk.benefitIds[1]!);
  await ok(partner.assign(bulk.benefitIds[0]!, users[1]!.id));
  const redeemed = await partner.link(bulk.benefitIds[0]!);
  const azureSubscriptionId = randomUUID();
  await ok(
    partner.admin.POST('/api/redemptions/{token}', {
      params: { path: { token: redeemed }, query: version },
      body: { azureSubscriptionId },
    }),
  );

  const good = await Promise.all([
    ...Array.from({ length: 3 }, () => stack.tokenFor({ roles: ['ProgramOperator'] })),
    ...Array.from({ length: 3 }, () =>
      stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id }),
    ),
    stack.tokenFor({ roles: ['GlobalAdmin', 'AdminAgent'], partner: partner.id }),
    stack.tokenFor({ roles: ['BillingAdmin'], partner: partner.id }),
  ]);
  const bad = await badTokens(stack, partner.id);
  const cursor = (text: string) => Buffer.from(text).toString('base64url');
  const known: Record<string, readonly string[]> = {
    partnerId: [partner.id, partner.id.toUpperCase(), partner.id, partner.id, randomUUID()],
    tenantIds: [partner.id, partner.id],
    benefitId: benefitIds,
    userId: users.map(({ id }) => id),
    membershipId: memberships.map(({ id }) => id),
    azureSubscriptionId: [azureSubscriptionId, randomUUID(), randomUUID()],
    token: [link, redeemed, `${link}x`],
    type: ['action-pack', 'launch', 'success-core', 'legacy-silver', 'none'],
    productId: ['microsoft-intune', 'office-365-e3', 'power-bi-pro'],
    email: [...emails.slice(0, 5), 'ana@gmail.com', `New@${domain}.`, 'x@elsewhere.com'],
    assignedTo: [...emails.slice(0, 4), ...users.slice(0, 4).map(({ id }) => id)],
    domains: [domain, domain.toUpperCase(), 'co.uk', 'münchen.de'],
    startDate: [day(), day(-1), day(1), day(-365), day(-366), '2024-02-29', '0001-01-01'],
    activateBy: [day(1), day(364), day(365), day(366), day()],
    expiresBefore: [day(), day(366), '9999-12-31'],
    amount: ['100', '100.5', '0.00', '0.01', '10000000000.00', '10000000000.01', '1.234'],
    currency: ['USD', 'EUR', 'JPY', 'KWD', 'XXX', 'ABC'],
    search: ['user', 'USER1', domain, '%', "'"],
    continuationToken: [
      ...[
        'user|',
        'user|~',
        "user|' or '1'='1",
        'benefit|',
        `benefit|${benefitIds[0]}`,
        'membership|',
      ],
      ...[`event|${benefitIds[0]}|`, `event|${benefitIds[0]}|/\\#?%`, 'partner', 'user|\u0000', ''],
    ].map(cursor),
    now: [new Date().toUTCString()],
    requestId: [Object.values(repeatable())[0] ?? ''],
    goodToken: good.map((token) => `Bearer ${token}`),
    badToken: bad,
  };
  const fill: Fill = (text) =>
    text.replaceAll(/@@(\w+):(\d+)@@/g, (_, name: string, index: string) => {
      const values = known[name] ?? [];
      return values[Number(index) % values.length] ?? '';
    });
  return { fill, rows: () => rowsOf(stack, partner.id) };
}

/** Authorization headers that are worth nothing, or hold claims of wrong types. */
async function badTokens(stack: Stack, partnerId: string): Promise<string[]> {
  const odd = [
    null,
    0,
    1,
    true,
    '',
    ' ',
    [],
    {},
    [partnerId],
    { a: 1 },
    'x'.repeat(2_000),
    '\ud800',
  ];
  const claims = stack.claims(partnerId, ['GlobalAdmin']);
  const names = [...Object.keys(claims), 'idtyp'];
  const forged = await Promise.all(
    odd.flatMap((value) => [
      ...names.map((name) => stack.forge({ ...claims, [name]: value })),
      stack.forge(claims, { header: { typ: value } }),
    ]),
  );
  const [head = '', body = '', signature = ''] = (forged[0] ?? '').split('.');
  return [
    ...forged.map((token) => `Bearer ${token}`),
    ...[
      '',
      'Bearer',
      'Bearer ',
      'bearer x',
      'Basic eDp5',
      'Bearer a.b.c',
      'Bearer ...',
      'Bearer a b',
    ],
    ...[`Bearer ${head}.${body}`, `Bearer ${head}.${body}.`, `Bearer ${body}.${head}.${signature}`],
    ...[`Bearer ${head}.${body}.${signature.slice(1)}`, `Bearer ${'x'.repeat(6_000)}`],
  ];
}

/**
 * What storage holds of a partner, but for what the sending of mail goes on to write by itself: notices, `mail-sent`
 * and the mail's state.
 */
async function rowsOf(stack: Stack, partnerId: string): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  const read = async (
    table: TableName,
    filter: string,
    keep: (rowKey: string, data: string) => void,
  ) => {
    const client = TableClient.fromConnectionString(stack.storageConnectionString, table, {
      allowInsecureConnection: true,
    });
    for await (const row of client.listEntities<{ data: string }>({ queryOptions: { filter } }))
      keep(row.rowKey ?? '', row.data);
  };
  await Promise.all([
    read('partners', odata`PartitionKey eq ${partnerId}`, (rowKey, data) => {
      if (rowKey.startsWith('notice') || data.includes('"type":"mail-sent"')) return;
      rows.set(
        rowKey,
        data.replace(/"mail":\{[^}]*\}/, '').replace(/"(?:sequence|lastAt)":(?:\d+|"[^"]*")/g, ''),
      );
    }),
    read('directory', odata`RowKey eq ${partnerId}`, (rowKey, data) => {
      rows.set(`directory of ${rowKey}`, data);
    }),
  ]);
  return rows;
}
