targetScope = 'resourceGroup'

metadata description = 'Brings delivery reports of mails to the function recordDelivery. A run of its own, after the code is deployed: Event Grid refuses a subscription to a function that is not there.'

@description('Name of the Functions app.')
param functionAppName string

@description('Name of the communication service.')
param communicationServiceName string

@description('Tags of all resources.')
param tags object = {}

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: functionAppName
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' existing = {
  name: communicationServiceName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${communicationServiceName}'
  location: 'global'
  tags: tags
  properties: {
    source: communication.id
    topicType: 'Microsoft.Communication.CommunicationServices'
  }
}

resource reports 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
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
    filter: {
      includedEventTypes: ['Microsoft.Communication.EmailDeliveryReportReceived']
    }
    eventDeliverySchema: 'EventGridSchema'
    // A report that comes later than a day says nothing that anybody still waits for.
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
  }
}
