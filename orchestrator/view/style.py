"""The report's style: light and dark, phone and paper. Colours are Okabe and Ito's, with contrast kept."""

from __future__ import annotations

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --paper: #fff; --card: #f6f8fa; --line: #d0d7de; --link: #0b57a4;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0528c; --c4: #8a6d00; --c5: #57606a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #a3adb8; --paper: #0d1117;
  --card: #161b22; --line: #30363d; --link: #79b8ff; --c0: #56b4e9; --c1: #f0883e; --c2: #2fbf95;
  --c3: #d98cb8; --c4: #e3b341; --c5: #8b949e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
p { margin: .4rem 0; } a { color: var(--link); } .soft { color: var(--soft); }
.numbers { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem;
  margin: 1.25rem 0 0; padding: 0; list-style: none; }
.numbers li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .6rem .8rem; }
.numbers b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
figure { margin: 0; } figcaption { color: var(--soft); font-size: .875rem; margin-top: .35rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 13px; fill: var(--soft); } svg .axis { stroke: var(--line); }
.c0 { fill: var(--c0); background: var(--c0); } .c1 { fill: var(--c1); background: var(--c1); }
.c2 { fill: var(--c2); background: var(--c2); } .c3 { fill: var(--c3); background: var(--c3); }
.c4 { fill: var(--c4); background: var(--c4); } .c5 { fill: var(--c5); background: var(--c5); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: .6rem 0 0; padding: 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; } thead th { color: var(--soft); font-size: .875rem; }
td.n, th.n { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; }
th.n { white-space: nowrap; }
td.spark { width: 45%; min-width: 8rem; } tr:has(.spark) > * { vertical-align: middle; }
.list { list-style: none; margin: 0; padding: 0; }
.list > li { border-bottom: 1px solid var(--line); padding: .55rem 0; overflow-wrap: anywhere; }
.list p { margin: 0; } .meta { color: var(--soft); font-size: .875rem; }
summary { cursor: pointer; overflow-wrap: anywhere; } details > p { white-space: pre-wrap; margin: .4rem 0; }
td, tbody th { overflow-wrap: anywhere; } td.s, thead th { white-space: nowrap; }
footer { color: var(--soft); font-size: .875rem; margin: 2.5rem auto 2rem; }
@media (max-width: 40rem) {
  header { padding-top: 1.25rem; } .numbers { grid-template-columns: 1fr 1fr; }
  svg text { font-size: 22px; }
  table.wide thead { position: absolute; left: -999rem; }
  table.wide tr { display: block; border-bottom: 1px solid var(--line); padding: .45rem 0; }
  table.wide td, table.wide th { display: block; border: 0; padding: 0; }
  table.wide th { font-weight: 600; } td.s { white-space: normal; } }
@media print { :root { --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --link: #000;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b0528c; --c4: #8a6d00; --c5: #57606a; }
  body { font-size: 11pt; } header, main, footer { max-width: none; padding: 0; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, h3 { break-after: avoid; } li, tr, figure { break-inside: avoid; }
  a[href]::after { content: " (" attr(href) ")"; font-size: .8em; overflow-wrap: anywhere; } }
"""
