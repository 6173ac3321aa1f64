# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_cert_info: what is read, and that nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cert_info import KINDS, run
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import CertificateUnreadable
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    Wire,
    plug_in,
)

CONFIG = "/platformcom/api/v1/certmgr/config"
READ = f"GET {CONFIG}/snapshot/server"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def info(*, context: Context | None = None, **options: Any) -> dict[str, Any]:
    params = {
        **CONNECTION,
        "transport": "auto",
        "service": None,
        "include_ecdsa": False,
        "kind": list(KINDS),
        **options,
    }
    return run(params, context or Context())


def node() -> dict[str, Any]:
    """Two services, of which one has a CSR, and two trust stores."""
    snapshot = made.snapshot(made.certificate(), pending=made.csr(), trust=(made.root(),))
    other = made.snapshot(made.self_signed(), trust=(made.intermediate(),), service="tomcat", suffix="")
    del other["identities"][0]["csr"]
    for key in ("identities", "trusts"):
        snapshot[key] += other[key]
    return snapshot


def test_everything_is_one_request(wire: Wire) -> None:
    wire.json(node())
    result = info()
    assert wire.requests == [READ]
    assert result["changed"] is False
    assert [(item["service"], item["self_signed"]) for item in result["identities"]] == [
        ("CallManager", False),
        ("tomcat", True),
    ]
    assert "Cisco CallManager" in result["identities"][0]["restart_services"]
    assert [(item["service"], item["file_name"], item["subject"]["CN"]) for item in result["trust"]] == [
        ("CallManager", "0.pem", "Example Root CA"),
        ("tomcat", "0.pem", "Example Issuing CA"),
    ]
    assert [(item["service"], item["csr"]) for item in result["csrs"]] == [
        ("CallManager", made.pem(made.csr()))
    ]


UNKNOWN = (
    {"service": "CallManager-Client", "certificate": made.pem(made.certificate("client.example.com"))},
    {"service": "CRLF", "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
    {"service": "Empty", "certificate": None, "csr": ["-----BEGIN"]},
    {"service": ["a list"], "certificate": {"pem": 7}},
    {"certificate": 7, "new": {}},
    "no object",
)


@pytest.mark.parametrize("service", [None, "CallManager"])
def test_identities_and_services_that_nobody_knows_break_no_reading(wire: Wire, service: str | None) -> None:
    snapshot = node()
    snapshot["identities"] += UNKNOWN
    snapshot["trusts"] += [{"service": "phone-VPN-trust", "certificate_data": "x"}, 7]
    snapshot["separatedIdentities"] = [{"interface": 1}]
    wire.json(snapshot)
    context = Context()
    result = info(service=service, include_ecdsa=True, kind=["identity", "trust", "csr"], context=context)
    names = [item["service"] for item in result["identities"]]
    if service is None:
        assert names == ["CallManager", "CallManager-Client", "tomcat"]
        assert result["identities"][1]["restart_services"] == []
        assert "the certificate of CRLF is left out" in context.warnings[0]
    else:
        assert names == ["CallManager"]
        assert context.warnings == []


def test_the_ec_twin_is_read_where_there_is_one_and_does_not_break_the_reading(wire: Wire) -> None:
    snapshot = node()
    good = {"service": "CallManager-ECDSA", "certificate": made.pem(made.certificate("pub-EC.example.com"))}
    snapshot["identities"].append(good)
    wire.json(snapshot)
    options = {"service": "CallManager", "include_ecdsa": True, "kind": ["identity"]}
    found = info(**options)["identities"]
    assert [item["service"] for item in found] == ["CallManager", "CallManager-ECDSA"]
    snapshot["identities"][-1] = {**good, "certificate": UNKNOWN[1]["certificate"]}
    wire.json(snapshot)
    context = Context()
    assert [item["service"] for item in info(**options, context=context)["identities"]] == ["CallManager"]
    assert len(context.warnings) == 1


def test_a_certificate_that_was_asked_for_and_cannot_be_read_is_an_error(wire: Wire) -> None:
    snapshot = node()
    snapshot["identities"].append(UNKNOWN[1])
    wire.json(snapshot)
    with pytest.raises(CertificateUnreadable):
        info(service="CRLF", kind=["identity"])


def test_one_service(wire: Wire) -> None:
    wire.json(node())
    result = info(service="CallManager")
    assert [item["service"] for item in result["identities"] + result["trust"] + result["csrs"]] == [
        "CallManager"
    ] * 3


@pytest.mark.parametrize(
    ("kind", "filled"), [("identity", "identities"), ("trust", "trust"), ("csr", "csrs")]
)
def test_one_kind(wire: Wire, kind: str, filled: str) -> None:
    wire.json(node())
    result = info(kind=[kind])
    assert {key for key in ("identities", "trust", "csrs") if result[key]} == {filled}


def test_a_csr_that_the_overview_may_lack_is_asked_for(wire: Wire) -> None:
    wire.json(node()).json({"csr": made.pem(made.csr())})
    assert len(info(service="tomcat", kind=["csr"])["csrs"]) == 1
    assert wire.requests == [READ, f"GET {CONFIG}/csr"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_service(wire: Wire, kind: str) -> None:
    wire.json(node())
    with pytest.raises(InvalidOption, match="Did you mean 'tomcat'"):
        info(service="tomcta", kind=[kind])


def test_there_is_no_transcript_of_the_rest_interface(wire: Wire) -> None:
    wire.json(node())
    assert info(return_transcript=True)["transcript"] is None
    wire.json(node())
    assert "transcript" not in info()
