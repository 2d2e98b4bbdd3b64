/**
 * Which part of a domain somebody can register, by the public suffix list. To be imported lazily: the list is
 * large. It stands in a module of its own because the bundler gives a CommonJS package that is imported
 * lazily no named exports.
 */
import { parse } from 'tldts';

const options = { allowPrivateDomains: true };

/** A registrable domain and its own label: `contoso.co.uk` and `contoso`. */
export type Registrable = { domain: string; label: string };

/**
 * The registrable domain that a domain in canonical form is or lies beneath, or undefined for a public suffix
 * (co.uk, github.io), which nobody in particular holds.
 */
export function registrable(domain: string): Registrable | undefined {
  const { domain: found, domainWithoutSuffix: label } = parse(domain, options);
  return found === null || label === null ? undefined : { domain: found, label };
}
