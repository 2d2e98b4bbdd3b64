/** azd's hooks, with stand-ins for az and azd: what they ask of these, and what they keep. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { hooks, type Hook } from '../../infra/azure/hook.ts';
import { useVault } from '../../infra/azure/secrets.ts';
import { forCommandPrompt, tool } from '../../infra/azure/tools.ts';
import { readBicep } from './support/bicep-file.ts';
import { deploy } from './support/bicep-run.ts';
import { at, required, theOne } from './support/deployments.ts';

const subscription = '00000000-0000-4000-8000-00000000000b';

/** An environment of azd, as a terminal keeps it, and what is in Azure. */
function world() {
  const environment: Record<string, string | undefined> = {
    AZURE_ENV_NAME: 'production',
    AZURE_SUBSCRIPTION_ID: subscription,
  };
  const inAzure = { budgets: undefined as { name: string; startDate: string }[] | undefined };
  const calls: string[] = [];
  const hook = (now: string): Hook => ({
    environment,
    async az(...args) {
      calls.push(`az ${args.join(' ')}`);
      if (!args.join(' ').includes('Microsoft.Consumption/budgets')) return '';
      if (!inAzure.budgets)
        throw new Error('Not Found({"error":{"code":"ResourceGroupNotFound"}})');
      return JSON.stringify({
        value: inAzure.budgets.map(({ name, startDate }) => ({
          name,
          properties: { timePeriod: { startDate: `${startDate}T00:00:00Z` } },
        })),
      });
    },
    async azd(...args) {
      calls.push(`azd ${args.join(' ')}`);
      const [name = '', value = ''] = args.slice(2).join('=').split('=');
      environment[name] = value;
      return '';
    },
    say() {},
    now: new Date(now),
  });
  const provision = async (now: string) => {
    await hooks.preprovision(hook(now));
    const budgetStartDate = environment['BUDGET_START_DATE'];
    const budget = theOne(
      deploy('main.bicep', { ...required, budgetStartDate }),
      'Microsoft.Consumption/budgets',
    );
    const { startDate } = at(budget, 'properties', 'timePeriod') as { startDate: string };
    inAzure.budgets = [{ name: budget.name, startDate }];
    return startDate;
  };
  return { environment, inAzure, calls, hook, provision };
}

test('a second provisioning in a later month keeps the budget’s start', async () => {
  const { provision, environment, calls } = world();
  expect(await provision('2026-12-31T23:30:00Z')).toBe('2026-12-01');
  expect(await provision('2027-02-11T08:00:00Z')).toBe('2026-12-01');
  expect(environment['BUDGET_START_DATE']).toBe('2026-12-01');
  expect(calls.filter((call) => call.startsWith('azd'))).toEqual([
    'azd env set BUDGET_START_DATE 2026-12-01',
  ]);
  // Nothing in the template takes the month of its own day.
  expect(readBicep('main.bicep').params.get('budgetStartDate')?.value).toBeUndefined();
});

test('a pipeline, which keeps no environment, finds the start at the budget itself', async () => {
  const { provision, environment, inAzure } = world();
  expect(await provision('2026-12-05T08:00:00Z')).toBe('2026-12-01');
  delete environment['BUDGET_START_DATE'];
  inAzure.budgets!.unshift({ name: 'somebody-elses', startDate: '2020-01-01' });
  expect(await provision('2027-03-05T08:00:00Z')).toBe('2026-12-01');
});

test('before azd has a subscription nothing is asked; another failure is not taken for none', async () => {
  const { hook, environment, calls } = world();
  delete environment['AZURE_SUBSCRIPTION_ID'];
  await hooks.preprovision(hook('2026-12-05T08:00:00Z'));
  expect(calls).toEqual(['azd env set BUDGET_START_DATE 2026-12-01']);
  const unable = world();
  const signedOut = {
    ...unable.hook('2026-12-05T08:00:00Z'),
    az: async () => fail('Run az login'),
  };
  await expect(hooks.preprovision(signedOut)).rejects.toThrow('Run az login');
  expect(unable.environment['BUDGET_START_DATE']).toBeUndefined();
});

test('an environment that was taken down begins again', async () => {
  const { provision, inAzure, hook } = world();
  expect(await provision('2026-12-05T08:00:00Z')).toBe('2026-12-01');
  await hooks.postdown(hook('2027-01-05T08:00:00Z'));
  inAzure.budgets = undefined;
  expect(await provision('2027-02-05T08:00:00Z')).toBe('2027-02-01');
});

test('after the code is there, delivery reports are subscribed to with what they need', async () => {
  const { hook, environment, calls } = world();
  for (const name of readBicep('main.bicep').outputs.keys()) environment[name] = `the-${name}`;
  await hooks.postdeploy(hook('2026-12-05T08:00:00Z'));
  const [call = ''] = calls;
  expect(call).toContain('--template-file infra/azure/delivery-reports.bicep');
  expect(call).toContain(`--subscription ${subscription}`);
  const given = [...call.matchAll(/(\w+)=the-(\w+)/g)].map(([, name, output]) => [name, output]);
  const needed = [...readBicep('delivery-reports.bicep').params]
    .filter(([, { value }]) => !value)
    .map(([name]) => name);
  expect(given.map(([name]) => name).sort()).toEqual([...needed, 'functionAppName'].sort());
  await expect(
    hooks.postdeploy({ ...hook('2026-12-05T08:00:00Z'), environment: {} }),
  ).rejects.toThrow('AZURE_SUBSCRIPTION_ID is missing');
});

function fail(message: string): never {
  throw new Error(message);
}

let stop = () => {};
afterEach(() => stop());

/** A vault behind a firewall that knows some addresses. */
async function vault(code: 'ForbiddenByFirewall' | 'ForbiddenByConnection') {
  const letIn = new Set<string>();
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.headers.authorization}`);
    if (letIn.size > 0) {
      response.statusCode = request.method === 'GET' ? 404 : 200;
      response.end('{}');
      return;
    }
    response.statusCode = 403;
    const message =
      'Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.7\r\nCaller: appid=x\r\nVault: kv-x;location=northeurope';
    response.end(JSON.stringify({ error: { code: 'Forbidden', message, innererror: { code } } }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  stop = () => server.close();
  const calls: string[] = [];
  const az = async (...args: string[]) => {
    if (args[0] === 'account') return 'a-token';
    calls.push(args.join(' '));
    const address = /--ip-address (\S+)/.exec(args.join(' '))?.[1] ?? '';
    if (args[2] === 'add') letIn.add(address);
    else letIn.delete(address);
    return '';
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { az, calls, seen, options: { url, pause: 1, patience: 5_000 } };
}

test('a closed vault is opened to the caller’s own address, and closed again', async () => {
  const { az, calls, options, seen } = await vault('ForbiddenByFirewall');
  await useVault(
    'kv-x',
    az,
    async (open) => {
      expect(await open.read('link-signing-keys')).toBeUndefined();
      await open.write('link-signing-keys', 'a-value', new Date('2027-12-01T00:00:00Z'));
    },
    options,
  );
  expect(calls).toEqual([
    'keyvault network-rule add --name kv-x --ip-address 203.0.113.7/32 --output none',
    'keyvault network-rule remove --name kv-x --ip-address 203.0.113.7/32 --output none',
  ]);
  expect(seen).toEqual(['GET Bearer a-token', 'GET Bearer a-token', 'PUT Bearer a-token']);
});

test('it is closed again when the work fails', async () => {
  const { az, calls, options } = await vault('ForbiddenByFirewall');
  const work = useVault(
    'kv-x',
    az,
    async (open) => {
      await open.read('link-signing-keys');
      fail('in the middle');
    },
    options,
  );
  await expect(work).rejects.toThrow('in the middle');
  expect(calls.at(-1)).toContain('network-rule remove');
});

test('a vault that is reached by private endpoints only is told of at once', async () => {
  const { az, calls, options, seen } = await vault('ForbiddenByConnection');
  const work = useVault(
    'kv-x',
    az,
    async (open) => {
      await open.read('link-signing-keys');
    },
    options,
  );
  await expect(work).rejects.toThrow('from its virtual network only');
  expect(seen).toHaveLength(1);
  expect(calls).toEqual([]);
});

test('a tool’s failure says what the tool said; arguments are as cmd.exe needs them', async () => {
  await expect(tool('node')('-e', 'console.error("no sign-in");process.exit(3)')).rejects.toThrow(
    /^node -e .*failed\nno sign-in/s,
  );
  expect(await tool('node')('-p', '"a b".length')).toBe('3');
  expect(forCommandPrompt('--name')).toBe('--name');
  expect(forCommandPrompt('https://a.example/b?api-version=1&c=d')).toBe(
    '"https://a.example/b?api-version=1&c=d"',
  );
  for (const wrong of ['a"b', '%PATH%', 'a\nb'])
    expect(() => forCommandPrompt(wrong)).toThrow('Cannot be passed on Windows');
});
