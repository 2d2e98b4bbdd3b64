targetScope = 'subscription'

metadata description = 'Everything partner-benefits runs on: one resource group, one storage account for the app alone, keys for nobody.'

@minLength(1)
@maxLength(40)
@description('Name of the environment (azd sets it): part of the resource group’s name and of the token in all other names.')
param environmentName string

@description('Region of everything but mail and Event Grid, which are global. It must offer Flex Consumption.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Who deploys (azd sets it): may write secrets into the vault and read tables for a backup. Empty gives nobody these roles.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal'])
@description('What kind of principal deploys: User at a terminal, ServicePrincipal in a pipeline.')
param principalType string = 'User'

@description('Base of the links in mails and of nextLink, without a slash at its end. Empty: the app’s own host name.')
param publicBaseUrl string = ''

@description('Origins of the portals that may call from a browser, each by name: * is refused.')
param portalOrigins array = []

@description('Tenant of the programme’s operator: service roles count in its tokens only.')
param operatorTenantId string = tenant().tenantId

@minLength(36)
@maxLength(36)
@description('Client ID of the API’s app registration: the audience of access tokens of version 2.0. Not the application ID URI (api://…).')
param tokenAudience string

@minLength(1)
@description('Name of the scope that the API exposes: people’s access tokens must hold it in scp.')
param tokenScope string = 'Benefits.Access'

@description('Issuer of bearer tokens; {tid} stands for the tenant.')
param tokenIssuer string = '${environment().authentication.loginEndpoint}{tid}/v2.0'

@description('Where the issuer publishes its signing keys.')
param tokenJwksUri string = '${environment().authentication.loginEndpoint}common/discovery/v2.0/keys'

@allowed(['22', '24'])
@description('Version of Node. 24 is what the tests run on; 22 is for regions that do not offer 24 yet.')
param nodeVersion string = '24'

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB. It also decides the CPU; an instance of 512 MB sends mails and settles as well, only fewer at once.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Most instances of each scale group: HTTP functions together, every other function alone. 64 shards are the most that settle at the same time.')
param maximumInstanceCount int = 100

@minValue(0)
@maxValue(100)
@description('Instances that are kept warm for HTTP, paid for around the clock. 0: the first request after a pause waits for a start.')
param alwaysReadyHttp int = 0

@minValue(1)
@maxValue(1000)
@description('HTTP requests an instance works on at once before another one is started.')
param httpConcurrency int = 100

@allowed(['Recreate', 'RollingUpdate'])
@description('How an upgrade replaces instances: all at once, or in batches that finish what they do. Azure calls the latter a preview.')
param updateStrategy string = 'RollingUpdate'

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('Replication of the storage account. ZRS survives a data centre; G… adds a copy in another region.')
param storageSku string = 'Standard_ZRS'

@description('Whether reads, writes and deletes of tables, queues and blobs are logged one by one. Dear at scale: every operation is a log line.')
param auditStorage bool = false

@allowed(['restricted', 'private', 'open'])
@description('Who reaches storage and vault over the network, before any role counts. restricted: the app’s subnet, and what allowedAddresses and allowedSubnetIds name. private: the virtual network, by private endpoints. open: everybody with a token, for deployers who can have no network of their own.')
param networkAccess string = 'restricted'

@description('Public IPv4 addresses or ranges that reach storage and vault as well, when access is restricted: those of backups.')
param allowedAddresses array = []

@description('Ids of further subnets that reach storage and vault, when access is restricted. They need service endpoints for both.')
param allowedSubnetIds array = []

@description('Address range of the virtual network, when there is one: at least a /24.')
param addressPrefix string = '10.20.0.0/24'

@description('Whether instances are spread over the region’s zones. Two of every scale group are then always ready, and paid for around the clock (docs/operations.md has the price); not every region offers it, and storage must be ZRS or GZRS.')
param zoneRedundant bool = false

@description('Where mail data is kept at rest, as Communication Services names it.')
param mailDataLocation string = 'Europe'

@description('Own domain that mail is sent from. Empty: a domain of Azure, whose limits are five mails a minute and ten an hour.')
param mailDomain string = ''

@description('Whether the own domain’s DNS records are in place and verified. Only then can it be linked and sent from.')
param mailDomainVerified bool = false

@minLength(1)
@description('Part of the sender’s address before the @. A domain of Azure knows DoNotReply only.')
param mailSenderName string = 'DoNotReply'

@minValue(0)
@description('Mails a minute. 0: the service’s default for the domain (30, or 5 for a domain of Azure). Raise it with the quota.')
param mailPerMinute int = 0

@minValue(0)
@description('Mails an hour. 0: the service’s default for the domain (100, or 10 for a domain of Azure). Raise it with the quota.')
param mailPerHour int = 0

@description('Who is told of alerts and of the budget.')
param alertEmail string

@minValue(1)
@description('Monthly budget in the subscription’s currency. It tells, it stops nothing.')
param monthlyBudget int = 100

@minLength(10)
@maxLength(10)
@description('First day of the environment’s first month, yyyy-MM-01. The preprovision hook sets it once: Azure refuses a budget whose start changes.')
param budgetStartDate string

@minValue(30)
@maxValue(730)
@description('Days that logs are kept.')
param logRetentionDays int = 30

@minValue(1)
@description('Most GB of logs a day. What comes after that is not kept, and an alert can be blind until the next day: raise it before it is reached.')
param logDailyCapGb int = 5

@description('Further tags of all resources.')
param tags object = {}

var allTags = union({ 'azd-env-name': environmentName, app: 'partner-benefits' }, tags)
var token = toLower(uniqueString(subscription().id, environmentName, location))
var functionAppName = 'func-${token}'
var deploymentContainer = 'app-package'
var ownMailDomain = !empty(mailDomain)
var mailMinute = mailPerMinute > 0 ? mailPerMinute : (ownMailDomain ? 30 : 5)
var inNetwork = networkAccess != 'open'
var byEndpoints = networkAccess == 'private'
var mailHour = mailPerHour > 0 ? mailPerHour : (ownMailDomain ? 100 : 10)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    deploymentName: 'id-deploy-${token}'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    transformRuleName: 'dcr-${token}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
  }
}

module network 'modules/network.bicep' = if (inNetwork) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: allTags
    addressPrefix: addressPrefix
    serviceEndpoints: byEndpoints ? [] : ['Microsoft.Storage', 'Microsoft.KeyVault']
  }
}

// Nobody else gets as far as being asked for a token.
var reachedFrom = networkAccess == 'restricted' ? concat([network!.outputs.appSubnetId], allowedSubnetIds) : []
var reachedBy = networkAccess == 'restricted' ? allowedAddresses : []

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: allTags
    sku: storageSku
    deploymentContainer: deploymentContainer
    networkAccess: networkAccess
    subnetIds: reachedFrom
    addresses: reachedBy
    workspaceId: monitoring.outputs.workspaceId
    audit: auditStorage
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: allTags
    networkAccess: networkAccess
    subnetIds: reachedFrom
    addresses: reachedBy
    workspaceId: monitoring.outputs.workspaceId
  }
}

module mail 'modules/mail.bicep' = {
  name: 'mail'
  scope: group
  params: {
    name: 'acs-${token}'
    emailName: 'mail-${token}'
    tags: allTags
    dataLocation: mailDataLocation
    domain: mailDomain
    domainVerified: mailDomainVerified
    senderName: mailSenderName
    workspaceId: monitoring.outputs.workspaceId
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (byEndpoints) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    tags: allTags
    token: token
    virtualNetworkId: byEndpoints ? network!.outputs.id : ''
    subnetId: byEndpoints ? network!.outputs.endpointSubnetId : ''
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module access 'modules/access.bicep' = {
  name: 'access'
  scope: group
  params: {
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    communicationName: mail.outputs.name
    insightsName: monitoring.outputs.insightsName
    token: token
    deploymentContainer: deploymentContainer
    hostContainers: storage.outputs.hostContainers
    appPrincipalId: identity.outputs.principalId
    deploymentPrincipalId: identity.outputs.deploymentPrincipalId
    deployerId: principalId
    deployerType: principalType
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: functionAppName
    planName: 'plan-${token}'
    location: location
    tags: union(allTags, { 'azd-service-name': 'api' })
    identityName: identity.outputs.name
    deploymentIdentityName: identity.outputs.deploymentName
    storageName: storage.outputs.name
    deploymentContainer: deploymentContainer
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.insightsName
    subnetId: inNetwork ? network!.outputs.appSubnetId : ''
    zoneRedundant: zoneRedundant
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: alwaysReadyHttp
    httpConcurrency: httpConcurrency
    updateStrategy: updateStrategy
    portalOrigins: portalOrigins
    publicBaseUrl: publicBaseUrl
    operatorTenantId: operatorTenantId
    tokenAudience: tokenAudience
    tokenScope: tokenScope
    tokenIssuer: tokenIssuer
    tokenJwksUri: tokenJwksUri
    mailEndpoint: mail.outputs.endpoint
    mailSender: mail.outputs.sender
    mailPerMinute: mailMinute
    mailPerHour: mailHour
  }
  // The app cannot start without its roles; a private app not without its endpoints.
  dependsOn: [access, endpoints]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: allTags
    token: token
    workspaceId: monitoring.outputs.workspaceId
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
    email: alertEmail
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  scope: group
  params: {
    name: 'budget-${token}'
    amount: monthlyBudget
    startDate: budgetStartDate
    actionGroupId: alerts.outputs.actionGroupId
    email: alertEmail
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_APP_NAME string = app.outputs.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output AZURE_STORAGE_ACCOUNT_NAME string = storage.outputs.name
output AZURE_COMMUNICATION_SERVICE_NAME string = mail.outputs.name
output SERVICE_BASE_URL string = app.outputs.baseUrl
output SERVICE_MAIL_SENDER string = mail.outputs.sender
