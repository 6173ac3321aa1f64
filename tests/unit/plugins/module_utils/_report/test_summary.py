# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines for a terminal: all that matters for one link and for fifty, in 100 columns."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._report.summary import summary
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import reports
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.hostile import hostile
from hypothesis import given, settings
from hypothesis import strategies as st


def test_a_pair_that_works() -> None:
    assert summary(reports.healthy_pair()) == [
        "pass: the link works (SIP trunks CUCMA and CUCM10)",
        "",
        "  pass          CUCMA -> CUCM10                     30 passed",
        "  pass          CUCM10 -> CUCMA                     30 passed",
        "",
        "Checks: 60 passed, 2 not applicable.",
    ]


def test_a_pair_that_fails_is_told_with_expected_seen_source_and_remedy() -> None:
    assert summary(reports.failing_pair()) == [
        "FAIL: the link fails (SIP trunks CUCMA and CUCM10)",
        "",
        "  FAIL          CUCMA -> CUCM10                     3 failed, 2 not measured, 25 passed",
        "  pass          CUCM10 -> CUCMA                     1 not measured, 29 passed",
        "",
        "Fix first:",
        "  1. Add 'cucm10-pub.example.com' to X.509 Subject Name of the profile 'Secure SIP Trunk Profile TLS",
        "     CUCM10' on CUCMA (System > Security > SIP Trunk Security Profile), then reset the trunk",
        "     'CUCM10'",
        "     fails        The profile has a name of each certificate of CUCM10",
        "     where        CUCMA -> CUCM10",
        "     expected     cucm10-pub.example.com",
        "     seen         CUCM10",
        "     source       AXL, certificate store",
        "",
        "These follow from the above:",
        "   - cucma-pub has the trunk in full service (CUCMA -> CUCM10): no service on cucma-pub:",
        "     invalidX509NameInCertificate",
        "   - The handshake was completed (CUCMA -> CUCM10): the client cucma-pub closed the connection after",
        "     the server's Certificate",
        "",
        "Not measured:",
        "   - call answered: no test call was made",
        "     where        CUCMA -> CUCM10",
        "     to measure   Run with cucm_verify_call",
        "   - application data: the handshake failed before any data (the verdict does without it)",
        "     where        CUCMA -> CUCM10",
        "     to measure   Fix the handshake, then capture again",
        "   - trunk status: OPTIONS ping is off, so Unified CM does not know the state (the verdict does",
        "     without it)",
        "     where        CUCM10 -> CUCMA",
        "     to measure   Switch on OPTIONS ping in the SIP profile of the trunk",
        "",
        "Checks: 3 failed, 3 not measured, 54 passed, 2 not applicable.",
    ]


def test_fifty_links_stay_readable() -> None:
    lines = summary(reports.star(50))
    assert len(lines) < 110
    for number in range(1, 51):
        assert any(f"BRANCH-{number:02} " in line for line in lines[2:58]), number
    assert [line[2:6] for line in lines[2:12:2]] == ["FAIL"] * 5
    text = "\n".join(lines)
    assert "7 x trunk status" in text and "and 3 more" in text
    # Both nodes of the hub are distrusted for one reason: told once.
    assert text.count("expected     the root 'Example Root CA'") == 5


def test_of_more_than_ten_remedies_the_further_ones_are_told_without_their_evidence() -> None:
    report = reports.star(120, nodes=1)
    lines = summary(report)
    assert sum("Upload the root" in line for line in lines) == 12
    assert sum(line.startswith("     source  ") for line in lines) == 10


def test_hostile_text_neither_leaves_the_columns_nor_reaches_the_terminal() -> None:
    for report in (reports.failing_pair(), reports.star(12)):
        lines = summary(hostile(report))
        assert max(map(len, lines)) <= 100
        assert all(line.isprintable() for line in lines)
        assert len(lines) < 400


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "links",
                        "directions",
                        "checks",
                        "verdict",
                        "result",
                        "fix_first",
                        "remedy",
                        "source",
                        "from",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
    )
)
def test_a_report_of_a_wrong_shape_is_never_a_pass(shape: object) -> None:
    report = shape if isinstance(shape, dict) else {"links": shape}
    report.pop("verdict", None)
    assert summary(report)[0].startswith("not measured: ")
