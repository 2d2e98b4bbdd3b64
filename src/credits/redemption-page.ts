/**
 * The pages behind a redemption link (CR-08, CR-09, CR-14), as HTML. Rendering only: what is the case is told by a
 * view, which carries its HTTP status by its kind.
 */
import type { DateOnly, Instant } from '../platform/calendar.ts';
import { errorPage } from '../platform/http/error-page.ts';
import { html, type Html } from '../platform/http/html.ts';
import { shell } from '../platform/http/page-shell.ts';
import type { Money } from '../platform/money.ts';
import type { Refusal } from '../platform/refusals.ts';
import { conversionProblem, conversionSection, type Conversion } from './conversion-section.ts';
import { dateText, fact, instantText, moneyText } from './page-facts.ts';

/** What every page about a living assignment tells of its credit. */
export type RedemptionCredit = {
  /** The benefit's name: `Azure monthly credit`. */
  name: string;
  amount: Money;
  /** Whether the amount is granted every calendar month, or once. */
  monthly: boolean;
  assignedTo: { displayName: string; email: string };
};

/** Why the form was refused: 400 for what is not a subscription id, 409 for a refusal of the rules. */
export type FormProblem = { status: 400 | 409; message: string; typed: string };

export type RedemptionView =
  | {
      kind: 'open';
      credit: RedemptionCredit;
      steps: readonly string[];
      offerUrl: string;
      /** Exclusive: the credit can be redeemed before 00:00Z of this date. */
      redeemBy: DateOnly;
      problem?: FormProblem;
    }
  | {
      kind: 'redeemed';
      credit: RedemptionCredit;
      /** What this very request has done. */
      justNow?: 'redeemed' | 'converted' | undefined;
      /** Whether the credit has ended, which its subscription need not have. */
      ended?: boolean;
      azureSubscriptionId: string;
      redeemedAt: Instant;
      /** What is left to use. */
      balance?: Money;
      /** Exclusive: the credit ends at 00:00Z of this date. */
      endsAt?: DateOnly;
      conversion?: Conversion;
    }
  /** The assignment was removed: the link is dead for good. */
  | { kind: 'dead' }
  /** The time to redeem is over. */
  | { kind: 'expired' }
  /** No link of ours. */
  | { kind: 'unknown' }
  | { kind: 'unavailable' }
  | { kind: 'failed'; requestId: string };

/** The page of a view and its HTTP status. */
export function redemptionPage(view: RedemptionView): { status: number; html: string } {
  switch (view.kind) {
    case 'open':
      return openPage(view);
    case 'redeemed':
      return redeemedPage(view);
    case 'dead':
      return plainPage(
        410,
        'This link no longer works',
        'The credit that it was for is no longer assigned to you: it was taken back or given to someone else.',
        'If you did not expect this, ask the person in your organisation who looks after its partner benefits.',
      );
    case 'expired':
      return plainPage(
        410,
        'This credit can no longer be redeemed',
        'The time in which it could be redeemed is over.',
        'Ask the person in your organisation who looks after its partner benefits whether there is a newer credit for you.',
      );
    case 'unknown':
      return plainPage(
        404,
        'We do not know this link',
        'It may have been cut off on its way. Open the link in the mail again, or copy the whole of it, to the last character.',
        'If that does not help, ask for the mail to be sent again.',
      );
    case 'unavailable':
      return plainPage(
        503,
        'Not available at the moment',
        'Please open the link of your mail again in a few minutes.',
        'If you have just sent the form: the page will then tell whether the credit has been redeemed.',
      );
    case 'failed':
      return plainPage(
        500,
        'Something went wrong here',
        'It is our fault, not yours. Open the link of your mail again: the page will tell whether the credit has been redeemed.',
        html`If it stays like this, report it with this request id: <code>${view.requestId}</code>`,
      );
  }
}

/** The page for what a request to a redemption link was refused with, in the link's own words where there are any. */
export function refusalPage(refusal: Refusal, requestId: string): { status: number; html: string } {
  switch (refusal.code) {
    case 'NotFound':
      return redemptionPage({ kind: 'unknown' });
    case 'LinkNoLongerValid':
      return redemptionPage({ kind: 'dead' });
    case 'ServiceUnavailable':
      return redemptionPage({ kind: 'unavailable' });
    case 'InternalError':
      return redemptionPage({ kind: 'failed', requestId });
    default:
      return errorPage(refusal, requestId);
  }
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is wrong with the text typed as a subscription id, in words for the form; undefined when it is one. */
export function subscriptionIdProblem(typed: string): string | undefined {
  if (typed === '') return 'Enter the id of your new Azure subscription.';
  if (guid.test(typed)) return undefined;
  return 'Enter the id as the Azure portal shows it: 32 digits and letters from a to f, in five groups joined by hyphens.';
}

function openPage(view: Extract<RedemptionView, { kind: 'open' }>) {
  const { credit, problem } = view;
  const heading = `Redeem your ${credit.name}`;
  return {
    status: problem?.status ?? 200,
    html: shell(
      problem ? `Error: ${heading}` : heading,
      html`${problem && problemSummary(problem)}
        <h1>${heading}</h1>
        <dl class="facts">
          ${creditFacts(credit)} ${fact('Redeem before', dateText(view.redeemBy))}
        </dl>
        <section class="note" aria-labelledby="rule">
          <h2 id="rule">You need a new Azure subscription</h2>
          <p>
            The credit can be redeemed once, and only on a <strong>new</strong> Azure subscription:
            one on which no credit was ever redeemed. It pays for that subscription alone, so
            resources that you already have <strong>must be moved to it</strong>.
          </p>
        </section>
        <h2>Steps</h2>
        <ol>
          ${view.steps.map((step) => html`<li>${step}</li>`)}
        </ol>
        <p class="offer">
          <a href="${view.offerUrl}" rel="noopener noreferrer" target="_blank"
            >Offer page on ${new URL(view.offerUrl).host}</a
          >
          <span class="quiet new-tab">(opens in a new tab)</span>
        </p>
        ${redeemForm(problem)} ${linkIsPersonal}`,
    ),
  };
}

function problemSummary(problem: FormProblem): Html {
  return html`<div class="bad" role="alert" tabindex="-1" autofocus aria-labelledby="problem">
    <h2 id="problem">The credit was not redeemed</h2>
    <p><a href="#azureSubscriptionId">${problem.message}</a></p>
  </div>`;
}

// The form has no action: it goes to the page's own address, whatever stands in front of the app.
function redeemForm(problem: FormProblem | undefined): Html {
  return html`<form method="post">
    <h2>Redeem</h2>
    <div class="field${problem && ' wrong'}">
      <label for="azureSubscriptionId">Azure subscription id</label>
      <span class="hint" id="hint"
        >Of the new subscription, as the Azure portal shows it under Subscriptions: for example
        2b9f5c1e-7d0a-4c3b-9a53-0f8f2b1f6a11</span
      >
      ${problem && html`<span class="error" id="error">Error: ${problem.message}</span>`}
      <input
        id="azureSubscriptionId"
        name="azureSubscriptionId"
        type="text"
        inputmode="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        required
        maxlength="64"
        pattern="\\s*[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\s*"
        title="Five groups of digits and letters from a to f, joined by hyphens"
        aria-describedby="hint${problem && ' error'}"
        ${problem && html`aria-invalid="true"`}
        value="${problem?.typed}"
      />
    </div>
    <button type="submit">Redeem the credit</button>
  </form>`;
}

function redeemedPage(view: Extract<RedemptionView, { kind: 'redeemed' }>) {
  const { credit, justNow, ended, conversion } = view;
  const heading = redeemedHeading(view);
  const problem = conversion?.unconfirmed;
  return {
    status: problem ? 400 : 200,
    html: shell(
      problem ? `Error: ${heading}` : heading,
      html`${problem && conversionProblem}
        <h1>${heading}</h1>
        ${
          justNow &&
          html`<div class="good" role="status">
            <p>${done[justNow]}</p>
          </div>`
        }
        <dl class="facts">
          ${creditFacts(credit)}
          ${fact('Azure subscription', html`<code>${view.azureSubscriptionId}</code>`)}
          ${fact('Redeemed', instantText(view.redeemedAt))}
          ${view.balance && fact('Left to use', moneyText(view.balance))}
          ${view.endsAt !== undefined && fact(ended ? 'Ended' : 'End of the credit', dateText(view.endsAt))}
        </dl>
        ${
          !ended &&
          html`<section class="note" aria-labelledby="move">
            <h2 id="move">Move your resources to this subscription</h2>
            <p>The credit pays for nothing outside it. It cannot be redeemed a second time.</p>
          </section>`
        }
        ${conversion && conversionSection(conversion)} ${linkIsPersonal}`,
    ),
  };
}

const done = {
  redeemed: 'Done: the credit now pays for your new Azure subscription.',
  converted: 'Done: the spending limit is removed.',
};

function redeemedHeading({
  credit,
  justNow,
  ended,
}: Extract<RedemptionView, { kind: 'redeemed' }>) {
  if (justNow === 'converted') return 'Your subscription is converted to pay-as-you-go';
  if (justNow === 'redeemed') return `Your ${credit.name} is redeemed`;
  return ended ? `Your ${credit.name} has ended` : `Your ${credit.name} is already redeemed`;
}

function plainPage(status: number, heading: string, reason: string, remedy: string | Html) {
  return {
    status,
    html: shell(
      heading,
      html`<h1>${heading}</h1>
        <p>${reason}</p>
        <p>${remedy}</p>`,
    ),
  };
}

const linkIsPersonal = html`<p class="quiet last">
  The link to this page is personal. Do not pass it on: whoever has it sees this credit.
</p>`;

function creditFacts({ name, amount, monthly, assignedTo }: RedemptionCredit): Html {
  const { displayName, email } = assignedTo;
  return html`${fact('Credit', name)}
  ${fact(
    'Amount',
    html`<span class="amount">${moneyText(amount)}</span
      >${monthly ? ' every calendar month' : ', granted once'}`,
  )}
  ${fact('Assigned to', displayName === '' ? email : `${displayName} (${email})`)}`;
}
