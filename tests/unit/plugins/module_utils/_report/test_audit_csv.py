# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the certificate audit: spreadsheets read it, and calculate nothing of it."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_csv import HEAD, audit_csv, cell
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports
from hypothesis import given
from hypothesis import strategies as st

#: With what spreadsheets begin a formula, those for far eastern keyboards included.
STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
#: What ends a cell in one locale or another.
ENDS = ",;\t|"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_place_and_each_node_that_was_not_read() -> None:
    found = rows(audit_csv(audit_reports.failing()))
    assert [tuple(row) for row in found[:1]] == [HEAD]
    (down,) = [row for row in found if row["kind"] == "not measured"]
    assert (down["cluster"], down["nodes"]) == ("CUCM10", "cucm10-sub1")
    (own,) = [
        row
        for row in found
        if (row["service"], row["cluster"]) == ("CallManager", "CUCMA") and row["kind"] == "identity"
    ]
    assert own["days_left"] == "5"
    assert own["worst"] == "critical"
    assert {"expires_soon", "client_authentication_missing", "not_trusted_by_peer"} <= set(
        own["findings"].split()
    )
    assert own["issuer_kind"] == "private_ca"
    assert own["extended_key_usage"] == "serverAuth"
    (gone,) = [row for row in found if row["service"] == "TVS"]
    assert gone["days_left"] == "-3"  # a number of ours, that a spreadsheet may calculate with
    trusted = [row for row in found if row["kind"] == "trust" and row["common_name"] == "Audit Root CA"]
    assert {row["cluster"] for row in trusted} == {"CUCMA", "CUCM10"}


@pytest.mark.parametrize(
    "text",
    [
        *(f"{start}HYPERLINK(1)" for start in STARTS),
        *(f" {start}1" for start in STARTS),
        *(f"O=Example{end}{start}cmd|' /C calc'!A0" for start in STARTS for end in ENDS),
        '"=1+1',
        "'=1+1",
        "\n=1+1",
        "\t=1+1",
        "\r=1+1",
    ],
)
def test_no_text_is_a_formula(text: str) -> None:
    """Read as it is, and as programs do that end a cell elsewhere, or do not know quotes."""
    written = cell(text)
    parts = [written]
    for end in f"{ENDS}\"'":
        parts += [part for each in parts for part in each.split(end) if end != "'"]
    assert [part for part in parts if part.lstrip()[:1] in set(STARTS)] == []


@given(st.text())
def test_any_text_is_one_cell_of_visible_characters(text: str) -> None:
    written = cell(text)
    assert written.isprintable()
    assert not written.lstrip().startswith(tuple(STARTS))


def test_a_name_without_such_a_character_is_as_it_is() -> None:
    name = "CN=cucma-pub.example.com,O=Example,C=US"
    assert cell(name) == name


def test_hostile_texts_break_no_row() -> None:
    usual, strange = audit_csv(audit_reports.failing()), audit_csv(audit_reports.hostile())
    assert len(rows(usual)) == len(rows(strange)) == strange.count("\n") - 1
    assert all(len(row) == len(HEAD) and None not in row for row in rows(strange))
    assert all(value.isprintable() for row in rows(strange) for value in row.values())
