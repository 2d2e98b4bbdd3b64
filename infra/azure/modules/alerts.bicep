metadata description = 'What somebody must know of, and whom it tells. docs/operations.md says of every alert what to do.'

@description('Region.')
param location string

@description('Tags of all resources.')
param tags object

@description('Part of the alerts’ names.')
param token string

@description('Workspace that holds the logs.')
param workspaceId string

@description('The storage account.')
param storageId string

@description('The vault.')
param vaultId string

@description('Who gets the mail.')
param email string

// What the app logs with src/platform/log.ts: one JSON object a line.
var events = 'AppTraces | where Message has "event" | extend e = parse_json(extract(@"(\\{.*\\})", 1, Message)) | extend event = tostring(e.event)'

// Each query gives one row with one number; the alert fires when it is above the threshold.
var rules = [
  {
    name: 'not-starting'
    title: 'The app does not start'
    severity: 0
    every: 'PT5M'
    window: 'PT15M'
    threshold: 0
    query: 'union AppTraces, AppExceptions | where strcat(column_ifexists("Message", ""), column_ifexists("OuterMessage", "")) has "the app does not start" | summarize value = count()'
  }
  {
    name: 'failing-requests'
    title: 'More than one request in a hundred fails with 5xx'
    severity: 1
    every: 'PT5M'
    window: 'PT15M'
    threshold: 1
    query: 'AppRequests | where isnotempty(Url) | summarize failed = countif(toint(ResultCode) >= 500), total = count() | project value = iff(failed >= 5, 100.0 * failed / total, 0.0)'
  }
  {
    name: 'poison-messages'
    title: 'A queue message was given up'
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
    threshold: 0
    query: 'union (AppTraces | where Message has "MaxDequeueCount" | summarize value = count()), (${events} | where event == "settlementHealth" | summarize value = sum(toint(e.poisonMessages))) | summarize value = sum(value)'
  }
  {
    name: 'stuck-rows'
    title: 'Something that is due cannot be settled'
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    threshold: 0
    query: '${events} | where event == "settlementStuck" or event == "settlementHealth" | summarize value = countif(event == "settlementStuck") + sum(iff(event == "settlementHealth", toint(e.stuckRows), 0))'
  }
  {
    name: 'overdue-backlog'
    title: 'Settlement is more than a day behind'
    severity: 2
    every: 'PT1H'
    window: 'P1D'
    threshold: 1
    query: '${events} | where event == "settlementHealth" | summarize value = coalesce(max(toint(e.backlogAgeDays)), 0)'
  }
  {
    name: 'settlement-silent'
    title: 'The daily settlement did not run'
    severity: 1
    every: 'PT1H'
    window: 'P2D'
    threshold: 0
    query: '${events} | where event == "settlementHealth" and TimeGenerated > ago(26h) | summarize n = count() | project value = iff(n == 0, 1, 0)'
  }
  {
    name: 'mail-failures'
    title: 'A mail was given up'
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    threshold: 0
    query: '${events} | where event == "noticeFailed" | summarize value = count()'
  }
  {
    name: 'mail-held-up'
    title: 'Mail is put back again and again'
    severity: 3
    every: 'PT1H'
    window: 'PT1H'
    threshold: 100
    query: '${events} | where event == "noticePutBack" | summarize value = count()'
  }
  {
    name: 'mail-quota-used-up'
    title: 'The hour’s mails are used up, and others wait'
    severity: 2
    every: 'PT1H'
    window: 'PT1H'
    threshold: 0
    query: '${events} | where event == "mailQuotaUsedUp" | summarize value = count()'
  }
  {
    name: 'refused-tokens'
    title: 'Many requests come without a token that counts'
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    threshold: 200
    query: '${events} | where event == "request" and toint(e.status) == 401 | summarize value = count()'
  }
  {
    name: 'refused-rights'
    title: 'A caller asks again and again for what it may not'
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    threshold: 50
    query: '${events} | where event == "request" and toint(e.status) == 403 | summarize n = count() by tenant = tostring(e.tenantId), caller = tostring(e.callerId) | summarize value = coalesce(max(n), 0)'
  }
  {
    name: 'slowed-callers'
    title: 'A caller is told again and again to wait'
    severity: 2
    every: 'PT15M'
    window: 'PT30M'
    threshold: 50
    query: '${events} | where event == "request" and toint(e.status) == 429 | summarize n = count() by tenant = tostring(e.tenantId), caller = tostring(e.callerId) | summarize value = coalesce(max(n), 0)'
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'benefits'
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: 'alert-${rule.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: 'docs/operations.md#${rule.name}'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      autoMitigate: true
      // The tables are empty, or not there yet, before the app has logged anything.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            metricMeasureColumn: 'value'
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [group.id] }
    }
  }
]

resource throttled 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'alert-storage-throttled-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'docs/operations.md#storage-throttled'
    severity: 2
    enabled: true
    scopes: [storageId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ServerBusyError'
                'ClientThrottlingError'
                'ClientAccountRequestThrottlingError'
              ]
            }
          ]
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 100
        }
      ]
    }
    actions: [{ actionGroupId: group.id }]
  }
}

// The vault itself tells when a secret is near its end, 30 days before.
resource vaultTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-vault-${token}'
  location: location
  tags: tags
  properties: {
    source: vaultId
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

resource secretExpiring 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: vaultTopic
  name: 'secret-expiring'
  properties: {
    // The only schema that alerts take.
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.KeyVault.SecretNearExpiry', 'Microsoft.KeyVault.SecretExpired']
    }
    destination: {
      endpointType: 'MonitorAlert'
      properties: {
        severity: 'Sev2'
        description: 'docs/operations.md#secret-expiring'
        actionGroups: [group.id]
      }
    }
  }
}

output actionGroupId string = group.id
