/** What of the deployment keeps data where it belongs. */
import { expect, test } from 'vitest';
import { queueNames } from '../../src/platform/storage-names.ts';
import { deploy, type Resource } from './support/bicep-run.ts';
import {
  at,
  deliveryReports,
  ofType,
  open,
  queuedReports,
  required,
  secluded,
  theOne,
  usual,
} from './support/deployments.ts';
import { builtInRoles } from './support/known.ts';

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
  const own = new Map(
    ofType(usual, 'Microsoft.Authorization/roleDefinitions').map((one) => [
      one.name,
      String(at(one, 'properties', 'roleName')).replace(/ \(.*/, ''),
    ]),
  );
  const roles = ofType(usual, 'Microsoft.Authorization/roleAssignments').map((resource) => {
    const { resource: scope } = resource.body['scope'] as { resource: Resource };
    const id = String(at(resource, 'properties', 'roleDefinitionId'))
      .split('/')
      .at(-1)!;
    const on = scope.type.endsWith('/containers') ? scope.name : scope.type.split('/')[1];
    return `${resource.symbol}: ${builtInRoles[id] ?? own.get(id)}, on ${on}`;
  });
  expect(roles.sort()).toEqual([
    'appOnHostContainers: Storage Blob Data Owner, on azure-webjobs-hosts',
    'appOnHostContainers: Storage Blob Data Owner, on azure-webjobs-secrets',
    'appOnInsights: Monitoring Metrics Publisher, on components',
    'appOnMail: Communication and Email Service Owner, on communicationServices',
    'appOnQueues: Partner benefits: messages of queues, on storageAccounts',
    'appOnTables: Partner benefits: rows of tables, on storageAccounts',
    'appOnVault: Key Vault Secrets User, on vaults',
    'deployerOnTables: Storage Table Data Reader, on storageAccounts',
    'deployerOnVault: Key Vault Secrets Officer, on vaults',
    'deploymentOnPackage: Storage Blob Data Contributor, on app-package',
  ]);
});

test('the app’s identity deletes no table and no queue, and empties none', () => {
  const allowed = ofType(usual, 'Microsoft.Authorization/roleDefinitions').flatMap((role) => {
    const permissions = at(role, 'properties', 'permissions') as {
      actions: string[];
      dataActions: string[];
    }[];
    return permissions.flatMap(({ actions, dataActions }) => [...actions, ...dataActions]);
  });
  const storage = 'Microsoft.Storage/storageAccounts/';
  expect(allowed.map((action) => action.replace(storage, '')).sort()).toEqual([
    'queueServices/queues/messages/add/action',
    'queueServices/queues/messages/process/action',
    'queueServices/queues/messages/read',
    'queueServices/queues/messages/write',
    'queueServices/queues/read',
    'tableServices/tables/entities/add/action',
    'tableServices/tables/entities/delete',
    'tableServices/tables/entities/read',
    'tableServices/tables/entities/update/action',
    'tableServices/tables/entities/write',
    'tableServices/tables/read',
    'tableServices/tables/write',
  ]);
  // So the host finds what it would make.
  const made = ofType(usual, `${storage}queueServices/queues`).map(({ name }) => name);
  for (const queue of queueNames) expect(made).toContain(`${queue}-poison`);
});

test('the package comes with an identity of its own, which the app’s settings do not name', () => {
  const identities = ofType(usual, 'Microsoft.ManagedIdentity/userAssignedIdentities');
  const [own, deployment] = identities.map(({ name }) => name);
  expect([own, deployment]).toEqual(['id-abcdefghijklm', 'id-deploy-abcdefghijklm']);
  const app = theOne(usual, 'Microsoft.Web/sites');
  const path = ['properties', 'functionAppConfig', 'deployment', 'storage', 'authentication'];
  expect(at(app, ...path, 'userAssignedIdentityResourceId')).toContain(`/${deployment}`);
  expect(at(app, 'properties', 'keyVaultReferenceIdentity')).toContain(`/${own}`);
  const assignments = ofType(usual, 'Microsoft.Authorization/roleAssignments');
  const onPackage = assignments.filter((one) =>
    JSON.stringify(one.body['scope']).includes('app-package'),
  );
  expect(onPackage.map(({ symbol }) => symbol)).toEqual(['deploymentOnPackage']);
});

const guarded = ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults'];
const rules = (resource: Resource) => {
  const { networkAcls, publicNetworkAccess } = resource.body['properties'] as {
    networkAcls: Record<string, unknown[]>;
    publicNetworkAccess: string;
  };
  const named = (key: string, of: string) =>
    networkAcls[key]!.map((rule) => (rule as Record<string, unknown>)[of]);
  return {
    open: publicNetworkAccess,
    otherwise: networkAcls['defaultAction'],
    addresses: named('ipRules', 'value'),
    subnets: named('virtualNetworkRules', 'id'),
  };
};

test.each(guarded)('%s is closed to all but the app’s subnet, as it comes', (type) => {
  const app = 'subnet/app';
  expect(rules(theOne(usual, type))).toEqual({
    open: 'Enabled',
    otherwise: 'Deny',
    addresses: [],
    subnets: [app],
  });
  const more = deploy('main.bicep', {
    ...required,
    allowedAddresses: ['203.0.113.7'],
    allowedSubnetIds: ['subnet/cluster'],
  });
  expect(rules(theOne(more, type))).toMatchObject({
    addresses: ['203.0.113.7'],
    subnets: [app, 'subnet/cluster'],
  });
  // Said in so many words, for those who can have it no other way.
  expect(rules(theOne(open, type))).toMatchObject({ open: 'Enabled', otherwise: 'Allow' });
  expect(theOne(usual, 'Microsoft.Web/sites').body['properties']).toMatchObject({
    virtualNetworkSubnetId: app,
  });
  const [subnet] = at(
    theOne(usual, 'Microsoft.Network/virtualNetworks'),
    'properties',
    'subnets',
  ) as { properties: Record<string, unknown> }[];
  expect(subnet?.properties['serviceEndpoints']).toEqual([
    { service: 'Microsoft.Storage' },
    { service: 'Microsoft.KeyVault' },
  ]);
});

test('with private access nothing but the app is reached from the internet', () => {
  for (const type of guarded)
    expect(rules(theOne(secluded, type))).toEqual({
      open: 'Disabled',
      otherwise: 'Deny',
      addresses: [],
      subnets: [],
    });
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
  expect(ofType(usual, 'Microsoft.Network/privateEndpoints')).toEqual([]);
  expect(open.filter(({ type }) => type.startsWith('Microsoft.Network/'))).toEqual([]);
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

test('for a host elsewhere Event Grid comes with an identity of its own, and only puts on the queue', () => {
  const topic = theOne(queuedReports, 'Microsoft.EventGrid/systemTopics');
  expect(at(topic, 'identity', 'type')).toBe('SystemAssigned');
  expect(at(theOne(deliveryReports, topic.type), 'identity', 'type')).toBe('None');
  const subscription = theOne(queuedReports, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
  expect(at(subscription, 'properties', 'destination')).toBeUndefined();
  expect(at(subscription, 'properties', 'deliveryWithResourceIdentity')).toMatchObject({
    identity: { type: 'SystemAssigned' },
    destination: { endpointType: 'StorageQueue', properties: { queueName: 'delivery-reports' } },
  });
  const assignment = theOne(queuedReports, 'Microsoft.Authorization/roleAssignments');
  const id = String(at(assignment, 'properties', 'roleDefinitionId'))
    .split('/')
    .at(-1)!;
  expect(builtInRoles[id]).toBe('Storage Queue Data Message Sender');
  const { resource: scope } = assignment.body['scope'] as { resource: Resource };
  expect(scope.name).toBe('delivery-reports');
  expect(queueNames).toContain(scope.name);
  // No file holds the address of a web hook, whose key would stand in it.
  for (const resource of [...usual, ...queuedReports])
    expect(JSON.stringify(resource.body)).not.toMatch(/WebHook|runtime\/webhooks/);
});
