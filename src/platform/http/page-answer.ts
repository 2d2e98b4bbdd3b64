/** What a page answers; its headers stand before the strict ones that every page gets. */
export type PageAnswer = {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  headers?: Record<string, string>;
};

/** An answer in HTML. */
export function htmlAnswer({ status, html }: { status: number; html: string }): PageAnswer {
  return { status, contentType: 'text/html; charset=utf-8', body: html };
}
