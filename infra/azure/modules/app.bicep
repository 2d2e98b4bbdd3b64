metadata description = 'The Functions app on Flex Consumption, with all of its settings.'

@minLength(2)
@maxLength(60)
@description('Name of the app.')
param name string

@description('Name of its plan.')
param planName string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Name of the app’s identity.')
param identityName string

@description('Name of the identity that brings its package.')
param deploymentIdentityName string

@description('Name of the storage account.')
param storageName string

@description('Container that holds the deployed package.')
param deploymentContainer string

@description('Name of the vault.')
param vaultName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Subnet that the app’s outward calls go through; empty for none.')
param subnetId string

@description('Whether instances are spread over zones.')
param zoneRedundant bool

@description('Version of Node.')
param nodeVersion string

@description('Memory of an instance in MB.')
param instanceMemoryMB int

@description('Most instances of each scale group.')
param maximumInstanceCount int

@description('Instances that are kept warm for HTTP.')
param alwaysReadyHttp int

@description('HTTP requests an instance works on at once.')
param httpConcurrency int

@description('How an upgrade replaces instances.')
param updateStrategy string

@description('Origins that may call from a browser.')
param portalOrigins array

@description('Base of links and of nextLink; empty for the app’s own host name.')
param publicBaseUrl string

@description('Tenant of the programme’s operator.')
param operatorTenantId string

@description('Audience of access tokens: the API’s client ID.')
param tokenAudience string

@description('Scope in people’s access tokens.')
param tokenScope string

@description('Issuer of bearer tokens, with {tid}.')
param tokenIssuer string

@description('Where the issuer’s keys are.')
param tokenJwksUri string

@description('Endpoint of the communication service.')
param mailEndpoint string

@description('Sender’s address.')
param mailSender string

@description('Mails a minute.')
param mailPerMinute int

@description('Mails an hour.')
param mailPerHour int

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource deploymentIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: deploymentIdentityName
}

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
      '${deploymentIdentity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    // The platform would redirect http to https, token, link and all. The app refuses it (docs/decisions/http-is-refused.md).
    httpsOnly: false
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      cors: {
        // With a star, any web page that a signed-in person opens could call the API.
        allowedOrigins: contains(join(portalOrigins, ' '), '*')
          ? fail('portalOrigins must name each origin, such as https://portal.example.com. * is refused.')
          : portalOrigins
        supportCredentials: false
      }
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: deploymentIdentity.id
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : []
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
      // Without it every deployment ends requests and messages that are under way. Azure's documentation has it, but no version
      // of the compiler's types does (2025-03-01 is the newest): that is the warning turned off here, and it may go with them.
      #disable-next-line BCP037
      siteUpdateStrategy: { type: updateStrategy }
    }
  }
}

var baseUrl = empty(publicBaseUrl) ? 'https://${app.properties.defaultHostName}' : publicBaseUrl

// On their own, so that they can name the host that Azure gave the app. src/platform/config.ts reads them; a test compares.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.properties.clientId
    AZURE_CLIENT_ID: identity.properties.clientId
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
    PUBLIC_BASE_URL: baseUrl
    OPERATOR_TENANT_ID: operatorTenantId
    TOKEN_AUDIENCE: tokenAudience
    TOKEN_SCOPE: tokenScope
    TOKEN_ISSUER: tokenIssuer
    TOKEN_JWKS_URI: tokenJwksUri
    // Without a version: a new one is taken up within a day, or at once by a restart.
    LINK_SIGNING_KEYS: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=link-signing-keys)'
    PRODUCT_KEY_ENCRYPTION_KEYS: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=product-key-encryption-keys)'
    PRODUCT_KEY_HASH_KEYS: '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=product-key-hash-keys)'
    MAIL_ENDPOINT: mailEndpoint
    MAIL_SENDER: mailSender
    MAIL_PER_MINUTE: string(mailPerMinute)
    MAIL_PER_HOUR: string(mailPerHour)
  }
}

// No user names and passwords for publishing: deployments come with a token.
resource noFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noBasicDeployment 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

output name string = app.name
output baseUrl string = baseUrl
