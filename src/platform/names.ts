/**
 * What people, partners and customers may be called. Names stand in emails and on pages of other people, so they must
 * not carry what a reader cannot see, what turns the text around them, or a link (settled points, "Names").
 */
import * as z from 'zod';

/**
 * What a reader cannot see or what turns text around: controls, line separators, lone surrogates, direction marks, and
 * everything that Unicode has ignored by default: zero-width spaces and joiners, soft hyphens, fillers, tags. A
 * variation selector is let through where it chooses a shape: of an emoji, or of an ideograph (辻󠄀 and 辻 are two
 * spellings of a family name). Joiners are not: joined emoji, and Persian or Sinhala spellings that need one, are
 * refused.
 */
const unseen =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\uFFF9-\uFFFB]|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}|(?<![\p{Extended_Pictographic}\p{Unified_Ideograph}])\p{Variation_Selector}/u;

/**
 * What mail programs make a link of, or browsers open: `scheme://`, `www.`, `mailto:` and the like, and a domain or an
 * IPv4 address with a path, port, query or fragment. A domain alone is a name: Amazon.com, Inc.
 */
const webAddress = new RegExp(
  [
    /:[/\\]{2}/iu,
    /(?<![\p{L}\p{M}\p{N}])www\.[\p{L}\p{N}]/iu,
    /(?<![\p{L}\p{M}\p{N}])(?:https?|mailto|javascript):\S/iu,
    /[\p{L}\p{M}\p{N}]\.(?:xn--[a-z0-9-]+|\p{L}[\p{L}\p{M}]+)(?:[/\\]|:\d|[?#]\S)/iu,
    /\d\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:[/\\]|:\d)/iu,
  ]
    .map(({ source }) => source)
    .join('|'),
  'iu',
);

/** Whether a text holds a character that a reader cannot see, or one that changes the direction of text. */
export function holdsUnseen(text: string): boolean {
  return unseen.test(text);
}

/** Whether a text holds a web address, in full-width letters too. */
export function holdsWebAddress(text: string): boolean {
  return webAddress.test(text.normalize('NFKC'));
}

/** The name of a person, a partner or a customer: one line, trimmed, of at most `longest` characters. */
export const displayName = (longest = 200) =>
  z
    .string()
    // Before trimming, which takes a byte order mark for white space.
    .refine(
      (text) => !holdsUnseen(text),
      'must not hold control, text-direction or zero-width characters (joiners included): leave them out',
    )
    .trim()
    .min(1, 'must not be empty')
    .max(longest, { error: `must be at most ${longest} characters`, abort: true })
    .refine(
      (text) => !holdsWebAddress(text),
      'must not hold a web address such as https://contoso.com, www.contoso.com or contoso.com/path',
    )
    .meta({
      description:
        'One line. No control, text-direction or zero-width characters, and no web address.',
    });
