metadata description = 'The identity that the app has everywhere: made before the app, so that its roles are there when it starts.'

@description('Name of the identity.')
param name string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output name string = identity.name
output principalId string = identity.properties.principalId
