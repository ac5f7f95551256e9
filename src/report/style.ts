/** @module Style sheet of the report. */

/** Inlined into the page, so that it needs nothing else. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1e; --ground: #ffffff; --line: #d8d8dc; --soft: #6b6b70; --mark: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --ground: #17171a; --line: #3a3a40; --soft: #a0a0a8; --mark: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
figure { margin: 0; } figure svg { max-width: 100%; height: auto; display: block; }
figcaption, .notes { color: var(--soft); font-size: .9rem; }
.legend { overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: .3rem 0; padding: 0; font-size: .9rem; }
.legend span { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; }
figure .scroll svg { min-width: 34rem; }
.notes { padding-left: 1.1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; } thead th { vertical-align: bottom; white-space: normal; }
tbody th, thead th:first-child { text-align: left; }
td.best { color: var(--mark); font-weight: 700; }
.confusion td { padding: .25rem .4rem; min-width: 2.4rem; text-align: center; background: color-mix(in srgb, var(--mark) calc(var(--share) * 45%), transparent); }
.confusion thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; }
.example { min-width: 0; overflow-wrap: anywhere; }
.example img { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); }
.pair { margin: 1.2rem 0; } .pair p { margin: .2rem 0; overflow-wrap: anywhere; } .pair .examples { max-width: 24rem; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
.sample { min-width: 0; border-top: 1px solid var(--line); } .sample h3 { font-size: 1rem; overflow-wrap: anywhere; } .sample small { color: var(--soft); font-weight: 400; }
.seen { position: relative; display: inline-block; width: 10rem; } .seen img { width: 100%; display: block; image-rendering: pixelated; border: 1px solid var(--line); }
.regions { position: absolute; inset: 0; display: grid; grid-template-columns: repeat(var(--regions), 1fr); grid-auto-rows: 1fr; }
.part { background: linear-gradient(color-mix(in srgb, var(--mark) calc(var(--for) * 60%), transparent) 0 100%), linear-gradient(color-mix(in srgb, var(--soft) calc(var(--against) * 60%), transparent) 0 100%); border-radius: 2px; padding: 0 .1rem; }
.sample th, .sample td { white-space: normal; overflow-wrap: anywhere; padding: .2rem .4rem; } .sample tbody th { min-width: 5.5rem; } .sample tr.wrong td { color: var(--soft); } .filter { min-width: 0; border: 0; padding: 0; margin: 1rem 0; } .filter select { max-width: min(100%, 16rem); } .filter label { max-width: 100%; display: inline-block; margin-right: 1rem; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; } nav a { color: var(--mark); }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding: .6rem 0 .2rem; }
@media print { nav { display: none; } section, figure { break-inside: avoid-page; } .gallery { break-inside: auto; } .filter { display: none; } .sample { break-inside: avoid; } }
pre { overflow-x: auto; font-size: .85rem; padding: .8rem; border: 1px solid var(--line); }
`;
