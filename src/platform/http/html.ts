/**
 * HTML from tagged templates: every value put in is escaped, so that no page can forget to. A library would bring a
 * template language, files to load, or a virtual DOM; a handful of static pages needs these few lines only.
 */

// A symbol, so that no value parsed from JSON or a form can pass for markup.
const markup = Symbol('markup');

/** Markup that is safe to put into a page as it stands. Only `html` makes it. */
export type Html = { readonly [markup]: string };

/** What a template takes: text is escaped, markup is not, a list is joined, nothing is left out. */
export type HtmlValue = string | number | Html | readonly HtmlValue[] | false | undefined;

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes markup. Values may stand as text or within double-quoted attributes, nowhere else. */
export function html(literals: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return { [markup]: String.raw({ raw: literals }, ...values.map(rendered)) };
}

/** The markup as the text of a document. */
export function htmlText(value: Html): string {
  return value[markup];
}

function rendered(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(rendered).join('');
  if (typeof value === 'object') return (value as Html)[markup];
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
