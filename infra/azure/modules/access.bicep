metadata description = 'Who may do what, by role on single resources. The app has these roles and no key; nobody has a key.'

@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

@description('Name of the communication service.')
param communicationName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Part of the custom roles’ names, which must differ within a tenant.')
param token string

@description('Container of the deployed package.')
param deploymentContainer string

@description('Containers that the Functions host keeps its own things in.')
param hostContainers array

@description('Principal id of the app’s identity.')
param appPrincipalId string

@description('Principal id of the identity that brings the package.')
param deploymentPrincipalId string

@description('Principal id of who deploys; empty for none.')
param deployerId string

@description('What kind of principal deploys.')
param deployerType string

// Ids of built-in roles, the same in every tenant; test/azure/support/known.ts holds them by name.
var role = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageTableDataReader: '76199698-9eea-4c19-bc75-cec21354c6b6'
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  // There is no narrower role that may send mail. It also lets the app read and change the mail service itself, and list
  // its access keys, which are off.
  communicationAndEmailServiceOwner: '09976791-48a7-449e-bb21-39d1a415f350'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

var groupId = resourceGroup().id

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

resource hostContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = [
  for name in hostContainers: {
    parent: blobs
    name: name
  }
]

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' existing = {
  parent: blobs
  name: deploymentContainer
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' existing = {
  name: communicationName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Storage Table Data Contributor deletes tables as well. This one makes them, since the host makes one a month for what it
// has to tell of itself.
resource tableRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(groupId, 'tables')
  properties: {
    roleName: 'Partner benefits: rows of tables (${token})'
    description: 'Reads and writes rows. Deletes no table.'
    type: 'CustomRole'
    assignableScopes: [groupId]
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/write'
        ]
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/write'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action'
        ]
      }
    ]
  }
}

// Storage Queue Data Contributor deletes and empties queues as well.
resource queueRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(groupId, 'queues')
  properties: {
    roleName: 'Partner benefits: messages of queues (${token})'
    description: 'Sends, takes, puts back and finishes messages. Makes, deletes and empties no queue.'
    type: 'CustomRole'
    assignableScopes: [groupId]
    permissions: [
      {
        actions: ['Microsoft.Storage/storageAccounts/queueServices/queues/read']
        dataActions: [
          'Microsoft.Storage/storageAccounts/queueServices/queues/messages/read'
          'Microsoft.Storage/storageAccounts/queueServices/queues/messages/write'
          'Microsoft.Storage/storageAccounts/queueServices/queues/messages/add/action'
          'Microsoft.Storage/storageAccounts/queueServices/queues/messages/process/action'
        ]
      }
    ]
  }
}

resource appOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, 'tables')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableRole.name)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appOnQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, 'queues')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueRole.name)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// The host sets properties of its blobs and leases them: Owner is what Azure's documentation asks for.
resource appOnHostContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in hostContainers: {
    scope: hostContainer[index]
    name: guid(account.id, name, appPrincipalId, role.storageBlobDataOwner)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataOwner)
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource deploymentOnPackage 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: package
  name: guid(account.id, deploymentContainer, deploymentPrincipalId, role.storageBlobDataContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageBlobDataContributor)
    principalId: deploymentPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, appPrincipalId, role.keyVaultSecretsUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsUser)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appOnMail 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: communication
  name: guid(communication.id, appPrincipalId, role.communicationAndEmailServiceOwner)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.communicationAndEmailServiceOwner)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource appOnInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, role.monitoringMetricsPublisher)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.monitoringMetricsPublisher)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource deployerOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  scope: vault
  name: guid(vault.id, deployerId, role.keyVaultSecretsOfficer)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.keyVaultSecretsOfficer)
    principalId: deployerId
    principalType: deployerType
  }
}

resource deployerOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  scope: account
  name: guid(account.id, deployerId, role.storageTableDataReader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageTableDataReader)
    principalId: deployerId
    principalType: deployerType
  }
}
