/**
 * `npm run azure:hook NAME`: azd's hooks (azure.yaml). One script of Node, `az` and `azd`, so that they run on Windows and
 * in a pipeline that installs no package.
 */
import { manageSecrets, useVault } from './secrets.ts';
import { tool, type Tool } from './tools.ts';

export type Hook = {
  /** What azd hands over: its environment, with the deployment's outputs. */
  environment: Record<string, string | undefined>;
  az: Tool;
  azd: Tool;
  say: (line: string) => void;
  now: Date;
};

const management = 'https://management.azure.com';

/** @throws Error naming the variable that azd did not set */
function required({ environment }: Hook, name: string): string {
  const value = environment[name];
  if (!value) throw new Error(`${name} is missing: this runs as a hook of azd`);
  return value;
}

/** The start of the budget that an environment has in Azure; undefined when it has none, or is not there yet. */
async function budgetStartInAzure({ environment, az }: Hook): Promise<string | undefined> {
  const subscription = environment['AZURE_SUBSCRIPTION_ID'];
  // Before the first provisioning of all azd has not asked for the subscription yet.
  if (!subscription) return undefined;
  const group = `rg-${environment['AZURE_ENV_NAME']}`;
  const path = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Consumption/budgets`;
  const url = `${management}${path}?api-version=2026-06-01`;
  const answer = await az('rest', '--method', 'get', '--url', url).catch((error: unknown) => {
    if (/ResourceGroupNotFound/.test(String(error))) return '{}';
    throw error;
  });
  type Budgets = { value?: { name: string; properties: { timePeriod: { startDate: string } } }[] };
  const budgets = (JSON.parse(answer) as Budgets).value ?? [];
  const own = budgets.find(({ name }) => name.startsWith('budget-'));
  return own?.properties.timePeriod.startDate.slice(0, 10);
}

export const hooks = {
  /**
   * Keeps the first month of the environment: Azure refuses to change a budget's start, so every later provisioning must
   * say the same. A pipeline keeps no environment of azd; it finds the start at the budget itself.
   */
  async preprovision(hook: Hook): Promise<void> {
    if (hook.environment['BUDGET_START_DATE']) return;
    const start = (await budgetStartInAzure(hook)) ?? `${hook.now.toISOString().slice(0, 7)}-01`;
    await hook.azd('env', 'set', 'BUDGET_START_DATE', start);
    hook.say(`BUDGET_START_DATE: ${start}`);
  },

  /**
   * Makes the secrets that are missing. The app was made before they were: without the second step it would look for them
   * again in a day.
   */
  async postprovision(hook: Hook): Promise<void> {
    const vault = required(hook, 'AZURE_KEY_VAULT_NAME');
    await useVault(vault, hook.az, (open) => manageSecrets([], open, hook.say, hook.now));
    const app = [
      `/subscriptions/${required(hook, 'AZURE_SUBSCRIPTION_ID')}`,
      `/resourceGroups/${required(hook, 'AZURE_RESOURCE_GROUP')}`,
      `/providers/Microsoft.Web/sites/${required(hook, 'AZURE_FUNCTION_APP_NAME')}`,
    ].join('');
    const url = `${management}${app}/config/configreferences/appsettings/refresh?api-version=2022-03-01`;
    await hook.az('rest', '--method', 'post', '--output', 'none', '--url', url);
  },

  /** In a run of its own: Event Grid refuses a subscription to a function that is not there yet. */
  async postdeploy(hook: Hook): Promise<void> {
    await hook.az(
      ...['deployment', 'group', 'create', '--name', 'delivery-reports', '--output', 'none'],
      ...['--subscription', required(hook, 'AZURE_SUBSCRIPTION_ID')],
      ...['--resource-group', required(hook, 'AZURE_RESOURCE_GROUP')],
      ...['--template-file', 'infra/azure/delivery-reports.bicep', '--parameters'],
      `functionAppName=${required(hook, 'AZURE_FUNCTION_APP_NAME')}`,
      `communicationServiceName=${required(hook, 'AZURE_COMMUNICATION_SERVICE_NAME')}`,
    );
  },

  /** An environment that is set up again begins again: Azure takes no new budget that starts in a month gone by. */
  async postdown(hook: Hook): Promise<void> {
    await hook.azd('env', 'set', 'BUDGET_START_DATE=');
  },
};

if (import.meta.main) {
  const name = process.argv[2] as keyof typeof hooks;
  if (!Object.hasOwn(hooks, name)) throw new Error(`No hook: ${name}`);
  await hooks[name]({
    environment: process.env,
    az: tool('az'),
    azd: tool('azd'),
    say: (line) => process.stdout.write(`${line}\n`),
    now: new Date(),
  });
}
