/** One style sheet for all pages of the bank, light and dark. */
export const STYLES = `
:root {
  --ink: #16213a; --soft: #55607a; --paper: #ffffff; --back: #eef1f7; --line: #d5dbe8;
  --yes: #0b6b4f; --yes-ink: #ffffff; --no: #9b1c31; --focus: #2456d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #eef1f7; --soft: #a9b3c9; --paper: #1b2334; --back: #10151f; --line: #35405a;
    --yes: #4fd1a5; --yes-ink: #08251b; --no: #ff9aab; --focus: #8fb0ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
.sheet, .statement { background: var(--paper); border: 1px solid var(--line); border-radius: 0.75rem; }
.sheet { max-width: 26rem; margin: 8vh auto; padding: 2rem; }
.statement { max-width: 52rem; margin: 2rem auto; padding: 2rem; }
@media (max-width: 30rem) {
  body { background: var(--paper); }
  .sheet, .statement { margin: 0; padding: 1.25rem; border: 0; border-radius: 0; }
}
.bank { margin: 0 0 1.5rem; color: var(--soft); font-size: 0.875rem; font-weight: 600; letter-spacing: 0.02em; }
h1 { margin: 0 0 0.25rem; font-size: 1.5rem; line-height: 1.25; }
h2 { display: flex; gap: 0.75rem; align-items: center; margin: 0; font-size: 1.125rem; }
p { margin: 0 0 1rem; }
dl { margin: 0 0 1.5rem; }
dl div { display: flex; gap: 1rem; justify-content: space-between; padding: 0.5rem 0; border-top: 1px solid var(--line); }
dl div:last-child { border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; text-align: end; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
.choices { display: grid; gap: 0.75rem; margin: 0; }
button, .button {
  display: block; width: 100%; min-height: 3rem; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem;
  background: transparent; color: var(--ink); font: inherit; font-weight: 600; text-align: center; text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { border-color: currentColor; }
.yes { background: var(--yes); border-color: var(--yes); color: var(--yes-ink); }
.no { color: var(--no); border-color: var(--no); }
label { display: block; margin: 0 0 0.375rem; font-weight: 600; }
input:not([type=hidden]) {
  display: block; width: 100%; min-height: 3rem; margin: 0 0 0.75rem; padding: 0.5rem 0.75rem;
  border: 1px solid var(--line); border-radius: 0.5rem; background: var(--paper); color: var(--ink); font: inherit;
}
.wrong { color: var(--no); font-weight: 600; }
form + .choices { margin-top: 0.75rem; }
[data-challenge] h1 { margin-bottom: 0.75rem; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.code { font-size: 1.5rem; text-align: center; letter-spacing: 0.05em; }
.code code { font-size: inherit; }
.note { margin: 1.5rem 0 0; color: var(--soft); font-size: 0.875rem; text-align: center; }
article { padding: 1.5rem 0; border-top: 1px solid var(--line); }
article > p { color: var(--soft); font-size: 0.875rem; }
.state { padding: 0 0.5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: 0.8125rem; font-weight: 600; }
.state.approved { color: var(--yes); }
.state.declined { color: var(--no); }
.statement dd { font-weight: 400; }
summary { cursor: pointer; margin-bottom: 0.5rem; }
pre, code { font: 0.8125rem/1.5 ui-monospace, monospace; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; text-align: start; }
/* In the windows of a challenge, 600 pixels wide and high at most, the page is the sheet. */
@media (max-width: 37.5rem) and (max-height: 40rem) {
  body:has([data-challenge]) { background: var(--paper); }
  .sheet[data-challenge] { margin: 0 auto; padding: 1.25rem; border: 0; border-radius: 0; }
  [data-challenge] :is(.bank, p, dl) { margin-bottom: 1rem; }
  [data-challenge] .note { margin-top: 1rem; }
}
/* The smaller ones are 400 pixels high. */
@media (max-height: 30rem) {
  .sheet[data-challenge] { margin: 0 auto; padding: 0.75rem 1rem; }
  [data-challenge] :is(.bank, p, dl, .note) { margin: 0 0 0.5rem; font-size: 0.875rem; line-height: 1.35; }
  [data-challenge] h1 { margin-bottom: 0.375rem; font-size: 1.125rem; }
  [data-challenge] dl div { padding: 0.125rem 0; }
  [data-challenge] :is(button, input:not([type=hidden])) { min-height: 2.25rem; margin-bottom: 0.375rem; padding: 0.25rem 0.75rem; }
  [data-challenge] form + .choices { margin-top: 0; }
}
`
