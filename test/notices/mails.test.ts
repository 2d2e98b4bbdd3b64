import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff, maximumAttempts } from '../../src/notices/backoff.ts';
import { renderAssignmentMail } from '../../src/notices/assignment-mail.ts';
import {
  renderCreditEndedMail,
  renderCreditEndingMail,
  type ReminderMail,
} from '../../src/notices/reminder-mails.ts';
import { asIs, escapeHtml, render } from '../../src/notices/templates/render.ts';

const assignment = {
  recipientName: 'Ana',
  partnerName: 'Contoso',
  benefitName: 'Azure monthly credit',
  amountText: '100.00 USD a month',
  steps: ['Open the offer.', 'Enter the id.'],
  link: 'http://127.0.0.1:7071/redeem/token?a=1&b=2',
  redeemByText: '2027-01-15',
  offerUrl: 'https://signup.azure.com/offer',
};
const reminder: ReminderMail = {
  recipientName: 'Ana',
  credits: [
    { benefitName: 'Azure credit', endsText: '2027-01-15', amountLeftText: '35.20 USD' },
    { benefitName: 'Copilot credit', endsText: '2027-01-16', amountLeftText: '7.00 USD' },
  ],
  stepsToConvert: ['Open the page.', 'Remove the limit.'],
  link: 'http://127.0.0.1:7071/redeem/token',
  forAdmins: false,
};
const others = [
  {
    name: 'Microsoft 365 E5',
    subject: 'Microsoft 365 E5: redeem the product key before 2027-03-15',
    whatToDo: '(10 licences): its product key has not been redeemed.',
  },
];
const ofKeysAlone = { ...reminder, credits: [], stepsToConvert: [], link: undefined, others };
const mails = [
  renderAssignmentMail(assignment),
  renderCreditEndingMail(reminder),
  renderCreditEndedMail(reminder),
  renderCreditEndingMail({ ...reminder, others }),
  renderCreditEndingMail({ ...ofKeysAlone, forAdmins: true }),
];

test('CR-08 the mail has the link in full and the steps, in HTML and in text', () => {
  const { html, text, subject } = renderAssignmentMail(assignment);
  expect(subject).toBe('Contoso has assigned you a credit: Azure monthly credit');
  expect(text).toContain('\nhttp://127.0.0.1:7071/redeem/token?a=1&b=2\n');
  expect(html).toContain('>http://127.0.0.1:7071/redeem/token?a=1&amp;b=2</a>');
  expect(text).toContain('1. Open the offer.\n2. Enter the id.\n');
  expect(html).toContain('<li>Open the offer.</li><li>Enter the id.</li>');
  for (const part of [html, text]) {
    expect(part).toContain('2027-01-15');
    expect(part).toContain('100.00 USD a month');
    expect(part).toContain('did not expect');
    expect(part).toContain('do not forward');
  }
});

test('CR-09 the mail says that the subscription must be new and resources must move to it', () => {
  const { html, text } = renderAssignmentMail(assignment);
  for (const part of [html, text]) {
    expect(part).toContain('new Azure subscription');
    expect(part).toContain('cannot be used again');
    expect(part).toContain('must be moved to the new one');
    expect(part).toContain(assignment.offerUrl);
  }
});

test('CR-17 a reminder names every credit and the steps to convert, and gives admins no link', () => {
  const holder = renderCreditEndingMail(reminder);
  const admin = renderCreditEndingMail({ ...reminder, link: undefined, forAdmins: true });
  for (const part of [holder.html, holder.text, admin.html, admin.text]) {
    expect(part).toMatch(/Azure credit\b[^]*Copilot credit\b/);
    expect(part).toContain('35.20 USD');
    expect(part).toContain('Remove the limit.');
  }
  expect(holder.text).toContain(reminder.link);
  expect(admin.text).not.toContain('/redeem/');
  expect(admin.html).not.toContain('/redeem/');
  expect(admin.html).toContain('contact of your organisation');
  const [one] = reminder.credits;
  const single = { ...reminder, credits: [one!] };
  expect(renderCreditEndingMail(single).subject).toBe('Azure credit ends on 2027-01-15');
  expect(renderCreditEndedMail(single).subject).toBe('Azure credit has ended');
  expect(renderCreditEndedMail(reminder).subject).toBe('2 Azure credits have ended');
});

test('KEY-10 a reminder of keys alone says nothing of credits, and of both it names both', () => {
  const keys = renderCreditEndingMail({ ...ofKeysAlone, forAdmins: true });
  expect(keys.subject).toBe(others[0]?.subject);
  for (const part of [keys.html, keys.text]) {
    expect(part).toContain(others[0]?.whatToDo);
    expect(part).toContain('contact of your organisation');
    expect(part).not.toMatch(/credit/i);
  }
  const both = renderCreditEndingMail({ ...reminder, others });
  expect(both.subject).toBe('3 benefits and subscriptions need attention');
  for (const part of [both.html, both.text]) {
    expect(part).toContain(others[0]?.whatToDo);
    expect(part).toContain('35.20 USD');
  }
});

test('CR-08 mails load nothing from outside and say their language', () => {
  for (const { html, text } of mails) {
    expect(html).toMatch(/<html lang="en"/);
    expect(html).not.toMatch(/<img|<script|<link|@import|url\(|src=/i);
    expect(html).toContain('color-scheme');
    expect(html + text).not.toMatch(/\{\{|\}\}|undefined|\[object/);
  }
});

test('CR-08 whatever a name says is shown as text', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<script>x</script>',
      '"><a href="x">',
      "' onclick='x",
      '{{link}}',
      '$&',
      '&amp;',
    ),
  );
  const tags = (html: string) => html.match(/<[^>]*>/g)?.length;
  const plain = tags(renderAssignmentMail(assignment).html);
  fc.assert(
    fc.property(nasty, nasty, nasty, (recipientName, partnerName, step) => {
      const steps = [step, 'second'];
      const { html, subject } = renderAssignmentMail({
        ...assignment,
        recipientName,
        partnerName,
        steps,
      });
      expect(tags(html)).toBe(plain);
      expect(subject).not.toMatch(/[\r\n]/);
    }),
  );
});

test('a template is filled in one pass, and a missing value is an error', () => {
  expect(render('{{a}} {{b}}', { a: '{{b}}', b: '<' }, escapeHtml)).toBe('{{b}} &lt;');
  expect(render('{{#on}}yes{{/on}}{{#off}}no{{/off}}', { on: true, off: false }, asIs)).toBe('yes');
  expect(render('{{a}}', { a: 'one\r\nBcc: two' }, asIs)).toBe('one Bcc: two');
  expect(() => render('{{a}}', {}, asIs)).toThrow('wants a value for a');
});

test('CR-08 waits grow, differ, last two days in all, and are never shorter than asked', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(random, fc.nat(86_400_000), (share, asked) => {
      const waits = Array.from({ length: maximumAttempts }, (_, i) =>
        backoff(i + 1, 0, () => share),
      );
      const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
      expect(hours).toBeGreaterThan(36);
      expect(hours).toBeLessThan(64);
      expect(waits).toEqual(waits.toSorted((one, other) => one - other));
      expect(backoff(1, asked, () => share)).toBeGreaterThanOrEqual(asked);
    }),
  );
});
