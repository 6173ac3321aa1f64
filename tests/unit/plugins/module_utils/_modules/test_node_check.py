# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from a node decides whether the work begins there, and becomes one value."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._modules.node_check import DEFINITION
from ansible_collections.ucops.cucm.plugins.module_utils._site.state import is_made_out_to

CLUSTER = {"version": "14.0.1.12900-161", "release": "14.0", "axl_version": "14.0", "mixed_mode": False}
SERVICES = [
    {"name": "Cisco CallManager", "status": "Started", "started_at": "2026-01-01T00:00:00Z"},
    {"name": "Cisco Tftp", "status": "Stopped"},
]
IDENTITY = {"subject": {"CN": "Pub-MS.example.com"}, "subject_alt_names": ["DNS:pub.example.com."]}
CERTIFICATES = {"identities": [IDENTITY], "trust": [{"fingerprint_sha256": "AA"}]}


def judge(*, context: Context | None = None, **changes: Any) -> dict[str, Any]:
    params = {
        "host": "a-pub",
        "cluster": CLUSTER,
        "publisher": "a-pub",
        "delegate": "a-sub",
        "clock": {"measured": True},
        "services": SERVICES,
        "required_services": ["Cisco CallManager"],
        "certificates": CERTIFICATES,
        "service": "CallManager",
        "hostname": "pub",
        "tls": {},
        "require_client_auth": "auto",
        "end_versions": [],
        "axl_password": "long enough",
        "os_password": "long enough too",
        **changes,
    }
    return DEFINITION.execute(params, context or Context())


def test_what_was_read_becomes_one_value() -> None:
    assert judge() == {
        "changed": False,
        "release": "14.0",
        "version": "14.0.1.12900-161",
        "axl_version": "14.0",
        "mixed_mode": False,
        "services": SERVICES,
        "clock": {"measured": True},
        "identity": IDENTITY,
        "identities": [IDENTITY],
        "tls": {
            "newest": "1.2",
            "min_server_version": None,
            "min_client_version": None,
            "certificate_preference": None,
            "not_measured": ["the lowest TLS version: it was not read"],
        },
        "end_versions": [],
        "client_auth": {
            "required": True,
            "why": "the versions of the ends are not known",
            "installed": None,
        },
        "trusted": ["AA"],
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cluster": {"failed": True}}, "the publisher of the cluster, could not be read. See the error of a-sub"),
        ({"services": []}, "not started: Cisco CallManager. Start it in Cisco Unified Serviceability"),
        ({"required_services": ["Cisco CallManager", "Cisco Tftp"]}, "not started: Cisco Tftp."),
        ({"hostname": "sub"}, "made out to pub-ms.example.com, pub.example.com, the inventory says cucm_hostname=sub."),
    ],
)  # fmt: skip
def test_what_keeps_the_work_from_beginning_is_told(changes: dict[str, Any], words: str) -> None:
    result = judge(**changes)
    assert (result["failed"], result["reason"]) == (True, "not_ready")
    assert result["msg"].startswith("a-pub: ")
    assert words in result["msg"]
    assert len(result["problems"]) == 1


def test_all_problems_are_told_at_once() -> None:
    assert len(judge(services=[], hostname="sub")["problems"]) == 2


def test_publisher_that_was_not_read_hides_what_else_is_unknown() -> None:
    assert len(judge(cluster={}, services=[], certificates={}, hostname="sub")["problems"]) == 1


@pytest.mark.parametrize("option", ["axl_password", "os_password"])
@pytest.mark.parametrize("secret", ["pub.example", "CallManager", "CERTIFICATE", "14.0"])
def test_password_that_occurs_in_what_was_read_stops(option: str, secret: str) -> None:
    result = judge(**{option: secret})
    assert result["reason"] == "secret_in_result"
    assert option in result["msg"]


@pytest.mark.parametrize("hostname", ["", None])
def test_without_a_host_name_the_name_is_not_checked(hostname: str | None) -> None:
    assert "failed" not in judge(hostname=hostname)


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


NEWER = {**CLUSTER, "version": "15.0.1.12900-234", "release": "15.0"}


@pytest.mark.parametrize(
    ("cluster", "tls", "missing"),
    [
        ({}, {"min_server_version": "1.2", "min_client_version": "1.2", "text": ""}, ["Preference Order"]),
        ({"certificate_preference": "rsa"}, {"min_server_version": "1.2", "min_client_version": "1.3"}, []),
        (
            {"certificate_preference": "ec"},
            {"failed": True, "msg": "the connection was refused"},
            ["the lowest TLS version: the connection was refused"],
        ),
        (
            {"certificate_preference": "ec", "version": "15.0"},
            {"min_server_version": "1.2", "min_client_version": None, "text": "it does not show it"},
            ["the lowest TLS version: it does not show it", "the newest TLS version"],
        ),
    ],
)
def test_what_was_not_read_of_tls_is_told_and_never_assumed(
    cluster: dict[str, Any], tls: dict[str, Any], missing: list[str]
) -> None:
    found = judge(cluster={**NEWER, **cluster}, tls=tls)["tls"]
    assert len(found["not_measured"]) == len(missing)
    assert all(words in text for words, text in zip(missing, found["not_measured"], strict=True))
    assert (found["min_server_version"], found["min_client_version"]) == (
        tls.get("min_server_version"),
        tls.get("min_client_version"),
    )
    assert found["newest"] == (None if cluster.get("version") else "1.3")


SU5 = "15.0.1.15900-1"


@pytest.mark.parametrize(
    ("usages", "versions", "installed", "required", "warned"),
    [
        (["serverAuth"], [SU5, SU5], False, False, True),
        (["serverAuth"], [SU5, ""], False, True, False),
        (["serverAuth", "clientAuth"], [SU5, SU5], True, False, False),
        ([], [], True, True, False),
    ],
)
def test_a_certificate_without_client_authentication(
    usages: list[str], versions: list[str], installed: bool, required: bool, warned: bool
) -> None:
    identity = {**IDENTITY, "extended_key_usage": usages}
    context = Context()
    params = {"certificates": {**CERTIFICATES, "identities": [identity]}, "end_versions": versions}
    found = judge(**params, context=context)["client_auth"]
    assert (found["installed"], found["required"]) == (installed, required)
    assert bool(context.warnings) is warned
