/**
 * `gh api repos/O/R/environments/NAME | npm run protected-environment`: refuses to deploy to an environment that GitHub
 * lets anybody deploy to. One that is named for the first time is made on the spot, without any protection.
 */
import { json } from 'node:stream/consumers';

type Environment = {
  name?: string;
  protection_rules?: { type?: string; reviewers?: unknown[] }[];
  deployment_branch_policy?: object | null;
};

/** What an environment, as GitHub's API describes it, lacks of protection. Empty: it is protected. */
export function missingProtection(environment: Environment): string[] {
  const reviewed = environment.protection_rules?.some(
    ({ type, reviewers }) => type === 'required_reviewers' && (reviewers?.length ?? 0) > 0,
  );
  return [
    ...(reviewed ? [] : ['required reviewers']),
    ...(environment.deployment_branch_policy ? [] : ['deployment branches and tags']),
  ];
}

if (import.meta.main) {
  const environment = (await json(process.stdin)) as Environment;
  const missing = missingProtection(environment);
  if (missing.length > 0) {
    process.stderr.write(
      `The environment ${environment.name ?? '?'} is not protected: set ${missing.join(' and ')} in the repository's settings.\n`,
    );
    process.exitCode = 1;
  }
}
