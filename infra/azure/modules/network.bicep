metadata description = 'The virtual network of an app whose storage and vault are closed to the internet.'

@description('Name of the network.')
param name string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Its address range, at least a /24.')
param addressPrefix string

@description('Services that the app’s subnet reaches as itself, by which their firewalls know it.')
param serviceEndpoints array

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          // 27 bits allow 40 instances an app; 25 bits leave room for a hundred.
          addressPrefix: cidrSubnet(addressPrefix, 25, 0)
          serviceEndpoints: [for service in serviceEndpoints: { service: service }]
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 4)
          // Nothing in there goes out. The app's subnet is delegated: what it reaches is up to Flex Consumption.
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

output id string = network.id
output appSubnetId string = network.properties.subnets[0].id
output endpointSubnetId string = network.properties.subnets[1].id
