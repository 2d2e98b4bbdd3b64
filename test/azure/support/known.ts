/** What of Azure was looked up, so that a slip in a Bicep file is seen here and not at a deployment. */

/** Built-in roles: the same ids in every tenant. */
export const builtInRoles: Record<string, string> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a': 'Storage Queue Data Message Sender',
  '76199698-9eea-4c19-bc75-cec21354c6b6': 'Storage Table Data Reader',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer',
  '09976791-48a7-449e-bb21-39d1a415f350': 'Communication and Email Service Owner',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
};

type Kind = {
  /** The newest stable version of the API (Azure/bicep-types-az of August 2026), or the newest that there is. */
  versions: string[];
  /** What a name may be, and how long. */
  name: RegExp;
  /** Whether the resource carries tags. */
  tags?: true;
};

const anyName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const azureName = /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/;
const fixed = (name: string) => new RegExp(`^${name}$`);

/** Every type of resource that the Bicep files use. */
export const kinds: Record<string, Kind> = {
  'Microsoft.Authorization/locks': { versions: ['2020-05-01'], name: anyName },
  'Microsoft.Authorization/roleAssignments': { versions: ['2022-04-01'], name: /^[0-9a-f-]{36}$/ },
  'Microsoft.Authorization/roleDefinitions': { versions: ['2022-04-01'], name: /^[0-9a-f-]{36}$/ },
  'Microsoft.Communication/communicationServices': {
    versions: ['2026-03-18'],
    name: /^[A-Za-z0-9-]{1,63}$/,
    tags: true,
  },
  'Microsoft.Communication/emailServices': {
    versions: ['2026-03-18'],
    name: /^[A-Za-z0-9-]{1,63}$/,
    tags: true,
  },
  'Microsoft.Communication/emailServices/domains': {
    versions: ['2026-03-18'],
    name: /^(AzureManagedDomain|[a-z0-9-]+(\.[a-z0-9-]+)+)$/,
    tags: true,
  },
  'Microsoft.Communication/emailServices/domains/senderUsernames': {
    versions: ['2026-03-18'],
    name: /^[a-z0-9._-]{1,253}$/,
  },
  'Microsoft.Consumption/budgets': { versions: ['2026-06-01'], name: /^[A-Za-z0-9_-]{1,63}$/ },
  'Microsoft.EventGrid/systemTopics': {
    versions: ['2025-02-15'],
    name: /^[A-Za-z0-9-]{3,128}$/,
    tags: true,
  },
  'Microsoft.EventGrid/systemTopics/eventSubscriptions': {
    versions: ['2025-02-15'],
    name: /^[A-Za-z0-9-]{3,64}$/,
  },
  'Microsoft.Insights/actionGroups': { versions: ['2023-01-01'], name: anyName, tags: true },
  'Microsoft.Insights/components': { versions: ['2020-02-02'], name: anyName, tags: true },
  'Microsoft.Insights/dataCollectionRules': {
    versions: ['2024-03-11'],
    name: /^[A-Za-z0-9][A-Za-z0-9-]{1,28}[A-Za-z0-9]$/,
    tags: true,
  },
  'Microsoft.Insights/diagnosticSettings': {
    versions: ['2021-05-01-preview'],
    name: anyName,
  },
  'Microsoft.Insights/metricAlerts': { versions: ['2026-01-01'], name: anyName, tags: true },
  'Microsoft.Insights/scheduledQueryRules': {
    versions: ['2026-03-01'],
    name: anyName,
    tags: true,
  },
  'Microsoft.KeyVault/vaults': {
    versions: ['2026-02-01'],
    name: /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/,
    tags: true,
  },
  'Microsoft.ManagedIdentity/userAssignedIdentities': {
    versions: ['2024-11-30'],
    name: /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
    tags: true,
  },
  'Microsoft.Network/privateDnsZones': {
    versions: ['2024-06-01'],
    name: /^privatelink(\.[a-z0-9-]+)+$/,
    tags: true,
  },
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': {
    versions: ['2024-06-01'],
    name: anyName,
    tags: true,
  },
  'Microsoft.Network/privateEndpoints': { versions: ['2025-09-01'], name: anyName, tags: true },
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': {
    versions: ['2025-09-01'],
    name: fixed('default'),
  },
  'Microsoft.Network/virtualNetworks': { versions: ['2025-09-01'], name: azureName, tags: true },
  'Microsoft.OperationalInsights/workspaces': {
    versions: ['2026-03-01'],
    name: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
    tags: true,
  },
  'Microsoft.Resources/resourceGroups': {
    versions: ['2025-04-01'],
    name: /^[A-Za-z0-9._()-]{0,89}[A-Za-z0-9_()-]$/,
    tags: true,
  },
  'Microsoft.Storage/storageAccounts': {
    versions: ['2026-04-01'],
    name: /^[a-z0-9]{3,24}$/,
    tags: true,
  },
  'Microsoft.Storage/storageAccounts/blobServices': {
    versions: ['2026-04-01'],
    name: fixed('default'),
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': {
    versions: ['2026-04-01'],
    name: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  },
  'Microsoft.Storage/storageAccounts/queueServices': {
    versions: ['2026-04-01'],
    name: fixed('default'),
  },
  'Microsoft.Storage/storageAccounts/queueServices/queues': {
    versions: ['2026-04-01'],
    name: /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  },
  'Microsoft.Storage/storageAccounts/tableServices': {
    versions: ['2026-04-01'],
    name: fixed('default'),
  },
  'Microsoft.Storage/storageAccounts/tableServices/tables': {
    versions: ['2026-04-01'],
    name: /^[A-Za-z][A-Za-z0-9]{2,62}$/,
  },
  'Microsoft.Web/serverfarms': {
    versions: ['2025-03-01'],
    name: /^[A-Za-z0-9-]{1,60}$/,
    tags: true,
  },
  'Microsoft.Web/sites': {
    versions: ['2025-03-01'],
    name: /^[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]$/,
    tags: true,
  },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': {
    versions: ['2025-03-01'],
    name: /^(ftp|scm)$/,
  },
  'Microsoft.Web/sites/config': { versions: ['2025-03-01'], name: fixed('appsettings') },
};
