/** The colours are those of the pictures (`--plot-…` in src/plot/theme.ts), which follow the page’s `color-scheme`. */
const colors = `
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #e8ecf2); --paper: light-dark(#fff, #12161c); --soft: light-dark(#525c6a, #a9b3c0);
  --rule: light-dark(#dfe3e9, #2b333e); --ground: light-dark(#f5f7f9, #191f27); --blue: light-dark(#1f5fbf, #7ab0ff); --rust: light-dark(#b3470f, #ffab70);
  --green: light-dark(#1b7f4b, #6fd39b); }
@media print { :root { color-scheme: light; } }`;

const text = `
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { font-family: 'Iowan Old Style', Charter, 'Source Serif 4', Georgia, 'DejaVu Serif', serif; line-height: 1.2; text-wrap: balance; }
h1 { font-size: 1.9rem; margin: 0; font-weight: 600; }
h2 { font-size: 1.3rem; margin: 0 0 .9rem; padding-top: .8rem; border-top: 1px solid var(--rule); font-weight: 600; }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .5rem; font-weight: 600; }
p { margin: .3rem 0 .8rem; max-width: 44rem; }
a { color: var(--blue); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; top: 0; padding: .5rem 1rem; background: var(--paper); z-index: 1; }
.skip:focus { left: 0; }
.lead { color: var(--soft); margin: .3rem 0 0; }
.warning { border-left: 3px solid var(--rust); padding: .2rem .8rem; }
.missing, .key, figcaption, .note { color: var(--soft); font-size: .87rem; }`;

const layout = `
.page { max-width: 84rem; margin: 0 auto; padding: 2rem 2rem 3rem; }
.page > header { margin-bottom: 1.6rem; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .9rem; }
nav a { display: inline-block; padding: .2rem 0; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
main { min-width: 0; }
section { margin: 0 0 2.4rem; }
footer { color: var(--soft); font-size: .87rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21.25rem), 1fr)); gap: 1.4rem 1.3rem; align-items: start; margin-bottom: 1.4rem; }
.side { display: flex; flex-wrap: wrap; gap: .6rem 2.6rem; align-items: start; }
.side > * { max-width: 100%; }
.figures.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15.25rem), 1fr)); gap: 1.2rem 1.3rem; }
.figures.wide { grid-template-columns: minmax(0, 42rem); }
figure { margin: 0; min-width: 0; }
section > figure, .side > figure { margin-bottom: 1.4rem; }
.side > figure { width: min-content; min-width: min(100%, 15rem); }
svg { display: block; max-width: 100%; height: auto; }
.natural svg { max-width: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
figcaption { margin-top: .3rem; max-width: 34rem; }
.figures figcaption { max-width: 22rem; }
.note p:first-child { color: var(--ink); font-size: .95rem; }
.scroll { overflow-x: auto; max-width: 100%; width: fit-content; margin: .2rem 0 1.4rem; }
figure .scroll { margin: 0; }
@media (min-width: 70rem) {
  .body { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 2.6rem; }
  nav { position: sticky; top: 1.5rem; align-self: start; }
  nav ul { flex-direction: column; }
}
@media (max-width: 40rem) { .page { padding: 1.2rem 1rem 2rem; } h1 { font-size: 1.5rem; } .cards { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); } .body > nav { margin-bottom: 1.4rem; } }
@media (max-width: 69.99rem) { .body > nav { margin-bottom: 1.8rem; } }`;

const parts = `
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11rem), 1fr)); gap: .8rem 1.3rem; margin: 0 0 2rem; }
.card { border-top: 2px solid var(--ink); padding-top: .4rem; }
.card dt { color: var(--soft); font-size: .87rem; }
.card dd { margin: 0; }
.value { display: block; font-size: 1.9rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.beside { display: block; color: var(--soft); font-size: .82rem; line-height: 1.3; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 0 0 .35rem; }
th, td { padding: .28rem .8rem; text-align: right; border-bottom: 1px solid var(--rule); font-weight: 400; vertical-align: baseline; }
thead th { color: var(--soft); border-bottom-color: var(--soft); vertical-align: bottom; }
th:first-child { padding-left: 0; }
th[scope=row], .word { text-align: left; }
th[scope=row], td.word { max-width: 26rem; }
th[scope=row] { min-width: 6.5rem; }
.strong th, .strong td { font-weight: 650; }
.share { display: inline-block; min-width: 4rem; padding-bottom: 1px; background: linear-gradient(var(--blue), var(--blue)) left bottom / calc(var(--share) * 100%) 3px no-repeat; }
details { margin: .4rem 0 1rem; }
summary { cursor: pointer; color: var(--blue); width: fit-content; padding: .2rem 0; }
pre { overflow-x: auto; background: var(--ground); padding: .8rem 1rem; border-radius: 4px; font-size: .82rem; line-height: 1.4; max-width: 100%; width: fit-content; margin: .4rem 0 1rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .5rem 1.6rem; margin: 0 0 1.2rem; }
.facts dt { color: var(--soft); font-size: .85rem; }
.facts dd { margin: 0; }
.examples { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); font-size: .85rem; }
.examples.sounds { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.4rem 2rem; }
.examples.texts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.4rem 2rem; }
.examples li { min-width: 0; }
.examples.texts li { border-left: 2px solid var(--rule); padding-left: .9rem; }
.examples img { display: block; width: 7rem; height: auto; max-height: 10rem; object-fit: contain; object-position: left; image-rendering: pixelated; background: var(--ground); }
.examples audio { display: block; width: 100%; height: 2.4rem; margin: .3rem 0; }
.examples dl { margin: .3rem 0 0; }
.examples dl div { display: flex; gap: .4rem; }
.examples dt { color: var(--soft); flex: none; min-width: 3.9em; }
.examples dd { margin: 0; min-width: 0; }
.name { margin: .3rem 0 0; color: var(--soft); }
.sure { color: var(--soft); white-space: nowrap; }
.right { color: var(--green); } .right::before { content: '✓ '; }
.wrong { color: var(--rust); } .wrong::before { content: '✗ '; }
.words { font-size: .95rem; line-height: 1.75; }
mark { background: none; color: inherit; padding-bottom: .1em; border-bottom: calc(1px + var(--share) * 3px) solid var(--blue); }
mark.against { border-bottom: calc(1px + var(--share) * 3px) dashed var(--rust); }`;

const print = `
@media print {
  body { font-size: 10.5pt; }
  .page { padding: 0; max-width: none; }
  nav, .skip, audio { display: none; }
  .scroll, pre { overflow: visible; }
  .natural svg { max-width: 100%; }
  pre { white-space: pre-wrap; }
  details::details-content { content-visibility: visible; height: auto; }
  h2, h3, caption { break-after: avoid; }
  figure, tr, .card, .examples li, .note { break-inside: avoid; }
}`;

/** The style of the page, all of it. */
export const style: string = [colors, text, layout, parts, print].join('\n').replace(/\n\s*/g, '\n').trim();
