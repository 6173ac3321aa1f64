# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet of each kind, in both forms: complete, the same each time, and proof against what it is given."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._flows.hand_over import hand_over_files, hand_over_of
from ansible_collections.ucops.cucm.plugins.module_utils._peers.advice import ADVICE
from ansible_collections.ucops.cucm.plugins.module_utils._peers.kamailio import tls_method
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import fingerprint, pem
from ansible_collections.ucops.cucm.tests.support.builders import make_ca, make_csr, make_leaf
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._peers.overs import (
    KINDS,
    authorities,
    files,
    params,
)


def folded(text: str) -> str:
    return " ".join(text.split())


def test_every_kind_has_its_advice() -> None:
    assert set(ADVICE) == {kind.name for kind in PEER_KINDS.values() if kind.is_external} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_says_what_both_sides_need(kind: str) -> None:
    made = files(kind)
    text = folded(made["sheet.txt"])
    for shown in ("cucma-sub.example.com", "peer1.example.com", "192.0.2.10", "1XXX", "9XXX", "unknown ca"):
        assert shown in text
        assert shown in made["sheet.html"]
    for authority in authorities():
        assert fingerprint(authority.certificate) in text
        assert fingerprint(authority.certificate) in made["sheet.html"]
    assert made["cucm-ca.pem"].count("BEGIN CERTIFICATE") == 2
    assert "{" not in text.replace("{cluster}", "!")
    assert max(len(line) for line in made["sheet.txt"].splitlines()) <= 120


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_options_give_the_same_bytes(kind: str) -> None:
    assert files(kind) == files(kind)


def test_kinds_with_configuration_have_files_and_others_have_none() -> None:
    extra = {kind: sorted(set(files(kind)) - {"sheet.html", "sheet.txt", "cucm-ca.pem"}) for kind in KINDS}
    assert extra == {
        "cube": ["peer1/cube.txt"],
        "expressway": [],
        "unity_connection": [],
        "kamailio": ["peer1/dispatcher.list", "peer1/kamailio.cfg", "peer1/tls.cfg"],
        "generic": [],
    }


def test_a_peer_with_two_certificates_has_both_sets_of_names() -> None:
    node = {"name": "e1", "address": "e1.example.com", "names": ["e1.example.com"], "port": 5061}
    node["client_names"] = ["e1-client.example.com"]
    text = files("expressway", nodes=[node])["sheet.txt"]
    assert "Names when you call us: e1-client.example.com" in text
    assert "Names when you call us" not in files("generic")["sheet.txt"]


def test_what_is_not_sure_is_said() -> None:
    assert "never run on a router" in folded(files("cube")["sheet.txt"])
    assert "follows from several pages" in folded(files("expressway")["sheet.txt"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "cueb"}, "Did you mean cube"),
        ({"settings": {"incoming_prot": 5061}}, "Did you mean incoming_port"),
        ({"settings": {"srtp": "maybe"}}, "Write one of off, best_effort, required"),
        ({"release": "seventeen"}, "is no release of a Cisco Unified Border Element"),
        ({"name": "HQ\nno dial-peer voice 1"}, "is no name"),
        ({"nodes": []}, "there is no node"),
        ({"nodes": [{"name": "x", "address": "a b"}]}, "is not a host name"),
        ({"nodes": [{"name": "x", "names": ["a\nb"], "port": 1}]}, "is no name of a certificate"),
        ({"nodes": [{"name": "x", "port": 70000}]}, "70000 is no TCP port"),
        ({"numbers": ["1\n2"]}, "cannot be carried over"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_option(changes: dict[str, Any], words: str) -> None:
    options = params()
    options["peer"].update(changes)
    for node in options["peer"]["nodes"]:
        node.setdefault("port", 5061)
    with pytest.raises(InvalidOption) as caught:
        hand_over_files(hand_over_of(options))
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_a_sheet_without_a_ca_or_with_a_leaf_is_refused() -> None:
    leaf = make_leaf(make_csr("cucma-pub.example.com"), authorities()[0])
    for texts, words in (([], "no CA certificate"), ([pem(leaf)], "which is no CA")):
        with pytest.raises(InvalidOption) as caught:
            hand_over_of({**params(), "ca_certificate_texts": texts})
        assert words in caught.value.message


@pytest.mark.parametrize("kind", ["cube", "kamailio"])
def test_the_name_of_a_ca_is_text_in_every_file(kind: str) -> None:
    name = "</pre><script>alert(1)</script>\nreload\r! \u202e"
    authority = make_ca(name, with_key="rsa2048-strange")
    made = hand_over_files(
        hand_over_of({**params(kind), "ca_certificate_texts": [pem(authority.certificate)]})
    )
    assert made["sheet.html"].count("<script") == 1
    assert not [path for path, text in made.items() if "\nreload" in text or "\u202e" in text]


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        ({}, "TLSv1.2+"),
        ({"tls_min": "1.2", "tls_max": "1.2"}, "TLSv1.2"),
        ({"tls_min": "1.0"}, "TLSv1+"),
        ({"tls_min": "1.0", "tls_max": "1.0"}, "TLSv1"),
    ],
)
def test_tls_versions_in_the_words_of_kamailio(settings: dict[str, Any], method: str) -> None:
    assert tls_method(hand_over_of(params("kamailio", settings=settings))) == method


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"tls_min": "1.3"}},
        {"configuration": {"directory": '/etc"\n'}},
        {"configuration": {"inside_listen": "udp:127.0.0.1"}},
        {"configuration": {"inside_destination": 'a"b:1'}},
        {"configuration": {"options_interval": "often"}},
    ],
)
def test_what_kamailio_cannot_be_told_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        files("kamailio", **changes)


def test_kamailio_needs_the_names_of_the_cluster() -> None:
    options = params("kamailio")
    for node in options["nodes"]:
        node["names"] = []
    with pytest.raises(InvalidOption) as caught:
        hand_over_files(hand_over_of(options))
    assert "nodes.names" in caught.value.message
