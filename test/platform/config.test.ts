/** Settings that are wrong stop the start, and say what to do. */
import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { testSettings } from '../support/settings.ts';

const configWith = (settings: Record<string, string>) =>
  readConfig({ ...testSettings, ...settings });

test('PR-04 TOKEN_AUDIENCE is the client ID of the API, and whoever sets its URI is told so', () => {
  const clientId = 'AB0FEE00-0000-4000-8000-000000000001';
  expect(configWith({ TOKEN_AUDIENCE: clientId }).token).toMatchObject({
    audience: clientId.toLowerCase(),
    scope: 'Benefits.Access',
  });
  for (const wrong of [`api://${clientId}`, 'api://partner-benefits', 'partner-benefits'])
    expect(() => configWith({ TOKEN_AUDIENCE: wrong })).toThrow(
      /TOKEN_AUDIENCE must be the client ID of the API's app registration, a GUID/,
    );
});

test('PR-04 TOKEN_SCOPE is one name, as tokens hold it', () => {
  expect(configWith({ TOKEN_SCOPE: 'access_as_user' }).token.scope).toBe('access_as_user');
  for (const wrong of ['api://partner-benefits/Benefits.Access', 'Benefits.Access openid'])
    expect(() => configWith({ TOKEN_SCOPE: wrong })).toThrow(/TOKEN_SCOPE must be the name of one/);
});
