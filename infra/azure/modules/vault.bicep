metadata description = 'The vault of the three secrets: link signing key, product key encryption keys, product key hash keys. They are made by the postprovision hook, never by a template.'

@minLength(3)
@maxLength(24)
@description('Name of the vault.')
param name string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@allowed(['restricted', 'private', 'open'])
@description('Who reaches the vault over the network.')
param networkAccess string

@description('Subnets that reach the vault when access is restricted.')
param subnetIds array

@description('Public addresses that reach the vault when access is restricted.')
param addresses array

@description('Workspace that logs go to.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // Product keys are lost for good with the keys that encrypt them.
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: networkAccess == 'private' ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: networkAccess == 'open' ? 'Allow' : 'Deny'
      bypass: 'AzureServices'
      ipRules: [for address in addresses: { value: address }]
      virtualNetworkRules: [for id in subnetIds: { id: id }]
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output id string = vault.id
output name string = vault.name
