/** The image and the manifests for Kubernetes, checked as texts: no cluster and no container engine is at hand. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { secrets } from '../../infra/azure/secrets.ts';
import { settingNames } from '../../src/platform/config.ts';
import { largestUpload } from '../../src/platform/http/upload.ts';
import { queueNames } from '../../src/platform/storage-names.ts';
import { repository } from './support/bicep-file.ts';

const folder = join(repository, 'infra/kubernetes');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

const manifests = globSync('*.yaml', { cwd: folder }).flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { merge: true }).map((document) => {
    expect({ file, errors: document.errors }).toEqual({ file, errors: [] });
    return document.toJS();
  }),
);
const theOne = (kind: string) => {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found.map(({ metadata }) => metadata?.name)).toHaveLength(1);
  return found[0]!;
};

const ingress = (name: string) => {
  const found = manifests.find(
    ({ kind, metadata }) => kind === 'Ingress' && metadata.name === name,
  );
  return found!;
};
type Way = { path: string; backend: { service: { name: string } } };
const ways = (): Way[] =>
  manifests
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ spec }) =>
      spec.rules.flatMap(({ http }: { http: { paths: Way[] } }) => http.paths),
    );

type Trigger = { type: string; metadata: { queueName: string } };

test('every manifest is listed, and of a kind and version that there is', () => {
  const kustomization = theOne('Kustomization');
  const files = globSync('*.yaml', { cwd: folder }).filter((file) => file !== 'kustomization.yaml');
  expect([...kustomization['resources']].sort()).toEqual(files.sort());
  expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
    'apps/v1 Deployment',
    'keda.sh/v1alpha1 ScaledObject',
    'keda.sh/v1alpha1 TriggerAuthentication',
    'kustomize.config.k8s.io/v1beta1 Kustomization',
    'networking.k8s.io/v1 Ingress',
    'networking.k8s.io/v1 Ingress',
    'networking.k8s.io/v1 NetworkPolicy',
    'policy/v1 PodDisruptionBudget',
    'secrets-store.csi.x-k8s.io/v1 SecretProviderClass',
    'v1 ConfigMap',
    'v1 Namespace',
    'v1 Service',
    'v1 ServiceAccount',
  ]);
});

test('names that refer to each other meet', () => {
  const deployment = theOne('Deployment');
  const pod = deployment['spec'].template;
  const labels = pod.metadata.labels;
  for (const selector of [
    deployment['spec'].selector.matchLabels,
    theOne('Service')['spec'].selector,
    theOne('PodDisruptionBudget')['spec'].selector.matchLabels,
    theOne('NetworkPolicy')['spec'].podSelector.matchLabels,
  ])
    expect(labels).toMatchObject(selector);
  expect(pod.spec.serviceAccountName).toBe(theOne('ServiceAccount').metadata.name);
  const [container] = pod.spec.containers;
  expect(container.envFrom).toEqual([
    { configMapRef: { name: theOne('ConfigMap').metadata.name } },
    { secretRef: { name: theOne('SecretProviderClass')['spec'].secretObjects[0].secretName } },
  ]);
  const volumes = pod.spec.volumes.map(({ name }: { name: string }) => name);
  for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
  expect(theOne('ScaledObject')['spec'].scaleTargetRef.name).toBe(deployment.metadata.name);
  expect(theOne('Kustomization')['images'][0].name).toBe(container.image);
  for (const { backend } of ways())
    expect(backend.service.name).toBe(theOne('Service').metadata.name);
});

test('the pods get the settings that the app reads, and the secrets from the vault', () => {
  const notHere = [
    'AzureWebJobsStorage',
    'AzureWebJobsStorage__clientId',
    'AzureWebJobsStorage__tableServiceUri',
    'AzureWebJobsStorage__queueServiceUri',
    'TABLE_PREFIX',
    'MAIL_CONNECTION_STRING',
    'CATALOGUE_FILE',
    'TEST_CLOCK_FILE',
    'APPLICATIONINSIGHTS_CONNECTION_STRING',
    'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  ];
  const spec = theOne('SecretProviderClass')['spec'];
  const fromVault = spec.secretObjects[0].data as { objectName: string; key: string }[];
  const set = [...Object.keys(theOne('ConfigMap')['data']), ...fromVault.map(({ key }) => key)];
  expect(set.filter((name) => name !== 'APPLICATIONINSIGHTS_CONNECTION_STRING').sort()).toEqual(
    settingNames.filter((name) => !notHere.includes(name)).sort(),
  );
  const fetched = (parse(spec.parameters.objects) as { array: string[] }).array.map(
    (text) => (parse(text) as { objectName: string }).objectName,
  );
  expect(fetched).toEqual([...secrets]);
  expect(fromVault.map(({ objectName }) => objectName)).toEqual([...secrets]);
});

test('KEDA scales by every queue, of the account that the app uses', () => {
  const scaled = theOne('ScaledObject')['spec'];
  const byQueue = scaled.triggers.filter(({ type }: Trigger) => type === 'azure-queue');
  expect(byQueue.map(({ metadata }: Trigger) => metadata.queueName).sort()).toEqual(
    [...queueNames].sort(),
  );
  const account = theOne('ConfigMap')['data'].AzureWebJobsStorage__accountName;
  for (const { metadata, authenticationRef } of byQueue) {
    expect(metadata.accountName).toBe(account);
    expect(authenticationRef.name).toBe(theOne('TriggerAuthentication').metadata.name);
  }
  // Timers need a host that is there.
  expect(scaled.minReplicaCount).toBeGreaterThanOrEqual(1);
});

test('pods run without rights, on a file system they cannot write, within limits', () => {
  const { spec } = theOne('Deployment')['spec'].template;
  expect(spec.securityContext.runAsNonRoot).toBe(true);
  const [container] = spec.containers;
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(Object.keys(container.resources.limits).sort()).toEqual([
    'cpu',
    'ephemeral-storage',
    'memory',
  ]);
  type Mount = { name: string; mountPath: string; readOnly?: boolean };
  const writable = container.volumeMounts.filter((mount: Mount) => !mount.readOnly);
  for (const { name } of writable)
    expect(
      spec.volumes.find((volume: { name: string }) => volume.name === name).emptyDir.sizeLimit,
    ).toMatch(/^\d+[MG]i$/);
  // What the image lets the host write is among what a pod may write.
  const told = [...read('Dockerfile').matchAll(/FUNCTIONS_\w+_PATH=(\/\S+)/g)].map(
    ([, path]) => path!,
  );
  expect(told.length).toBe(3);
  const roots = writable.map(({ mountPath }: Mount) => `${mountPath}/`);
  for (const path of told) expect(roots.some((root: string) => path.startsWith(root))).toBe(true);
});

test('the host’s own routes stay inside, and uploads are no larger than the app takes', () => {
  expect(ways().map(({ path }) => path)).toEqual(['/api', '/redeem', '/api/redemptions']);
  const nginx = 'nginx.ingress.kubernetes.io/';
  const size = (name: string) => {
    const given = String(ingress(name).metadata.annotations[`${nginx}proxy-body-size`]);
    const [, count, unit] = /^(\d+)([km])$/.exec(given) ?? [];
    return Number(count) * (unit === 'm' ? 1_048_576 : 1_024);
  };
  expect(size('api')).toBe(largestUpload);
  expect(size('links')).toBeLessThan(1_048_576);
});

test('plain http reaches the app, which refuses it: no ingress redirects', () => {
  for (const name of ['api', 'links'])
    expect(ingress(name).metadata.annotations['nginx.ingress.kubernetes.io/ssl-redirect']).toBe(
      'false',
    );
});

test('neither the ingress nor the host logs the path of a link', () => {
  const links = ingress('links');
  // Nor a query, which can name a person.
  for (const { metadata } of [links, ingress('api')])
    expect(metadata.annotations['nginx.ingress.kubernetes.io/enable-access-log']).toBe('false');
  // Every route with a token is the links’ ingress’s: the longest prefix wins.
  const routes = globSync('functions/http/*.ts', { cwd: repository })
    .flatMap((file) => [...read(file).matchAll(/route: '([^']*\{token\}[^']*)'/g)])
    .map(([, route]) => `/${route}`);
  expect(routes.length).toBeGreaterThan(4);
  const prefixes: string[] = links['spec'].rules[0].http.paths.map(({ path }: Way) => path);
  expect(routes.filter((route) => !prefixes.some((path) => route.startsWith(`${path}/`)))).toEqual(
    [],
  );
  // The host’s middleware tells the path of every request, at Information.
  const { logLevel } = (JSON.parse(read('host.json')) as { logging: { logLevel: object } }).logging;
  expect(logLevel).toMatchObject({
    'Microsoft.Azure.WebJobs.Script.WebHost.Middleware.SystemTraceMiddleware': 'None',
  });
});

test('pods reach the cluster’s names and HTTPS outside, and nothing inside', () => {
  const { egress } = theOne('NetworkPolicy')['spec'];
  const [names, outside, ...more] = egress;
  expect(more).toEqual([]);
  expect(names.to).toEqual([
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ]);
  expect(outside.ports).toEqual([{ port: 443, protocol: 'TCP' }]);
  const [{ ipBlock }] = outside.to;
  // Private networks, shared ones (RFC 6598), and where nodes ask for their metadata and tokens.
  for (const inside of [
    '10.0.0.0/8',
    '100.64.0.0/10',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.168.0.0/16',
  ])
    expect(ipBlock.except).toContain(inside);
});

test('where the network knows names, pods reach those of the settings only', () => {
  const part = (file: string) => parse(readFileSync(join(folder, 'egress-by-name', file), 'utf8'));
  const { resources, patches } = part('kustomization.yaml');
  expect(resources).toEqual(['egress.yaml']);
  // The patch takes out what the policy above has in that place.
  const [test, remove] = parse(patches[0].patch) as { op: string; path: string; value?: number }[];
  const { egress } = theOne('NetworkPolicy')['spec'];
  expect(test).toEqual({ op: 'test', path: '/spec/egress/1/ports/0/port', value: 443 });
  expect(egress[1].ports[0].port).toBe(443);
  expect(remove).toEqual({ op: 'remove', path: '/spec/egress/1' });
  const policy = part('egress.yaml');
  expect(policy.spec.endpointSelector.matchLabels).toEqual(
    theOne('NetworkPolicy')['spec'].podSelector.matchLabels,
  );
  const named = policy.spec.egress[1].toFQDNs.map(
    ({ matchName }: { matchName: string }) => matchName,
  );
  const settings = theOne('ConfigMap')['data'] as Record<string, string>;
  const account = settings['AzureWebJobsStorage__accountName'];
  const hosts = ['MAIL_ENDPOINT', 'TOKEN_JWKS_URI'].map(
    (name) => new URL(settings[name]!).hostname,
  );
  const services = ['blob', 'queue', 'table'].map((kind) => `${account}.${kind}.core.windows.net`);
  expect(named.sort()).toEqual([...services, ...hosts].sort());
});

test('the image comes by its digest', () => {
  const [image] = theOne('Kustomization')['images'];
  expect(Object.keys(image).sort()).toEqual(['digest', 'name', 'newName']);
  expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test('the image holds the package, on the Functions host of the Node that the tests run', () => {
  const steps = read('Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const major = process.versions.node.split('.')[0];
  const [build = '', host, ...more] = steps.filter((step) => step.startsWith('FROM'));
  expect(build).toMatch(
    new RegExp(`^FROM node:${major}\\.\\d+\\.\\d+-bookworm-slim@sha256:[0-9a-f]{64} AS build$`),
  );
  // No default: a build that does not say which host it means ends.
  expect(host).toBe(`FROM mcr.microsoft.com/azure-functions/node:4-node${major}@\${HOST_DIGEST}`);
  expect(more).toEqual([]);
  expect(steps[0]).toBe('ARG HOST_DIGEST');
  expect(steps).toContain('RUN npm ci --ignore-scripts');
  expect(steps).toContain('COPY --from=build --chown=root:root /src/.package /home/site/wwwroot');
  const { spec } = theOne('Deployment')['spec'].template;
  const { containerPort } = spec.containers[0].ports[0];
  expect(steps).toContain(`EXPOSE ${containerPort}`);
  expect(steps.join('\n')).toContain(`ASPNETCORE_URLS=http://+:${containerPort}`);
  const { runAsUser, runAsGroup } = spec.securityContext;
  expect(steps).toContain(`USER ${runAsUser}:${runAsGroup}`);
});

test('the image’s build sees what it needs, and no local setting or key', () => {
  const [everything, ...rest] = read('.dockerignore').trim().split('\n');
  expect(everything).toBe('*');
  const seen = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  for (const path of seen)
    expect({ path, there: existsSync(join(repository, path)) }).toEqual({ path, there: true });
  for (const needed of [
    'package.json',
    'package-lock.json',
    'host.json',
    'functions',
    'src',
    'infra',
  ])
    expect(seen).toContain(needed);
  expect(seen.filter((path) => /local|\.git/.test(path))).toEqual([]);
});
