metadata description = 'Private endpoints of blobs, queues, tables and the vault, and the names that lead to them.'

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Part of the endpoints’ names.')
param token string

@description('Network that the names are resolved in.')
param virtualNetworkId string

@description('Subnet of the endpoints.')
param subnetId string

@description('The storage account.')
param storageId string

@description('The vault.')
param vaultId string

var suffix = environment().suffixes.storage
var targets = [
  { kind: 'blob', zone: 'privatelink.blob.${suffix}', resourceId: storageId }
  { kind: 'queue', zone: 'privatelink.queue.${suffix}', resourceId: storageId }
  { kind: 'table', zone: 'privatelink.table.${suffix}', resourceId: storageId }
  { kind: 'vault', zone: 'privatelink.vaultcore.azure.net', resourceId: vaultId }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, index) in targets: {
    parent: zones[index]
    name: 'link-${target.kind}-${token}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: virtualNetworkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-09-01' = [
  for target in targets: {
    name: 'pe-${target.kind}-${token}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.kind
          properties: {
            privateLinkServiceId: target.resourceId
            groupIds: [target.kind]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-09-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.kind
          properties: { privateDnsZoneId: zones[index].id }
        }
      ]
    }
  }
]
