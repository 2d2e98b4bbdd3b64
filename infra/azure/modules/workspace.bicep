metadata description = 'The Log Analytics workspace. Deployed twice in a run: the rule that it applies to what comes in can only be made once it is there.'

@description('Name of the workspace.')
param name string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Days that logs are kept.')
param retentionDays int

@description('Most GB of logs a day.')
param dailyCapGb int

@description('Rule that is applied to all that comes in; empty before it exists.')
param transformRuleId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
    defaultDataCollectionRuleResourceId: empty(transformRuleId) ? null : transformRuleId
  }
}

output id string = workspace.id
