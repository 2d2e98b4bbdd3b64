/** Serves pages to a browser, on a port of its own, as the Functions host would. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { HttpRequest } from '@azure/functions';
import type { PageDefinition } from '../../src/platform/http/page.ts';
import { servePage } from '../../src/platform/http/serve-page.ts';

export type PageServer = { url: string; close(): Promise<void> };

/** The id of every request to it. */
export const requestId = '5e0cf1f4-3a1d-4a55-8c43-6f2b9d0e7a10';

/** Serves the pages at their routes; the first whose method and route fit answers, none is a bare 404. */
export async function servePages(pages: readonly PageDefinition[]): Promise<PageServer> {
  const routes = pages.map((page) => ({
    page,
    path: new RegExp(
      `^/${page.route.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`,
    ),
  }));
  async function answer(incoming: http.IncomingMessage, outgoing: http.ServerResponse) {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const route = routes.find(
      ({ page, path }) => page.method === incoming.method && path.test(url.pathname),
    );
    if (!route) return outgoing.writeHead(404).end();
    const body = await buffer(incoming);
    const request = new HttpRequest({
      method: route.page.method,
      url: url.href,
      headers: incoming.headers as Record<string, string>,
      params: { ...route.path.exec(url.pathname)?.groups },
      ...(body.length === 0 ? {} : { body: { bytes: body } }),
    });
    const response = await servePage(route.page, request, { invocationId: requestId });
    outgoing.writeHead(response.status ?? 200, response.headers as http.OutgoingHttpHeaders);
    return outgoing.end(response.body);
  }
  const server = http.createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
