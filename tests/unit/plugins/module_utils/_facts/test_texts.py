# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If these failed, texts that no page takes would reach the database, or good ones would be refused."""

from __future__ import annotations

import re

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl import objects
from ansible_collections.ucops.cucm.plugins.module_utils._axl.check import checked
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.tests.simulator import digit_analysis
from hypothesis import given, settings
from hypothesis import strategies as st

PATTERNS = r"""
9898 0 98XX 9.@ \+49.! [2-8]XXX [^5]XX 9.[2-9]XX[2-9]XXXXXX *67 # ! 9.!# 12[34]? 98+ ABCD \+ \+\+ 8. .8 [13*#]
[0-9A-D] [\+0]1 1[2-46-8]
"""


@pytest.mark.parametrize("pattern", PATTERNS.split())
def test_patterns(pattern: str) -> None:
    assert texts.fault_of_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (" 9898", r"blank \(U\+0020\)"),
        ("9898\u00a0", r"blank \(U\+00A0\)"),
        ("98 98", "blank"),
        ("98\t98", r"blank \(U\+0009\)"),
        ("98\u200b98", r"<U\+200B>, which is no digit"),
        ("98xx", "upper case, X"),
        ("E", "has E, which is no digit"),
        ("98;99", "has ;"),
        ("user@example.com", "has u,"),
        ("+49.!", r"a plus that is dialled is written \\\+"),
        ("?1", "no digit before it"),
        ("9.+", "no digit before it"),
        ("1??", "no digit before it"),
        ("\\", "back-slash"),
        (r"\*9", "back-slash"),
        ("[1-", r"a \[ without"),
        ("1]", r"a \] without"),
        ("[]", "no set of digits"),
        ("[^]", "no set of digits"),
        ("[a-f]", "no set of digits"),
        ("[2X]", "no set of digits"),
        ("[5-2]", "runs backwards"),
        ("1-2", "outside of"),
        ("^9", "outside of"),
        ("9.@@", "more than one @"),
        (".", "no digit and no wildcard"),
        ("", "no digit and no wildcard"),
        ("\uff19", "no digit"),
        ("9\ud800", r"<U\+D800>"),
    ],
)
def test_what_is_no_pattern(pattern: str, words: str) -> None:
    assert re.search(words, texts.fault_of_pattern(pattern) or "")


@settings(deadline=None)
@given(st.text("0129ABDX*#!.@+?[]^-\\ x", max_size=8))
def test_what_is_taken_can_be_matched(pattern: str) -> None:
    """An independent reader of patterns understands what is let through, but for the dial plan's @."""
    if texts.fault_of_pattern(pattern) is None and "@" not in pattern:
        assert digit_analysis.compile_pattern(pattern) is not None


@pytest.mark.parametrize("text", ["10.0.0.1", "cucm-pub", "a_b.example.com.", "10-1.example.com", "1a.2b"])
def test_addresses(text: str) -> None:
    assert texts.fault_of_address(text) is None


@pytest.mark.parametrize(
    "text",
    ["10.0.0", "256.1.1.1", "2001:db8::1", "fe80::1%eth0", "a b", "-a.b", "a..b", "", "a\n", "a/24", "ü.de"],
)
def test_what_is_no_address(text: str) -> None:
    assert texts.fault_of_address(text)


@pytest.mark.parametrize("text", ["2001:db8::1", "::ffff:10.0.0.1", "cucm6.example.com"])
def test_addresses_ipv6(text: str) -> None:
    assert texts.fault_of_address_ipv6(text) is None


@pytest.mark.parametrize("text", ["fe80::1%eth0", "10.0.0.256", "2001:db8::1/64", "[2001:db8::1]", "a b"])
def test_what_is_no_address_ipv6(text: str) -> None:
    assert texts.fault_of_address_ipv6(text)


TABLES = {table.kind: table for table in objects.ALL}


@pytest.mark.parametrize(
    "kind", ["SipTrunk", "SipTrunkSecurityProfile", "SipProfile", "RouteList", "RoutePattern"]
)
@pytest.mark.parametrize("character", [*'"%&<>', "\x0b", "\x00", "\x1b", "\x85", "\ud800", "\uffff"])
def test_descriptions(kind: str, character: str) -> None:
    with pytest.raises(InvalidOption) as error:
        checked(TABLES[kind], "15.0", {"description": f"to {character} site"}, "host")
    assert error.value.option == "description"
    assert f"U+{ord(character):04X}" in error.value.message or character in error.value.message
    assert error.value.message.isprintable()


def test_a_back_slash_is_taken_by_the_page_of_route_patterns_alone() -> None:
    assert checked(TABLES["RoutePattern"], "15.0", {"description": "a\\b"}, "host")
    with pytest.raises(InvalidOption):
        checked(TABLES["SipTrunk"], "15.0", {"description": "a\\b"}, "host")


@pytest.mark.parametrize("blank", [" {}", "{} ", "{}\n", "\u00a0{}", "{}\u2003"])
def test_blanks_around(blank: str) -> None:
    """Those of a description go; a name with them would be another object."""
    given_ = {"description": blank.format("to B")}
    assert checked(TABLES["SipTrunk"], "15.0", given_, "host") == {"description": "to B"}
    for option in ("name", "device_pool"):
        with pytest.raises(InvalidOption, match="begins or ends with a blank"):
            checked(TABLES["SipTrunk"], "15.0", {option: blank.format("X")}, "host")


@pytest.mark.parametrize("name", ["a\x0b", "a\u00a0b\x7f", "\ud800"])
def test_subject_names(name: str) -> None:
    with pytest.raises(InvalidOption, match="cannot be one of x509_subject_names"):
        checked(TABLES["SipTrunkSecurityProfile"], "15.0", {"x509_subject_names": [name]}, "host")
