metadata description = 'Communication Services with a mail domain. Its access keys are off: mail is sent with the identity.'

@description('Name of the communication service.')
param name string

@description('Name of the e-mail service, which holds the domain.')
param emailName string

@description('Tags of all resources.')
param tags object

@description('Where data is kept at rest.')
param dataLocation string

@description('Own domain; empty for a domain of Azure.')
param domain string

@description('Whether the own domain is verified: only then can it be linked.')
param domainVerified bool

@description('Part of the sender’s address before the @.')
param senderName string

@description('Workspace that logs go to.')
param workspaceId string

var own = !empty(domain)

resource email 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: emailName
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource mailDomain 'Microsoft.Communication/emailServices/domains@2026-03-18' = {
  parent: email
  name: own ? domain : 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: own ? 'CustomerManaged' : 'AzureManaged'
    // Tracking would rewrite the personal link to lead past others.
    userEngagementTracking: 'Disabled'
  }
}

resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2026-03-18' = if (own && domainVerified) {
  parent: mailDomain
  name: toLower(senderName)
  properties: {
    username: senderName
    displayName: senderName
  }
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    linkedDomains: own && !domainVerified ? [] : [mailDomain.id]
    disableLocalAuth: true
  }
}

// Only what is said of a send as a whole: the logs of single recipients hold their addresses.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: communication
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'EmailSendMailOperational', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = communication.name
output endpoint string = 'https://${communication.properties.hostName}'
output sender string = '${senderName}@${mailDomain.properties.fromSenderDomain}'
