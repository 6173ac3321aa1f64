# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit: each fault is told with its severity, and a healthy site has none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import HostUnreachable
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import (
    DocumentUnreadable,
    document_without,
    parse_document,
    planned_trunks,
    trunks_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.audited import (
    audited,
    document,
    issuing,
    pair,
    root,
    self_signed,
    signed,
    told,
    trunk,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca, make_csr, openssl
from ansible_collections.ucops.cucm.tests.support.strange_certificates import (
    UNKNOWN_USAGE,
    strange_certificate,
)
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

CHAIN = (root().certificate, issuing().certificate)
CM = "CallManager"


def test_healthy_site_has_no_finding() -> None:
    report = audited(pair())
    assert told(report) == set()
    assert report["not_measured"] == []
    assert report["worst"] == "none"
    assert report["totals"] == {
        "clusters": 2,
        "nodes": 2,
        "measured": 2,
        "identities": 2,
        "trusted": 4,
        "certificates": 4,
        "links": 1,
    }


def test_a_certificate_is_described_with_what_hangs_on_it() -> None:
    report = audited(pair())
    by_name = {one["common_name"]: one for one in report["certificates"]}
    leaf = by_name["cucma-pub.example.com"]
    assert leaf["days_left"] == 700
    assert (leaf["role"], leaf["issuer_kind"], leaf["issuer_name"]) == (
        "identity",
        "private_ca",
        "Audit Issuing CA",
    )
    assert leaf["chain"] == ["Audit Issuing CA", "Audit Root CA"]
    assert leaf["public_key"] == {"type": "rsa", "size": 2048}
    assert leaf["extended_key_usage"] == ["serverAuth", "clientAuth"]
    assert leaf["names"] == ["cucma-pub.example.com"]
    assert "SIP trunks over TLS of CUCMA: CUCM10" in leaf["used_by"]
    assert "no new TLS connection" in leaf["when_expired"]
    assert "TLS client" in leaf["without_client_authentication"]
    assert "certificate" not in leaf  # the PEM is in the documents
    authority = by_name["Audit Root CA"]
    assert (authority["role"], authority["dependents"]) == ("ca", 2)
    assert authority["when_expired"] == "the 2 identities that hang on it"
    assert any(text.startswith("issuer of identities: CallManager of CUCM") for text in authority["used_by"])


def ending(days: float) -> x509.Certificate:
    return signed("cucma-pub", end=NOW + timedelta(days=days))


def one(certificate: x509.Certificate, service: str = CM, **facts: Any) -> list[dict[str, Any]]:
    """A node with this certificate, and a trust store for its service."""
    store = service.removesuffix("-ECDSA")
    return [document(identities={service: certificate}, trust={store: CHAIN}, **facts)]


IDENTITIES: dict[str, tuple[Callable[[], list[dict[str, Any]]], set[tuple[str, str, str]]]] = {
    "expired": (lambda: one(ending(-1)), {("critical", "expired", CM)}),
    "expires in the next days": (lambda: one(ending(13)), {("critical", "expires_soon", CM)}),
    "expires soon": (lambda: one(ending(59)), {("warning", "expires_soon", CM)}),
    "expires later": (lambda: one(ending(60)), set()),
    "of the future": (
        lambda: one(signed("cucma-pub", start=NOW + timedelta(days=1))),
        {("critical", "not_yet_valid", CM)},
    ),
    "short key": (
        lambda: one(signed("cucma-pub", with_key="rsa1024")),
        {("warning", "key_too_small", CM)},
    ),
    "RSA where EC is due": (
        lambda: one(signed("cucma-pub"), "CallManager-ECDSA"),
        {("critical", "key_type_wrong", "CallManager-ECDSA")},
    ),
    "EC key": (lambda: one(signed("cucma-pub", with_key="ec384"), "tomcat-ECDSA"), set()),
    "without client authentication": (
        lambda: one(signed("cucma-pub", extended=["serverAuth"])),
        {("warning", "client_authentication_missing", CM)},
    ),
    "without client authentication, where a trunk needs it": (
        lambda: one(signed("cucma-pub", extended=["serverAuth"]), trunks=[trunk("CUCM10", "cucm10-pub")]),
        {("critical", "client_authentication_missing", CM)},
    ),
    "without server authentication": (
        lambda: one(signed("cucma-pub", extended=["clientAuth"]), "tomcat"),
        {("warning", "extended_key_usage_missing", "tomcat")},
    ),
    "ipsec without the usage of its own": (
        lambda: one(signed("cucma-pub"), "ipsec"),
        {("notice", "extended_key_usage_missing", "ipsec")},
    ),
    "without any extended key usage": (lambda: one(signed("cucma-pub", extended=None)), set()),
    "made out to another node": (
        lambda: one(signed("elsewhere")),
        {("warning", "names_differ", CM)},
    ),
    "TVS is not named after the node": (lambda: one(signed("elsewhere"), "TVS"), set()),
    "the CA is in no store": (
        lambda: [document(trust={CM: []})],
        set(),  # the node lists no such store, so nothing can be said
    ),
    "the CA is not in the store": (
        lambda: [document(trust={CM: [self_signed("other")]})],
        {("warning", "issuer_not_trusted", CM)},
    ),
    "outlives its CA": (
        lambda: one(signed("cucma-pub", end=NOW + timedelta(days=3800))),
        {("notice", "outlives_issuer", CM)},
    ),
    "an unknown service": (lambda: one(signed("elsewhere"), "Vipr-QuetzalCoatl"), set()),
    "self-signed, and no trunk": (lambda: one(self_signed("cucma-pub")), set()),
    "self-signed, with a trunk": (
        lambda: one(self_signed("cucma-pub"), trunks=[trunk("CUCM10", "192.0.2.1")]),
        {("warning", "self_signed_on_trunk", CM)},
    ),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_identities(case: str) -> None:
    made, expected = IDENTITIES[case]
    assert told(audited(made())) == expected


def test_signature_with_sha1(tmp_path: Path) -> None:
    """Which OpenSSL makes, since cryptography makes none any more."""
    issuing().write(tmp_path, passphrase=None)
    (tmp_path / "leaf.csr").write_text(pem(make_csr("cucma-pub.example.com")))
    (tmp_path / "extensions").write_text("extendedKeyUsage=serverAuth,clientAuth\n")
    openssl(
        *("x509", "-req", "-sha1", "-days", "400", "-set_serial", "77", "-in", tmp_path / "leaf.csr"),
        *("-CA", tmp_path / "ca.pem", "-CAkey", tmp_path / "ca.key", "-extfile", tmp_path / "extensions"),
        *("-out", tmp_path / "leaf.pem"),
    )
    report = audited([document(identities={CM: (tmp_path / "leaf.pem").read_text()})])
    # It begins now, which is later than when these tests began.
    assert told(report) - {("critical", "not_yet_valid", CM)} == {("warning", "hash_too_weak", CM)}
    assert [one["signature_hash"] for one in report["certificates"] if one["role"] == "identity"] == ["sha1"]


def test_thresholds_are_those_of_the_user() -> None:
    report = audited(one(ending(100)), warning_days=120, critical_days=110)
    assert told(report) == {("critical", "expires_soon", CM)}


def test_a_finding_says_what_breaks_and_what_to_do() -> None:
    (finding,) = audited(one(signed("cucma-pub", extended=["serverAuth"]), trunks=[trunk("CUCM10", "x")]))[
        "findings"
    ]
    assert "refuses it as a TLS client (trunk CUCM10)" in finding["text"]
    assert "Chrome" not in finding["text"]  # a private CA follows no browser
    assert "15SU5" in finding["fixed_by"]
    assert "None for release 14" in finding["fixed_by"]
    assert (finding["cluster"], finding["nodes"], finding["kind"]) == ("CUCMA", ["cucma-pub"], "identity")


def test_public_ca_that_still_gives_client_authentication() -> None:
    """Let's Encrypt says of itself who it is; a log's time stamps would do as well."""
    begun = NOW - timedelta(days=500)
    authority = make_ca("R99", organization="Let's Encrypt", with_key="rsa2048-public", start=begun)
    report = audited(
        [document(identities={CM: signed("cucma-pub", by=authority)}, trust={CM: [authority.certificate]})]
    )
    (finding,) = report["findings"]
    assert (finding["severity"], finding["reason"]) == ("warning", "client_authentication_ends")
    assert "2026-07-08" in finding["text"]
    assert {one["issuer_kind"] for one in report["certificates"] if one["role"] == "identity"} == {
        "public_ca"
    }


# CAs and trust stores.


def authority(days: int, **changes: Any) -> list[dict[str, Any]]:
    ca = make_ca(
        "Ending CA",
        with_key="rsa2048-ending",
        end=NOW + timedelta(days=days),
        start=NOW - timedelta(days=500),
    )
    leaf = signed("cucma-pub", by=ca, **changes)
    return [document(identities={CM: leaf}, trust={CM: [ca.certificate]})]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-1, {("critical", "ca_expired")}),
        (13, {("critical", "ca_expires_soon")}),
        (179, {("warning", "ca_expires_soon")}),
        (180, set()),
    ],
)
def test_ca_that_ends_with_a_living_certificate_below(days: int, expected: set[tuple[str, str]]) -> None:
    report = audited(authority(days))
    found = {(each["severity"], each["reason"]) for each in report["findings"]} - {
        ("notice", "outlives_issuer")
    }
    assert found == expected
    if expected:
        assert "1 certificate hangs on it (CallManager of CUCMA)" in report["findings"][0]["text"]


def test_ca_of_a_peer_counts_too() -> None:
    """What the peer has in its store is what it verifies with, whatever the node itself holds."""
    ca = make_ca("Ending CA", with_key="rsa2048-ending", end=NOW + timedelta(days=9))
    leaf = signed("cucma-pub", by=ca)
    documents = [
        document(identities={CM: leaf}, trust={CM: CHAIN}, trunks=[trunk("CUCM10", "cucm10-pub")]),
        document("CUCM10", "cucm10-pub", trust={CM: [*CHAIN, ca.certificate]}),
    ]
    report = audited(documents)
    (finding,) = [each for each in report["findings"] if each["reason"] == "ca_expires_soon"]
    assert (finding["severity"], finding["cluster"], finding["kind"]) == ("critical", "CUCM10", "trust")


def expired_ca() -> x509.Certificate:
    return make_ca(
        "Old CA", with_key="rsa2048-old", start=NOW - timedelta(days=99), end=NOW - timedelta(days=1)
    ).certificate


def renewed(days: int) -> x509.Certificate:
    return make_ca("Twin CA", with_key="rsa2048-twin", start=NOW - timedelta(days=days)).certificate


def other_key(days: int) -> x509.Certificate:
    return make_ca("Twin CA", with_key=f"rsa2048-twin{days}", start=NOW - timedelta(days=days)).certificate


STORES: dict[str, tuple[Callable[[], list[x509.Certificate | str]], set[tuple[str, str]]]] = {
    "expired": (lambda: [expired_ca()], {("warning", "trust_expired")}),
    "the same twice": (lambda: [CHAIN[0]], {("notice", "trust_duplicate")}),
    "renewed with its key": (lambda: [renewed(9), renewed(3)], {("notice", "trust_superseded")}),
    "another key of the same name": (lambda: [other_key(9), other_key(3)], {("notice", "trust_same_name")}),
    "left over of the node itself": (
        lambda: [self_signed("cucma-pub.example.com")],
        {("notice", "trust_leftover")},
    ),
    "left over of the node's EC certificate": (
        lambda: [self_signed("cucma-pub-EC.example.com", with_key="ec384")],
        {("notice", "trust_leftover")},
    ),
    "of somebody else": (lambda: [self_signed("expressway.example.net")], set()),
    "weak, and nothing hangs on it": (
        lambda: [make_ca("Weak", with_key="rsa1024").certificate],
        {("notice", "key_too_small")},
    ),
    "unreadable": (
        lambda: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
        {("warning", "certificate_unreadable")},
    ),
}


@pytest.mark.parametrize("case", STORES)
def test_trust_stores(case: str) -> None:
    made, expected = STORES[case]
    report = audited([document(trust={CM: [*CHAIN, *made()]})])
    assert {(each["severity"], each["reason"]) for each in report["findings"]} == expected


def test_what_is_in_use_is_no_leftover() -> None:
    own = self_signed("cucma-pub.example.com")
    assert told(audited([document(identities={CM: own}, trust={CM: [own]})])) == set()


def test_leftovers_of_a_node_that_was_not_read_are_not_known() -> None:
    facts = {"cluster": "CUCMA", "node": "cucma-sub1", "hostname": "cucma-sub1"}
    down = document_without(facts, HostUnreachable("no route"))
    holder = document(trust={CM: [*CHAIN, self_signed("cucma-sub1.example.com")]})
    assert told(audited([holder, down])) == set()


def test_the_same_on_both_nodes_is_one_finding() -> None:
    store = {CM: [*CHAIN, expired_ca()]}
    documents = [document("CUCMA", node, trust=store) for node in ("a-pub", "a-sub")]
    (finding,) = audited(documents)["findings"]
    assert finding["nodes"] == ["a-pub", "a-sub"]


# Links.


def test_peer_without_the_root() -> None:
    documents = [
        *pair()[:1],
        document("CUCM10", "cucm10-pub", trust={CM: [self_signed("x"), issuing().certificate]}),
    ]
    report = audited(documents)
    found = [each for each in report["findings"] if each["reason"] == "not_trusted_by_peer"]
    assert [(each["severity"], each["cluster"], each["nodes"]) for each in found] == [
        ("critical", "CUCMA", ["cucma-pub"])
    ]
    assert "cucm10-pub" in found[0]["text"]
    assert found[0]["remedy"].startswith("Upload Audit Root CA to CallManager-trust of CUCM10 ")


def test_ec_certificate_that_a_peer_does_not_trust_is_less_urgent() -> None:
    own = {CM: signed("cucma-pub"), "CallManager-ECDSA": self_signed("cucma-pub-EC", with_key="ec384")}
    assert told(audited(pair(identities=own))) == {
        ("warning", "not_trusted_by_peer", "CallManager-ECDSA"),
        ("warning", "self_signed_on_trunk", "CallManager-ECDSA"),
    }


def test_self_signed_certificate_that_the_peer_has_is_trusted() -> None:
    own = self_signed("cucma-pub")
    documents = [
        document(identities={CM: own}, trunks=[trunk("CUCM10", "cucm10-pub")]),
        document("CUCM10", "cucm10-pub", trust={CM: [*CHAIN, own]}),
    ]
    assert told(audited(documents)) == {("warning", "self_signed_on_trunk", CM)}


def test_what_a_peer_outside_trusts_is_not_measured() -> None:
    report = audited([document(trunks=[trunk("Expressway", "expressway")])])
    assert told(report) == set()
    assert [(gap["what"], gap["reason"]) for gap in report["not_measured"]] == [("peer", "peer_elsewhere")]
    assert "Expressway to expressway.example.com" in report["not_measured"][0]["text"]


def test_store_of_a_peer_with_an_unreadable_certificate_is_not_measured() -> None:
    broken = ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", self_signed("x")]
    documents = [*pair()[:1], document("CUCM10", "cucm10-pub", trust={CM: broken})]
    report = audited(documents)
    assert "not_trusted_by_peer" not in {
        each["reason"] for each in report["findings"] if each["cluster"] == "CUCMA"
    }
    assert "store_unreadable" in {gap["reason"] for gap in report["not_measured"]}


def test_nodes_behind_one_address_differ_in_the_port() -> None:
    def node(cluster: str, port: int, **more: Any) -> dict[str, Any]:
        return document(
            cluster, cluster.lower(), addresses=["192.0.2.1"], host="192.0.2.1", sip_port=port, **more
        )

    leads = {"name": "T", "destinations": [{"address": "192.0.2.1", "port": 5062}]}
    report = audited([node("A", 5061, trunks=[leads]), node("B", 5062), node("C", 5063)])
    assert report["totals"]["links"] == 1


# What is not known.


def test_node_that_could_not_be_read_and_one_without_a_document() -> None:
    facts = {"cluster": "CUCMA", "node": "cucma-sub1", "host": "192.0.2.9", "hostname": "cucma-sub1"}
    down = document_without(facts, HostUnreachable("no route", remedy="Look at the network"))
    report = audited([document(), down], absent={"cucma-sub2": "nothing was written down"})
    gaps = [(gap["what"], gap["nodes"], gap["reason"]) for gap in report["not_measured"]]
    assert gaps == [
        ("node", ["cucma-sub2"], "document_missing"),
        ("node", ["cucma-sub1"], "host_unreachable"),
    ]
    assert (report["totals"]["nodes"], report["totals"]["measured"]) == (3, 1)
    assert told(report) == set()


def test_names_are_not_measured_without_a_host_name() -> None:
    report = audited(one(signed("elsewhere"), hostname=""))
    assert told(report) == set()
    assert [gap["what"] for gap in report["not_measured"]] == ["names"]


def test_strange_certificate_is_told_as_it_is() -> None:
    text, _key = strange_certificate()
    report = audited([document(identities={"Unheard-of": text})])
    (strange,) = [each for each in report["certificates"] if each["role"] == "identity"]
    assert (strange["common_name"], strange["serial_number"]) == ("", "-45")
    assert strange["extended_key_usage"] == [UNKNOWN_USAGE]
    assert strange["used_by"] == ["Unheard-of: not known what this service is for"]
    assert strange["when_expired"] == ""
    assert told(report) == set()


def test_trunks_that_could_not_be_read_are_those_of_the_inventory() -> None:
    plan = [
        {"cluster": "CUCM10", "trunk": "T", "nodes": [{"name": "n", "address": "cucm10-pub.example.com"}]}
    ]
    failed = trunks_of({"failed": True, "msg": "the logon failed"})
    facts = {**failed, "trunks": planned_trunks(plan)}
    report = audited([document(**facts), document("CUCM10", "cucm10-pub")])
    assert report["totals"]["links"] == 1
    assert [gap["text"] for gap in report["not_measured"]] == [
        "the SIP trunks were not read, those of the inventory are taken: the logon failed"
    ]


def test_trunks_without_tls_rely_on_no_certificate() -> None:
    def of(transport: str) -> dict[str, Any]:
        return {
            "name": transport,
            "security_profile": {"outgoing_transport_type": transport},
            "destinations": [{"address": "192.0.2.1", "address_ipv6": "2001:db8::1", "port": 5061}],
        }

    kept = trunks_of({"trunks": [of("TLS"), of("TCP"), "no trunk", {"name": "without a profile"}]})
    assert kept == {
        "trunks": [
            {
                "name": "TLS",
                "destinations": [
                    {"address": "192.0.2.1", "port": 5061},
                    {"address": "2001:db8::1", "port": 5061},
                ],
            }
        ],
        "trunks_text": "",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


WHOLE, OTHER = document(), document("B", "b-pub", trunks=[trunk("T", "cucma-pub")])


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON))
def test_any_document_can_be_joined(changes: dict[str, Any]) -> None:
    """It may have been edited, or be of another version: what is no certificate in it is no crash."""
    assert audited([{**WHOLE, **changes}, OTHER])["totals"]["nodes"] == 2


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": "ucops.cucm.evidence/1"}', b"\xff"])
def test_a_file_that_is_no_document_is_named(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match=r"node\.json is no document"):
        parse_document(data, source="node.json")


# OpenSSL judges the same stores.


def with_openssl(directory: Path, leaf: x509.Certificate, store: list[x509.Certificate]) -> bool:
    (directory / "leaf.pem").write_text(pem(leaf))
    (directory / "store.pem").write_text("".join(map(pem, store)))
    (directory / "none").mkdir(exist_ok=True)
    trusted = ("-CAfile", directory / "store.pem", "-CApath", directory / "none")
    return all(
        openssl(
            *("verify", *trusted, "-no-CAstore", "-purpose", purpose, directory / "leaf.pem"), check=False
        ).returncode
        == 0
        for purpose in ("sslserver", "sslclient")
    )


def limited() -> tuple[x509.Certificate, list[x509.Certificate]]:
    """A CA that may issue for servers alone."""
    ca = make_ca("Limited", with_key="rsa2048-limited", issuer=root(), extended=["serverAuth"])
    return signed("cucma-pub", by=ca), [root().certificate, ca.certificate]


def expired_issuer() -> tuple[x509.Certificate, list[x509.Certificate]]:
    ca = make_ca("Gone", with_key="rsa2048-gone", start=NOW - timedelta(days=99), end=NOW - timedelta(days=1))
    return signed("cucma-pub", by=ca), [ca.certificate]


VERIFIED: dict[str, Callable[[], tuple[x509.Certificate, list[x509.Certificate]]]] = {
    "whole chain": lambda: (signed("cucma-pub"), list(CHAIN)),
    "without the root": lambda: (signed("cucma-pub"), [issuing().certificate]),
    "without the issuer": lambda: (signed("cucma-pub"), [root().certificate]),
    "limited CA": limited,
    "expired CA": expired_issuer,
    "the other of two CAs of one name": lambda: (
        signed("cucma-pub", by=make_ca("Twin CA", with_key="rsa2048-twin9")),
        [make_ca("Twin CA", with_key="rsa2048-twin3").certificate],
    ),
}


@pytest.mark.parametrize("case", VERIFIED)
def test_openssl_agrees_on_what_a_peer_trusts(case: str, tmp_path: Path) -> None:
    leaf, store = VERIFIED[case]()
    documents = [
        document(identities={CM: leaf}, trunks=[trunk("CUCM10", "cucm10-pub")]),
        document("CUCM10", "cucm10-pub", identities={}, trust={CM: store}),
    ]
    distrusted = "not_trusted_by_peer" in {each["reason"] for each in audited(documents)["findings"]}
    assert distrusted is not with_openssl(tmp_path, leaf, store)
