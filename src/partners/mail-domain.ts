/**
 * Mail addresses and domains in one canonical spelling, and the rule on whose users may hold a credit
 * (CR-04). Every spelling of a domain (letter case, trailing dot, Unicode, punycode, full-width) comes down to
 * the same lower-case ASCII form before anything is compared.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { refuse, type Refusal } from '../platform/refusals.ts';
import { isFreeMailDomain } from './free-mail-domains.ts';

const maxAddressLength = 254;
const maxDomainLength = 253;
const maxLocalLength = 64;

/** RFC 5322's dot-atom. Quoted and non-ASCII local parts are left out: directories do not hold them. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** What a URL parser would read as syntax, or drop, rather than as part of a host name. */
const notInDomains = /[\s\p{Cc}/?#%:\\[\]@<>^|"`{}]/u;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The canonical form of a domain name (lower-case ASCII, punycode where needed, no trailing dot), or undefined
 * where the text is none: fewer than two labels, an IP address, a label that DNS or IDNA does not allow, more
 * than 253 characters. Idempotent.
 */
export function normaliseDomain(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > maxDomainLength + 1 || notInDomains.test(trimmed)) return undefined;
  const domain = domainToASCII(trimmed).replace(/\.$/, '');
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  const valid =
    domain.length <= maxDomainLength &&
    labels.length >= 2 &&
    labels.every(isLabel) &&
    !/^\d+$/.test(last);
  return valid ? domain : undefined;
}

/**
 * The canonical form of a mail address (trimmed, lower case, domain as `normaliseDomain`), as the directory
 * keeps it, or undefined where the text is no address: not exactly one @, a local part
 * beyond letters, digits, dots between them and !#$%&'*+/=?^_`{|}~-, longer than 64, or 254 in all.
 */
export function normaliseEmail(text: string): string | undefined {
  const [local, domainText, ...rest] = text.trim().split('@');
  if (local === undefined || domainText === undefined || rest.length > 0) return undefined;
  if (local.length > maxLocalLength || !localPart.test(local)) return undefined;
  // The outer trim has been done; a space beside the @ is a mistake.
  const domain = domainText === domainText.trim() ? normaliseDomain(domainText) : undefined;
  if (domain === undefined) return undefined;
  const address = `${local.toLowerCase()}@${domain}`;
  return address.length <= maxAddressLength ? address : undefined;
}

/**
 * What an address, in the form of `normaliseEmail`, is told apart by from those of other people (PR-07): a `+tag` makes
 * no other person. Letter case and a trailing dot are gone already. Mail goes to the address itself, tag and all.
 */
export function foldEmail(address: string): string {
  // What begins with a + is no tag: there would be nobody left.
  return address.replace(/^([^+@]+)\+[^@]*/, '$1');
}

/**
 * Why a user of this address may hold no credit of a partner with these company domains, or undefined if they
 * may (CR-04): FreeEmailDomain before OutsideCompanyDomains, both with target `email`.
 *
 * A subdomain of a company domain belongs to the company: whoever holds contoso.com alone decides who gets
 * mail at eu.contoso.com. Free-hosted domains are refused even where they are registered as company domains.
 */
export async function mailDomainRefusal(
  email: string,
  companyDomains: readonly string[],
): Promise<Refusal | undefined> {
  const domain = normaliseDomain(email.slice(email.lastIndexOf('@') + 1));
  if (domain !== undefined && (await isFreeMailDomain(domain))) {
    return refuse(
      'FreeEmailDomain',
      `${domainToUnicode(domain)} is a free mail service. Choose a user with a mail address of your company.`,
      { target: 'email' },
    );
  }
  const companies = companyDomains.map(normaliseDomain);
  if (domain !== undefined && companies.some((company) => isWithin(domain, company))) {
    return undefined;
  }
  return refuse(
    'OutsideCompanyDomains',
    'The mail address is outside your company domains. Choose a user of one of them, or have the domain added to your organisation first.',
    { target: 'email' },
  );
}

/**
 * Domains beneath which every Microsoft tenant of a cloud has one of its own (contoso.onmicrosoft.com): global, US
 * government, 21Vianet (onmschina.cn), Germany and whatever comes, with those of hybrid mail and of the time before.
 */
const sharedTenantDomain =
  /^(?:(?:mail\.)?onmicrosoft\.[a-z.]+|(?:partner\.)?(?:mail\.)?onmschina\.cn|(?:(?:apac|emea|partner)\.)?microsoftonline\.[a-z.]+)$/;

/**
 * Why these cannot be a partner's company domains, or undefined if they can (CR-04). Users of every domain beneath a
 * company domain count as the partner's, so it must be one that a single company holds: no public suffix (co.uk,
 * github.io), no free mail service and no shared tenant domain (onmicrosoft.com; contoso.onmicrosoft.com is the
 * tenant's own). InvalidRequest with one detail per bad entry, target `domains[i]`.
 */
export async function companyDomainsRefusal(
  domains: readonly string[],
): Promise<Refusal | undefined> {
  const problems = await Promise.all(domains.map(companyDomainProblem));
  const details = problems.flatMap((message, index) =>
    message === undefined
      ? []
      : [{ code: 'InvalidDomain', target: `domains[${String(index)}]`, message }],
  );
  if (details.length === 0) return undefined;
  return refuse('InvalidRequest', 'Some of the company domains cannot be used. See the details.', {
    target: 'domains',
    details,
  });
}

async function companyDomainProblem(text: string): Promise<string | undefined> {
  const { registrable } = await import('./public-suffix.ts');
  const domain = normaliseDomain(text);
  if (domain === undefined || registrable(domain) === undefined)
    return 'Not a domain that one company can hold. Give one such as contoso.com.';
  if (sharedTenantDomain.test(domain))
    return 'Shared by all Microsoft tenants. Give the tenant’s own domain beneath it, such as contoso.onmicrosoft.com.';
  if (await isFreeMailDomain(domain))
    return 'A free mail service, where anybody can have an address. Give a domain that only the company uses.';
  return undefined;
}

function isWithin(domain: string, company: string | undefined): boolean {
  return company !== undefined && (domain === company || domain.endsWith(`.${company}`));
}

/** A punycode label must be what its own Unicode form encodes to: anything else looks like another name. */
function isLabel(text: string): boolean {
  if (!label.test(text)) return false;
  if (!text.startsWith('xn--')) return true;
  const unicode = domainToUnicode(text);
  return unicode !== text && domainToASCII(unicode) === text;
}
