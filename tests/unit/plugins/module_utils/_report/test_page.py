# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one file that asks for nothing, that says everything without colours, and that no text can break."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_page import audit_page
from ansible_collections.ucops.cucm.plugins.module_utils._report.page import page
from ansible_collections.ucops.cucm.plugins.module_utils._report.style import DARK, LIGHT
from ansible_collections.ucops.cucm.tests.support.timing import processor_seconds
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports, reports
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.hostile import hostile
from hypothesis import given, settings
from hypothesis import strategies as st

_VOID = {"br", "input", "meta"}


class Document(HTMLParser):
    """The elements of a page with their attributes and texts; it fails where they are not nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name in names]

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements in their order, with the names of their attributes."""
        return [(name, tuple(attributes)) for name, attributes in self.elements]


REPORTS = {
    "healthy": reports.healthy_pair(),
    "failing": reports.failing_pair(),
    "star": reports.star(50),
    "mesh": reports.mesh(11),
    "pairs": reports.pairs(8),
    "hostile": hostile(reports.failing_pair()),
    "empty": reports.report([]),
    "nothing": {},
}


#: The page of the certificate audit keeps the same promises.
PAGES = {
    **{name: page(report) for name, report in REPORTS.items()},
    "audit healthy": audit_page(audit_reports.healthy()),
    "audit failing": audit_page(audit_reports.failing()),
    "audit hostile": audit_page(audit_reports.hostile()),
    "audit of nothing": audit_page({}),
}


@pytest.fixture(params=PAGES, scope="module")
def document(request: pytest.FixtureRequest) -> Document:
    return Document(PAGES[request.param])


def test_it_asks_for_no_other_file(document: Document) -> None:
    for name, attributes in document.elements:
        assert name not in {
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "image",
            "foreignobject",
        }
        for attribute, value in attributes.items():
            assert attribute not in {"src", "srcset", "style", "action", "data", "ping", "xlink:href"}, (
                attribute
            )
            assert not attribute.startswith("on"), attribute
            assert attribute != "href" or str(value).startswith("#"), value
    styles = "".join(data for element, data in document.texts if element == "style")
    assert "url(" not in styles and "@import" not in styles and "@font-face" not in styles


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(document: Document) -> None:
    (policy,) = [meta["content"] for meta in document.named("meta") if meta.get("http-equiv")]
    hashes = {}
    for wanted in ("style", "script"):
        (content,) = [data for element, data in document.texts if element == wanted]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[wanted] = f"{wanted}-src 'sha256-{digest}'"
    assert policy == (
        f"default-src 'none'; {hashes['style']}; {hashes['script']}; base-uri 'none'; form-action 'none'"
    )


def test_every_anchor_leads_somewhere_and_no_id_is_twice(document: Document) -> None:
    ids = Counter(attributes["id"] for _name, attributes in document.elements if "id" in attributes)
    assert all(count == 1 for count in ids.values()), ids.most_common(3)
    for attributes in document.named("a", "use"):
        assert str(attributes["href"])[1:] in ids
    for _name, attributes in document.elements:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_headings_are_in_order_and_landmarks_are_there(document: Document) -> None:
    levels = [int(name[1]) for name, _attributes in document.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert document.named("html") == [{"lang": "en", "dir": "ltr"}]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(document.named(landmark)) == 1
    assert document.named("a")[0]["class"] == "skip"


def test_tables_have_heads_with_a_scope_and_pictures_have_a_name(document: Document) -> None:
    assert all(attributes.get("scope") in {"col", "row"} for attributes in document.named("th"))
    for attributes in document.named("svg"):
        assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")


def test_every_link_of_the_report_is_on_the_map_and_has_a_section() -> None:
    for name in ("star", "mesh", "pairs", "failing"):
        text = page(REPORTS[name])
        links = REPORTS[name]["links"]
        picture = text.partition('id="open"')[0]
        for number, link in enumerate(links, start=1):
            assert re.search(rf'<section class="link \w+" id="link-{number}" ', text)
            said = {"fail": "fail", "pass": "pass"}[link["verdict"]]
            assert f'href="#link-{number}" aria-label="' in picture
            first, second = link["clusters"]
            assert f'aria-label="{first} and {second}: {said}"' in picture


def test_what_fails_is_told_before_anything_else_with_its_remedy() -> None:
    text = page(REPORTS["failing"])
    remedy = text.index("Add &#x27;cucm10-pub.example.com&#x27; to X.509 Subject Name")
    assert text.index('id="fix_first"') < remedy < text.index('id="map"')
    expected, seen, source = (text.index(f"<dt>{term}</dt>") for term in ("Expected", "Seen", "Who says so"))
    assert remedy < expected < seen < source < text.index('id="map"')


def test_a_direction_says_who_expects_who_shows_and_who_says_so() -> None:
    text = page(REPORTS["failing"])
    heads = re.findall(r'<th scope="col">([^<]*)</th>', text)
    first = heads.index("What CUCMA expects")
    assert heads[first - 1 : first + 4] == [
        "Check",
        "What CUCMA expects",
        "What CUCM10 shows",
        "Who says so",
        "Result",
    ]


def test_every_check_is_on_the_page_with_its_result_in_words() -> None:
    text = page(REPORTS["failing"])
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', text)
    for link in REPORTS["failing"]["links"]:
        for direction in link["directions"]:
            for check in direction["checks"]:
                if check["result"] == "not_applicable":
                    assert f"<li>{check['title']}: " in text
                    continue
                said = check["result"].replace("_", " ")
                assert any(
                    kind == check["result"] and check["title"] in row and f"</svg>{said}</span>" in row
                    for kind, row in rows
                ), check["id"]


def test_the_ladder_is_also_a_list_and_says_where_it_broke() -> None:
    text = page(REPORTS["failing"])
    items = re.findall(r"<li>([^<]*)<span class=\"same\"> ([0-9:.]+)</span></li>", text)
    assert items == [
        ("cucma-pub: Client Hello", "09:58:11.313"),
        ("cucm10-pub: Server Hello", "09:58:11.322"),
        ("cucm10-pub: Certificate", "09:58:11.331"),
        ("cucm10-pub: Certificate Request", "09:58:11.340"),
        ("cucm10-pub: Server Hello Done", "09:58:11.349"),
    ]
    assert "It broke here" in text and "Broke after Server Hello Done: " in text
    healthy = page(REPORTS["healthy"])
    assert "Application Data x 3" in healthy and "It broke here" not in healthy


def test_a_certificate_of_many_nodes_is_one_row_and_dates_are_said_in_words() -> None:
    text = page(REPORTS["failing"])
    part = text[text.index('id="certificates"') : text.index('id="agreement"')]
    assert part.count("Example Root CA") == 1
    left = re.findall(r'data-label="Left">(?:<strong>)?([^<]*)<', part)
    assert left == ["expired 23 days ago", "valid in 6 days", "725 days", "725 days", "4785 days"]


@pytest.mark.parametrize(
    ("start", "end", "ticks"),
    [
        ("2026-11-20", "2027-11-20", ["2027-01", "2027-04", "2027-07", "2027-10"]),
        ("2026-11-20", "2028-11-19", ["2027-01", "2027-07", "2028-01", "2028-07"]),
        ("2024-10-01", "2028-11-19", ["2025", "2026", "2027", "2028"]),
        ("1999-01-01", "9999-12-31", ["2020", "2025", "2030", "2035"]),
    ],
)
def test_the_time_line_has_a_few_dates(start: str, end: str, ticks: list[str]) -> None:
    report = reports.healthy_pair()
    report["certificates"] = [
        reports.certificate(
            "CUCMA", "cucma-pub", not_before=f"{start}T00:00:00Z", not_after=f"{end}T00:00:00Z"
        )
    ]
    text = page(report)
    axis = text[text.index('class="axis"') : text.index("</svg>", text.index('class="axis"'))]
    assert re.findall(r">([0-9-]+)<", axis) == ticks


def test_agreement_is_told_in_words_those_that_differ_first() -> None:
    text = page(REPORTS["failing"])
    part = text[text.index('id="agreement"') : text.index('id="nodes"')]
    assert re.findall(r"</svg>([^<]*)</span>", part) == ["differ", "not measured"]


def _without_dates(report: dict) -> dict:
    """Dates make bars and years on the time line; what is no date makes none, whatever it is."""
    return reports.with_every_text(
        report, lambda text: "no date" if re.match(r"\d{4}-\d\d-\d\dT", text) else text
    )


def test_hostile_text_makes_no_element_and_no_attribute() -> None:
    made = (reports.failing_pair(), reports.healthy_pair(), reports.star(11, nodes=1), reports.mesh(4))
    for plain in map(_without_dates, made):
        assert Document(page(hostile(plain))).shape() == Document(page(plain)).shape()


def test_hostile_text_stays_text() -> None:
    text = page(REPORTS["hostile"])
    assert "&lt;script&gt;alert(1)" in text and "<script>alert" not in text
    assert "&lt;U+202E&gt;" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    text.encode()


@settings(max_examples=25)
@given(st.text(st.characters(), min_size=1, max_size=40))
def test_no_text_changes_the_elements(text: str) -> None:
    plain = _without_dates(reports.failing_pair())
    made = reports.with_every_text(plain, lambda value: value + text)
    assert Document(page(made)).shape() == Document(page(plain)).shape()


def _shapes(inner: st.SearchStrategy) -> st.SearchStrategy:
    keys = ("links", "directions", "checks", "handshakes", "steps", "broke", "client", "clusters", "nodes")
    keys += (
        "certificates",
        "certificate",
        "agreement",
        "fix_first",
        "created",
        "not_after",
        "not_before",
        "result",
    )
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=5)


@settings(max_examples=100)
@given(st.dictionaries(
    st.sampled_from(["links", "clusters", "certificates", "agreement", "fix_first", "created", "title"]),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.sampled_from(["2026-11-24T10:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
        _shapes,
        max_leaves=30,
    ),
))  # fmt: skip
def test_a_report_of_a_wrong_shape_makes_a_page_and_never_a_pass(shape: dict) -> None:
    text = page(shape)
    Document(text)
    assert "<title>Not measured: " in text


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_is_wcag_aa(palette: dict[str, str]) -> None:
    texts = ("ink", "soft", "accent", "pass", "fail", "open", "none")
    for ground in ("ground", "paper", "fail-tint", "open-tint"):
        for colour in texts:
            assert _contrast(palette[colour], palette[ground]) >= 4.5, (colour, ground)
    for ground in ("ground", "paper"):  # what is drawn
        assert _contrast(palette["edge"], palette[ground]) >= 3, ground


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_fifty_links_of_two_nodes_make_a_page_of_less_than_five_megabytes_within_a_second() -> None:
    report = reports.star(50, nodes=2)
    assert processor_seconds(lambda: page(report)) < 1
    assert len(page(report).encode()) < 5_000_000
