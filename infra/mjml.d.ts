/** What is used of MJML 5, which has no types of its own. */
declare module 'mjml' {
  type Options = {
    validationLevel?: 'strict' | 'soft' | 'skip';
    keepComments?: boolean;
    /** Web fonts by name, loaded where a template names them. */
    fonts?: Record<string, string>;
  };
  /** Compiles MJML to HTML; rejects what is not valid under `strict`. */
  export default function mjml(source: string, options?: Options): Promise<{ html: string }>;
}
