# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style of the page: two palettes, which a test holds against WCAG AA, and the rules."""

from __future__ import annotations

LIGHT = {
    "ground": "#f5f6f8",
    "paper": "#ffffff",
    "ink": "#18202b",
    "soft": "#4c5868",
    "line": "#d5dbe3",
    "edge": "#78859a",
    "accent": "#0a58a8",
    "pass": "#17693a",
    "fail": "#b01f1a",
    "open": "#7d5200",
    "none": "#566274",
    "pass-tint": "#e9f5ee",
    "fail-tint": "#fdefed",
    "open-tint": "#fcf4e1",
}
DARK = {
    "ground": "#11151b",
    "paper": "#191f28",
    "ink": "#e7ebf1",
    "soft": "#a7b2c1",
    "line": "#343e4c",
    "edge": "#76849a",
    "accent": "#84b8f7",
    "pass": "#72cf9a",
    "fail": "#ff938a",
    "open": "#edbf5f",
    "none": "#a3aebd",
    "pass-tint": "#17301f",
    "fail-tint": "#3b1d1d",
    "open-tint": "#33290f",
}

_RULES = """
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--ink);
font:400 1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.15em}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}
.skip{position:absolute;left:-999rem;top:0;padding:.5rem 1rem;background:var(--paper);z-index:1}
.skip:focus{left:.5rem;top:.5rem}
h1,h2,h3,h4{line-height:1.25;margin:0;text-wrap:balance;font-weight:650}
h1{font-size:1.25rem;color:var(--soft);font-weight:500}
h2{font-size:1.375rem}
h3{font-size:1.125rem}
h4{font-size:1rem}
p{margin:.5rem 0}
p.lead{color:var(--soft);max-width:44rem}
ol,ul{margin:.5rem 0;padding-left:1.5rem}
code{font:.8125rem/1.45 ui-monospace,"SF Mono",Consolas,"Liberation Mono",monospace}
pre{margin:.5rem 0;padding:.75rem 1rem;background:var(--ground);border:1px solid var(--line);border-radius:6px;
white-space:pre-wrap}
header{padding-top:2.5rem}
.verdict{display:flex;gap:.9rem;align-items:center;margin:.5rem 0 .75rem}
.verdict strong{font-size:clamp(1.5rem,1.1rem + 2vw,2.125rem);line-height:1.2;font-weight:700;letter-spacing:-.01em}
.verdict svg{flex:none}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:0;color:var(--soft)}
.facts div{display:flex;gap:.5rem}
.facts dt{flex:none}
.facts dt::after{content:":"}
.facts dd{margin:0;color:var(--ink)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;list-style:none;margin:1.5rem 0 0;padding:.75rem 0;
border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
section{margin:3rem 0}
h2+*{margin-top:.75rem}
.card>:first-child{margin-top:0}
.card>:last-child{margin-bottom:0}
section section{margin:1.25rem 0}
.card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:1.25rem 1.5rem}
.mend{list-style:none;padding:0;margin:1rem 0;counter-reset:mend}
.mend>li{counter-increment:mend;position:relative;background:var(--paper);border:1px solid var(--line);
border-left:4px solid var(--fail);border-radius:8px;padding:1.1rem 1.5rem 1.1rem 3.75rem;margin:.75rem 0}
.mend>li::before{content:counter(mend);position:absolute;left:1.25rem;top:1.05rem;width:1.65rem;height:1.65rem;
border:2px solid var(--fail);border-radius:50%;color:var(--fail);font-weight:700;font-size:.875rem;
line-height:1.4rem;text-align:center}
.mend .remedy{margin:0;font-weight:600;max-width:56rem}
.effects{padding-left:1.25rem}
.pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1.25rem;margin:.6rem 0 0}
.pairs dt{color:var(--soft)}
.pairs dd{margin:0}
.tag{display:inline-flex;align-items:baseline;gap:.4rem;font-weight:600;white-space:nowrap}
.tag svg{flex:none;align-self:center}
.fail>.tag,.tag.fail{color:var(--fail)}
.pass>.tag,.tag.pass{color:var(--pass)}
.not_measured>.tag,.tag.not_measured{color:var(--open)}
.not_applicable>.tag,.tag.not_applicable{color:var(--none)}
.tiles{display:flex;flex-wrap:wrap;align-items:flex-start;gap:1rem 2.5rem;margin:1rem 0}
svg{max-width:100%;height:auto}
svg text{fill:var(--ink);font-size:12px;font-family:inherit}
svg a{text-decoration:none}
svg a:focus-visible{outline-offset:0}
svg a:hover .box,svg a:focus-visible .box{stroke:var(--accent);stroke-width:2}
svg a:hover text{text-decoration:underline}
.box{fill:var(--paper);stroke:var(--edge)}
.hub{fill:var(--ground)}
.wire{fill:none;stroke-width:2}
.tip{stroke:none}
.wire.pass,.mark.pass{stroke:var(--pass)}
.wire.fail,.mark.fail{stroke:var(--fail)}
.mesh .wire.pass{stroke-width:1;stroke-opacity:.55}
.wire.fail{stroke-dasharray:7 3;stroke-width:2.5}
.wire.not_measured,.mark.not_measured{stroke:var(--open)}
.wire.not_measured{stroke-dasharray:2 3}
.wire.not_applicable,.mark.not_applicable{stroke:var(--none)}
.tip.pass{fill:var(--pass)}
.tip.fail{fill:var(--fail)}
.tip.not_measured{fill:var(--open)}
.mark{fill:var(--paper);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.mark.glyph{fill:none}
.symbols{position:absolute}
.narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0;padding:0;list-style:none}
.legend li{color:var(--soft)}
.filter{border:0;padding:0;margin:1rem 0;display:none;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem}
.filter legend{float:left;padding:0;margin-right:1.25rem;color:var(--soft)}
.filter label{display:inline-flex;gap:.4rem;align-items:center;min-height:1.75rem;cursor:pointer}
.filter input{accent-color:var(--accent);width:1.1rem;height:1.1rem;margin:0}
button{font:inherit;color:var(--accent);background:var(--paper);border:1px solid var(--edge);border-radius:6px;
padding:.2rem .8rem;cursor:pointer}
.link{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--edge);border-radius:8px;
padding:1.1rem 1.5rem}
.link.fail{border-left-color:var(--fail)}
.link.pass{border-left-color:var(--pass)}
.link.not_measured{border-left-color:var(--open)}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem 1.5rem}
.direction{border-top:1px solid var(--line);margin-top:.9rem;padding-top:.9rem}
summary{cursor:pointer;padding:.25rem 0;border-radius:4px}
summary h4{display:inline;margin-right:.75rem}
summary .tag{margin-right:.75rem}
summary .count{color:var(--soft)}
table{width:100%;border-collapse:collapse;margin:.75rem 0;font-size:.9375rem}
caption{text-align:left;color:var(--soft);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.5rem 1rem .5rem 0;border-top:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:.8125rem;vertical-align:bottom}
tbody th{font-weight:500}
.checks{table-layout:fixed}
.checks thead th:nth-child(1){width:29%}
.checks thead th:nth-child(4){width:15%}
.checks thead th:nth-child(5){width:9.5rem}
.checks tr.fail{background:var(--fail-tint)}
.checks tr.not_measured{background:var(--open-tint)}
.checks tr>:first-child{padding-left:.75rem}
.checks .do td{border-top:0;padding-top:0}
.gaps thead th:nth-child(1){width:24%}
.gaps thead th:nth-child(4){width:22%}
.checks small,.note{display:block;font-size:.8125rem;color:var(--soft);font-weight:400}
.ladders{display:flex;flex-wrap:wrap;gap:1.5rem 3rem;margin:.75rem 0}
figure{margin:0;width:21rem;max-width:100%}
figure>details{font-size:.9375rem}
figcaption{font-size:.875rem;color:var(--soft);margin-bottom:.5rem}
figcaption strong{color:var(--ink)}
.life{stroke:var(--edge);stroke-width:1.5}
.step{stroke:var(--accent);stroke-width:1.5}
.step-tip{fill:var(--accent)}
svg .small{font-size:11px;fill:var(--soft)}
svg .strong{font-weight:650}
svg .bad{fill:var(--fail);font-weight:650}
.broke{border-left:3px solid var(--fail);padding-left:.75rem;margin:.5rem 0}
.validity{display:block;width:100%;min-width:9rem;height:1.25rem}
.axis{display:block;width:100%;min-width:9rem;height:1.1rem}
.axis text{font-size:11px;fill:var(--soft);font-weight:400}
.rail{stroke:var(--line);stroke-width:1}
.span{fill:var(--accent)}
.span.ca{fill:var(--edge)}
.span.over{fill:var(--fail)}
.today{stroke:var(--ink);stroke-width:2}
.same{color:var(--soft)}
.print{display:inline-block;max-width:24ch}
.validity-table,.agreement,.nodes{table-layout:fixed}
.validity-table thead th:nth-child(1){width:25%}
.validity-table thead th:nth-child(3),.validity-table thead th:nth-child(4){width:6.75rem}
.validity-table thead th:nth-child(5){width:7.5rem}
.validity-table thead th:nth-child(6){width:27%}
.agreement thead th:nth-child(1){width:19%}
.agreement thead th:nth-child(5){width:9.5rem}
.nodes thead th:nth-child(3){width:5rem}
.nodes thead th:nth-child(6){width:7rem}
.nodes thead th:nth-child(7){width:12.75rem}
footer{color:var(--soft);font-size:.875rem;padding-top:1rem;padding-bottom:3rem}
@supports selector(:has(*)){
.filter{display:flex}
body:has(#show-fail:checked) .checks tbody tr:not(.fail),
body:has(#show-fail:checked) .direction:not(:has(tr.fail)),
body:has(#show-fail:checked) .link:not(:has(tr.fail)),
body:has(#show-open:checked) .checks tbody tr:not(.not_measured),
body:has(#show-open:checked) .direction:not(:has(tr.not_measured)),
body:has(#show-open:checked) .link:not(:has(tr.not_measured)){display:none}
}
@media screen and (max-width:52rem){
header,main,footer{padding-left:.75rem;padding-right:.75rem}
header{padding-top:1.25rem}
section{margin:2.25rem 0}
.card,.link{padding:.9rem .75rem}
.mend>li{padding:.9rem .75rem .9rem 2.9rem}
.mend>li::before{left:.65rem;top:.85rem}
.pairs{grid-template-columns:minmax(0,1fr);gap:0}
.pairs dd{margin-bottom:.35rem}
.wide{display:none}
.narrow{display:flex}
table,caption,tbody,tr,th,td{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
tbody tr{border-top:1px solid var(--line);padding:.6rem 0}
tbody th,tbody td,.checks tr>:first-child{border:0;padding:.1rem 0}
.checks tr.fail,.checks tr.not_measured{padding:.6rem .75rem}
.checks tr.do{border-top:0;padding-top:0}
td::before{content:attr(data-label);color:var(--soft);font-size:.8125rem;margin-right:.6rem}
.checks td:nth-of-type(1)::before{content:"Expected"}
.checks td:nth-of-type(2)::before{content:"Seen"}
.checks td:nth-of-type(3)::before{content:"Source"}
.checks td:nth-of-type(4)::before{content:"Result"}
.checks .do td::before{content:none}
td:empty{display:none}
}
@media print{
@page{margin:14mm}
html{font-size:9pt}
table{font-size:8.5pt}
th,td{padding:.3rem .75rem .3rem 0}
body{background:none}
header,main,footer{max-width:none;padding:0}
nav,.skip,.filter,button{display:none!important}
section{margin:1.5rem 0}
.card,.link,.mend>li{background:none}
.checks tr.fail,.checks tr.not_measured{background:none}
h2,h3,h4,summary,.head,figcaption{break-after:avoid}
tr,.mend>li,figure,.tiles svg{break-inside:avoid}
thead{display:table-header-group}
a{color:inherit;text-decoration:none}
details::details-content{content-visibility:visible!important;display:block!important;block-size:auto!important}
summary{list-style:none}
summary::-webkit-details-marker{display:none}
}
@media (forced-colors:active){
.wire,.mark,.life,.step,.today{stroke:CanvasText}
.tip,.step-tip,.span,svg text{fill:CanvasText}
}
"""


def _variables(palette: dict[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in palette.items()) + "}"


def style_sheet() -> str:
    """All of it. On paper always the light palette: a dark one would need its background."""
    return (
        f"{_variables(LIGHT)}\n@media screen and (prefers-color-scheme:dark){{{_variables(DARK)}}}"
        f"\n:root{{color-scheme:light dark}}{_RULES}"
    )
