import type { Binding } from './core-types.ts';

/**
 * An option of a binding that is text, with `%NAME%` replaced by the setting NAME as the real host does it;
 * undefined when it is not there. Throws when there is no such setting.
 */
export function bindingText(binding: Binding, option: string): string | undefined {
  const value = binding[option];
  if (typeof value !== 'string') return undefined;
  return value.replace(/%([^%]+)%/g, (_whole, name: string) => {
    const setting = process.env[name];
    if (setting === undefined)
      throw new Error(`${option} "${value}": there is no setting ${name}.`);
    return setting;
  });
}

/** As `bindingText`, but throws when the option is not there. */
export function requiredText(binding: Binding, option: string): string {
  const value = bindingText(binding, option);
  if (value === undefined) throw new Error(`A ${binding.type} has no ${option}.`);
  return value;
}
