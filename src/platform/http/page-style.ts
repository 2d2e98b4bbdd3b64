/**
 * The one stylesheet of our pages, put into each of them: no second request, nothing to go missing. Pairs of colours
 * have a contrast of at least 4.5 to 1 (edges of fields 3 to 1) in both schemes. Its hash is in the pages' policy.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f8;
  --paper: #ffffff;
  --ink: #1a2027;
  --quiet: #55606d;
  --line: #d8dee6;
  --edge: #6b7785;
  --accent: #0a5aa8;
  --accent-strong: #084884;
  --on-accent: #ffffff;
  --note: #eef4fb;
  --good: #14663a;
  --good-ground: #e9f6ee;
  --bad: #a8231b;
  --bad-ground: #fdeeec;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318;
    --paper: #181e25;
    --ink: #e7ebf0;
    --quiet: #a9b4c0;
    --line: #323c47;
    --edge: #8593a1;
    --accent: #8fc0ff;
    --accent-strong: #b5d5ff;
    --on-accent: #0c1a2b;
    --note: #1c2a3b;
    --good: #8bdcaa;
    --good-ground: #14301f;
    --bad: #ffa69e;
    --bad-ground: #3b1b19;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  overflow-wrap: break-word;
}
.band, main { width: 100%; max-width: 44rem; margin: 0 auto; padding: 0 1rem; }
.band { padding-top: 1.25rem; padding-bottom: 1rem; font-weight: 600; color: var(--quiet); }
.band::before {
  content: '';
  display: inline-block;
  width: 0.75rem;
  height: 0.75rem;
  margin-right: 0.6rem;
  border-radius: 0.2rem;
  background: var(--accent);
}
main { padding-bottom: 3rem; }
.paper {
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  padding: 1.5rem 1.25rem;
}
@media (min-width: 40rem) { .paper { padding: 2.25rem 2.5rem; } }
h1 { margin: 0 0 0.75rem; font-size: 1.625rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { margin: 2rem 0 0.6rem; font-size: 1.1875rem; line-height: 1.3; }
p, ul, ol, dl { margin: 0 0 1rem; }
ol { padding-left: 1.6rem; }
li { margin-bottom: 0.45rem; padding-left: 0.2rem; }
li::marker { color: var(--quiet); font-variant-numeric: tabular-nums; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:hover { color: var(--accent-strong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 0.25rem; }
code { font: 0.9375em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: 0.9375rem; }
.last { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.paper > :last-child { margin-bottom: 0; }
.facts { margin: 1.25rem 0 1.5rem; border-top: 1px solid var(--line); }
.facts div { padding: 0.65rem 0; border-bottom: 1px solid var(--line); }
.facts dt { color: var(--quiet); font-size: 0.9375rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .amount { font-weight: 650; font-variant-numeric: tabular-nums; }
@media (min-width: 40rem) {
  .facts div { display: grid; grid-template-columns: 11rem 1fr; gap: 1rem; align-items: baseline; }
}
.note, .good, .bad { border-left: 4px solid; border-radius: 0.375rem; padding: 0.9rem 1.1rem; margin: 0 0 1.5rem; }
.note { background: var(--note); border-color: var(--accent); }
.good { background: var(--good-ground); border-color: var(--good); }
.bad { background: var(--bad-ground); border-color: var(--bad); }
.note h2, .good h2, .bad h2 { margin: 0 0 0.35rem; font-size: 1.0625rem; }
.good h2 { color: var(--good); }
.bad h2 { color: var(--bad); }
.note p:last-child, .good p:last-child, .bad p:last-child { margin-bottom: 0; }
.bad a { color: var(--bad); }
.field { margin: 0 0 1.25rem; }
.field.wrong { border-left: 4px solid var(--bad); padding-left: 0.9rem; }
label { display: block; font-weight: 600; margin-bottom: 0.15rem; }
.hint { display: block; color: var(--quiet); font-size: 0.9375rem; margin-bottom: 0.5rem; }
.error { display: block; color: var(--bad); font-weight: 600; margin-bottom: 0.5rem; }
input {
  width: 100%;
  min-height: 2.875rem;
  padding: 0.5rem 0.7rem;
  font: 1rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--edge);
  border-radius: 0.375rem;
}
.tick { display: flex; gap: 0.7rem; align-items: flex-start; font-weight: 400; }
.tick input { flex: none; width: 1.375rem; min-height: 0; height: 1.375rem; margin: 0.1rem 0 0; accent-color: var(--accent); }
.wrong input { border: 2px solid var(--bad); }
button {
  min-height: 2.875rem;
  padding: 0.6rem 1.4rem;
  font: inherit;
  font-weight: 600;
  color: var(--on-accent);
  background: var(--accent);
  border: 1px solid transparent;
  border-radius: 0.375rem;
  cursor: pointer;
}
button:hover { background: var(--accent-strong); }
@media (max-width: 30rem) { button { width: 100%; } }
@media print {
  body { background: none; }
  .paper { border: 0; padding: 0; }
  form, .new-tab { display: none; }
  .offer a::after { content: ' ' attr(href); }
}
`;
