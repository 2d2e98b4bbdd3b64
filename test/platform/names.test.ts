import { expect, test } from 'vitest';
import { displayName } from '../../src/platform/names.ts';

const problems = (name: string) =>
  displayName()
    .safeParse(name)
    .error?.issues.map(({ message }) => message.split(' ').slice(0, 5).join(' ')) ?? [];
const unseen = ['must not hold control, text-direction'];
const address = ['must not hold a web'];

test.each([
  // Names that look a little like something else.
  ...[
    'Amazon.com, Inc.',
    'Booking.com B.V.',
    'Dr. No',
    'Node.js Experts',
    'What.If',
    'S.A. Contoso',
  ],
  ...[
    'Contoso S.A./N.V.',
    'B.Sc./M.Sc. Ana Adams',
    'AC/DC',
    '24/7 Support',
    'A/S Contoso',
    'c/o Ana',
  ],
  ...[
    'St. Gallen/Appenzell',
    'Müller & Söhne GmbH & Co. KG',
    'Yahoo! Inc.',
    "O'Neil",
    'Toys "R" Us',
  ],
  ...[
    'Ana (Sales) #1',
    'Who? Ana',
    'Note: Ana',
    'Re:Invent',
    'Awww.some',
    'Version 1.2.3.4',
    '::1',
  ],
  ...['ana@contoso.com', 'Contoso.com / Fabrikam.com', 'Ana <3', 'HTTP Ltd', 'https', '1/2', 'x'],
  // Many scripts, with their marks.
  ...['Ελένη Παπαδοπούλου', 'Анна Ковальчук', 'נעמי שמר', 'محمد بن سلمان', 'مُحَمَّد', 'علی رضایی'],
  ...[
    'श्रीमती आशा',
    'தமிழ்ச்செல்வி',
    'สมชาย',
    'ខ្មែរ',
    'អាណា',
    'မြန်မာ',
    '山田 太郎',
    '김철수',
    '王小明',
    'ภูเก็ต',
  ],
  ...[
    'Nguyễn Văn Á',
    'Nguyễn'.normalize('NFD'),
    'Þórður',
    'ʻOkina',
    'ㄅㄆㄇ',
    '株式会社コントソ',
    'ﾔﾏﾀﾞ',
  ],
  // Emoji, and the selectors that choose the shape of an emoji or an ideograph.
  ...['Ana 🚀', 'Ana 👍🏽', 'Ana 🇩🇪', 'Ana ❤️', 'Ana ☺︎', '辻\u{E0100} 花子', '葛\uFE00城'],
  'x'.repeat(200),
])('PR-01 %j is a name', (name) => {
  expect(displayName().parse(name)).toBe(name);
});

test('PR-01 a name comes out trimmed, and must be there', () => {
  expect(displayName().parse(' \u00A0 Ana Adams\u3000')).toBe('Ana Adams');
  expect(displayName(3).parse('  Ana  ')).toBe('Ana');
  expect(problems('')).toEqual(['must not be empty']);
  expect(problems(' \u00A0 ')).toEqual(['must not be empty']);
  expect(problems('x'.repeat(201))).toEqual(['must be at most 200']);
});

test.each([
  ['controls', '\0 \x07 \t \n \r \x1B \x7F \x85 \u2028 \u2029'.split(' ')],
  ['text direction', '\u061C \u200E \u200F \u202A \u202B \u202C \u202D \u202E'.split(' ')],
  ['isolates', '\u2066 \u2067 \u2068 \u2069'.split(' ')],
  [
    'zero-width',
    '\u200B \u200C \u200D \u2060 \uFEFF \u180E \u00AD \u034F \u2061 \u2064'.split(' '),
  ],
  ['fillers', '\u115F \u1160 \u3164 \uFFA0 \u17B4 \uFFF9 \uFFFB'.split(' ')],
  ['tags and selectors that choose nothing', '\u{E0001} \u{E0041} \uFE0F \u{E0100}'.split(' ')],
  ['halves of characters', ['\uD83D', '\uDE00']],
])('PR-01 no name holds %s, at its beginning, its end or between', (_, characters) => {
  for (const character of characters)
    for (const name of [`${character}Ana`, `An${character}a`, `Ana${character}`])
      expect(problems(name), JSON.stringify(name)).toEqual(unseen);
});

test.each([
  ['a joined emoji', '👩\u200D💻'],
  ['a flag of tags', '🏴\u{E0067}\u{E0062}\u{E007F}'],
  ['a Persian spelling with a non-joiner', 'علی\u200Cرضا'],
  ['a Sinhala spelling with a joiner', 'ශ්\u200Dරී'],
])('PR-01 %s needs a zero-width character, and is refused', (_, name) => {
  expect(problems(name)).toEqual(unseen);
});

test.each([
  ...[
    'https://evil.example',
    'Prize: HTTP://evil.example',
    'ftp://x',
    'tel://1',
    'x:\\\\y',
    'a://b',
  ],
  ...[
    'www.evil.example',
    'Go to WWW.evil.example now',
    '(www.x)',
    'www.кто.рф',
    'https:evil.example',
  ],
  ...['mailto:ana@evil.example', 'javascript:alert(1)', 'JavaScript:x'],
  ...[
    'evil.example/login',
    'Ana evil.example/',
    't.co/abc',
    'EVIL.CO.UK/x',
    'пример.рф/х',
    'xn--e1a.xn--p1ai/x',
  ],
  ...[
    'evil.example:8080',
    'evil.example?a=1',
    'evil.example#a',
    'evil.example\\x',
    'a-b.evil.example/x',
  ],
  ...[
    '10.0.0.1/x',
    '192.168.0.10:80',
    'ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ',
    'ｅｖｉｌ．ｃｏｍ／ｘ',
    'ana@evil.example/x',
  ],
])('PR-01 %j holds a web address and is no name', (name) => {
  expect(problems(name)).toEqual(address);
});
