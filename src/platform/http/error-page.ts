/** The plain page for what went wrong where a page has no words of its own. */
import { statusOf, type Refusal } from '../refusals.ts';
import { html } from './html.ts';
import { shell } from './page-shell.ts';

const headings: Record<number, string> = {
  400: 'The request is not right',
  403: 'This is not allowed',
  404: 'There is no such page',
  409: 'This cannot be done',
  410: 'This page is gone',
  413: 'The request is too large',
  415: 'The request is of a kind not taken here',
  429: 'Too many requests',
  500: 'Something went wrong here',
  503: 'Not available at the moment',
};

/** The page of a refusal: its message, and the request id to quote when asking for help. */
export function errorPage(refusal: Refusal, requestId: string): { status: number; html: string } {
  const status = statusOf[refusal.code];
  const heading = headings[status] ?? 'This did not work';
  return {
    status,
    html: shell(
      heading,
      html`<h1>${heading}</h1>
        <p>${refusal.message}</p>
        <p class="quiet">Request id: <code>${requestId}</code></p>`,
    ),
  };
}
