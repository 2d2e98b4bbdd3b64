/** The one version of the JSON API, which callers name in the query parameter `api-version`. */
export const apiVersion = '2026-12-01';
