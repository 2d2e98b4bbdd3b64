/**
 * The page that shows the OpenAPI document, with Swagger UI served by ourselves: it works offline, and its policy
 * lets in nothing from elsewhere.
 */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { notFound, RefusalError } from '../refusals.ts';
import { html, htmlText } from './html.ts';
import { htmlAnswer, type PageAnswer } from './page-answer.ts';

const startScript = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  // The validator would ask a service elsewhere about the document.
  validatorUrl: null,
});
`;

/** No `unsafe-inline` anywhere: Swagger UI sets its inline styles by script, which a policy lets through. */
const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page itself. Its links are relative, so that it works behind any prefix. */
export function docsPage(): PageAnswer {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API – Partner benefits</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="docs/swagger-ui.css" />
        <script defer src="docs/swagger-ui-bundle.js"></script>
        <script defer src="docs/start.js"></script>
      </head>
      <body>
        <main id="swagger-ui">
          <noscript>
            This page needs JavaScript. The document itself is at
            <a href="openapi.json">openapi.json</a>.
          </noscript>
        </main>
      </body>
    </html> `;
  const answer = htmlAnswer({ status: 200, html: htmlText(document) });
  return { ...answer, headers: { 'Content-Security-Policy': docsPolicy } };
}

const contentTypes: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'start.js': 'text/javascript; charset=utf-8',
};

const assets = new Map<string, Promise<PageAnswer>>();

/**
 * A file of the page, read once per process. Only the names that the page uses exist; a path cannot be asked for.
 * The names hold no version, so browsers keep them for an hour and then ask by ETag.
 * @throws RefusalError NotFound for any other name.
 */
export function docsAsset(file: string): Promise<PageAnswer> {
  const contentType = Object.hasOwn(contentTypes, file) ? contentTypes[file] : undefined;
  if (contentType === undefined) throw new RefusalError(notFound());
  let asset = assets.get(file);
  if (!asset) assets.set(file, (asset = loadAsset(file, contentType)));
  return asset;
}

async function loadAsset(file: string, contentType: string): Promise<PageAnswer> {
  const body =
    file === 'start.js' ? startScript : await readFile(new URL(file, await assetFolder()));
  return {
    status: 200,
    contentType,
    body,
    headers: {
      ETag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      'Cache-Control': 'public, max-age=3600',
    },
  };
}

/** Swagger UI's files: beside the bundle or its chunks where there is one, in the package when run from source. */
async function assetFolder(): Promise<URL> {
  for (const beside of ['./swagger-ui/', '../swagger-ui/']) {
    const folder = new URL(beside, import.meta.url);
    const found = await access(new URL('swagger-ui.css', folder)).then(
      () => true,
      () => false,
    );
    if (found) return folder;
  }
  const resolved = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
  return new URL('.', `file://${resolved}`);
}
