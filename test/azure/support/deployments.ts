/** The deployments that the checks look at: as it comes, and with what can be turned on. */
import { deploy, type Resource } from './bicep-run.ts';

/** What a deployment cannot go without. */
export const required = {
  environmentName: 'production',
  location: 'northeurope',
  principalId: '00000000-0000-4000-8000-00000000000a',
  tokenAudience: '00000000-0000-4000-8000-0000000000a9',
  alertEmail: 'operators@example.com',
  budgetStartDate: '2026-12-01',
};

export const usual: Resource[] = deploy('main.bicep', required);

export const secluded: Resource[] = deploy('main.bicep', {
  ...required,
  environmentName: 'a-name-that-is-forty-characters-long-xyz',
  networkAccess: 'private',
  zoneRedundant: true,
  alwaysReadyHttp: 2,
  mailDomain: 'mail.example.com',
  mailDomainVerified: true,
  publicBaseUrl: 'https://benefits.example.com',
  portalOrigins: ['https://portal.example.com'],
  tags: { owner: 'programme' },
});

/** For deployers who can have no network of their own. */
export const open: Resource[] = deploy('main.bicep', { ...required, networkAccess: 'open' });

export const deliveryReports: Resource[] = deploy('delivery-reports.bicep', {
  functionAppName: 'func-abcdefghijklm',
  communicationServiceName: 'acs-abcdefghijklm',
  tags: { app: 'partner-benefits' },
});

/** For a host that runs elsewhere. */
export const queuedReports: Resource[] = deploy('delivery-reports.bicep', {
  reportsBy: 'queue',
  storageAccountName: 'stabcdefghijklm',
  communicationServiceName: 'acs-abcdefghijklm',
  tags: { app: 'partner-benefits' },
});

/** The resources of a type. */
export function ofType(resources: readonly Resource[], type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

/** The one resource of a type. @throws Error when there are none or several */
export function theOne(resources: readonly Resource[], type: string): Resource {
  const found = ofType(resources, type);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources of ${type}`);
  return found[0];
}

/** A property by its path. */
export function at(resource: Resource, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    resource.body,
  );
}
