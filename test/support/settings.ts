/** Settings that the app takes as right. Storage, sign-in and mail are out of reach. */
export const testSettings: Readonly<Record<string, string>> = {
  AzureWebJobsStorage:
    'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=bm9uZQ==;TableEndpoint=http://127.0.0.1:1/devstoreaccount1;QueueEndpoint=http://127.0.0.1:1/devstoreaccount1;',
  PUBLIC_BASE_URL: 'http://127.0.0.1:7071',
  OPERATOR_TENANT_ID: '00000000-0000-4000-8000-000000000001',
  TOKEN_AUDIENCE: '00000000-0000-4000-8000-0000000000a9',
  TOKEN_ISSUER: 'http://127.0.0.1:1/{tid}/v2.0',
  TOKEN_JWKS_URI: 'http://127.0.0.1:1/keys',
  LINK_SIGNING_KEYS: `l1:${Buffer.alloc(32, 7).toString('base64')}`,
  PRODUCT_KEY_ENCRYPTION_KEYS: `e1:${Buffer.alloc(32, 1).toString('base64')}`,
  PRODUCT_KEY_HASH_KEYS: `h1:${Buffer.alloc(32, 2).toString('base64')}`,
  MAIL_ENDPOINT: 'http://127.0.0.1:1',
  MAIL_SENDER: 'benefits@contoso.com',
};

/** Settings for tests of handlers, which take theirs from the process. Storage is out of reach unless given. */
export function useTestSettings(settings: Record<string, string> = {}): void {
  Object.assign(process.env, testSettings, settings);
}
