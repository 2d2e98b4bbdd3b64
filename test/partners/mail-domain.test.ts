import { domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFreeMailDomain } from '../../src/partners/free-mail-domains.ts';
import {
  companyDomainsRefusal,
  foldEmail,
  mailDomainRefusal,
  normaliseDomain,
  normaliseEmail,
} from '../../src/partners/mail-domain.ts';

const companyDomains = ['contoso.com', 'bücher.example', 'Fabrikam.CO.UK.'];

async function verdict(email: string, domains = companyDomains): Promise<string> {
  return (await mailDomainRefusal(email, domains))?.code ?? 'allowed';
}

test.each([
  ['live.com hotmail.com gmail.com googlemail.com outlook.com msn.com windowslive.com'],
  ['live.co.uk live.nl live.se hotmail.co.uk hotmail.de hotmail.se hotmail.com.tr outlook.de'],
  ['yahoo.com yahoo.co.jp yahoo.com.br ymail.com icloud.com me.com aol.com gmx.de gmx.ch web.de'],
  ['tuta.com duck.com fastmail.com hey.com proton.me posteo.de mail.ru yandex.ru qq.com 163.com'],
])('CR-04 a free-hosted mail domain is refused, and so are its subdomains: %s', async (domains) => {
  for (const domain of domains.split(' ')) {
    expect(await verdict(`ana@${domain}`), domain).toBe('FreeEmailDomain');
    expect(await verdict(`ana@mail.eu.${domain}`), domain).toBe('FreeEmailDomain');
    expect(await verdict(`ana@${domain}`, [domain]), domain).toBe('FreeEmailDomain');
  }
});

test.each([
  'GMAIL.COM',
  'gmail.com.',
  'gmail。com',
  'ｇｍａｉｌ．ｃｏｍ',
  'gm\u00ADail.com',
  'mül\u00ADlmail.com',
  'xn--mllmail-n2a.com',
  'ℌotmail.com',
])('CR-04 no spelling hides a free-hosted domain: %s', async (domain) => {
  expect(await verdict(`ana@${domain}`)).toBe('FreeEmailDomain');
});

test.each(['contoso.com', 'CONTOSO.com.', 'eu.contoso.com', 'ｃontoso.com', 'fabrikam.co.uk'])(
  'CR-04 a user of a company domain or beneath one is allowed: %s',
  async (domain) => {
    expect(await verdict(`ana@${domain}`)).toBe('allowed');
  },
);

test.each(['bücher.example', 'BÜCHER.example', 'xn--bcher-kva.example', 'XN--BCHER-KVA.EXAMPLE.'])(
  'CR-04 a company domain matches in Unicode and punycode alike: %s',
  async (domain) => {
    expect(await verdict(`ana@${domain}`)).toBe('allowed');
    expect(await verdict('ana@bücher.example', [domain])).toBe('allowed');
  },
);

test.each([
  'contoso.org',
  'notcontoso.com',
  'contoso.com.evil.example',
  'com',
  'co.uk',
  'cоntoso.com', // with a Cyrillic о
  'example.com',
  'not a domain',
  '',
])('CR-04 a user outside the company domains is refused: %j', async (domain) => {
  expect(await verdict(`ana@${domain}`)).toBe('OutsideCompanyDomains');
});

test('CR-04 nobody is inside where no company domain is registered', async () => {
  expect(await verdict('ana@contoso.com', [])).toBe('OutsideCompanyDomains');
});

test('CR-04 the public suffixes in the packaged list condemn no company beneath them', async () => {
  for (const domain of ['contoso.com.ar', 'contoso.net.ua', 'contoso.spb.ru', 'contoso.com.com']) {
    expect(await isFreeMailDomain(domain), domain).toBe(false);
  }
  expect(await isFreeMailDomain('gmail.com.com')).toBe(true);
});

const label = fc.stringMatching(/^[a-z0-9üéßжλ]([a-z0-9üéßжλ-]{0,8}[a-z0-9üéßжλ])?$/);
const spelledDomain = fc
  .oneof(
    fc.constantFrom('gmail.com', 'hotmail.fr', 'tuta.com', 'müllmail.com', ...companyDomains),
    fc
      .tuple(label, fc.constantFrom('com', 'de', 'co.uk', 'example'))
      .map((parts) => parts.join('.')),
  )
  .map(normaliseDomain)
  .filter((domain) => domain !== undefined);

/** Other ways to write the same domain: case, width, ideographic dots, trailing dot, Unicode. */
const respelling = fc.record({
  unicode: fc.boolean(),
  upper: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
  wide: fc.boolean(),
  dot: fc.constantFrom('.', '。', '．', '｡'),
  end: fc.constantFrom('', '.', '。'),
});

function respell(domain: string, how: typeof respelling extends fc.Arbitrary<infer T> ? T : never) {
  const text = how.unicode ? domainToUnicode(domain) : domain;
  const characters = Array.from(text, (character, index) => {
    if (character === '.') return how.dot;
    // ß has no single capital, and full width exists for ASCII only.
    const raised = character.toUpperCase();
    const cased = how.upper[index % how.upper.length] && raised.length === 1 ? raised : character;
    return how.wide && /[A-Za-z0-9]/.test(cased)
      ? String.fromCodePoint((cased.codePointAt(0) ?? 0) + 0xfee0)
      : cased;
  });
  return characters.join('') + how.end;
}

test('CR-04 no spelling of a domain changes the verdict', async () => {
  await fc.assert(
    fc.asyncProperty(spelledDomain, respelling, async (domain, how) => {
      const spelled = respell(domain, how);
      expect(normaliseDomain(spelled)).toBe(domain);
      expect(await verdict(`ana@${spelled}`)).toBe(await verdict(`ana@${domain}`));
      expect(await verdict(`ana@${domain}`, [spelled])).toBe(
        await verdict(`ana@${domain}`, [domain]),
      );
    }),
    { numRuns: 500 },
  );
});

test('CR-03 an address has one canonical form, whatever text is given', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.string(), spelledDomain).map(([local, domain]) => `${local}@${domain}`),
    fc.emailAddress(),
  );
  fc.assert(
    fc.property(text, (given) => {
      const address = normaliseEmail(given);
      if (address === undefined) return;
      expect(normaliseEmail(address)).toBe(address);
      expect(address).toMatch(/^[!-?A-~]+@[a-z0-9.-]+$/);
      expect(address).toBe(address.toLowerCase());
      expect(address.length).toBeLessThanOrEqual(254);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [' Ana.Lima+az@Contoso.COM. ', 'ana.lima+az@contoso.com'],
  ["o'neil@bücher.example", "o'neil@xn--bcher-kva.example"],
  ['a@b.co', 'a@b.co'],
])('CR-03 the address %j is read as %s', (text, address) => {
  expect(normaliseEmail(text)).toBe(address);
});

test.each([
  '',
  'ana',
  '@contoso.com',
  'ana@',
  'ana@@contoso.com',
  'ana@x@contoso.com',
  'ana @contoso.com',
  'ana@ contoso.com',
  'ana\r\nBcc: x@contoso.com',
  'ana\0@contoso.com',
  '.ana@contoso.com',
  'ana.@contoso.com',
  'a..b@contoso.com',
  '"ana"@contoso.com',
  'Ana <ana@contoso.com>',
  '\u212Aana@contoso.com', // the Kelvin sign, which lower-cases to k
  `${'a'.repeat(65)}@contoso.com`,
  `a@${'b'.repeat(64)}.com`,
  `a@${'bbbbbbbbb.'.repeat(25)}com`,
])('CR-03 %j is no address', (text) => {
  expect(normaliseEmail(text)).toBeUndefined();
});

test.each([
  'localhost',
  'com',
  '127.0.0.1',
  '0x7f.1',
  '[::1]',
  'contoso..com',
  '.contoso.com',
  'contoso.com..',
  '-contoso.com',
  'con_toso.com',
  'contoso.com/path',
  'contoso.com:443',
  'contoso%2ecom',
  'xn--a.com',
  'xn--gmail-.com',
  'xn--.com',
  'a\u200Db.com',
])('CR-04 %j is no domain', (text) => {
  expect(normaliseDomain(text)).toBeUndefined();
});

test('CR-04 a company domain is one that a single company holds, each bad entry named by its place', async () => {
  const refusal = await companyDomainsRefusal([
    'co.uk',
    'contoso.com',
    'github.io',
    'onmicrosoft.com',
    'gmail.com',
    'localhost',
  ]);
  expect(refusal?.code).toBe('InvalidRequest');
  expect(refusal?.details?.map(({ target, message }) => [target, message.split('.')[0]])).toEqual([
    ['domains[0]', 'Not a domain that one company can hold'],
    ['domains[2]', 'Not a domain that one company can hold'],
    ['domains[3]', 'Shared by all Microsoft tenants'],
    ['domains[4]', 'A free mail service, where anybody can have an address'],
    ['domains[5]', 'Not a domain that one company can hold'],
  ]);
});

const refusedDomains = async (domains: string[]) => {
  const details = (await companyDomainsRefusal(domains))?.details ?? [];
  return details.map(({ target }) => domains[Number(/\d+/.exec(target ?? '')?.[0])]);
};

test('CR-04 a shared tenant domain of any cloud is refused bare; a tenant’s own below it is not', async () => {
  const shared = [
    ...[
      'onmicrosoft.com',
      'onmicrosoft.us',
      'onmicrosoft.cn',
      'onmicrosoft.de',
      'OnMicrosoft.COM.',
    ],
    ...['mail.onmicrosoft.com', 'mail.onmicrosoft.us', 'onmicrosoft.example.gov'],
    ...['partner.onmschina.cn', 'onmschina.cn', 'partner.mail.onmschina.cn'],
    ...['microsoftonline.com', 'emea.microsoftonline.com', 'partner.microsoftonline.cn'],
  ];
  expect(await refusedDomains(shared)).toEqual(shared);
  const own = [
    ...['contoso.onmicrosoft.com', 'contoso.mail.onmicrosoft.com', 'contoso.onmicrosoft.us'],
    ...['contoso.onmicrosoft.de', 'contoso.partner.onmschina.cn', 'onmicrosoft-contoso.com'],
    ...['contoso.com', 'eu.contoso.co.uk', 'x.example', 'partner.contoso.cn', 'microsoft.com'],
  ];
  expect(await refusedDomains(own)).toEqual([]);
  expect(await verdict('ana@contoso.onmicrosoft.us', ['contoso.onmicrosoft.us'])).toBe('allowed');
  expect(await verdict('ana@fabrikam.onmicrosoft.us', ['contoso.onmicrosoft.us'])).toBe(
    'OutsideCompanyDomains',
  );
});

test('CR-04 a free-hosted domain is refused as a company domain, in any spelling', async () => {
  const free = [
    'gmail.com',
    'GMail.com.',
    'mail.live.com',
    'hotmail.co.uk',
    'müllmail.com',
    'yahoo.co.jp',
  ];
  expect(await refusedDomains(free)).toEqual(free);
});

test.each([
  ['ana+sales@contoso.com', 'ana@contoso.com'],
  ['ana+a+b@contoso.com', 'ana@contoso.com'],
  ['ana+@contoso.com', 'ana@contoso.com'],
  ['ana@contoso.com', 'ana@contoso.com'],
  ['a.na@contoso.com', 'a.na@contoso.com'],
  ['+ana@contoso.com', '+ana@contoso.com'],
  ['++@contoso.com', '++@contoso.com'],
])('PR-07 %s is the person %s', (address, person) => {
  expect(foldEmail(address)).toBe(person);
});

test('PR-07 spellings of one address fold to one, other people’s to others', () => {
  const local = fc
    .stringMatching(/^[a-z0-9]([a-z0-9._-]{0,8}[a-z0-9])?$/)
    .filter((text) => !text.includes('..'));
  const tag = fc.stringMatching(/^(\+[a-z0-9+]{0,6})?$/);
  fc.assert(
    fc.property(local, local, tag, fc.boolean(), (one, other, tagged, upper) => {
      const given = `${one}${tagged}@Contoso.com.`;
      const address = normaliseEmail(upper ? given.toUpperCase() : given)!;
      expect(foldEmail(address)).toBe(`${one}@contoso.com`);
      expect(foldEmail(foldEmail(address))).toBe(foldEmail(address));
      expect(foldEmail(`${other}@contoso.com`) === foldEmail(address)).toBe(one === other);
    }),
  );
});
