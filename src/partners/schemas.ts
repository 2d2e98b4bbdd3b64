/** Fields that several endpoints of this feature share: read in any spelling, given on in the canonical one. */
import * as z from 'zod';
import { normaliseDomain, normaliseEmail } from './mail-domain.ts';

/**
 * A mail address. Comes out as `normaliseEmail` writes it. Checks and overwrites keep it a plain string on both
 * sides of the OpenAPI document.
 */
export const emailAddress = z
  .string()
  .max(254, 'A mail address has at most 254 characters.')
  .refine((text) => normaliseEmail(text) !== undefined, {
    error: 'Give a mail address such as ana@contoso.com.',
  })
  .overwrite((text) => normaliseEmail(text) ?? text)
  .meta({ format: 'email', examples: ['ana@contoso.com'] });

/** A domain name of two labels or more. Comes out as `normaliseDomain` writes it. */
export const domainName = z
  .string()
  .max(253, 'A domain has at most 253 characters.')
  .refine((text) => normaliseDomain(text) !== undefined, {
    error: 'Give a domain such as contoso.com.',
  })
  .overwrite((text) => normaliseDomain(text) ?? text)
  .meta({ format: 'hostname', examples: ['contoso.com'] });
