# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, certificates without client authentication are demanded or accepted for the wrong peers."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import (
    RELEASES,
    decide,
    release_of,
)

SU4, SU5 = "15.0.1.14900-40", "15.0.1.15900-1"


@pytest.mark.parametrize(
    ("version", "product", "separates"),
    [
        (SU5, "Unified CM", True),
        ("17.0.1.10000-1", "Unified CM", True),
        ("X15.5", "Expressway", True),
        ("x15.5.1", "Expressway", True),
        ("IOS XE 17.9.4", "CUBE", False),
        ("IOS XE 26.1.1", "CUBE", True),
        ("IOS-XE 26.2", "CUBE", True),
        (SU4, None, None),
        ("14.0.1.15900-1", None, None),
        ("15.0", None, None),
        ("X15.4.2", None, None),
        ("Kamailio 5", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_row_of_a_version(version: str | None, product: str | None, separates: bool | None) -> None:
    row = release_of(version)
    assert (row.product if row else None, row.separates if row else None) == (product, separates)


@pytest.mark.parametrize(
    ("requirement", "versions", "required"),
    [
        ("auto", [SU5, SU5], False),
        ("auto", [SU5, "X15.5", "IOS XE 17.9.4"], False),
        ("auto", [SU5, SU4], True),
        ("auto", [SU4, SU5], True),
        ("auto", [SU5, ""], True),
        ("auto", [SU5, None], True),
        ("auto", [], True),
        ("always", [SU5, SU5], True),
        ("never", [SU4, ""], False),
    ],
)
def test_both_ends_decide(requirement: str, versions: list[str | None], required: bool) -> None:
    assert decide(requirement, versions).required is required


def test_what_it_depends_on_is_told() -> None:
    why = decide("auto", [SU5, SU5]).why
    assert "'Ignore client authentication EKU' has to be on at both ends" in why and "FN74345" in why
    assert decide("auto", [SU5, SU4]).why.endswith(f"{SU4} is not known to do without it")


def test_every_row_has_its_source() -> None:
    assert all(
        row.source.startswith("Cisco field notice FN") and row.checked.year >= 2026 for row in RELEASES
    )
