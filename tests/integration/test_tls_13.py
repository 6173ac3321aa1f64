# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, links over TLS 1.3, or links that lack a common TLS version, are not told as what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
)
from ansible_collections.ucops.cucm.tests.support.laboratory import (
    CALLS,
    PATTERNS,
    A,
    B,
    Laboratory,
    Report,
    laboratory_of,
    profile_name,
    with_one_port,
)
from ansible_collections.ucops.cucm.tests.support.pairs import assert_pair_is_refused

pytestmark = pytest.mark.timeout(1800)

TO_B, TO_A = f"{A}→{B}", f"{B}→{A}"
EC = "CallManager-ECDSA"


def test_clusters_without_a_common_tls_version_are_refused_before_anything_is_changed(tmp_path: Path) -> None:
    told = assert_pair_is_refused("9.1", "15", tmp_path)
    assert "ALPHA (9.1.2.10000-28) speaks at most TLS 1.0" in told
    assert "BETA (15.0.1.12900-234) speaks at least TLS 1.2" in told
    assert "Lower the minimum of BETA to 1.0" in told


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Two clusters of 15SU2, of which one prefers to show its EC certificate."""
    clusters = [
        ClusterTopology(
            name,
            "15",
            (NodeTopology(f"{name.lower()}-pub", "publisher", address=f"127.2.{place}.1"),),
            f"{name.lower()}.example.com",
            extensions=(PATTERNS[other],),
            certificate_preference=preference,
        )
        for place, (name, other, preference) in enumerate(((A, B, ""), (B, A, "ec")), 1)
    ]
    with laboratory_of(tmp_path_factory.mktemp("laboratory"), with_one_port(clusters), [(A, B)]) as made:
        yield made


@pytest.fixture
def healthy(laboratory: Laboratory) -> Laboratory:
    laboratory.pair()
    for cluster, peer in ((A, B), (B, A)):
        (node,) = laboratory.nodes(cluster)
        laboratory.install(cluster, node, with_key=f"ec384-{node}", service=EC)
        names = [*laboratory.names(peer), *laboratory.names(peer, EC)]
        laboratory.profile(cluster, x509_subject_names=names, reset="always")
    return laboratory


def found(report: Report, check: str) -> Mapping[str, Mapping[str, Any]]:
    """The check of that id in each direction."""
    results = ("pass", "fail", "not_measured", "not_applicable")
    return {
        finding.direction: entry
        for result in results
        for finding, entry in report.checks(result)
        if finding.check == check
    }


def test_probe_and_traces_prove_a_link_over_tls_1_3(healthy: Laboratory) -> None:
    report = healthy.verify(cucm_verify_capture=True, cucm_verify_traces=True, cucm_verify_reset=True)
    assert report.outcome.status == 0, report.outcome.output
    assert report.causes() == set()
    assert report.not_measured() == set()
    handshakes = found(report, "handshake_complete")
    for direction in (TO_A, TO_B):
        entry = handshakes[direction]
        assert (entry["result"], entry["reason"]) == ("not_measured", "encrypted")
        assert "in TLS 1.3 the certificates" in entry["seen"]
        assert "SDL traces" in entry["remedy"]
    traced = found(report, "certificate_in_trace")
    assert {entry["result"] for entry in traced.values()} == {"pass"}
    assert "cucm10-pub-EC.cucm10.example.com" in traced[TO_B]["seen"]
    assert "cucma-pub.cucma.example.com" in traced[TO_A]["seen"]
    assert {entry["seen"] for entry in found(report, "tls_version").values()} == {"TLS 1.3, at least 1.2"}
    for call in healthy.site.calls(CALLS):
        assert (call["connected"], call["tls_version"]) == (True, "TLSv1.3"), call


def test_the_name_of_the_ec_certificate_is_missing_in_the_profile(healthy: Laboratory) -> None:
    healthy.profile(A, x509_subject_names=healthy.names(B), reset="always")
    report = healthy.verify()
    assert report.causes() == {f"{TO_B} subject_names"}
    remedy = report.remedies("subject_names")
    assert "Add 'cucm10-pub-EC.cucm10.example.com' to X.509 Subject Name" in remedy
    assert profile_name(B) in remedy


def test_the_ec_certificate_that_is_shown_is_self_signed(healthy: Laboratory) -> None:
    healthy.site.control.reset()
    healthy.pair()
    names = [*healthy.names(B), *healthy.names(B, EC)]
    healthy.profile(A, x509_subject_names=names, reset="always")
    report = healthy.verify()
    assert report.causes() == {f"{TO_B} certificate_trusted"}
    assert "self-signed" in str(found(report, "certificate_trusted")[TO_B]["seen"])
