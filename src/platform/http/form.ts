/** Reading a form that a page of ours posted. */
import type { HttpRequest } from '@azure/functions';
import { refuse, RefusalError } from '../refusals.ts';
import { readBody, type BodyLimit } from './body.ts';

const formLimit: BodyLimit = {
  bytes: 8 * 1024,
  seconds: 30,
  tooLarge: () => new RefusalError(refuse('PayloadTooLarge', 'The form is larger than 8 KiB.')),
};

/**
 * Reads the fields of a posted form.
 * @throws RefusalError Forbidden when a page of another site posted it, UnsupportedMediaType when it is not
 * `application/x-www-form-urlencoded`, PayloadTooLarge over 8 KiB, InvalidRequest when it is not UTF-8 or does not
 * arrive within 30 seconds.
 */
export async function readForm(request: HttpRequest, baseUrl: string): Promise<URLSearchParams> {
  refuseOtherSites(request.headers, baseUrl);
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type))
    throw new RefusalError(
      refuse('UnsupportedMediaType', 'Send the form as the page has it, from a browser.'),
    );
  const bytes = await readBody(request, formLimit);
  try {
    return new URLSearchParams(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RefusalError(refuse('InvalidRequest', 'The form is not in UTF-8.'));
  }
}

/**
 * Refuses what a page of another site has sent. Programs that are no browsers say nothing of a site and pass.
 * @throws RefusalError Forbidden
 */
export function refuseOtherSites(headers: HttpRequest['headers'], baseUrl: string): void {
  if (!isFromAnotherSite(headers, new URL(baseUrl).origin)) return;
  throw new RefusalError(
    refuse('Forbidden', 'This was sent by another site. Open the link in your email instead.'),
  );
}

/**
 * Whether a browser says that another site's page sent this. `Sec-Fetch-Site` decides where it is there. `Origin`
 * alone cannot: our pages have `Referrer-Policy: no-referrer`, and for those browsers send `Origin: null`.
 */
function isFromAnotherSite(headers: HttpRequest['headers'], ownOrigin: string): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = headers.get('origin');
  return origin !== null && origin !== 'null' && origin !== ownOrigin;
}
