import { templates } from './templates/compiled.ts';
import { asIs, escapeHtml, oneLine, render, type TemplateValues } from './templates/render.ts';

/** What a mail says; who gets it is said elsewhere. */
export type MailText = { subject: string; html: string; text: string };

/** Subjects are cut to what mail programs show and headers hold. */
const longestSubject = 200;

/**
 * Renders one of the templates in `templates/` as HTML and as text. `preview` is what mail programs show beside the
 * subject.
 */
export function mailText(
  name: keyof typeof templates,
  subject: string,
  values: TemplateValues,
): MailText {
  const { html, text } = templates[name];
  const heading = oneLine(subject).slice(0, longestSubject);
  const all = { ...values, subject: heading };
  return { subject: heading, html: render(html, all, escapeHtml), text: render(text, all, asIs) };
}

/** A list of texts as steps that templates number. */
export function numbered(steps: readonly string[]) {
  return steps.map((text, index) => ({ number: index + 1, text }));
}
