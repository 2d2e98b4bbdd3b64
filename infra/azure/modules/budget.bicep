metadata description = 'Tells of money before it is spent. It stops nothing.'

@description('Name of the budget.')
param name string

@description('Monthly amount in the subscription’s currency.')
param amount int

@description('First day of the month it begins with.')
param startDate string

@description('Whom alerts tell.')
param actionGroupId string

@description('Who gets the mail.')
param email string

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      spentMost: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [email]
        contactGroups: [actionGroupId]
      }
      willSpendMore: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
        contactGroups: [actionGroupId]
      }
    }
  }
}
