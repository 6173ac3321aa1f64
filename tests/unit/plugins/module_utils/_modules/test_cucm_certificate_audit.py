# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_certificate_audit: what is read of a node and written down, also of one that does not answer."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_certificate_audit import DEFINITION
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    Wire,
    plug_in,
)

READ = "GET /platformcom/api/v1/certmgr/config/snapshot/server"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def node() -> dict[str, Any]:
    """A service with a certificate of a CA, one that nobody knows, and one whose certificate is broken."""
    snapshot = made.snapshot(made.certificate(), trust=(made.root(),))
    snapshot["identities"] += [
        {"service": "Unheard-of", "certificate": made.pem(made.self_signed())},
        {"service": "CAPF", "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
    ]
    return snapshot


def audit(**options: Any) -> dict[str, Any]:
    settings = {**CONNECTION, "node": "cucma-pub", "cluster": "CUCMA", "hostname": "cucm-pub", **options}
    return execute(DEFINITION, settings)[0]


def test_one_request_reads_and_judges_everything(wire: Wire) -> None:
    wire.json(node())
    result = audit()
    assert wire.requests == [READ]
    assert result["changed"] is False
    assert {(each["severity"], each["reason"], each["service"]) for each in result["findings"]} == {
        ("warning", "certificate_unreadable", "CAPF")
    }
    assert (result["worst"], result["counts"]) == ("warning", {"critical": 0, "warning": 1, "notice": 0})
    services = {place["service"] for one in result["certificates"] for place in one["places"]}
    assert services == {"CallManager", "Unheard-of"}
    assert "transcript" not in result


def test_certificates_are_left_out_of_the_result_on_request(wire: Wire) -> None:
    wire.json(node())
    assert "certificates" not in audit(return_certificates=False)


def test_the_document_has_the_certificates_and_nothing_that_was_not_read(wire: Wire, tmp_path: Path) -> None:
    path = tmp_path / "cucma-pub.json"
    wire.json(node())
    audit(path=str(path), sip_addresses=["sip.example.com"], sip_port=5063)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(path.read_text())
    assert (document["cluster"], document["node"], document["hostname"]) == ("CUCMA", "cucma-pub", "cucm-pub")
    assert document["addresses"] == ["cucm-pub.example.com", "sip.example.com"]
    assert document["sip_port"] == 5063
    assert set(document["certificates"].values()) == {
        *(made.pem(each) for each in (made.root(), made.self_signed())),
        document["certificates"][document["identities"][0]["fingerprint_sha256"]],
    }
    assert [entry["service"] for entry in document["identities"]] == ["CallManager", "Unheard-of", "CAPF"]
    assert document["identities"][2]["fingerprint_sha256"] is None
    assert "wire-secret" not in path.read_text()


def test_check_mode_writes_nothing(wire: Wire, tmp_path: Path) -> None:
    wire.json(node())
    settings = {**CONNECTION, "path": str(tmp_path / "a.json")}
    assert execute(DEFINITION, settings, check_mode=True)[0]["changed"] is False
    assert list(tmp_path.iterdir()) == []


def test_a_refused_password_is_an_error_and_a_document(wire: Wire, tmp_path: Path) -> None:
    path = tmp_path / "cucma-pub.json"
    wire.answers.append((401, "text/html", b"wire-secret was refused"))
    result = audit(path=str(path))
    assert result["failed"]
    assert result["reason"] == "authentication_failed"
    document = json.loads(path.read_text())
    assert document["reading"]["reason"] == "authentication_failed"
    assert (document["identities"], document["certificates"]) == ([], {})
    assert "wire-secret" not in path.read_text()


@pytest.mark.parametrize("option", ["warning_days", "critical_days", "ca_warning_days"])
@pytest.mark.parametrize("days", [-1, 36501])
def test_days_that_are_none(wire: Wire, option: str, days: int) -> None:
    result = audit(**{option: days})
    assert (result["failed"], result["reason"]) == (True, "invalid_option")
    assert wire.requests == []


TRUNKS = {
    "trunks": [
        {
            "name": "CUCM10",
            "security_profile": {"outgoing_transport_type": "TLS"},
            "destinations": [{"address": "192.0.2.200", "port": 5061}],
        }
    ]
}
PLAN = [
    {"cluster": "CUCM10", "trunk": "planned", "nodes": [{"name": "n", "address": "192.0.2.9", "port": 5061}]}
]


@pytest.mark.parametrize(
    ("options", "name", "text"),
    [
        ({"trunks": TRUNKS, "peers": PLAN}, "CUCM10", ""),
        ({"trunks": {"failed": True, "msg": "no AXL"}, "peers": PLAN}, "planned", "no AXL"),
        ({"peers": PLAN}, "planned", ""),
    ],
)
def test_trunks_are_those_of_the_cluster_else_of_the_inventory(
    wire: Wire, tmp_path: Path, options: dict[str, Any], name: str, text: str
) -> None:
    path = tmp_path / "a.json"
    wire.json(node())
    audit(path=str(path), **options)
    document = json.loads(path.read_text())
    assert [trunk["name"] for trunk in document["trunks"]] == [name]
    assert document["trunks_text"] == text


def test_a_path_that_cannot_be_written_costs_no_request(wire: Wire, tmp_path: Path) -> None:
    result = audit(path=str(tmp_path / "absent" / "a.json"))
    assert result["failed"]
    assert wire.requests == []
