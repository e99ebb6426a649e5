const LIGHT = `--bg:#fff;--panel:#f5f7f9;--fg:#1b2128;--dim:#55606c;--line:#d9dfe5;--link:#0b5cad;--ok:#0b6e55;--closed:#0b5cad;--down:#b3261e;--optional:#8f5200;--unknown:#7a4b00;--on:#fff;
--t-ok:#fff;--t-closed:#eef5fc;--t-down:#fdebe8;--t-optional:#fdf3e1;--t-unknown:#fbf3d9;--heat:#0b5cad;--heat-fg:#1b2128;--heat-far:#fff`
const DARK = `--bg:#101418;--panel:#181e24;--fg:#e4e8ec;--dim:#9ba7b4;--line:#2d363f;--link:#79b8ff;--ok:#54c6a3;--closed:#79b8ff;--down:#ff8a7a;--optional:#f0b35e;--unknown:#e3c04f;--on:#101418;
--t-ok:#101418;--t-closed:#14222f;--t-down:#351a19;--t-optional:#2d2414;--t-unknown:#2b2713;--heat:#5aa9f5;--heat-fg:#e4e8ec;--heat-far:#0c1116`

/** How much of the heat colour each step has, in percent; the last ones need the other colour of text. */
const SHADES = [4, 10, 17, 25, 34, 44, 84, 92, 100]
const heat = SHADES.map(
  (share, step) =>
    `.heat .h${step},.scale .h${step}{background:color-mix(in srgb,var(--heat) ${share}%,var(--bg));color:var(--heat-${step < 6 ? 'fg' : 'far'})}`,
).join('\n')

/** Everything is there and readable without it; what moves, sticks or scrolls is for the screen alone. */
export const STYLE = `
:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${DARK}}}
*{box-sizing:border-box}
html{font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%;scroll-padding-top:3rem}
body{margin:0 auto;padding:0 1.5rem 3rem;max-width:1400px;background:var(--bg);color:var(--fg)}
h1,h2,h3,h4,p,ul,table,pre{margin:0;padding:0}
h2{font-size:1.15rem;margin:2.25rem 0 .6rem}
h3{font-size:1rem;font-weight:600}
h4{font-size:.9rem;font-weight:600;color:var(--dim)}
ul{list-style:none}
i{font-style:normal}
small,.aside,footer{color:var(--dim);font-size:.87rem;font-weight:400}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:1px}
code,pre,.code{font:.87rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code,p,li,.why,.name,#nodes td{overflow-wrap:anywhere}
.name{min-width:6em;display:inline-block}
pre{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.5rem .7rem;overflow:auto;max-height:22rem}
.code{color:var(--dim)}
.ok{color:var(--ok)}.closed{color:var(--closed)}.down,.critical .severity,.loss{color:var(--down)}.optional,.warning .severity{color:var(--optional)}.unknown{color:var(--unknown)}.muted{color:var(--dim)}
td b i,li b i{display:inline-block;width:1em;text-align:center}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header{margin-top:1.5rem;padding:.2rem 0 .2rem 1rem;border-left:5px solid var(--tone)}
header.run-ok{--tone:var(--ok)}header.run-warning{--tone:var(--optional)}header.run-critical{--tone:var(--down)}header.run-unknown{--tone:var(--unknown)}
h1{font-size:1.35rem;line-height:1.35;font-weight:600}
h1 .status{display:inline-block;background:var(--tone);color:var(--on);border-radius:4px;padding:0 .5em;margin-right:.35em;letter-spacing:.03em}
.summary{overflow-wrap:anywhere}
nav{margin-top:1rem;background:var(--bg);border-bottom:1px solid var(--line);padding:.45rem 0}
nav ul,.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem}
.legend{margin-top:.6rem}
.count{font-variant-numeric:tabular-nums;font-weight:600}
.scroll{position:relative;overflow-x:auto}
table{border-collapse:collapse}
section>.aside{margin-bottom:.4rem}
th{text-align:left;font-weight:600}
.matrix{border-collapse:separate;border-spacing:0}
.matrix th,.matrix td{border:solid var(--line);border-width:0 1px 1px 0;padding:.3rem .6rem;vertical-align:top;background:var(--bg)}
.matrix thead th{border-top-width:1px;background:var(--panel)}
.matrix tr>:first-child{border-left-width:1px;background:var(--panel)}
.matrix .corner{color:var(--dim);font-weight:400;white-space:nowrap}
.matrix th span{display:block;max-width:17rem;overflow-wrap:anywhere}
.matrix td.none{background:var(--panel);color:var(--dim);text-align:center}
.matrix td.closed{background:var(--t-closed)}.matrix td.down{background:var(--t-down)}.matrix td.optional{background:var(--t-optional)}.matrix td.unknown{background:var(--t-unknown)}.matrix td.ok{background:var(--t-ok)}
.matrix a{display:block;text-decoration:none;color:inherit}
.matrix a>span{display:block;white-space:nowrap}
.matrix .lit{background:var(--line)!important}
.dense{font-size:.86rem;line-height:1.2}
.dense th,.dense td{padding:0 .2rem;vertical-align:middle}
.dense td{padding:0;text-align:center}
.dense thead th{vertical-align:bottom;padding:.3rem 0}
.dense thead .corner{padding:.3rem}
.dense tbody th{padding:0 .4rem}
.dense thead th:not(.corner) span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:11rem;max-width:none;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;margin:auto}
.dense tbody th span{max-width:11rem;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.dense a{padding:.22rem .1rem;min-width:1.5rem}
.dense a>span[aria-hidden]{display:flex;justify-content:center}
.dense i{width:.58rem;font-size:.74rem;text-align:center}
.dense i:only-child{font-size:1rem;width:1rem}
.heat td{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.heat.dense td{padding:.2rem .25rem;font-size:.78rem;text-align:center}
.heat td small{color:inherit}
${heat}
.matrix td.lost{background:var(--t-down)}
.heat .loss{color:inherit;white-space:nowrap;text-decoration:underline}
.heat .lost .loss{color:var(--down)}
.scale{gap:0}.scale li{padding:.1rem .6rem;font-size:.8rem;border:1px solid var(--line);border-left-width:0}.scale li:first-child{border-left-width:1px}
.notes li{padding:.45rem 0 .45rem .8rem;border-left:3px solid var(--line);margin-bottom:.5rem}
.notes.blocked>li,.notes .critical{border-color:var(--down)}
.notes.undecided>li,.notes.not-inspected>li{border-color:var(--unknown)}
.notes .warning{border-color:var(--optional)}
.notes.closed>li{border-color:var(--closed);color:var(--fg)}
.notes pre{margin:.35rem 0}
.next{color:var(--dim)}.next b{color:var(--fg)}
.fix{border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin-bottom:.9rem}
article>p.aside{margin:.35rem 0}
.bar{display:flex;justify-content:space-between;align-items:end;gap:1rem;margin-bottom:.3rem;min-height:1.8rem}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:.3rem 1.2rem;align-items:start}
.two>*{min-width:0}
.two pre{max-height:7.5rem;color:var(--dim)}
button{font:inherit;font-size:.87rem;padding:.1rem .8rem;border:1px solid var(--dim);border-radius:4px;background:var(--bg);color:var(--fg);cursor:pointer;min-width:5.5rem}
button:hover{background:var(--panel)}
.list{width:100%;font-size:.93rem}
.list td,.list th{padding:.3rem .9rem .3rem 0;vertical-align:top;text-align:left}
.list thead th{border-bottom:1px solid var(--dim);color:var(--dim);font-size:.87rem;white-space:nowrap}
.list tbody tr:first-child>*,#nodes .list tr>*,#pmm .list tr>*{border-top:1px solid var(--line)}
.list tbody:has(:target){background:var(--panel);outline:2px solid var(--link)}
#flows td:nth-last-child(5),#tip td:first-child{white-space:nowrap}
.why{min-width:14rem}
.ports{max-width:25rem}.ports span{display:inline-block;margin-right:.5em;white-space:nowrap}
.list .number{text-align:right;font-variant-numeric:tabular-nums;padding-right:0;white-space:nowrap}
footer{margin-top:2.5rem;padding-top:.6rem;border-top:1px solid var(--line);color:var(--dim)}
#tip{position:fixed;z-index:9;max-width:min(44rem,calc(100vw - 2rem));background:var(--bg);border:1px solid var(--dim);border-radius:6px;box-shadow:0 4px 18px #0004;padding:.5rem .8rem;pointer-events:none}
#tip p{font-weight:600;margin-bottom:.2rem}#tip .list{font-size:.87rem}#tip .ports{max-width:13rem}
@media screen{
nav{position:sticky;top:0;z-index:4}
.scroll:has(.dense){max-height:calc(100vh - 4rem);overflow:auto;width:fit-content;max-width:100%}
.matrix thead th{position:sticky;top:0;z-index:2}
.matrix tr>:first-child{position:sticky;left:0;z-index:1}
.matrix thead tr>:first-child{z-index:3}
}
@media screen and (max-width:700px){
body{padding:0 .8rem 2rem}
nav{position:static}
.matrix th span{max-width:7rem}
.list{min-width:38rem}
}
@media print{
@page{margin:12mm}
@page wide{size:landscape;margin:8mm}
html{font-size:10.5px}
body{max-width:none;padding:0}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
nav,button,#tip{display:none!important}
.scroll{overflow:visible}
pre,.two pre{max-height:none;overflow:visible;white-space:pre-wrap;overflow-wrap:anywhere}
section:has(.dense),body:has(.dense)>header{page:wide}
.two{display:block}
.fix{break-inside:avoid}
.dense{font-size:.8rem}.dense i{width:.56rem;font-size:.74rem}.dense tbody th span{max-width:9rem}
.heat.dense td{font-size:.6rem;padding:.15rem .1rem}
h2,h3,h4,.bar{break-after:avoid}
tr,.notes li{break-inside:avoid}
a{color:inherit;text-decoration:none}
}
`
