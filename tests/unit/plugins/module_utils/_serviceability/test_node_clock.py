# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a node's clock is from ours."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    Answered,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.node_clock import plain, skew
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    TlsServer,
    answer,
    certificate,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import CONNECTION
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def answered(date: str, took: float = 0.2) -> Answered:
    return Answered(NOON, NOON + timedelta(seconds=took), date)


def header(moment: datetime) -> str:
    """A Date header: whole seconds, cut off."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


@given(
    off=st.floats(-1e7, 1e7),
    took=st.floats(0, 60),
    share=st.floats(0, 1),
    fraction=st.floats(0, 0.999),
)
def test_the_true_difference_lies_within_the_accuracy(
    off: float, took: float, share: float, fraction: float
) -> None:
    sent = NOON + timedelta(seconds=fraction)
    written = sent + timedelta(seconds=took * share + off)
    found = skew(Answered(sent, sent + timedelta(seconds=took), header(written)))
    assert found is not None
    assert abs(found.seconds - off) <= found.accuracy + 1e-3
    assert math.isclose(found.accuracy, 0.5 + took / 2, abs_tol=1e-3)


@pytest.mark.parametrize(
    ("seconds", "skew_seconds", "text"),
    [
        (0, 0.4, "The node's clock agrees with this machine's, as far as can be measured (0.6 s)."),
        (10, 10.4, "The node's clock is 10.4 s ahead of this machine's, give or take 0.6 s."),
        (-10, -9.6, "The node's clock is 9.6 s behind this machine's, give or take 0.6 s."),
        (7200, 7200.4, "The node's clock is 7200 s (2:00:00) ahead of this machine's, give or take 0.6 s."),
    ],
)
def test_in_words(seconds: int, skew_seconds: float, text: str) -> None:
    found = plain(skew(answered(header(NOON + timedelta(seconds=seconds)))))
    assert found == {
        "measured": True,
        "skew_seconds": skew_seconds,
        "accuracy_seconds": 0.6,
        "text": text,
    }


@pytest.mark.parametrize(
    "date",
    [
        "",
        "now",
        "Mon, 23 Nov 2026",
        "Mon, 23 Foo 2026 12:00:00 GMT",
        "Mon, 99 Nov 2026 12:00:00 GMT",
        "Mon, 23 Nov 2026 25:00:00 GMT",
        "Mon, 23 Nov 99999999999 12:00:00 GMT",
        "Mon, 23 Nov 2026 12:00:00 +99999999999",
    ],
)
def test_a_header_that_is_no_date_measures_nothing(date: str) -> None:
    found = plain(skew(answered(date)))
    assert (found["measured"], found["skew_seconds"]) == (False, None)
    assert "no Date header" in found["text"]


@given(st.text(max_size=60))
def test_no_header_breaks_it(date: str) -> None:
    assert plain(skew(answered(date)))["measured"] in {True, False}


def test_no_answer_measures_nothing() -> None:
    assert skew(None) is None


def test_a_date_without_a_zone_is_gmt() -> None:
    found = skew(answered("Mon, 23 Nov 2026 12:00:00"))
    assert found is not None
    assert abs(found.seconds) < 1


def test_a_real_answer(tmp_path: Path) -> None:
    """Over TLS: the header, and the moments before and after, on a connection that is used twice."""
    identity = certificate("node", names=["127.0.0.1"])
    behind = header(datetime.now(UTC) - timedelta(hours=1))
    with TlsServer(identity.write(tmp_path, "node"), [answer(Date=behind), answer()]) as server:
        options = ConnectionOptions.from_params(
            {
                **CONNECTION,
                "host": "127.0.0.1",
                "port": server.port,
                "tls_fingerprint": identity.fingerprint,
            }
        )
        with HttpSession(options) as session:
            assert session.answered is None
            before = datetime.now(UTC)
            session.request("POST", "/", operation="x", repeatable=True)
            seen = session.answered
            assert seen is not None
            assert before <= seen.sent_at <= seen.received_at <= datetime.now(UTC)
            found = skew(seen)
            assert found is not None
            assert abs(found.seconds + 3600) <= found.accuracy + 1
            session.request("POST", "/", operation="x", repeatable=True)
            assert session.answered is not seen
            assert skew(session.answered) is None
