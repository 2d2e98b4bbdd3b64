metadata description = 'The identities that the app has: its own, for all that it does, and one that only brings its package. Made before the app, so that their roles are there when it starts.'

@description('Name of the app’s own identity.')
param name string

@description('Name of the identity that deployments come with.')
param deploymentName string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

// Flex Consumption writes a new package, and reads it at every start, as an identity of the app.
resource deployment 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: deploymentName
  location: location
  tags: tags
}

output name string = identity.name
output principalId string = identity.properties.principalId
output deploymentName string = deployment.name
output deploymentPrincipalId string = deployment.properties.principalId
