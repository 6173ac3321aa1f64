# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands for a CUBE: their order, what differs by release, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._flows.hand_over import hand_over_files, hand_over_of
from ansible_collections.ucops.cucm.plugins.module_utils._peers.cube import accepted_names, ios_number
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._peers.overs import (
    authorities,
    files,
    params,
)

TEXT = "peer1/cube.txt"


def commands(**peer: Any) -> list[str]:
    """What is typed: no comments."""
    return [line for line in files(**peer)[TEXT].splitlines() if not line.startswith("!")]


def test_the_parts_come_in_the_order_in_which_they_need_each_other() -> None:
    lines = commands()
    order = [
        "crypto key generate rsa general-keys label CUCMA-ID modulus 2048",
        "crypto pki trustpoint CUCMA-CA1",
        "crypto pki authenticate CUCMA-CA1",
        "crypto pki trustpoint CUCMA-CA2",
        "crypto pki authenticate CUCMA-CA2",
        "crypto pki trustpoint CUCMA-ID",
        "crypto pki authenticate CUCMA-ID",
        "crypto pki enroll CUCMA-ID",
        "crypto pki import CUCMA-ID certificate",
        "voice class tls-profile 5061",
        "voice class srtp-crypto 5061",
        "voice class tenant 5061",
        "voice class uri 5061 sip",
        "dial-peer voice 5061 voip",
        "dial-peer voice 5062 voip",
        "sip-ua",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)


def test_each_ca_is_authenticated_with_its_certificate_and_the_yes() -> None:
    """Without the yes, the router does not take the CA, and says nothing."""
    text = files()[TEXT]
    issuing, root = (pem(each.certificate) for each in authorities())
    for trustpoint, certificate in (("CUCMA-CA1", issuing), ("CUCMA-CA2", root), ("CUCMA-ID", issuing)):
        assert f"crypto pki authenticate {trustpoint}\n{certificate}quit\nyes\n" in text


def test_the_ca_above_the_identity_is_the_one_of_the_peer_where_it_has_its_own() -> None:
    own = pem(authorities()[1].certificate)
    text = files(ca_certificate_texts=[own])[TEXT]
    assert f"crypto pki authenticate CUCMA-ID\n{own}quit\nyes\n" in text


def test_both_sides_check_each_other() -> None:
    lines = commands()
    assert " cn-san validate bidirectional" in lines
    assert [line for line in lines if re.match(r" cn-san \d", line)] == [
        " cn-san 1 cucma-pub.example.com",
        " cn-san 2 cucma-sub.example.com",
    ]
    assert " session target dns:cucma-pub.example.com:5061" in lines
    assert lines.count(" voice-class sip options-keepalive") == 2
    assert lines.count(" srtp fallback") == 2


def test_addresses_leave_the_name_of_the_server_unchecked_and_the_text_says_so() -> None:
    options = params()
    for node, address in zip(options["nodes"], ("192.0.2.1", "2001:db8::2"), strict=True):
        node["address"] = address
    text = hand_over_files(hand_over_of(options))[TEXT]
    assert " cn-san validate client\n" in text
    assert " session target ipv4:192.0.2.1:5061\n" in text
    assert " session target ipv6:[2001:db8::2]:5061\n" in text
    assert "cannot check the name of the server" in text


@pytest.mark.parametrize(
    ("release", "has", "lacks"),
    [
        ("16.12.1", "crypto signaling remote-addr cucma-pub.example.com 255.255.255.255", "tls-profile"),
        (
            "17.6.1a",
            "crypto signaling remote-addr cucma-pub.example.com /32 tls-profile 5061",
            "voice class tenant",
        ),
        ("17.8.1a", " tls-profile 5061", "crypto signaling"),
        ("17.12.4", " transport tcp tls v1.2\n", "minimum\n"),
        ("17.14.1a", " transport tcp tls v1.2 minimum\n", "crypto signaling"),
    ],
)
def test_the_form_is_that_of_the_release(release: str, has: str, lacks: str) -> None:
    text = "\n".join(commands(release=release)) + "\n"
    assert has in text
    assert lacks not in text


def test_two_certificates_have_two_trustpoints_from_26_1_1_on() -> None:
    node = {"name": "peer1", "address": "192.0.2.10", "names": ["in.example.com"], "port": 5061}
    node["client_names"] = ["out.example.com"]
    lines = commands(release="26.1.1", nodes=[node])
    assert " trustpoint CUCMA-ID client CUCMA-CLIENT" in lines
    assert lines.count("crypto pki enroll CUCMA-CLIENT") == 1
    assert " subject-name CN=out.example.com" in lines
    assert " trustpoint CUCMA-ID" in commands(release="17.12.4", nodes=[node])


def test_srtp_is_required_or_left_out() -> None:
    assert " srtp" in commands(settings={"srtp": "required"})
    assert not [line for line in commands(settings={"srtp": "off"}) if "srtp" in line]


def test_the_settings_of_the_configuration() -> None:
    settings = {
        "trustpoint": "SBC-1",
        "modulus": 4096,
        "revocation_check": "crl",
        "tag": 7,
        "interface": "GigabitEthernet0/0/1",
    }
    lines = commands(configuration=settings)
    assert "crypto key generate rsa general-keys label SBC-1 modulus 4096" in lines
    assert lines.count(" revocation-check crl") == 3
    assert "dial-peer voice 8 voip" in lines
    assert " bind media source-interface GigabitEthernet0/0/1" in lines


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"tag": "5\nreload"}, "tag is 5<U+000A>reload"),
        ({"interface": "Gi0\nreload"}, "interface is Gi0<U+000A>reload"),
        ({"revocation_check": "sometimes"}, "Write none, crl or ocsp"),
        ({"modulus": 1024}, "Write 2048, 3072 or 4096"),
        ({"trustpiont": "X"}, "Did you mean trustpoint"),
    ],
)
def test_wrong_settings_are_refused(configuration: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        files(configuration=configuration)
    assert words in caught.value.message


def test_more_than_ten_names_become_their_domain() -> None:
    names = [f"node{number}.a.example.com" for number in range(11)]
    assert accepted_names(names[:10]) == tuple(names[:10])
    assert accepted_names(names) == ("*.a.example.com",)


@pytest.mark.parametrize("names", [[], [f"node{number}" for number in range(11)]])
def test_names_that_cube_cannot_check_are_refused(names: list[str]) -> None:
    with pytest.raises(InvalidOption):
        accepted_names(names)


@pytest.mark.parametrize(
    ("number", "pattern"),
    [("1XXX", "1...$"), ("\\+4930.[2-5]X", "+4930[2-5].$"), ("9898", "9898$"), ("12.XX", "12..$")],
)
def test_numbers_in_the_form_of_ios(number: str, pattern: str) -> None:
    assert ios_number(number) == pattern


@pytest.mark.parametrize("number", ["1*", "1#", "[^2]X"])
def test_numbers_without_a_form_in_ios_are_refused(number: str) -> None:
    with pytest.raises(InvalidOption):
        ios_number(number)


def test_tls_13_alone_is_refused_before_17_14() -> None:
    with pytest.raises(InvalidOption):
        files(settings={"tls_min": "1.3"})
    assert " transport tcp tls v1.3" in commands(release="17.14.1a", settings={"tls_min": "1.3"})
