/** Addresses in settings: which of them stay on this machine, and where a storage connection string leads. */

/**
 * Whether an address is of this machine itself. Only what cannot be led elsewhere by a name server counts: `localhost`,
 * 127.0.0.0/8 and `[::1]`, in whatever spelling the URL parser takes them.
 */
export function isLoopback(address: string): boolean {
  const hostname = URL.parse(address)?.hostname;
  return hostname !== undefined && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** Whether nobody on the way can read or change what is sent to an address: it is https, or http on this machine. */
export function isSecure(address: string): boolean {
  const protocol = URL.parse(address)?.protocol;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(address));
}

const services = ['Blob', 'Queue', 'Table', 'File'];
const knownParts: ReadonlySet<string> = new Set([
  'UseDevelopmentStorage',
  'DevelopmentStorageProxyUri',
  'DefaultEndpointsProtocol',
  'AccountName',
  'AccountKey',
  'EndpointSuffix',
  'SharedAccessSignature',
  ...services.flatMap((service) => [`${service}Endpoint`, `${service}SecondaryEndpoint`]),
]);
const developmentStorage = [10000, 10001, 10002].map((port) => `http://127.0.0.1:${port}`);

/**
 * Every address that a storage connection string leads to, proxies included. Undefined for text that is not one, and for
 * what the host and the two SDKs would read differently: a part given twice, in another spelling, or unknown; and
 * `UseDevelopmentStorage` with anything but a proxy.
 */
export function storageEndpoints(connectionString: string): string[] | undefined {
  const entries = connectionString
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => /^(\w+)=(.*)$/.exec(part)?.slice(1) ?? ['', '']) as [string, string][];
  const parts = new Map(entries);
  if (parts.size < entries.length || entries.some(([name]) => !knownParts.has(name)))
    return undefined;

  if (parts.has('UseDevelopmentStorage')) {
    const [[first, value] = []] = entries;
    const proxy = parts.get('DevelopmentStorageProxyUri');
    const others = parts.size - (proxy === undefined ? 1 : 2);
    if (first !== 'UseDevelopmentStorage' || value !== 'true' || others > 0) return undefined;
    return [...developmentStorage, ...(proxy === undefined ? [] : [proxy])];
  }
  if (parts.has('DevelopmentStorageProxyUri')) return undefined;

  const addresses = entries.filter(([name]) => name.endsWith('Endpoint')).map(([, value]) => value);
  const [protocol, account, suffix] = [
    'DefaultEndpointsProtocol',
    'AccountName',
    'EndpointSuffix',
  ].map((name) => parts.get(name));
  for (const service of ['Queue', 'Table']) {
    if (parts.has(`${service}Endpoint`)) continue;
    if (!protocol || !account || !suffix) return undefined;
    addresses.push(`${protocol}://${account}.${service.toLowerCase()}.${suffix}`);
  }
  return addresses.every((address) => URL.canParse(address)) ? addresses : undefined;
}
