metadata description = 'Logs, traces and metrics: Application Insights in a Log Analytics workspace, written to with the identity only, without the tokens of redemption links and without queries.'

@description('Name of the workspace.')
param workspaceName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the rule that is applied to what comes in.')
param transformRuleName string

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Days that logs are kept.')
param retentionDays int

@description('Most GB of logs a day.')
param dailyCapGb int

// The host logs the address of every request. Whoever holds a redemption link may use it, and a query can name a person
// (search, assignedTo): tokens and queries are cut out before anything is stored.
var cut = ''', @'(/(?:redeem|api/redemptions)/)[A-Za-z0-9_.-]{20,}|(\?|"url\.query":"\??)[\w.~%+-]+=(?:[^\s"\\]|\\u[0-9A-Fa-f]{4})*', @'\1\2-')'''
var cutProperties = 'Properties = parse_json(replace_regex(tostring(Properties)${cut})'
var cutOperation = 'OperationName = replace_regex(OperationName${cut}'

module made 'workspace.bicep' = {
  name: 'workspace-made'
  params: {
    name: workspaceName
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGb: dailyCapGb
    transformRuleId: ''
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2024-03-11' = {
  name: transformRuleName
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    dataSources: {}
    destinations: {
      logAnalytics: [{ name: 'workspace', workspaceResourceId: made.outputs.id }]
    }
    dataFlows: [
      {
        streams: ['Microsoft-Table-AppRequests']
        destinations: ['workspace']
        transformKql: 'source | extend Url = replace_regex(Url${cut}, Name = replace_regex(Name${cut}, ${cutOperation}, ${cutProperties}'
      }
      {
        streams: ['Microsoft-Table-AppTraces']
        destinations: ['workspace']
        transformKql: 'source | extend Message = replace_regex(Message${cut}, ${cutOperation}, ${cutProperties}'
      }
      {
        streams: ['Microsoft-Table-AppDependencies']
        destinations: ['workspace']
        transformKql: 'source | extend Data = replace_regex(Data${cut}, Name = replace_regex(Name${cut}, Target = replace_regex(Target${cut}, ${cutOperation}, ${cutProperties}'
      }
    ]
  }
}

module attached 'workspace.bicep' = {
  name: 'workspace-attached'
  params: {
    name: workspaceName
    location: location
    tags: tags
    retentionDays: retentionDays
    dailyCapGb: dailyCapGb
    transformRuleId: rule.id
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: attached.outputs.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    // Callers' addresses are personal data: masked, as is the default; said so that nobody turns it on unawares.
    DisableIpMasking: false
  }
}

output workspaceId string = attached.outputs.id
output insightsName string = insights.name
