targetScope = 'resourceGroup'

metadata description = 'Brings delivery reports of mails to the app. A run of its own, after the code is deployed: Event Grid refuses a subscription to a function that is not there.'

@allowed(['function', 'queue'])
@description('How they come. function: Event Grid calls recordDelivery on Flex Consumption. queue: for a host that runs elsewhere, Event Grid puts them on a queue with an identity of its own, so that no web hook is open and no key stands in its address.')
param reportsBy string = 'function'

@description('Name of the Functions app, for reports to the function.')
param functionAppName string = ''

@description('Name of the storage account, for reports by the queue.')
param storageAccountName string = ''

@description('Name of the communication service.')
param communicationServiceName string

@description('Tags of all resources.')
param tags object = {}

// Ids of built-in roles, the same in every tenant; test/azure/support/known.ts holds them by name.
var role = {
  storageQueueDataMessageSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
}

var queueName = 'delivery-reports'
var wanted = { includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived'] }
// A report that comes later than a day says nothing that anybody still waits for.
var patience = { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: storageAccountName
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2026-04-01' existing = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2026-04-01' existing = {
  parent: queues
  name: queueName
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' existing = {
  name: communicationServiceName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${communicationServiceName}'
  location: 'global'
  tags: tags
  identity: { type: reportsBy == 'queue' ? 'SystemAssigned' : 'None' }
  properties: {
    source: communication.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = if (reportsBy == 'function') {
  parent: topic
  name: 'record-delivery'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${app.id}/functions/recordDelivery'
        maxEventsPerBatch: 1
      }
    }
    filter: wanted
    eventDeliverySchema: 'EventGridSchema'
    retryPolicy: patience
  }
}

resource topicOnQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (reportsBy == 'queue') {
  scope: queue
  name: guid(account.id, queueName, communicationServiceName, role.storageQueueDataMessageSender)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.storageQueueDataMessageSender)
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource queuedReports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = if (reportsBy == 'queue') {
  parent: topic
  name: 'queue-delivery-reports'
  properties: {
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: account.id
          queueName: queueName
          queueMessageTimeToLiveInSeconds: 86400
        }
      }
    }
    filter: wanted
    eventDeliverySchema: 'EventGridSchema'
    retryPolicy: patience
  }
  dependsOn: [topicOnQueue]
}
