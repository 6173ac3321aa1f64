# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a run begins that a peer will refuse, or a trunk that works is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_rules import (
    RULES,
    Finding,
    findings_of,
    matches,
    of_all,
    own_side,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import peer_of


def certificate(common_name: str, *names: str, service: str = "CallManager", **more: Any) -> dict[str, Any]:
    return {
        "service": service,
        "subject": {"CN": common_name},
        "subject_alt_names": [f"DNS:{one}" for one in names],
        "self_signed": False,
        "extended_key_usage": ["serverAuth", "clientAuth"],
        **more,
    }


def host(name: str = "pub.example.com", *others: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The variables of a node whose certificates are signed for its name, and what a cluster in mixed mode says."""
    identities = [certificate(name, name), *others]
    return {
        "cucm_cluster": "CUCMA",
        "cucm_sip_address": name,
        "cucm_preflight_state": {
            "release": "15.0",
            "mixed_mode": True,
            "tls": {"newest": "1.3"},
            "identity": identities[0],
            "identities": identities,
        },
        "cucm_preflight_tls": {"min_server_version": "1.2", "min_client_version": "1.2"},
        **more,
    }


def found(entry: dict[str, Any], **hosts: dict[str, Any]) -> list[Finding]:
    given = {"name": "HQ", "nodes": [{"address": "peer.example.com"}], **entry}
    variables = hosts or {"pub": host()}
    return findings_of(peer_of(given, {}, {}), own_side("CUCMA", list(variables), variables))


def codes(entry: dict[str, Any], **hosts: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(one.code, one.refuses) for one in found(entry, **hosts)]


@pytest.mark.parametrize("kind", ["cube", "expressway", "unity_connection", "kamailio", "generic"])
def test_a_right_cluster_has_no_finding(kind: str) -> None:
    assert codes({"kind": kind}) == []


def state(variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**variables, "cucm_preflight_state": {**variables["cucm_preflight_state"], **more}}


OTHER_NAME = host("pub.example.com", cucm_sip_address="192.0.2.10")
EC = certificate("pub-EC.example.com", "pub.example.com", service="CallManager-ECDSA")
SELF_SIGNED = {**EC, "self_signed": True}
ONLY_SERVER = {**certificate("pub.example.com", "pub.example.com"), "extended_key_usage": ["serverAuth"]}
RENEWS = {"cucm_certificate_planned": {"service": "CallManager", "reasons": [{"about": "x", "text": "x"}]}}


@pytest.mark.parametrize(
    ("entry", "variables", "expected"),
    [
        # The name that the peer dials is not in the certificate.
        ({"kind": "expressway"}, OTHER_NAME, [("our_name_missing", True)]),
        ({"kind": "cube"}, OTHER_NAME, [("our_name_missing", True)]),
        ({"kind": "kamailio"}, OTHER_NAME, []),
        ({"kind": "expressway", "verifies_our_name": "none"}, OTHER_NAME, []),
        ({"kind": "expressway", "our_names_expected": ["pub.example.com"]}, OTHER_NAME, []),
        ({"kind": "cube", "our_names_expected": ["*.example.com"]}, OTHER_NAME, []),
        (
            {"kind": "expressway"},
            {**OTHER_NAME, **RENEWS, "cucm_certificate_subject_alt_names": ["192.0.2.10"]},
            [],
        ),
        # A common name is no subject alternative name.
        (
            {"kind": "expressway"},
            state(host(), identities=[certificate("pub.example.com")], identity=None),
            [("our_name_missing", True)],
        ),
        ({"kind": "cube"}, state(host(), identities=[certificate("pub.example.com")], identity=None), []),
        # The EC certificate
        ({"kind": "expressway"}, host("pub.example.com", EC), []),
        ({"kind": "expressway"}, host("pub.example.com", SELF_SIGNED), [("ec_identity_unsigned", False)]),
        ({"kind": "expressway", "key_types": ["rsa"]}, host("pub.example.com", SELF_SIGNED), []),
        (
            {"kind": "expressway"},
            host("pub.example.com", {**EC, "subject_alt_names": ["DNS:other.example.com"]}),
            [("our_name_missing", False)],
        ),
        # Client authentication
        (
            {"kind": "expressway"},
            state(host(), identity=ONLY_SERVER, identities=[]),
            [("client_auth_missing", True)],
        ),
        (
            {"kind": "generic"},
            state(host(), identity=ONLY_SERVER, identities=[]),
            [("client_auth_missing", False)],
        ),
        ({"kind": "cube"}, state(host(), identity=ONLY_SERVER, identities=[]), []),
        ({"kind": "expressway"}, {**state(host(), identity=ONLY_SERVER, identities=[]), **RENEWS}, []),
        # Authenticated and TLS 1.3
        (
            {"kind": "generic", "device_security_mode": "Authenticated"},
            host(),
            [("authenticated_tls_13", False)],
        ),
        (
            {"kind": "generic", "device_security_mode": "Authenticated", "tls_min": "1.3"},
            host(),
            [("authenticated_tls_13", True)],
        ),
        ({"kind": "generic", "device_security_mode": "Authenticated", "tls_max": "1.2"}, host(), []),
        # Mixed mode
        ({"kind": "unity_connection"}, state(host(), mixed_mode=False), [("no_mixed_mode", True)]),
        ({"kind": "unity_connection"}, state(host(), mixed_mode=None), [("no_mixed_mode", False)]),
        ({"kind": "unity_connection", "needs_mixed_mode": False}, state(host(), mixed_mode=False), []),
        # TLS ranges
        (
            {"kind": "cube", "release": "26.1.1"},
            state(host(cucm_preflight_tls={}), tls={"newest": "1.0"}),
            [("tls_versions_apart", True)],
        ),
        (
            {"kind": "cube", "release": "17.12.4"},
            host(cucm_preflight_tls={"min_server_version": "1.3", "min_client_version": "1.2"}),
            [("tls_versions_apart", True)],
        ),
        ({"kind": "cube"}, state(host(cucm_preflight_tls={}), tls={"newest": "1.0"}), []),
        # A renewal
        ({"kind": "unity_connection"}, host(**RENEWS), [("renewal_cuts_off", False)]),
        ({"kind": "unity_connection", "trust_source": "pem"}, host(**RENEWS), []),
    ],
)
def test_each_rule(
    entry: dict[str, Any], variables: dict[str, Any], expected: list[tuple[str, bool]]
) -> None:
    assert codes(entry, pub=variables) == expected


def test_more_nodes_than_the_peer_can_name() -> None:
    hosts = {f"n{place}": host(f"n{place}.example.com") for place in range(11)}
    assert codes({"kind": "cube"}, **hosts) == [("too_many_names", True)]
    assert codes({"kind": "cube", "our_names_expected": ["*.example.com"]}, **hosts) == []
    assert codes({"kind": "cube", "verifies_our_name": "none"}, **hosts) == []
    assert codes({"kind": "expressway"}, **hosts) == []
    ten = dict(list(hosts.items())[:10])
    assert codes({"kind": "cube"}, **ten) == []
    # One certificate for all of them is one name.
    shared = certificate("ms.example.com", *(f"n{place}.example.com" for place in range(11)))
    assert (
        codes(
            {"kind": "cube"},
            **{name: state(one, identity=shared, identities=[]) for name, one in hosts.items()},
        )
        == []
    )


def test_a_text_names_host_peer_and_remedy() -> None:
    (one,) = found({"kind": "expressway"}, pub=OTHER_NAME)
    for part in (
        *("pub: cucm_peers, peer HQ: ", "Cisco Expressway-C", "192.0.2.10", "subject alternative names"),
        *("pub.example.com", "cucm_certificate_subject_alt_names", "our_names_expected"),
    ):
        assert part in one.text


def test_what_was_not_read_refuses_nothing() -> None:
    for kind in ("cube", "expressway", "generic", "kamailio"):
        assert codes({"kind": kind}, pub={"cucm_cluster": "CUCMA"}) == []


def test_the_certificate_of_this_run_counts() -> None:
    variables = host(
        cucm_certificate_states={
            "CallManager": {"installed": certificate("new.example.com", "new.example.com")}
        }
    )
    assert codes({"kind": "expressway"}, pub=variables) == [("our_name_missing", True)]


def test_findings_of_all_peers_that_are_no_clusters_each_once() -> None:
    peers = [
        peer_of({"kind": "unity_connection", "name": "VM", "nodes": [{"address": "vm"}]}, {}, {}),
        peer_of({"cluster": "CUCM10", "nodes": [{"name": "x", "address": "x"}]}, {}, {}),
    ]
    variables = {"pub": state(host(**RENEWS), mixed_mode=False)}
    found = of_all(["pub"], variables, [*peers, peers[0]])
    assert [(one.code, one.refuses) for one in found] == [
        ("no_mixed_mode", True),
        ("renewal_cuts_off", False),
    ]
    assert "utils ctl update CTLFile" in found[1].text


@pytest.mark.parametrize(
    ("expected", "name", "same"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("2001:db8::1", "2001:DB8:0::1", True),
        ("192.0.2.1", "192.0.2.10", False),
        ("a.example.com", "a.example.com", True),
    ],
)
def test_names_match(expected: str, name: str, same: bool) -> None:
    assert matches(expected, name) is same


def test_every_rule_has_a_case() -> None:
    assert len(RULES) == 8
