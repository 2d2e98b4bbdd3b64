/** The API's app registration in Entra ID says what the app reads out of access tokens. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { partnerRoles, serviceRoles } from '../../src/platform/identity.ts';
import { readConfig } from '../../src/platform/config.ts';
import { testSettings } from '../support/settings.ts';
import { azureFolder, repository } from './support/bicep-file.ts';
import { at, theOne, usual } from './support/deployments.ts';

type Named = { id: string; value: string };
const registration = JSON.parse(
  readFileSync(join(azureFolder, 'app-registration.json'), 'utf8'),
) as {
  signInAudience: string;
  api: { requestedAccessTokenVersion: number; oauth2PermissionScopes: Named[] };
  appRoles: (Named & { allowedMemberTypes: string[] })[];
  optionalClaims: { accessToken: { name: string }[] };
};

test('PR-04 it has tokens of version 2.0 for any tenant, our scope, and idtyp', () => {
  expect(registration.signInAudience).toBe('AzureADMultipleOrgs');
  expect(registration.api.requestedAccessTokenVersion).toBe(2);
  const { scope } = readConfig(testSettings).token;
  expect(registration.api.oauth2PermissionScopes.map(({ value }) => value)).toEqual([scope]);
  expect(registration.optionalClaims.accessToken.map(({ name }) => name)).toEqual(['idtyp']);
  const settings = at(theOne(usual, 'Microsoft.Web/sites/config'), 'properties');
  expect(settings).toMatchObject({ TOKEN_SCOPE: scope });
});

test('PR-04 it has the roles that the app knows; applications hold those of the operator only', () => {
  const { appRoles } = registration;
  expect(appRoles.map(({ value }) => value)).toEqual([...partnerRoles, ...serviceRoles]);
  const forServices = appRoles.filter(({ allowedMemberTypes: types }) =>
    types.includes('Application'),
  );
  expect(forServices.map(({ value }) => value)).toEqual(serviceRoles);
  const ids = [...appRoles, ...registration.api.oauth2PermissionScopes].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('docs/operations.md tells how to make it, roles and scope by their names', () => {
  const text = readFileSync(join(repository, 'docs/operations.md'), 'utf8');
  const names = [...partnerRoles, ...serviceRoles, 'Benefits.Access', 'idtyp'];
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  expect(text).not.toMatch(/TOKEN_AUDIENCE api:/);
});
