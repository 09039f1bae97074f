/** The page's style sheet: one column of calm, colour only where it means something. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --ink: #1b1f27; --soft: #5b6472; --rule: #e1e5eb; --code: #f1f3f6; --link: #1f5fd0;
  --pass: #1a7f47; --fail: #c62536; --warn: #9a6200; --notice: #4a6fa8; --skip: #8a93a1; --flaky: #a1319b;
  --bar-pass: #35a266; --bar-fail: #dd3a4b; --bar-warn: #e0a100; --bar-notice: #7fa3dc; --bar-skip: #ccd2db; --bar-flaky: #b955b3;
  --c1: #1f5fd0; --c2: #d06a00; --c3: #b3261e; --c4: #0f8a7e; --c5: #7a4fc0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1217; --card: #171b22; --ink: #e6e9ee; --soft: #98a2b1; --rule: #2a303b; --code: #1f242d; --link: #82b1ff;
    --pass: #5fd08c; --fail: #ff7a85; --warn: #f0b94a; --notice: #9dbcf0; --skip: #8993a3; --flaky: #e08adb;
    --bar-pass: #2f9a5f; --bar-fail: #d8404f; --bar-warn: #c99015; --bar-notice: #5a82c2; --bar-skip: #3c4451; --bar-flaky: #a14a9c;
    --c1: #6ea8ff; --c2: #ffa34d; --c3: #ff6f66; --c4: #3fd0c0; --c5: #b595ff;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-text-size-adjust: 100% }
main, .top { max-width: 1120px; margin: 0 auto; padding: 0 20px }
.top { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 4px 20px; padding-top: 26px; padding-bottom: 14px }
.top h1 { margin: 0; font-size: 21px; letter-spacing: -.01em } .top h1 span { font-weight: 400; color: var(--soft) } .top p { margin: 0; color: var(--soft) }
h2 { font-size: 19px; margin: 0 0 10px; letter-spacing: -.01em } h3 { font-size: 15px; margin: 26px 0 10px }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
code, .transcript { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
code { overflow-wrap: anywhere } small, .muted { color: var(--soft) } small { font-size: 12px }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 16px }
.headline, .half { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 20px 22px; min-width: 0 }
.headline { border-top: 4px solid var(--bar-skip); display: flex; flex-direction: column }
.headline.pass { border-top-color: var(--bar-pass) } .headline.fail { border-top-color: var(--bar-fail) } .headline.error { border-top-color: var(--bar-warn) }
.headline h2 { font-size: 13px; font-weight: 600; color: var(--soft); margin: 0; text-transform: uppercase; letter-spacing: .06em }
.headline p { margin: 6px 0 } .headline .where { margin-top: auto; padding-top: 12px; color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere } .where b { color: var(--ink) }
.verdict { font-size: 25px; line-height: 1.2; font-weight: 650; letter-spacing: -.02em; text-wrap: balance }
.pass .verdict { color: var(--pass) } .fail .verdict { color: var(--fail) } .error .verdict { color: var(--warn) }
.partial { color: var(--warn); font-weight: 600 }
.bar { display: flex; gap: 2px; height: 12px; border-radius: 6px; overflow: hidden; margin: 10px 0; background: var(--code) } .bar i { min-width: 3px }
.v-pass { background: var(--bar-pass) } .v-fail, .v-harness_error { background: var(--bar-fail) } .v-warn { background: var(--bar-warn) } .v-notice { background: var(--bar-notice) } .v-skip { background: var(--bar-skip) } .v-flaky { background: var(--bar-flaky) }
.v-harness_error { background-image: repeating-linear-gradient(45deg, transparent 0 3px, rgba(0,0,0,.35) 3px 6px) }
.t-pass { color: var(--pass) } .t-fail, .t-harness_error { color: var(--fail) } .t-warn { color: var(--warn) } .t-notice { color: var(--notice) } .t-skip { color: var(--skip) } .t-flaky { color: var(--flaky) }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; margin: 0; padding: 0; font-size: 13.5px; color: var(--soft) } .legend b { color: var(--ink) }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px } .legend .key { height: 0; width: 18px; border-top: 3px solid; border-radius: 0; vertical-align: middle; background: none }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 12px 0 8px } .figures div { background: var(--code); border-radius: 8px; padding: 8px 12px; min-width: 0 }
.figures dt { font-size: 12.5px; color: var(--soft) } .figures dd { margin: 0; font-size: 20px; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; white-space: nowrap }
.reasons { margin: 6px 0; padding-left: 18px } .ledger .none { font-weight: 400; color: var(--soft) }
.half { margin: 20px 0 } details > summary { cursor: pointer }
.manifest > summary { color: var(--link) } .manifest dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 10px 0; font-size: 13.5px } .manifest dt { color: var(--soft) } .manifest dd { margin: 0; overflow-wrap: anywhere; min-width: 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-size: 13.5px } th { text-align: left; font-weight: 500 } thead th { color: var(--soft); font-size: 12.5px }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top }
.sections { width: 100% } .sections .wide { width: 45%; min-width: 120px; vertical-align: middle } .sections .bar { margin: 0; height: 8px } .count { white-space: nowrap; margin-right: 8px }
.numbers { width: 100% } .numbers td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .numbers thead th { text-align: right } .numbers thead th:first-child { text-align: left } .numbers td:last-child, .numbers th:last-child { padding-right: 0 }
.numbers tbody th { min-width: 110px } .numbers th small { display: block; font-weight: 400 } .numbers td:first-child { text-align: left; width: 24px } .numbers td + th, .numbers thead td + th { text-align: left }
.fault th, .fault td { color: var(--fail); font-weight: 650 }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(290px, 100%), 1fr)); gap: 0 34px; align-items: start }
.coverage { margin-top: 10px } .coverage table { width: 100%; min-width: 560px; margin-top: 8px } .coverage td { min-width: 90px } .level { font-size: 11px; font-weight: 650; letter-spacing: .05em; color: var(--soft) }
.filter { display: flex; flex-wrap: wrap; gap: 10px; margin: 0 0 12px } .filter input[type=search] { flex: 1 1 260px; min-width: 0; font: inherit; padding: 7px 12px; border: 1px solid var(--rule); border-radius: 8px; background: var(--page); color: inherit }
.chips { display: flex; flex-wrap: wrap; gap: 6px } .chip { display: inline-flex; align-items: center; gap: 6px; padding: 5px 11px; border: 1px solid var(--rule); border-radius: 99px; font-size: 13px; cursor: pointer } .chip:has(:checked) { background: var(--code); border-color: currentColor } .chip input { margin: 0; accent-color: currentColor }
.group { border-top: 1px solid var(--rule) } .group > summary { padding: 9px 0; font-weight: 600 } .group:last-of-type { border-bottom: 1px solid var(--rule) }
.case { border-top: 1px solid var(--rule); padding-left: 22px; content-visibility: auto; contain-intrinsic-size: auto 40px } .case > summary { padding: 7px 0; list-style-position: outside } summary::marker { color: var(--soft) } .case .title { font-weight: 500 } .case .id { color: var(--soft); margin: 0 6px }
.badge { display: inline-block; font-size: 11.5px; font-weight: 650; border: 1px solid; border-radius: 5px; padding: 0 6px; line-height: 18px; white-space: nowrap }
.evidence { padding: 2px 0 14px } blockquote { margin: 2px 0 6px; padding-left: 10px; border-left: 3px solid var(--rule) } blockquote code { color: var(--soft) }
.finding { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 10px 0 } .finding dt { color: var(--soft) } .finding dd { margin: 0; overflow-wrap: anywhere; min-width: 0; white-space: pre-wrap } .expected { color: var(--pass) } .actual { color: var(--fail) }
.replay { margin: 8px 0 } .command { display: inline-flex; max-width: 100%; background: var(--code); border-radius: 6px; align-items: center } .command code { padding: 4px 10px; user-select: all } .copy { white-space: nowrap; font: inherit; font-size: 12px; border: 0; border-left: 1px solid var(--rule); background: none; color: var(--link); padding: 4px 10px; cursor: pointer } .alias { margin-left: 8px }
.transcript { list-style: none; margin: 10px 0 0; padding: 8px 0; background: var(--code); border-radius: 8px; overflow-x: auto }
.transcript li { display: grid; grid-template-columns: 84px minmax(48px, max-content) 14px minmax(110px, max-content) minmax(0, 1fr); gap: 0 10px; padding: 2px 12px } .transcript time { color: var(--soft); text-align: right } .transcript b { font-weight: 600 } .transcript i { font-style: normal; font-weight: 700; font-size: 15px; line-height: 1.2 } .transcript details { min-width: 0 }
.transcript .out i { color: var(--c1) } .transcript .in i { color: var(--c2) } .transcript .none span, .transcript .none code { color: var(--soft) } .transcript em { font-style: normal; color: var(--soft) } .transcript code { white-space: pre-wrap } .transcript .hex { color: var(--c5) } .transcript .said { display: block; color: var(--soft) } .transcript .below { grid-column: 5; color: var(--soft) } .transcript .below code { display: block; white-space: pre; overflow-x: auto; color: var(--ink) } .transcript .left { display: block; color: var(--soft); text-align: center }
.matrix { max-height: 85vh; overflow: auto; border: 1px solid var(--rule); border-radius: 8px } .matrix table { border-collapse: separate; border-spacing: 0; width: 100% } .matrix th, .matrix td { padding: 6px 14px; background: var(--card) }
.matrix thead th { position: sticky; top: 0; z-index: 2; font-size: 13px; font-weight: 650; color: var(--ink); min-width: 130px; max-width: 240px; overflow-wrap: anywhere; vertical-align: bottom } .matrix tr > th:first-child { position: sticky; left: 0; z-index: 1; border-right: 1px solid var(--rule); min-width: 260px } .matrix thead th:first-child { z-index: 3 }
.matrix .entry th small { display: block; font-weight: 400 } .matrix tr.section > th:first-child { background: var(--code); font-weight: 650; border-right: 0 } .matrix .totals .bar { height: 6px; margin: 4px 0 2px; max-width: 180px } .matrix .absent { color: var(--skip) } .matrix .mark { white-space: nowrap; font-weight: 550 } .matrix .mark i { display: inline-block; width: 18px; height: 18px; line-height: 17px; margin-right: 5px; border: 1px solid; border-radius: 5px; text-align: center; font-style: normal; font-weight: 700; font-size: 12px }
.matrix .mark.t-pass, .matrix .mark.t-skip { font-weight: 400 } .matrix .entry:hover th, .matrix .entry:hover td { background: var(--code) }
figure { margin: 0 0 14px } figure .legend { justify-content: flex-end } .stack figure { margin-bottom: 4px } svg { display: block; width: 100%; min-width: 720px; height: auto; font: 12px system-ui, sans-serif }
.grid path { stroke: var(--rule); stroke-width: 1 } .axis { fill: none; stroke: var(--soft) } .ticks text { fill: var(--soft); font-variant-numeric: tabular-nums } .ticks.y text { text-anchor: end } .ticks.x text, .label { text-anchor: middle } .label { fill: var(--soft) }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round } .dashed { stroke-dasharray: 5 4 } .legend .dashed { border-top-style: dashed } .value { text-anchor: end; fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px } .value.below { text-anchor: start }
.c1 { stroke: var(--c1); border-color: var(--c1) !important } .c2 { stroke: var(--c2); border-color: var(--c2) !important } .c3 { stroke: var(--c3); border-color: var(--c3) !important } .c4 { stroke: var(--c4); border-color: var(--c4) !important } .c5 { stroke: var(--c5); border-color: var(--c5) !important } .dot { fill: var(--card); stroke-width: 2 }
@media (max-width: 640px) {
  main, .top { padding-left: 12px; padding-right: 12px } .headline, .half { padding: 16px 14px } .figures { grid-template-columns: 1fr 1fr } .verdict { font-size: 22px } .case { padding-left: 16px } .matrix th, .matrix td { padding: 6px 9px } .matrix tr > th:first-child { min-width: 150px; max-width: 46vw } .matrix thead th { min-width: 100px } .case .id { display: block; margin: 0 }
  .manifest dl, .finding { grid-template-columns: 1fr; gap: 0 } .manifest dd, .finding dd { margin-bottom: 6px }
  .transcript li { grid-template-columns: max-content max-content 14px 1fr; padding: 4px 10px } .transcript li > code, .transcript details, .transcript .below { grid-column: 1 / -1 }
}
@media print { .filter, .copy { display: none } .matrix { max-height: none } body { background: #fff } .case { content-visibility: visible } }
`
