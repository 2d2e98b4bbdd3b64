/**
 * The template language of the mails, all of it: `{{name}}` is a value, `{{#name}}…{{/name}}` is repeated for each
 * item of a list, and shown or left out for a value or a boolean. Names are looked up in the item first, then outside.
 */
export type TemplateValue = string | number | boolean | undefined | readonly TemplateValues[];
export type TemplateValues = Readonly<{ [name: string]: TemplateValue }>;

const tag = /\{\{#(\w+)\}\}([\s\S]*?)\{\{\/\1\}\}|\{\{(\w+)\}\}/g;

/**
 * Fills a template in one pass: what a value says is never read as template. Line breaks and other control
 * characters in values become spaces.
 * @param escape how a value is written: `escapeHtml`, or `asIs` for plain text.
 * @throws Error naming a placeholder that has no value.
 */
export function render(
  template: string,
  values: TemplateValues,
  escape: (text: string) => string,
): string {
  return template.replaceAll(
    tag,
    (_, section: string | undefined, inner: string, name: string | undefined) => {
      if (section !== undefined) {
        const value = values[section];
        if (Array.isArray(value))
          return (value as readonly TemplateValues[])
            .map((item) => render(inner, { ...values, ...item }, escape))
            .join('');
        return value === undefined || value === false || value === ''
          ? ''
          : render(inner, values, escape);
      }
      const value = values[name ?? ''];
      if (typeof value !== 'string' && typeof value !== 'number')
        throw new Error(`The mail template wants a value for ${name}`);
      return escape(oneLine(String(value)));
    },
  );
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Makes a text safe in HTML, in elements and in quoted attributes alike. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** For plain text, where nothing has a meaning of its own. */
export function asIs(text: string): string {
  return text;
}

/**
 * A text on one line, without control characters and without the marks that reverse the direction of what follows
 * (a name could make an address look like another).
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, ' ').trim();
}
