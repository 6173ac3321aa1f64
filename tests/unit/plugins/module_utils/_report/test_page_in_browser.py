# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a browser can say of the page: requests, widths, schemes, keys, the accessibility tree, print."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._flows.hand_over import hand_over_of
from ansible_collections.ucops.cucm.plugins.module_utils._peers.sheet import sheet_of
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_page import audit_page
from ansible_collections.ucops.cucm.plugins.module_utils._report.hand_over_page import hand_over_page
from ansible_collections.ucops.cucm.plugins.module_utils._report.page import page
from ansible_collections.ucops.cucm.plugins.module_utils._report.style import DARK, LIGHT
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._peers import overs
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports, reports
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.browser import (
    PROGRAM,
    Browser,
    browser,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.hostile import HOSTILE, hostile

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not os.environ.get("CI"), reason="Chromium is not installed"
)

REPORTS: dict[str, Callable[[], dict[str, Any]]] = {
    "healthy": reports.healthy_pair,
    "failing": reports.failing_pair,
    "hostile": lambda: hostile(reports.failing_pair()),
    "fifty": lambda: reports.star(50, nodes=1),
    "mesh": lambda: reports.mesh(5),
}
#: The page of the certificate audit, which has the same frame.
AUDITS: dict[str, Callable[[], dict[str, Any]]] = {
    "audit": audit_reports.failing,
    "audit hostile": audit_reports.hostile,
    "audit of many": lambda: audit_reports.many(60),
}


def hostile_sheet(value: Any) -> Any:
    """The sheet with harm at the end of every text that is no word of its form."""
    if isinstance(value, dict):
        return {
            key: item if key in ("kind", "id", "facts") else hostile_sheet(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [hostile_sheet(item) for item in value]
    return f"{value}{HOSTILE}"


#: The sheet for the administrator of a peer, which has the same frame.
SHEETS: dict[str, Callable[[], str]] = {
    "sheet": lambda: overs.files("cube")["sheet.html"],
    "sheet hostile": lambda: hand_over_page(
        hostile_sheet(sheet_of(hand_over_of(overs.params("kamailio")), {}))
    ),
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def text_of(name: str) -> str:
    if name in SHEETS:
        return SHEETS[name]()
    return audit_page(AUDITS[name]()) if name in AUDITS else page(REPORTS[name]())


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(name: str) -> Path:
        path = tmp_path / f"{name}.html"
        path.write_text(text_of(name), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("name", [*REPORTS, *AUDITS, *SHEETS])
def test_it_asks_for_nothing_and_the_policy_is_not_broken(
    chromium: Browser, written: Callable[[str], Path], name: str
) -> None:
    path = written(name)
    chromium.open(path, width=1280)
    assert chromium.requests == [path.as_uri()]
    assert chromium.problems == []


WIDTHS = [360, pytest.param(768, marks=pytest.mark.long), 1280]  # 768: between two that are run


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["failing", "hostile", "mesh", *AUDITS, *SHEETS])
def test_it_never_scrolls_sideways_nor_cuts_anything_off(
    chromium: Browser, written: Callable[[str], Path], name: str, width: int
) -> None:
    chromium.open(written(name), width=width)
    assert chromium.evaluate("innerWidth") == width
    assert chromium.evaluate(OVERFLOW) == 0
    chromium.evaluate('document.querySelectorAll("details").forEach(each => { each.open = true })')
    assert chromium.evaluate(OVERFLOW) == 0
    outside = """[...document.querySelectorAll("main *")].filter(each => !each.closest("svg, thead")).filter(
        each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display === "block").length"""
    assert chromium.evaluate(outside) == 0


# The narrow one is where a table does not fit.
@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
def test_fifty_links_do_not_scroll_sideways_either(
    chromium: Browser, written: Callable[[str], Path], width: int
) -> None:
    chromium.open(written("fifty"), width=width)
    assert chromium.evaluate(OVERFLOW) == 0


@pytest.mark.parametrize(("dark", "palette"), [(False, LIGHT), (True, DARK)])
def test_it_follows_the_scheme_of_the_system(
    chromium: Browser, written: Callable[[str], Path], dark: bool, palette: dict[str, str]
) -> None:
    chromium.open(written("failing"), width=1280, dark=dark)
    assert chromium.evaluate("getComputedStyle(document.body).backgroundColor") == _rgb(palette["ground"])
    assert chromium.evaluate("getComputedStyle(document.body).color") == _rgb(palette["ink"])


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[index : index + 2], 16)) for index in (1, 3, 5))})"


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(
    chromium: Browser, written: Callable[[str], Path]
) -> None:
    chromium.open(written("failing"), width=1280)
    seen = []
    for _press in range(12):
        chromium.press("Tab")
        seen.append(chromium.evaluate("document.activeElement.getAttribute('href')"))
        assert chromium.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        left = chromium.evaluate("document.activeElement.getBoundingClientRect().left")
        assert left >= 0  # also the skip link, once it has the focus
    assert seen[:9] == [
        "#main",
        *(f"#{name}" for name in ("mend", "map", "open", "links", "certificates", "agreement", "nodes")),
        "#link-1-1",
    ]
    assert "#link-1" in seen  # the link of the map


def test_the_skip_link_leads_to_the_main_part(chromium: Browser, written: Callable[[str], Path]) -> None:
    chromium.open(written("failing"), width=1280)
    chromium.press("Tab")
    chromium.press("Enter")
    assert chromium.evaluate("location.hash") == "#main"
    assert chromium.evaluate("document.activeElement.id") == "main"


def test_the_filter_shows_what_failed_alone(chromium: Browser, written: Callable[[str], Path]) -> None:
    chromium.open(written("fifty"), width=1280)
    visible = "[...document.querySelectorAll('.link')].filter(each => each.offsetParent).length"
    rows = "[...document.querySelectorAll('.checks tbody tr')].filter(each => each.offsetParent).length"
    assert chromium.evaluate(visible) == 50
    chromium.evaluate("document.getElementById('show-fail').click()")
    assert chromium.evaluate(visible) == 5
    assert chromium.evaluate(rows) == 10  # five checks, each with its remedy
    chromium.evaluate("document.getElementById('show-open').click()")
    assert chromium.evaluate(visible) == 7
    chromium.evaluate("document.getElementById('show-all').click()")
    assert chromium.evaluate(visible) == 50


def test_the_button_unfolds_everything(chromium: Browser, written: Callable[[str], Path]) -> None:
    chromium.open(written("failing"), width=1280)
    folded = "document.querySelectorAll('details:not([open])').length"
    assert chromium.evaluate(folded) > 0
    chromium.evaluate("document.getElementById('unfold').click()")
    assert chromium.evaluate(folded) == 0
    assert chromium.evaluate("document.getElementById('unfold').textContent") == "Fold everything"


def test_screen_readers_get_landmarks_names_and_tables(
    chromium: Browser, written: Callable[[str], Path]
) -> None:
    chromium.open(written("failing"), width=360)
    nodes = chromium.call("Accessibility.getFullAXTree")["nodes"]
    found = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]
    roles = {role for role, _name in found}
    assert {
        "banner",
        "navigation",
        "main",
        "contentinfo",
        "table",
        "columnheader",
        "rowheader",
        "cell",
    } <= roles
    assert ("link", "CUCM10 and CUCMA: fail") in found
    assert ("region", "Fix first") in found
    assert ("radio", "what failed") in found
    assert any(role in {"image", "img"} and name.startswith("Handshake of cucma-pub") for role, name in found)
    assert all(name for role, name in found if role in {"link", "button", "radio", "heading", "image", "img"})


def test_on_paper_everything_is_unfolded_and_light(chromium: Browser, written: Callable[[str], Path]) -> None:
    chromium.open(written("failing"), width=1280, dark=True, media="print")
    assert chromium.evaluate("getComputedStyle(document.body).color") == _rgb(LIGHT["ink"])
    hidden = """[...document.querySelectorAll("main td, main th, main li")].filter(
        each => !each.checkVisibility() && !each.closest(".narrow")).length"""
    assert chromium.evaluate(hidden) == 0
    assert chromium.evaluate("document.querySelectorAll('details:not([open])').length") > 0
    assert chromium.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_pdf_has_what_is_folded_on_the_screen(
    chromium: Browser, written: Callable[[str], Path], scripts: bool
) -> None:
    path = written("failing")
    chromium.call("Emulation.setScriptExecutionDisabled", value=not scripts)
    try:
        chromium.open(path, width=1280)
        whole = _pages(chromium.pdf())
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)
    chromium.open(path, width=1280)
    chromium.evaluate("document.querySelectorAll('details:not([open])').forEach(each => each.remove())")
    without = _pages(chromium.pdf())
    assert whole >= without + 2 >= 4


def _pages(pdf: bytes) -> int:
    streams = [
        zlib.decompressobj().decompress(stream)
        for stream in re.findall(rb"/FlateDecode.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
        if stream[:1] == b"\x78"
    ]
    return len(re.findall(rb"/Type\s*/Page\b", b"\n".join((pdf, *streams))))


def test_without_scripts_everything_can_be_read(chromium: Browser, written: Callable[[str], Path]) -> None:
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.open(written("failing"), width=1280)
        text = chromium.call("Accessibility.getFullAXTree")["nodes"]
        names = {node.get("name", {}).get("value", "") for node in text if not node["ignored"]}
        assert "Unfold everything" not in names
        assert any(name.startswith("Add 'cucm10-pub.example.com' to X.509") for name in names)
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)
