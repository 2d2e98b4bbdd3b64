/** What the holder's page tells of pay-as-you-go, and the form that converts to it (CR-14). */
import type { DateOnly } from '../platform/calendar.ts';
import { html, type Html } from '../platform/http/html.ts';
import { dateText } from './page-facts.ts';

/** How a redeemed credit's subscription stands to pay-as-you-go. */
export type Conversion = {
  /** The form was sent without its box ticked. */
  unconfirmed?: boolean;
} & (
  | {
      /**
       * With the spending limit: `running`, or `disabled` until there is credit again. Without it: `done`, and
       * once the credit has ended `goes-on`.
       */
      standing: 'running' | 'disabled' | 'done' | 'goes-on';
    }
  /** The credit has ended, the subscription is disabled, and can be converted before 00:00Z of a date. */
  | { standing: 'ended'; before: DateOnly }
);

/** The section of the page: what is the case, and, where there is something to convert, the form. */
export function conversionSection(conversion: Conversion): Html {
  const { standing, unconfirmed } = conversion;
  const converted = standing === 'done' || standing === 'goes-on';
  return html`<h2>${converted ? 'Pay-as-you-go' : 'Convert to pay-as-you-go'}</h2>
    <p>${explanation(conversion)}</p>
    ${!converted && conversionForm(unconfirmed)}`;
}

function explanation(conversion: Conversion): string | Html {
  switch (conversion.standing) {
    case 'running':
      return 'When the credit is used up, or ends, your subscription is disabled. Convert it, and it keeps running: what you use beyond the credit is then charged to the payment method of the subscription.';
    case 'disabled':
      return 'The credit is used up, or did not cover the latest usage, so your subscription is disabled. Convert it, and it is enabled again: what you use beyond the credit is then charged to the payment method of the subscription.';
    case 'ended':
      return html`The credit has ended, and your subscription is disabled. You can convert it before
      ${dateText(conversion.before)}, and it is enabled again: all that you use is then charged to
      the payment method of the subscription.`;
    case 'done':
      return 'The spending limit is removed: your subscription keeps running, and what you use beyond the credit is charged to its payment method.';
    case 'goes-on':
      return 'The credit has ended, and your subscription goes on as pay-as-you-go: all that you use is charged to its payment method.';
  }
}

// Mail scanners open links, and some press buttons: none ticks a box that says what it costs.
function conversionForm(unconfirmed: boolean | undefined): Html {
  return html`<form method="post">
    <input type="hidden" name="action" value="remove-spending-limit" />
    <div class="field${unconfirmed && ' wrong'}">
      ${unconfirmed && html`<span class="error" id="error">Error: ${tickFirst}</span>`}
      <label class="tick">
        <input
          id="confirm"
          name="confirm"
          type="checkbox"
          value="yes"
          required
          ${unconfirmed && html`aria-invalid="true" aria-describedby="error"`}
        />
        <span>I understand that usage is charged, and that this cannot be undone.</span>
      </label>
    </div>
    <button type="submit">Convert to pay-as-you-go</button>
  </form>`;
}

const tickFirst = 'Tick the box to say that you understand what is charged.';

/** The summary at the top of the page when the box was not ticked. */
export const conversionProblem = html`<div
  class="bad"
  role="alert"
  tabindex="-1"
  autofocus
  aria-labelledby="problem"
>
  <h2 id="problem">Nothing was converted</h2>
  <p><a href="#confirm">${tickFirst}</a></p>
</div>`;
