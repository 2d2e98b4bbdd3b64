/**
 * The list of free-hosted mail domains (CR-04): the `email-providers` package, and what it lacks. To maintain
 * it, update the package and add here what is reported missing, in its group.
 */
import { domainToASCII } from 'node:url';

/** Services that exist under every country's suffix: hotmail.com, hotmail.co.uk, hotmail.se … */
const brands: ReadonlySet<string> = new Set(['gmail', 'googlemail', 'hotmail', 'yahoo']);

/** Free-hosted domains that the package lacks. */
const additions = [
  // Microsoft
  'live.at live.cl live.co live.co.in live.co.za live.com.my live.com.ph live.com.pk live.com.pt',
  'live.es live.fi live.gr live.hu live.in live.lk live.no live.pl live.ru live.se livemail.tw',
  'outlook.com.hr passport.com myyahoo.com',
  // Private mail
  'tuta.com tuta.io tutamail.com tutanota.com tutanota.de keemail.me proton.me protonmail.com pm.me',
  'posteo.de posteo.net posteo.at posteo.ch startmail.com mailfence.com disroot.org riseup.net',
  'ctemplar.com countermail.com cyberfear.com criptext.com elude.in dnmx.org danwin1210.me',
  'librem.one kolabnow.com soverin.net msgsafe.io skiff.com murena.io ecloud.global vivaldi.net',
  'hey.com onmail.com e.email mailo.com net-c.com purelymail.com',
  // Fastmail
  'fastmail.com fastmail.co.uk fastmail.net fastmail.org myfastmail.com 123mail.org',
  // Zoho
  'zohomail.com zohomail.eu zohomail.in zoho.eu zoho.in',
  // Forwarding addresses
  'duck.com mozmail.com addy.io anonaddy.com anonaddy.me simplelogin.com simplelogin.co',
  'slmail.me slmails.com aleeas.com privaterelay.appleid.com',
  // Country providers
  'gmx.ch gmx.us gmx.es gmx.co.uk mail.de firemail.de ik.me etik.com chello.at aon.at hispeed.ch',
  'freesurf.ch vtxmail.ch ziggo.nl xs4all.nl bredband.net op.pl tlen.pl go2.pl interia.eu',
  'interia.com volny.cz atlas.cz atlas.sk zoznam.sk azet.sk citromail.hu inbox.lt one.lt delfi.ee',
  'internet.ru sohu.com 139.com 189.cn wo.cn kakao.com nifty.com',
].flatMap((line) => line.split(' '));

/** RFC 2606 keeps these for examples: nobody has a mailbox there, so the package's mention is a mistake. */
const mistakes = ['example.com'];

/**
 * Whether a domain, in the canonical form of `normaliseDomain`, is a free-hosted mail domain or beneath one.
 * Only names that somebody can register count as such: the package lists a few public suffixes (com.ar,
 * org.ua), under which companies live.
 */
export async function isFreeMailDomain(domain: string): Promise<boolean> {
  const [{ registrable }, listed] = await Promise.all([
    import('./public-suffix.ts'),
    freeMailDomains(),
  ]);
  if (listed.has(domain)) return true;
  const owned = registrable(domain);
  if (owned === undefined) return false;
  if (brands.has(owned.label)) return true;
  for (let parent = domain; parent !== owned.domain;) {
    parent = parent.slice(parent.indexOf('.') + 1);
    if (listed.has(parent)) return true;
  }
  return false;
}

let loading: Promise<ReadonlySet<string>> | undefined;

/** The whole list in canonical form, read at the first question and kept. */
function freeMailDomains(): Promise<ReadonlySet<string>> {
  loading ??= readList();
  return loading;
}

async function readList(): Promise<ReadonlySet<string>> {
  const { default: packaged } = await import('email-providers/all.json', {
    with: { type: 'json' },
  });
  const domains = new Set([...packaged, ...additions].map((domain) => domainToASCII(domain)));
  for (const mistake of mistakes) domains.delete(mistake);
  return domains;
}
