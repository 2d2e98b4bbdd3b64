/** What all pages for people have around them: document, stylesheet, landmarks, and the policy that fits them. */
import { createHash } from 'node:crypto';
import { html, htmlText, type Html } from './html.ts';
import { pageStyle } from './page-style.ts';

const styleHash = createHash('sha256').update(pageStyle).digest('base64');

/**
 * The Content-Security-Policy of these pages: no script at all, the one stylesheet by its hash, forms to ourselves
 * only. `data:` images are the page's icon, without which browsers ask for one.
 */
export const shellPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0a5aa8"/></svg>',
  );

/** A whole document. `main` holds the page's one h1. */
export function shell(title: string, main: Html): string {
  const head = html`<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>${title} – Partner benefits</title>
    <link rel="icon" href="${icon}" />`;
  const body = html`<header class="band">Partner benefits</header>
    <main><div class="paper">${main}</div></main>`;
  // The stylesheet goes in unescaped: it is ours, and its hash must fit.
  return `<!doctype html>
<html lang="en">
<head>
${htmlText(head)}
<style>${pageStyle}</style>
</head>
<body>
${htmlText(body)}
</body>
</html>
`;
}
