/** What of the deployment keeps data where it belongs. */
import { expect, test } from 'vitest';
import { deploy } from './support/bicep-run.ts';
import {
  at,
  deliveryReports,
  ofType,
  required,
  secluded,
  theOne,
  usual,
} from './support/deployments.ts';

test('storage, mail and logs are reached with an identity only', () => {
  for (const resources of [usual, secluded]) {
    const account = theOne(resources, 'Microsoft.Storage/storageAccounts');
    expect(account.body['properties']).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    });
    const mail = theOne(resources, 'Microsoft.Communication/communicationServices');
    expect(at(mail, 'properties', 'disableLocalAuth')).toBe(true);
    const insights = theOne(resources, 'Microsoft.Insights/components');
    expect(at(insights, 'properties', 'DisableLocalAuth')).toBe(true);
    const vault = theOne(resources, 'Microsoft.KeyVault/vaults');
    expect(vault.body['properties']).toMatchObject({
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
    });
  }
});

test('plain http is left to the app to refuse, not redirected; nobody deploys with a password', () => {
  const app = theOne(usual, 'Microsoft.Web/sites');
  expect(app.body['properties']).toMatchObject({
    httpsOnly: false,
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled' },
  });
  const policies = ofType(usual, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
  expect(policies.map(({ name, body }) => [name, body['properties']])).toEqual([
    ['ftp', { allow: false }],
    ['scm', { allow: false }],
  ]);
});

test('browsers may call from portals that are named, never from anywhere', () => {
  const cors = (resources: typeof usual) =>
    at(theOne(resources, 'Microsoft.Web/sites'), 'properties', 'siteConfig', 'cors');
  expect(cors(usual)).toEqual({ allowedOrigins: [], supportCredentials: false });
  expect(cors(secluded)).toMatchObject({ allowedOrigins: ['https://portal.example.com'] });
  for (const star of ['*', ' *', 'https://*.example.com'])
    expect(() =>
      deploy('main.bicep', { ...required, portalOrigins: ['https://portal.example.com', star] }),
    ).toThrow('portalOrigins must name each origin');
});

test('the app’s roles are these, each on the one resource it is for', () => {
  const roles = ofType(usual, 'Microsoft.Authorization/roleAssignments').map((resource) => {
    const { resource: scope } = resource.body['scope'] as { resource: { type: string } };
    const role = String(at(resource, 'properties', 'roleDefinitionId')).slice(-12);
    return `${resource.symbol} ${role} on ${scope.type.split('/')[1]}`;
  });
  expect(roles.sort()).toEqual([
    'appOnInsights 420c390055eb on components',
    'appOnMail 39d1a415f350 on communicationServices',
    'appOnStorage 0319b160aaa3 on storageAccounts',
    'appOnStorage 0f276bb0955b on storageAccounts',
    'appOnStorage 5f855dd0fb88 on storageAccounts',
    'appOnVault 0445c86b69e6 on vaults',
    'deployerOnTables cec21354c6b6 on storageAccounts',
    'deployerOnVault eccb2c155cd7 on vaults',
  ]);
});

test('with private networking nothing but the app is reached from the internet', () => {
  for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']) {
    expect(at(theOne(usual, type), 'properties', 'publicNetworkAccess')).toBe('Enabled');
    const secludedOne = theOne(secluded, type);
    expect(at(secludedOne, 'properties', 'publicNetworkAccess')).toBe('Disabled');
    expect(at(secludedOne, 'properties', 'networkAcls', 'defaultAction')).toBe('Deny');
  }
  const endpoints = ofType(secluded, 'Microsoft.Network/privateEndpoints');
  expect(endpoints.map(({ name }) => name.split('-')[1]).sort()).toEqual([
    'blob',
    'queue',
    'table',
    'vault',
  ]);
  expect(at(theOne(secluded, 'Microsoft.Web/sites'), 'properties', 'virtualNetworkSubnetId')).toBe(
    'subnet/app',
  );
  expect(usual.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
});

test('no log keeps the token of a link, the query of a request or the address of a mail', () => {
  const workspaces = ofType(usual, 'Microsoft.OperationalInsights/workspaces');
  const [, attached] = workspaces.map((one) =>
    at(one, 'properties', 'defaultDataCollectionRuleResourceId'),
  );
  const rule = theOne(usual, 'Microsoft.Insights/dataCollectionRules');
  expect(attached).toContain(rule.name);
  const flows = at(rule, 'properties', 'dataFlows') as {
    streams: string[];
    transformKql: string;
  }[];
  // Every column that the host or an exporter writes an address into.
  expect(
    flows.map(({ streams, transformKql }) => [
      streams,
      [
        ...transformKql.matchAll(/(\w+) = (?:parse_json\()?replace_regex\((?:tostring\()?\1\b/g),
      ].map(([, column]) => column),
    ]),
  ).toEqual([
    [['Microsoft-Table-AppRequests'], ['Url', 'Name', 'OperationName', 'Properties']],
    [['Microsoft-Table-AppTraces'], ['Message', 'OperationName', 'Properties']],
    [
      ['Microsoft-Table-AppDependencies'],
      ['Data', 'Name', 'Target', 'OperationName', 'Properties'],
    ],
  ]);
  // The expression that the queries hold, tried on what the host logs.
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJwIjoi-_A.c2lnbmF0dXJl';
  const query = 'api-version=2026-12-01&search=Ana%20Ödman&assignedTo=ana%2Bx%40contoso.com';
  const base = 'https://a.example/api/partners/p/users';
  const cuts: [logged: string, kept: string][] = [
    [`https://a.example/redeem/${token}`, 'https://a.example/redeem/-'],
    [`https://a.example/redeem/${token}?x=1`, 'https://a.example/redeem/-?-'],
    [`{"HttpPath":"/api/redemptions/${token}"}`, '{"HttpPath":"/api/redemptions/-"}'],
    ['/redeem/{token}', '/redeem/{token}'],
    [`${base}?${query}`, `${base}?-`],
    [`${base}?search=a b`, `${base}?- b`],
    [`{"url.full":"${base}?${query}","x":"y"}`, `{"url.full":"${base}?-","x":"y"}`],
    [`{"url.query":"${query}","x":"y"}`, '{"url.query":"-","x":"y"}'],
    [`{"url.query":"?${query}"}`, '{"url.query":"?-"}'],
    [`{"q":"?a=1\\u0026search=ana","x":"y"}`, '{"q":"?-","x":"y"}'],
    [`{\\"uri\\":\\"/api/x?search=ana\\"}`, '{\\"uri\\":\\"/api/x?-\\"}'],
    ['{"event":"request","status":200}', '{"event":"request","status":200}'],
  ];
  for (const { transformKql } of flows) {
    const expressions = [...transformKql.matchAll(/@'([^']+)', @'([^']+)'/g)];
    expect(new Set(expressions.map(([whole]) => whole)).size).toBe(1);
    const [, pattern = '', by = ''] = expressions[0] ?? [];
    for (const [logged, kept] of cuts)
      expect(logged.replaceAll(new RegExp(pattern, 'g'), by.replaceAll(/\\(\d)/g, '$$$1'))).toBe(
        kept,
      );
  }
  const logged = ofType(usual, 'Microsoft.Insights/diagnosticSettings').flatMap(
    (one) => at(one, 'properties', 'logs') as { category: string; enabled: boolean }[],
  );
  const kept = logged.filter(({ enabled }) => enabled).map(({ category }) => category);
  expect(kept.sort()).toEqual(['AuditEvent', 'EmailSendMailOperational']);
});

test('delivery reports, and nothing else of mail, go to recordDelivery', () => {
  const topic = theOne(deliveryReports, 'Microsoft.EventGrid/systemTopics');
  expect(at(topic, 'properties', 'topicType')).toBe(
    'Microsoft.Communication.CommunicationServices',
  );
  const [subscription] = ofType(
    deliveryReports,
    'Microsoft.EventGrid/systemTopics/eventSubscriptions',
  );
  expect(subscription?.body['properties']).toMatchObject({
    destination: {
      endpointType: 'AzureFunction',
      properties: {
        resourceId: '/Microsoft.Web/sites/func-abcdefghijklm/functions/recordDelivery',
      },
    },
    filter: { includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived'] },
  });
});
