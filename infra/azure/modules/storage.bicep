metadata description = 'The app’s storage account, for it alone (two apps in one account can collide in their host ids): tables, queues, the deployed package.'

@minLength(3)
@maxLength(24)
@description('Name of the account.')
param name string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Replication.')
param sku string

@description('Container that holds the deployed package.')
param deploymentContainer string

@allowed(['restricted', 'private', 'open'])
@description('Who reaches the account over the network.')
param networkAccess string

@description('Subnets that reach the account when access is restricted.')
param subnetIds array

@description('Public addresses that reach the account when access is restricted.')
param addresses array

@description('Workspace that logs go to.')
param workspaceId string

@description('Whether every operation is logged.')
param audit bool

// src/platform/storage-names.ts holds the same names; a test compares.
var tableNames = [
  'partners'
  'directory'
  'claims'
  'outbox'
  'operations'
  'pacing'
  'schedule'
  'billing'
]
var queueNames = ['notices', 'reminders', 'settlements', 'delivery-reports']

// What the host keeps of its own: locks and timers, its keys. It would make them itself, with a right to the whole account.
var hostContainerNames = ['azure-webjobs-hosts', 'azure-webjobs-secrets']

var auditedLogs = [
  { category: 'StorageRead', enabled: audit }
  { category: 'StorageWrite', enabled: audit }
  { category: 'StorageDelete', enabled: audit }
]

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: networkAccess == 'private' ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: networkAccess == 'open' ? 'Allow' : 'Deny'
      // Event Grid, where it puts delivery reports on a queue; a role counts for it as for everybody.
      bypass: 'AzureServices'
      ipRules: [for address in addresses: { value: address, action: 'Allow' }]
      virtualNetworkRules: [for id in subnetIds: { id: id, action: 'Allow' }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    // The package of the version before this one can be brought back.
    deleteRetentionPolicy: { enabled: true, days: 14 }
    containerDeleteRetentionPolicy: { enabled: true, days: 14 }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = {
  parent: blobs
  name: deploymentContainer
  properties: { publicAccess: 'None' }
}

resource hostContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = [
  for name in hostContainerNames: {
    parent: blobs
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2026-04-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-04-01' = [
  for table in tableNames: {
    parent: tableService
    name: table
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2026-04-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-04-01' = [
  for queue in queueNames: {
    parent: queueService
    name: queue
  }
]

// The host would make one when the first message goes there; the app's role makes no queues.
resource poisonQueues 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-04-01' = [
  for queue in queueNames: {
    parent: queueService
    name: '${queue}-poison'
  }
]

// Nobody deletes the account by accident: tables have no recycle bin.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds all of the programme’s data. Take a backup first: docs/operations.md.'
  }
}

resource tableLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: tableService
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: auditedLogs
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queueService
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: auditedLogs
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: auditedLogs
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

output id string = account.id
output name string = account.name
output hostContainers array = hostContainerNames
