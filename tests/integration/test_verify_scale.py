# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty-five links in one play: the healthy ones pass, the two that are broken fail, and one can see which.

Eleven clusters, each linked to each, and not a hub with fifty spokes, which the benchmark has: as many
trunks, but a fifth of the hosts, and it is hosts that a play takes its time for. Every broken link
ends at clusters whose nine other links go on working.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.ucops.cucm.tests.support.laboratory import (
    Laboratory,
    Report,
    free_port,
    full_mesh,
    profile_name,
)

pytestmark = [pytest.mark.timeout(1800), pytest.mark.long]

CLUSTERS = 11
LINKS = CLUSTERS * (CLUSTERS - 1) // 2
#: Bytes of a page that a browser opens at once, and a mail server lets through.
LARGEST_PAGE = 5_000_000
#: Lines of a terminal that one still reads from the top.
MOST_LINES = 130


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with full_mesh(tmp_path_factory.mktemp("mesh"), CLUSTERS) as laboratory:
        yield laboratory


@dataclass
class Page(HTMLParser):
    """What a page shows: the headings of the links by their verdict, and what it loads from elsewhere."""

    links: dict[str, list[str]] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    _verdict: str = ""
    _heading: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        classes = found.get("class", "").split()
        if classes[:1] == ["link"]:
            self._verdict = classes[1]
        self._heading = tag == "h3" and bool(self._verdict)
        if self._heading:
            self.links.setdefault(self._verdict, []).append("")
        self.loaded += [found["src"]] if "src" in found else []
        self.loaded += [found["href"]] if tag == "link" else []

    def handle_endtag(self, tag: str) -> None:
        if tag == "h3" and self._heading:
            self._heading, self._verdict = False, ""

    def handle_data(self, data: str) -> None:
        if self._heading:
            self.links[self._verdict][-1] += data


def page_of(lab: Laboratory) -> Page:
    path = lab.site.directory / "proof" / "report.html"
    assert path.stat().st_size < LARGEST_PAGE
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def summary_of(report: Report) -> list[str]:
    (said,) = (task for task in report.outcome.results if task["action"] == "ucops.cucm.show_text")
    return said["result"]["lines"]


def failed_suites(lab: Laboratory) -> set[str]:
    """The test suites of JUnit with failures; there is one for each direction."""
    root = ET.fromstring((lab.site.directory / "proof" / "report.xml").read_text(encoding="utf-8"))
    suites = root.findall("testsuite")
    assert len(suites) == 2 * LINKS
    return {suite.attrib["name"] for suite in suites if suite.attrib["failures"] != "0"}


def test_all_links_of_a_mesh_pass_in_one_play(mesh: Laboratory) -> None:
    report = mesh.verify()
    assert report.outcome.status == 0, report.outcome.output
    assert "[WARNING]" not in report.outcome.output
    assert [link["verdict"] for link in report.data["links"]] == ["pass"] * LINKS
    assert not report.checks("fail")
    assert not report.not_measured()
    assert failed_suites(mesh) == set()
    page = page_of(mesh)
    assert {verdict: len(links) for verdict, links in page.links.items()} == {"pass": LINKS}
    assert not [place for place in page.loaded if not place.startswith("data:")]
    lines = summary_of(report)
    assert lines[0].startswith(f"pass: all {LINKS} links work ")
    assert len(lines) < MOST_LINES


@contextmanager
def two_broken_links(lab: Laboratory) -> Iterator[None]:
    """SITE02 knows the node of SITE05 by another name, and SITE07 looks for SITE03 at another port."""
    elsewhere = lab.destinations("SITE03")
    elsewhere[0]["port"] = free_port([elsewhere[0]["address"]])
    try:
        lab.profile("SITE02", "SITE05", x509_subject_names=["old.example.com"], reset="always")
        lab.trunk("SITE07", "SITE03", destinations=elsewhere, reset="always")
        yield
    finally:
        lab.profile("SITE02", "SITE05", reset="always")
        lab.trunk("SITE07", "SITE03", reset="always")


def test_exactly_the_links_that_are_broken_fail(mesh: Laboratory) -> None:
    with two_broken_links(mesh):
        report = mesh.verify()
    assert report.outcome.status != 0
    failed = {link["id"] for link in report.data["links"] if link["verdict"] == "fail"}
    assert failed == {"SITE02--SITE05", "SITE03--SITE07"}
    others = [link["verdict"] for link in report.data["links"] if link["id"] not in failed]
    assert others == ["pass"] * (LINKS - 2)
    assert report.causes() == {"SITE02→SITE05 subject_names", "SITE07→SITE03 trunk_destinations"}
    assert report.effects() == {
        "SITE02→SITE05 trunk_status",
        "SITE05→SITE02 trunk_status",
        "SITE07→SITE03 port_open",
        "SITE07→SITE03 trunk_status",
    }

    assert failed_suites(mesh) == {"SITE02 to SITE05", "SITE05 to SITE02", "SITE07 to SITE03"}
    page = page_of(mesh)
    assert len(page.links["pass"]) == LINKS - 2
    assert sorted(_ends(name) for name in page.links["fail"]) == [["SITE02", "SITE05"], ["SITE03", "SITE07"]]

    lines = summary_of(report)
    assert lines[0].startswith("FAIL: ")
    assert len(lines) < MOST_LINES
    marked = [_ends(line) for line in lines if line.startswith("  FAIL ")]
    assert sorted(marked) == [["SITE02", "SITE05"], ["SITE05", "SITE02"], ["SITE07", "SITE03"]]
    text = " ".join(" ".join(lines).split())
    assert profile_name("SITE05") in text
    assert "trunk 'SITE03'" in text


def _ends(text: str) -> list[str]:
    """The clusters that a line or a heading names, the first two."""
    return [word for word in text.split() if word.startswith("SITE")][:2]
