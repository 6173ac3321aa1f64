# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node is read once, with two requests, and what was read decides whether the work begins there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_csr, cucm_node_state
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_node_state import NotReady
from ansible_collections.ucops.cucm.plugins.module_utils._site.state import is_made_out_to
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    Wire,
    plug_in,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability import answers
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import FakeTime

CALL_MANAGER = "Cisco CallManager"
CLUSTER = {"version": "14.0.1.12900-161", "release": "14.0", "axl_version": "14.0", "mixed_mode": False}
READS = [
    "POST /controlcenterservice2/services/ControlCenterServices",
    "GET /platformcom/api/v1/certmgr/config/snapshot/server",
]
SU5 = "15.0.1.15900-1"
#: What a certificate has to be, with all that the user may leave open.
WANTED = {
    "service": "CallManager",
    "distribution": "this-server",
    "common_name": None,
    "subject_alt_names": None,
    "key_type": None,
    "key_length": None,
    "hash_algorithm": None,
    "renew_before": 30,
    "backend": "local",
    "may_restart": True,
    "backdate": 0,
    "issues": True,
}


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def options(**changes: Any) -> dict[str, Any]:
    return {
        **CONNECTION,
        "transport": "rest",
        "serviceability_username": "axl-user",
        "serviceability_password": "another-secret",
        "node": "a-pub",
        "cluster": CLUSTER,
        "publisher": "a-pub",
        "delegate": "a-sub",
        "required_services": [CALL_MANAGER],
        "starting_timeout": 300,
        "starting_interval": 5,
        "service": "CallManager",
        "hostname": None,
        "require_client_auth": "auto",
        "end_versions": [],
        "wanted": None,
        **changes,
    }


def look(time: FakeTime | None = None, context: Context | None = None, **changes: Any) -> dict[str, Any]:
    return cucm_node_state.read(options(**changes), context or Context(), (time or FakeTime()).clock())


def node(wire: Wire, *services: str, certificate: Any = None, **more: Any) -> None:
    """A node that answers once: services, then certificates."""
    answers.status(wire, *(services or (answers.item(CALL_MANAGER),)))
    wire.json(made.snapshot(certificate or made.certificate(), **more))


def wanted(*authorities: Any, **changes: Any) -> dict[str, Any]:
    return {**WANTED, "authorities": [made.pem(each) for each in authorities], **changes}


def test_two_requests_with_the_account_that_each_needs(wire: Wire) -> None:
    node(wire, trust=(made.root(),))
    found = look(wanted=wanted(made.root()))
    assert wire.requests == READS
    accounts = [sent.headers["Authorization"] for sent in wire.sent]
    assert len(set(accounts)) == 2
    assert (found["changed"], found["release"], found["mixed_mode"]) == (False, "14.0", False)
    assert [service["name"] for service in found["services"]] == [CALL_MANAGER]
    assert found["identity"]["subject"]["CN"] == "cucm-pub.example.com"
    assert found["certificates"]["identities"] == found["identities"] == [found["identity"]]
    assert [each["fingerprint_sha256"] for each in found["certificates"]["trust"]] == found["trusted"]
    assert found["planned"] == {
        "service": "CallManager",
        "is_done": True,
        "backend": "local",
        "reasons": [],
        "is_pending": False,
        "is_usable": True,
        "missing_cas": 0,
        # The certificate of the test is newer than the start of its service.
        "restart_services": [CALL_MANAGER],
        "may_restart": True,
    }


def test_the_judgement_is_that_of_the_module_for_csrs(wire: Wire) -> None:
    node(wire, certificate=made.self_signed())
    found = look(wanted=wanted(made.root()))
    assert found["planned"]["missing_cas"] == 1
    assert not found["planned"]["is_done"]
    assert found["planned"]["restart_services"] == [CALL_MANAGER]
    wire.json(made.snapshot(made.self_signed()))
    own = {**WANTED, "issuer": made.pem(made.root()), "force": False, "dest": None}
    asked = cucm_csr.run({**options(), **own}, Context(check_mode=True))
    assert {
        key: found["csr"][key] for key in ("status", "csr", "certificate", "reasons", "restart_services")
    } == {key: asked[key] for key in ("status", "csr", "certificate", "reasons", "restart_services")}


@pytest.mark.parametrize(
    ("changes", "judged", "is_planned"),
    [
        ({}, False, False),
        ({"key_type": "ec"}, False, False),  # wrong for the service, which its own task tells
        ({"backend": "adcs"}, True, False),
        ({"backend": "manual"}, True, True),
        ({"issues": False}, True, True),
    ],
)
def test_what_has_to_be_asked_elsewhere_is_left_open(
    wire: Wire, changes: dict[str, Any], judged: bool, is_planned: bool
) -> None:
    node(wire, certificate=made.self_signed())
    found = look(wanted=wanted(*([made.root()] if changes else []), **changes))
    assert (found["csr"] is not None, found["planned"] is not None) == (judged, is_planned)
    if changes == {"issues": False}:
        assert (found["planned"]["reasons"], found["planned"]["missing_cas"]) == ([], 0)


def test_a_cluster_that_could_not_be_read_is_left_alone(wire: Wire) -> None:
    with pytest.raises(NotReady, match=r"a-pub: .*publisher of the cluster, could not be read.*a-sub"):
        look(cluster={"failed": True})
    assert wire.sent == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"required_services": [CALL_MANAGER, "Cisco Tftp"]}, ["not started: Cisco Tftp."]),
        ({"hostname": "sub"}, ["made out to cucm-pub.example.com", "the inventory says cucm_hostname=sub."]),
        ({"hostname": "sub", "required_services": ["Cisco Tftp"]}, ["not started", "cucm_hostname=sub"]),
    ],
)
def test_what_keeps_the_work_from_beginning_is_told_at_once(
    wire: Wire, changes: dict[str, Any], words: list[str]
) -> None:
    node(wire, answers.item(CALL_MANAGER), answers.stopped("Cisco Tftp"))
    with pytest.raises(NotReady) as caught:
        look(**changes)
    assert all(word in caught.value.message for word in words)
    assert len(caught.value.details["problems"]) == (2 if len(changes) == 2 else 1)


def test_a_service_that_is_just_starting_is_waited_for(wire: Wire) -> None:
    time = FakeTime()
    answers.status(wire, answers.item(CALL_MANAGER, status="Starting"))
    node(wire)
    look(time)
    assert wire.requests == [READS[0], *READS]


def test_no_longer_than_it_may_take(wire: Wire) -> None:
    node(wire, answers.item(CALL_MANAGER, status="Starting"))
    with pytest.raises(NotReady, match="not started: Cisco CallManager"):
        look(starting_timeout=0)


@pytest.mark.parametrize("option", ["serviceability_password", "password"])
def test_password_that_occurs_in_what_was_read_stops(wire: Wire, option: str) -> None:
    node(wire)
    given = {name: value for name, value in options().items() if name != "return_transcript"}
    result, _warnings = execute(cucm_node_state.DEFINITION, {**given, option: "cucm-pub.example"})
    assert result["reason"] == "secret_in_result"
    assert option in result["msg"]


@pytest.mark.parametrize(
    ("version", "preference", "missing"),
    [
        ("14.0.1.12900-161", None, []),
        ("15.0.1.12900-234", None, ["Preference Order"]),
        ("15.0.1.12900-234", "rsa", []),
        ("15.0", "ec", ["the newest TLS version"]),
    ],
)
def test_what_the_release_does_not_tell_of_tls_is_never_assumed(
    wire: Wire, version: str, preference: str | None, missing: list[str]
) -> None:
    node(wire)
    cluster = {**CLUSTER, "version": version, "certificate_preference": preference}
    found = look(cluster=cluster)["tls"]
    assert len(found["not_measured"]) == len(missing)
    assert all(words in text for words, text in zip(missing, found["not_measured"], strict=True))


@pytest.mark.parametrize(
    ("purposes", "versions", "installed", "required", "warned"),
    [
        (made.BOTH[:1], [SU5, SU5], False, False, True),
        (made.BOTH[:1], [SU5, ""], False, True, False),
        (made.BOTH, [SU5, SU5], True, False, False),
    ],
)
def test_a_certificate_without_client_authentication(
    wire: Wire, purposes: Any, versions: list[str], installed: bool, required: bool, warned: bool
) -> None:
    node(wire, certificate=made.certificate(purposes=purposes))
    context = Context()
    found = look(context=context, end_versions=versions)["client_auth"]
    assert (found["installed"], found["required"]) == (installed, required)
    assert bool(context.warnings) is warned


@pytest.mark.parametrize(
    ("names", "hostname", "right"),
    [
        (["pub.example.com"], "pub.example.com", True),
        (["pub.example.com"], "PUB.example.com.", True),
        (["pub.example.com"], "pub", True),
        (["pub"], "pub.example.com", True),
        (["pub.example.com"], "pub.example.org", False),
        (["pub-ms.example.com"], "pub", True),
        (["pub-ms.example.com"], "pub-ms", True),
        (["pub-ec.example.com"], "pub", True),
        (["pub-ec-ms.example.com"], "pub.example.com", True),
        (["teams-ms.example.com"], "teams", True),
        (["pub2.example.com"], "pub", False),
        ([], "pub", False),
    ],
)
def test_names_of_certificates(names: list[str], hostname: str, right: bool) -> None:
    assert is_made_out_to(names, hostname) is right
