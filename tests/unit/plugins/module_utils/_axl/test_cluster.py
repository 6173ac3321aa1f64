# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cluster: two requests, element by element, and what the answers mean."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.cluster import Cluster, read_cluster
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    InvalidOption,
    PermissionDenied,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    Reply,
    Sent,
    Server,
    fault,
    session_with,
    soap,
    version_reply,
)

MIXED = "<row><paramname>ClusterSecurityMode</paramname><paramvalue>1</paramvalue></row>"
NOT_MIXED = "<row><paramname>ClusterSecurityMode</paramname><paramvalue>0</paramvalue></row>"
SQL = "select paramname, paramvalue from processconfig where paramname = 'ClusterSecurityMode'"


def server(release: str = "14.0.1.10000-20", mode: str | Reply = NOT_MIXED, *, newest: str = "") -> Server:
    """A server of a release; `newest` is the newest AXL version that it accepts, if not our newest."""

    def answer(sent: Sent) -> Reply:
        if sent.operation == "executeSQLQuery":
            return soap(sent.version, sent.operation, mode) if isinstance(mode, str) else mode
        if newest and sent.version != "1.0":
            return Reply(f"Supported axl versions are 12.x and {newest}", 599, "text/html")
        return version_reply(release)

    return Server(answer)


def test_two_requests_and_nothing_else() -> None:
    wire = server(mode=MIXED)
    found = read_cluster(session_with(wire), None)
    assert found == Cluster(
        version="14.0.1.10000-20",
        release="14.0",
        axl_version="14.0",
        mixed_mode=True,
        certificate_preference=None,
    )
    version, query = wire.sent
    assert (version.operation, version.version, version.content) == ("getCCMVersion", "1.0", "")
    assert "SOAPAction" not in version.headers
    assert (query.operation, query.version, query.content) == ("executeSQLQuery", "14.0", [("sql", SQL)])
    assert query.headers["SOAPAction"] == '"CUCM:DB ver=14.0 executeSQLQuery"'
    assert {sent.url for sent in wire.sent} == {"https://cucma-pub.example.com:8443/axl/"}
    assert {sent.headers["Content-Type"] for sent in wire.sent} == {"text/xml; charset=utf-8"}


@pytest.mark.parametrize(
    ("mode", "mixed"),
    [
        (NOT_MIXED, False),
        (MIXED, True),
        ("<row><paramname>ClusterSecurityMode</paramname><paramvalue> 1 </paramvalue></row>", True),
        ("<row><paramvalue>2</paramvalue></row>", None),
        ("<row><paramvalue/></row>", None),
        ("<row/>", None),
        ("", None),
        (fault(201, "A syntax error has occurred"), None),
        (fault(None, "no"), None),
    ],
)
def test_the_security_mode(mode: str | Reply, mixed: bool | None) -> None:
    assert read_cluster(session_with(server(mode=mode)), None).mixed_mode is mixed


def test_an_answer_that_is_no_soap_is_not_taken_for_an_unknown_mode() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"cucma-pub\.example\.com, executeSQLQuery: .*not XML"):
        read_cluster(session_with(server(mode=Reply("hello"))), None)


def test_a_role_that_is_missing_is_named() -> None:
    wire = server(mode=Reply("<html/>", 403, "text/html"))
    with pytest.raises(PermissionDenied, match="Standard AXL API Access"):
        read_cluster(session_with(wire), None)
    assert wire.operations == ["getCCMVersion", "executeSQLQuery"]


@pytest.mark.parametrize(
    ("version", "release", "axl_version"),
    [
        ("9.1.2.10000-28", "9.1", "9.1"),
        ("10.5.2.13900-12", "10.5", "10.5"),
        ("12.8.1.1", "12.8", "12.5"),
        ("15.0.1.10000-32", "15.0", "15.0"),
    ],
)
def test_the_release_decides_the_axl_version(version: str, release: str, axl_version: str) -> None:
    wire = server(version)
    found = read_cluster(session_with(wire), None)
    assert (found.version, found.release, found.axl_version) == (version, release, axl_version)
    assert [sent.version for sent in wire.sent] == ["1.0", axl_version]


def test_a_release_that_is_too_old() -> None:
    wire = server("8.6.2.10000-30")
    with pytest.raises(UnsupportedByRelease, match=r"cucma-pub\.example\.com.*8\.6\.2\.10000-30.*9\.1"):
        read_cluster(session_with(wire), None)
    assert wire.operations == ["getCCMVersion"]


@pytest.mark.parametrize(("newest", "axl_version"), [("", "15.0"), ("14.0", "14.0")])
def test_a_release_newer_than_the_tables_is_asked_what_it_accepts(newest: str, axl_version: str) -> None:
    wire = server("17.0.1.10000-1", newest=newest)
    found = read_cluster(session_with(wire), None)
    assert (found.release, found.axl_version) == ("17.0", axl_version)
    assert [(sent.operation, sent.version) for sent in wire.sent] == [
        ("getCCMVersion", "1.0"),
        ("getCCMVersion", "15.0"),
        ("executeSQLQuery", axl_version),
    ]


@pytest.mark.parametrize("release", ["15.0.1.10000-32", "17.0.1.10000-1", "unknown"])
def test_a_given_version_is_spoken_whatever_the_release(release: str) -> None:
    wire = server(release)
    assert read_cluster(session_with(wire), "14").axl_version == "14.0"
    assert {sent.version for sent in wire.sent} == {"1.0", "14.0"}


def test_a_given_version_that_does_not_exist_is_refused_before_anything_is_sent() -> None:
    wire = server()
    with pytest.raises(InvalidOption, match=r"cucma-pub.*'13\.0'.*Option: axl_version\..*9\.1, 10\.0"):
        read_cluster(session_with(wire), "13.0")
    assert wire.sent == []


def preference(*rows: tuple[str, str]) -> str | None:
    """The preference in a database with these rows of processconfig."""
    found = "".join(
        f"<row><paramname>{name}</paramname><paramvalue>{value}</paramvalue></row>" for name, value in rows
    )
    wire = server("15.0.1.12900-234", found)
    return read_cluster(session_with(wire), None).certificate_preference


NAME = "TLS13CertificatePreferenceOrder"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(NAME, "TLS 1.2 Ciphers Preference Order")], "ciphers"),
        ([(NAME, "ECDSA Preferred")], "ec"),
        ([("TLSCiphers", "ECDSA"), ("TLS_1.3_Cert_Preference", "RSA preferred")], "rsa"),
        # What nobody has told the meaning of is not known.
        ([(NAME, "0")], None),
        ([(NAME, "RSAPreferred")], None),
        ([(NAME, "ECDSA Preferred"), (NAME + "2", "RSA Preferred")], None),
        ([("TLSCiphers", "ECDSA")], None),
        ([], None),
    ],
)
def test_the_certificate_preference(rows: list[tuple[str, str]], expected: str | None) -> None:
    assert preference(*rows) == expected


def test_a_release_without_tls_1_3_is_not_asked_for_the_preference() -> None:
    wire = server("15.0.1.11900-23")
    assert read_cluster(session_with(wire), None).certificate_preference is None
    assert wire.operations == ["getCCMVersion", "executeSQLQuery"]
