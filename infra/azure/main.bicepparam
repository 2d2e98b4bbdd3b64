using './main.bicep'

// azd sets AZURE_…; the rest is set with `azd env set NAME VALUE`. A name without a second argument must be set.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param tokenAudience = readEnvironmentVariable('TOKEN_AUDIENCE')
param tokenScope = readEnvironmentVariable('TOKEN_SCOPE', 'Benefits.Access')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL')

param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param portalOrigins = empty(readEnvironmentVariable('PORTAL_ORIGINS', '')) ? [] : split(readEnvironmentVariable('PORTAL_ORIGINS', ''), ',')

param alwaysReadyHttp = int(readEnvironmentVariable('ALWAYS_READY_HTTP', '0'))
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '100'))
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))

param networkAccess = readEnvironmentVariable('NETWORK_ACCESS', 'restricted')
param allowedAddresses = empty(readEnvironmentVariable('ALLOWED_ADDRESSES', '')) ? [] : split(readEnvironmentVariable('ALLOWED_ADDRESSES', ''), ',')
param allowedSubnetIds = empty(readEnvironmentVariable('ALLOWED_SUBNET_IDS', '')) ? [] : split(readEnvironmentVariable('ALLOWED_SUBNET_IDS', ''), ',')

param mailDataLocation = readEnvironmentVariable('MAIL_DATA_LOCATION', 'Europe')
param mailDomain = readEnvironmentVariable('MAIL_DOMAIN', '')
param mailDomainVerified = bool(readEnvironmentVariable('MAIL_DOMAIN_VERIFIED', 'false'))
param mailSenderName = readEnvironmentVariable('MAIL_SENDER_NAME', 'DoNotReply')
param mailPerMinute = int(readEnvironmentVariable('MAIL_PER_MINUTE', '0'))
param mailPerHour = int(readEnvironmentVariable('MAIL_PER_HOUR', '0'))

// Set by the preprovision hook, once.
param budgetStartDate = readEnvironmentVariable('BUDGET_START_DATE')
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', '100'))
