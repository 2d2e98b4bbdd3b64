/** Every command, and how often clients think of it. */
import type { Ask, Sight } from './ask.ts';
import { billingCommands } from './billing.ts';
import { creditCommands } from './credits.ts';
import { keyCommands } from './keys.ts';
import { partnerCommands } from './partners.ts';

const makers = { ...creditCommands, ...partnerCommands, ...keyCommands, ...billingCommands };

export type CommandName = keyof typeof makers;

export const commands: Record<CommandName, (sight: Sight) => Ask | undefined> = makers;

/** What is not named here weighs 2. */
const weights: Partial<Record<CommandName, number>> = {
  assign: 6,
  redeem: 6,
  use: 8,
  unassign: 3,
  put: 4,
  register: 1,
  start: 1,
  revoke: 1,
  freeClaim: 3,
  customer: 1,
  offer: 1,
  usage: 1,
  // One close is sixteen messages, each with a partition to rate.
  close: 0.3,
};

export const commandMakers = Object.values(commands);
export const commandWeights = (Object.keys(commands) as CommandName[]).map(
  (name) => weights[name] ?? 2,
);

/** Commands that get in each other's way when they are about the same things. */
export const contests: readonly (readonly CommandName[])[] = [
  ['redeem', 'redeem', 'redeemByForm', 'freeClaim'],
  ['add', 'add', 'change'],
  ['award', 'award', 'renew'],
  ['usage', 'usage', 'close'],
  ['assign', 'assign', 'unassign', 'erase'],
  ['put', 'put', 'register'],
  ['getKey', 'redeemKey', 'redeemKey', 'replaceKey'],
];
