/** How facts about a credit are written on pages for people. */
import type { DateOnly, Instant } from '../platform/calendar.ts';
import { html, type Html } from '../platform/http/html.ts';
import type { Money } from '../platform/money.ts';

/** One entry of a list of facts. */
export function fact(name: string, value: string | Html): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

const thousands = new Intl.NumberFormat('en-US');

/** `2,400.00 USD`. */
export function moneyText({ amount, currency }: Money): string {
  const [whole = '', fraction] = amount.split('.');
  const grouped = thousands.format(whole as `${number}`);
  return `${grouped}${fraction === undefined ? '' : `.${fraction}`} ${currency}`;
}

const longDate = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `15 January 2027 (UTC)`. */
export function dateText(date: DateOnly): Html {
  return html`<time datetime="${date}">${longDate.format(new Date(date))} (UTC)</time>`;
}

/** `15 January 2027, 08:05 (UTC)`. */
export function instantText(instant: Instant): Html {
  const day = longDate.format(new Date(instant));
  return html`<time datetime="${instant}">${day}, ${instant.slice(11, 16)} (UTC)</time>`;
}
