# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CUBE's side of a trunk: the commands, in the order in which they are typed.

Sources: Cisco, SIP TLS Support on CUBE (updated 2026-04-25), the CUBE hardening guide (220380), TAC 215412, and the
command reference of IOS XE 17. No router was at hand: nothing here has run on one, and the text says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._peers.hand_over import (
    HandOver,
    Side,
    file_name_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._peers.rendering import rendered

#: Settings of the configuration, with their defaults. `tag` is the number of all classes and of the first dial-peer.
DEFAULTS: Mapping[str, Any] = {
    "trustpoint": "",
    "client_trustpoint": "",
    "modulus": 2048,
    "revocation_check": "none",
    "tag": 5061,
    "interface": "",
}
_REVOCATION = ("none", "crl", "ocsp")
_MODULI = (2048, 3072, 4096)
_LARGEST_TAG = 10000 - 20
_MOST_NAMES = 10
#: From which release a form of the configuration exists.
_TLS_PROFILE, _TENANT, _TLS_13, _SEPARATE = (17, 3, 1), (17, 8, 1), (17, 14, 1), (26, 1, 1)

_TEMPLATE = """\
! {{ node.name }} (CUBE{{ " " + release if release else "" }}): the SIP trunk over TLS with the cluster {{ cluster }}
!
! Written from Cisco's documents; no router was at hand to run it. Read it before you paste it, part by part.
! A command that asks a question has the answer in the lines after it. Names and numbers are new ones: nothing that you
! have is changed, except by part 6, which holds for the whole router.
{% if not release %}
! The release is not known: written for IOS XE 17.8.1a and later.
{% endif %}
!
! ==== 1. Clock and key. Certificates need the right time: check with "show clock" and "show ntp status".
!
configure terminal
crypto key generate rsa general-keys label {{ trustpoint }} modulus {{ modulus }}
{% if client_trustpoint != trustpoint %}
crypto key generate rsa general-keys label {{ client_trustpoint }} modulus {{ modulus }}
{% endif %}
!
! ==== 2. The CAs of {{ cluster }}, a trustpoint for each. Without the last line, "yes", the router takes the CA without
! ====    a word as not authenticated. Compare the fingerprint that it shows with the hand-over sheet.
{% for each in authorities %}
!
crypto pki trustpoint {{ each.trustpoint }}
 enrollment terminal pem
 revocation-check {{ revocation }}
 exit
! CA: {{ each.name }}, SHA-256 {{ each.fingerprint }}
crypto pki authenticate {{ each.trustpoint }}
{{ each.pem }}
quit
yes
{% endfor %}
!
! ==== 3. The identity of this router. It is authenticated with the CA right above it.
{% for point, names in identities %}
!
crypto pki trustpoint {{ point }}
 enrollment terminal pem
 fqdn {{ names[0] }}
 subject-name CN={{ names[0] }}
 subject-alt-name {{ names[0] }}
 serial-number none
 ip-address none
 rsakeypair {{ point }}
 hash sha256
 revocation-check {{ revocation }}
 exit
crypto pki authenticate {{ point }}
{{ own_issuer }}
quit
yes
!
! The router shows a request (CSR). It asks whether to display it (yes) and whether to do so again (no). Send it to be
! signed with the usages digitalSignature and keyEncipherment, serverAuth and clientAuth.
crypto pki enroll {{ point }}
yes
no
!
! Then paste the signed certificate of {{ names | join(", ") }} in place of the line in brackets.
crypto pki import {{ point }} certificate
! (paste the signed certificate, in PEM)
quit
{% endfor %}
!
! ==== 4. TLS: which certificate is shown, and which names of {{ cluster }} are accepted
!
{% if has_profile %}
voice class tls-profile {{ tag }}
 trustpoint {{ trustpoint }}{{ " client " + client_trustpoint if client_trustpoint != trustpoint else "" }}
{% if has_tenant %}
 cn-san validate {{ "bidirectional" if by_name else "client" }}
{% for name in accepted %}
 cn-san {{ loop.index }} {{ name }}
{% endfor %}
{% elif by_name %}
 cn-san validate server
{% endif %}
 exit
{% endif %}
{% if has_profile and not by_name %}
! The calls go to addresses, so the router cannot check the name of the server: with names, it would.
{% endif %}
{% if srtp %}
!
voice class srtp-crypto {{ tag }}
 crypto 1 AEAD_AES_256_GCM
 crypto 2 AEAD_AES_128_GCM
 crypto 3 AES_CM_128_HMAC_SHA1_80
 crypto 4 AES_CM_128_HMAC_SHA1_32
 exit
{% endif %}
!
! ==== 5. The trunk: tenant, and a dial-peer to each node of {{ cluster }}
!
{% if has_tenant %}
voice class tenant {{ tag }}
 tls-profile {{ tag }}
 session transport tcp tls
 listen-port secure {{ node.port }}
{% if srtp %}
 srtp-crypto {{ tag }}
{% endif %}
{% if interface %}
 bind control source-interface {{ interface }}
 bind media source-interface {{ interface }}
{% endif %}
 exit
{% else %}
! Before 17.8.1a there is no TLS profile of a tenant: it is chosen by the address of the other side.
sip-ua
{% for each in addresses %}
 crypto signaling remote-addr {{ each }} {{ signaling }}
{% endfor %}
 exit
{% endif %}
!
voice class uri {{ tag }} sip
{% for each in nodes %}
 host {{ target(each) }}
{% endfor %}
 exit
{% for each in nodes %}
!
dial-peer voice {{ tag + loop.index0 }} voip
 description {{ cluster }} {{ each.name }}
 preference {{ [loop.index0, 10] | min }}
{% if numbers %}
 destination-pattern {{ numbers[0] }}
{% else %}
! (destination-pattern: the numbers of {{ cluster }})
{% endif %}
 session protocol sipv2
 session target {{ target(each) }}:{{ each.port }}
 session transport tcp tls
{% if loop.first %}
 incoming uri via {{ tag }}
{% endif %}
{% if has_tenant %}
 voice-class sip tenant {{ tag }}
{% endif %}
 voice-class sip options-keepalive
{% if srtp %}
 srtp{{ " fallback" if srtp == "best_effort" else "" }}
{% endif %}
 dtmf-relay rtp-nte
 codec g711ulaw
 exit
{% endfor %}
{% for number in numbers[1:] %}
! Also for {{ number }}: the same dial-peers with this destination-pattern.
{% endfor %}
!
! ==== 6. For the whole router: TLS versions of SIP
!
sip-ua
 transport tcp tls {{ versions }}
 exit
end
write memory
!
! ==== Check
! show crypto pki certificates {{ trustpoint }}
!     the identity, and its CA
! show crypto pki trustpoints status
!     "Issuing CA authenticated: Yes" everywhere
! show dial-peer voice summary
!     KEEPALIVE is active: {{ cluster }} answers OPTIONS
! show sip-ua connections tcp tls detail
!     the connections, with version and cipher
! After a new certificate: clear sip-ua tcp tls connection, since open connections go on with the old one.
!
! ==== Remove (each "no crypto pki trustpoint" asks: yes)
{% for each in nodes %}
! no dial-peer voice {{ tag + loop.index0 }}
{% endfor %}
! no voice class uri {{ tag }} sip
{% if has_tenant %}
! no voice class tenant {{ tag }}
{% else %}
{% for each in addresses %}
! sip-ua: no crypto signaling remote-addr {{ each }} {{ "/32" if has_profile else "255.255.255.255" }}
{% endfor %}
{% endif %}
{% if srtp %}
! no voice class srtp-crypto {{ tag }}
{% endif %}
{% if has_profile %}
! no voice class tls-profile {{ tag }}
{% endif %}
{% for point, names in identities %}
! no crypto pki trustpoint {{ point }}
{% endfor %}
{% for each in authorities %}
! no crypto pki trustpoint {{ each.trustpoint }}
{% endfor %}
!
! ==== What it says when it fails ({{ "from 17.14.1a on; before, only debug ssl openssl errors" }})
{% for text, meaning in failures %}
! {{ text }}
!     {{ meaning }}
{% endfor %}
"""

#: What the log of a router says, and what it means here (Cisco, SIP TLS Support on CUBE).
FAILURES: tuple[tuple[str, str], ...] = (
    (
        "%SIP-2-TLS_HANDSHAKE_FAILED ... certificate verify failed",
        (
            "A trustpoint for a CA of the cluster is missing or not authenticated, or revocation-check"
            " waits for a CRL that"
            " cannot be fetched."
        ),
    ),
    (
        "%SIP-2-TLS_HANDSHAKE_FAILED ... no shared cipher",
        "The ciphers of the two ends, or the types of their keys, have nothing in common.",
    ),
    (
        "%SIP-2-TLS_HANDSHAKE_FAILED ... tlsv1 alert protocol version",
        "The TLS versions do not meet: compare the line transport tcp tls with the minimum of the cluster.",
    ),
    (
        "%SIP-2-TLS_HANDSHAKE_FAILED ... Peer certificate identity check failed",
        "The name in the cluster's certificate is none of the cn-san lines (from 17.8.1a on).",
    ),
)


def cube_files(over: HandOver) -> dict[str, str]:
    """The commands for each router, by their path below the hand-over; raises InvalidOption."""
    options = _options(over)
    release = over.release_numbers
    has_profile, has_tenant = (release is None or release >= since for since in (_TLS_PROFILE, _TENANT))
    by_name = all(node.has_host_name for node in over.nodes)
    authorities = [
        {
            "trustpoint": _trustpoint(f"{over.cluster}-CA{place}"),
            "name": each.name,
            "fingerprint": each.fingerprint,
            "pem": each.pem.strip(),
        }
        for place, each in enumerate(over.authorities, start=1)
    ]
    if not authorities:
        raise InvalidOption("there is no CA certificate", option="ca_certificate_paths")
    own_issuer = next(iter(over.peer_authorities or over.authorities)).pem.strip()
    found = {}
    for node in over.peer_nodes:
        trustpoint = _trustpoint(str(options["trustpoint"] or f"{over.cluster}-ID"))
        separate = bool(node.client_names) and node.client_names != node.names
        client = trustpoint
        if separate and (release is None or release >= _SEPARATE):
            client = _trustpoint(str(options["client_trustpoint"] or f"{over.cluster}-CLIENT"))
        names = [name for name in node.names if "*" not in name] or [_fallback(node)]
        identities = [(trustpoint, names)]
        if client != trustpoint:
            identities.append((client, list(node.client_names)))
        found[f"{file_name_of(node.name)}/cube.txt"] = rendered(
            _TEMPLATE,
            node=node,
            nodes=over.nodes,
            target=_target,
            addresses=[each.address for each in over.nodes],
            cluster=over.cluster,
            release=over.release,
            signaling=f"/32 tls-profile {options['tag']}"
            if has_profile
            else f"255.255.255.255 trustpoint {trustpoint}",
            trustpoint=trustpoint,
            client_trustpoint=client,
            modulus=options["modulus"],
            revocation=options["revocation_check"],
            authorities=authorities,
            own_issuer=own_issuer,
            identities=identities,
            has_profile=has_profile,
            has_tenant=has_tenant,
            by_name=by_name,
            accepted=accepted_names(over.names_of_cluster) if has_tenant else (),
            srtp="" if over.settings.srtp == "off" else over.settings.srtp or "",
            tag=int(options["tag"]),
            interface=options["interface"],
            numbers=[ios_number(number) for number in over.numbers_of_cluster],
            versions=tls_versions(over),
            failures=FAILURES,
        )
    return found


def accepted_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names for `cn-san`: those of the cluster, or its domains for more than ten; raises InvalidOption."""
    if not names:
        raise InvalidOption(
            "the names in the certificates of the cluster are not known, and CUBE has to check them",
            option="nodes.names",
            remedy="Give the names of each node",
        )
    if len(names) <= _MOST_NAMES:
        return tuple(names)
    domains = {name.partition(".")[2] for name in names}
    if len(domains) > _MOST_NAMES or "" in domains:
        raise InvalidOption(
            f"the cluster shows {len(names)} names, and a TLS profile of CUBE takes {_MOST_NAMES}",
            option="nodes.names",
            remedy="Use a multi-server certificate, or names in one domain, which CUBE accepts as *.domain",
        )
    return tuple(f"*.{domain}" for domain in sorted(domains))


def ios_number(number: str) -> str:
    """A route pattern as a destination-pattern of IOS; raises InvalidOption.

    X is one digit, a full stop there; a dot of a route pattern stands for nothing on its own.
    """
    plain = number.replace("\\+", "+").replace(".", "").replace("X", ".")
    if "*" in plain or "#" in plain or re.search(r"\[[^\]]*\^", plain):
        raise InvalidOption(
            f"the number {texts.shown(number)} has no form as a destination-pattern",
            option="numbers",
            remedy="Leave it out, and write the dial-peer by hand",
        )
    return f"{plain}$"


def tls_versions(over: HandOver) -> str:
    """What follows `transport tcp tls`: a version alone, or a version and `minimum`."""
    lowest, highest = over.settings.tls_min or "1.2", over.settings.tls_max
    release = over.release_numbers
    if lowest == "1.3" and release is not None and release < _TLS_13:
        raise InvalidOption(
            f"CUBE {over.release} has no TLS 1.3, which comes with 17.14.1a",
            option="peer.settings.tls_min",
            remedy="Write 1.2, or upgrade the router",
        )
    # Without "minimum", v1.2 shuts out TLS 1.3.
    newer = highest != lowest and (release is None or release >= _TLS_13)
    return f"v{lowest}{' minimum' if newer else ''}"


def _options(over: HandOver) -> dict[str, Any]:
    options = {**DEFAULTS, **over.configuration}
    checks = (
        ("modulus", str(options["modulus"]) in map(str, _MODULI), "2048, 3072 or 4096"),
        ("revocation_check", options["revocation_check"] in _REVOCATION, "none, crl or ocsp"),
        ("tag", _is_tag(options["tag"]), f"a number from 1 to {_LARGEST_TAG}"),
        (
            "interface",
            re.fullmatch(r"(?:[A-Za-z-]+[0-9/.]+)?", str(options["interface"])) is not None,
            "the name of an interface, such as GigabitEthernet1",
        ),
    )
    for name, is_right, wanted in checks:
        if not is_right:
            raise InvalidOption(
                f"{name} is {texts.shown(str(options[name]))}",
                option="peer.configuration",
                remedy=f"Write {wanted}",
            )
    return options


def _is_tag(value: Any) -> bool:
    return bool(re.fullmatch(r"\d{1,5}", str(value))) and 0 < int(value) <= _LARGEST_TAG


def _trustpoint(name: str) -> str:
    """A label that IOS takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:64] or "UCOPS"


def _target(node: Side) -> str:
    """An address as IOS writes it."""
    if node.has_host_name:
        return f"dns:{node.address}"
    return f"ipv6:[{node.address}]" if ":" in node.address else f"ipv4:{node.address}"


def _fallback(node: Side) -> str:
    """The name of a router whose certificate is still to be made."""
    return node.address if node.has_host_name else node.name
