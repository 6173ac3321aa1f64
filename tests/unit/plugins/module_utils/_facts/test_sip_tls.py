# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the TLS versions of a release are wrong, or ranges of versions are compared wrongly."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import (
    VERSIONS,
    Range,
    never_meet,
    newest_version,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("version", "newest"),
    [
        ("9.1.2.10000-28", "1.0"),
        ("10.5.2.10000-5", "1.0"),
        ("11.5.1.10000-6", "1.2"),
        ("12.5.1.18900-40", "1.2"),
        ("14.0.1.10000-20", "1.2"),
        ("14.0.1.15900-1", "1.2"),
        ("15.0.1.10000-32", "1.2"),
        ("15.0.1.11900-23", "1.2"),
        # An engineering special of 15SU1 comes before 15SU2.
        ("15.0.1.12013-1", "1.2"),
        ("15.0.1.12900-234", "1.3"),
        ("15.0.1.14900-1", "1.3"),
        ("17.0.1.10000-1", "1.3"),
        ("9.1", "1.0"),
        ("14.0", "1.2"),
        ("14", "1.2"),
        ("15.0", None),
        ("15", None),
        ("15SU2", None),
        ("", None),
        (None, None),
    ],
)
def test_the_newest_version(version: str | None, newest: str | None) -> None:
    assert newest_version(version) == newest


RANGES = [Range(*each) for each in itertools.combinations_with_replacement(VERSIONS, 2)]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(RANGES, RANGES)))
def test_ranges_that_are_known(one: Range, other: Range) -> None:
    def speaks(version: str, each: Range) -> bool:
        return str(each.lowest) <= version <= str(each.newest)

    common = [version for version in VERSIONS if speaks(version, one) and speaks(version, other)]
    assert never_meet(one, other) is not bool(common)


@given(one=st.sampled_from(RANGES), other=st.sampled_from(RANGES))
def test_what_is_not_known_keeps_nobody_apart(one: Range, other: Range) -> None:
    assert not never_meet(Range(None, None), other)
    assert not never_meet(Range(one.lowest, None), Range(other.lowest, None))
    assert not never_meet(Range(None, one.newest), Range(None, other.newest))
