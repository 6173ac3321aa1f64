# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of SIP peers: what a trunk to each needs, and what the peer does with our certificate.

Data with its sources. A new kind is a row here and a page of the documentation. In an inventory a peer of another
kind than `cluster` is an entry of `cucm_peers`; its form is in `_site.peers`. Every field of `PeerSettings` is a key
there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

Sureness = Literal["A", "B", "C", "inferred", "assumed"]
#: How sure a fact is, in words.
SURENESS: Mapping[Sureness, str] = {
    "A": "on the vendor's own page",
    "B": "in a public working configuration or source code",
    "C": "from a weak source",
    "inferred": "follows from several pages, and is on none of them",
    "assumed": "a choice of this collection; no page says it",
}


@dataclass(frozen=True)
class Source:
    """Where a default comes from."""

    text: str
    sure: Sureness


@dataclass(frozen=True)
class PeerSettings:
    """What holds for one peer. None is what the kind does not say: there the role's own options count.

    `incoming_port` is the port on which our cluster takes the peer's calls. `key_types` are those of our certificates
    that the peer may be shown, since the client's ciphers decide. `verifies_our_name` says where the peer looks for our
    name, and `our_names_expected` which names it looks for (else the addresses of our nodes); it can list `max_names`.
    `client_auth` is what it makes of client authentication in the extended key usage of our certificate.
    """

    port: int = 5061
    incoming_port: int | None = None
    transports: tuple[str, ...] = ("TLS",)
    device_security_mode: str = "Encrypted"
    accept_presence_subscription: bool | None = None
    accept_out_of_dialog_refer: bool | None = None
    accept_unsolicited_notification: bool | None = None
    accept_replaces_header: bool | None = None
    transmit_security_status: bool | None = None
    srtp: str | None = None
    options_ping: bool | None = None
    early_offer: str | None = None
    calling_search_space: str | None = None
    rerouting_calling_search_space: str | None = None
    out_of_dialog_refer_calling_search_space: str | None = None
    subscribe_calling_search_space: str | None = None
    redirecting_diversion_header_delivery_inbound: bool | None = None
    redirecting_diversion_header_delivery_outbound: bool | None = None
    layout: str = "single_trunk"
    verifies_our_name: str = "none"
    our_names_expected: tuple[str, ...] = ()
    max_names: int | None = None
    name_wildcards: bool = False
    asks_our_certificate: str = "unknown"
    client_auth: str = "unknown"
    key_types: tuple[str, ...] = ("rsa", "ec")
    tls_min: str | None = None
    tls_max: str | None = None
    trust_source: str = "pem"
    needs_mixed_mode: bool = False


#: The values that a setting may have, where they are few.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "transports": ("TLS",),
    "device_security_mode": ("Authenticated", "Encrypted"),
    "srtp": ("off", "best_effort", "required"),
    "early_offer": ("disabled", "best_effort", "mandatory"),
    "layout": ("single_trunk", "trunk_per_node"),
    "verifies_our_name": ("san", "cn_or_san", "script", "none"),
    "asks_our_certificate": ("always", "never", "unknown"),
    "client_auth": ("required", "ignored", "unknown"),
    "key_types": ("rsa", "ec"),
    "tls_min": ("1.0", "1.1", "1.2", "1.3"),
    "tls_max": ("1.0", "1.1", "1.2", "1.3"),
    "trust_source": ("pem", "ctl_tftp"),
}
SETTINGS: tuple[str, ...] = tuple(each.name for each in fields(PeerSettings))
_NUMBERS = frozenset(("port", "incoming_port", "max_names"))
_LISTS = frozenset(("transports", "our_names_expected", "key_types"))
_TEXTS = frozenset((*CHOICES, *(name for name in SETTINGS if name.endswith("_search_space")))) - _LISTS
#: The type of each setting in an inventory.
SETTING_TYPES: Mapping[str, type] = {
    name: int if name in _NUMBERS else list if name in _LISTS else str if name in _TEXTS else bool
    for name in SETTINGS
}


@dataclass(frozen=True)
class ByRelease:
    """What is different in the releases from `since` up to but not including `before`.

    `separates`: the peer has a certificate as a server and another one as a client. `notes` are for people.
    """

    since: tuple[int, ...]
    before: tuple[int, ...] | None
    source: Source
    settings: Mapping[str, Any] = field(default_factory=dict)
    separates: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeerKind:
    """A kind: its defaults, what differs by release, and the source of each default that is not that of all kinds."""

    name: str
    title: str
    defaults: PeerSettings = PeerSettings()
    sources: Mapping[str, Source] = field(default_factory=dict)
    by_release: tuple[ByRelease, ...] = ()
    release_form: str = r"(\d+(?:\.\d+)*)"
    release_example: str = ""
    #: What its administrator looks at to show that a connection is up.
    ask: str = "its list of TLS connections, with the certificate of each"
    notes: tuple[str, ...] = ()

    @property
    def sureness(self) -> Mapping[str, Sureness]:
        """How sure each default is that has a source."""
        return {name: source.sure for name, source in self.sources.items()}

    @property
    def is_external(self) -> bool:
        """Whether its nodes are no nodes of Unified CM that runs work on."""
        return self.name != "cluster"


_TLS_CHAPTER = "Cisco, SIP TLS Support on CUBE, updated 2026-04-25"
_HARDENING = "Cisco, CUBE hardening guide, document 220380"
_EXPRESSWAY_CERTIFICATES = "Cisco Expressway Certificate Creation and Use Guide X14.3"
_EXPRESSWAY_TRUNK = "Cisco TAC, document 213864"
_UNITY_SIP = "Cisco Unity Connection SIP Integration Guide 12.x, updated 2024-04-04"
_UNITY_TLS = "Cisco TAC, document 200504"
_KAMAILIO_TLS = "Kamailio 5.6, README of the module tls"

CLUSTER = PeerKind(
    name="cluster",
    title="Unified CM cluster",
    defaults=PeerSettings(
        asks_our_certificate="always", verifies_our_name="cn_or_san", client_auth="required"
    ),
    sources={
        "client_auth": Source("Cisco field notice FN74345", "A"),
        "asks_our_certificate": Source("Cisco Security Guide 15, SIP trunk security profile", "A"),
        "verifies_our_name": Source("Cisco Security Guide 15, X.509 Subject Name", "A"),
    },
)

CUBE = PeerKind(
    name="cube",
    title="Cisco Unified Border Element",
    defaults=PeerSettings(
        srtp="best_effort",
        options_ping=True,
        verifies_our_name="cn_or_san",
        max_names=10,
        name_wildcards=True,
        asks_our_certificate="always",
        client_auth="ignored",
        key_types=("rsa", "ec"),
    ),
    sources={
        "port": Source("Cisco TAC, document 215412", "A"),
        "srtp": Source(
            "SRTP allowed on the trunk: Cisco TAC, document 215412; without srtp fallback on the router, its side is"
            " required",
            "A",
        ),
        "options_ping": Source("Cisco TAC, document 215412: a SIP profile with OPTIONS ping", "A"),
        "verifies_our_name": Source(
            f"{_TLS_CHAPTER}: off unless cn-san validate is set. The configuration that is handed over sets it",
            "assumed",
        ),
        "max_names": Source(f"{_TLS_CHAPTER}: cn-san 1 to 10", "A"),
        "name_wildcards": Source(f"{_TLS_CHAPTER}: only the form *.domain", "A"),
        "asks_our_certificate": Source(f"{_HARDENING}: as a server it always requests one", "A"),
        "client_auth": Source(
            "Cisco field notice FN74350: not checked before 26.1.1 without match eku client-auth or cc-mode",
            "A",
        ),
        "key_types": Source(f"{_TLS_CHAPTER}: the default ciphers have ECDHE_ECDSA suites", "A"),
    },
    by_release=(
        ByRelease(
            (0,), (17, 14, 1), Source(f"{_TLS_CHAPTER}: TLS 1.3 from 17.14.1a", "A"), {"tls_max": "1.2"}
        ),
        ByRelease((17, 14, 1), None, Source(f"{_TLS_CHAPTER}", "A"), {"tls_max": "1.3"}),
        ByRelease(
            (26, 1, 1),
            None,
            Source(f"{_TLS_CHAPTER}; Cisco field notice FN74350", "A"),
            {"tls_min": "1.2"},
            separates=True,
            notes=("TLS 1.0 and 1.1, and RSA_WITH_AES CBC SHA, only in system mode insecure",),
        ),
        ByRelease(
            (0,),
            (17, 3, 1),
            Source(f"{_TLS_CHAPTER}: voice class tls-profile from 17.3.1", "A"),
            notes=("no voice class tls-profile: use crypto signaling",),
        ),
        ByRelease(
            (0,),
            (17, 8, 1),
            Source(f"{_TLS_CHAPTER}: client and bidirectional from 17.8.1a", "A"),
            notes=("no cn-san validate bidirectional, and no TLS profile or port of a tenant",),
        ),
    ),
    release_form=r"(?:IOS[ -]?XE )?(\d+(?:\.\d+)*)[a-z]?",
    release_example="17.12.4",
    ask="show sip-ua connections tcp tls detail",
    notes=(
        "revocation-check crl is the router's default: a CA without a reachable CRL fails every handshake",
        "with session target ipv4: the router cannot validate the name of the server",
    ),
)

EXPRESSWAY = PeerKind(
    name="expressway",
    title="Cisco Expressway-C",
    defaults=PeerSettings(
        incoming_port=6061,
        srtp="best_effort",
        options_ping=True,
        verifies_our_name="san",
        asks_our_certificate="always",
        client_auth="required",
        key_types=("rsa", "ec"),
    ),
    sources={
        "port": Source(_EXPRESSWAY_TRUNK, "A"),
        "incoming_port": Source(
            f"{_EXPRESSWAY_TRUNK}: another one than 5061 where phones register through it (MRA); 6061 is its example",
            "A",
        ),
        "srtp": Source("the zone's media encryption mode Auto", "inferred"),
        "options_ping": Source(
            "the zone profile pings us; that it answers our OPTIONS is inferred", "inferred"
        ),
        "verifies_our_name": Source(
            f"{_EXPRESSWAY_CERTIFICATES}: the peer address of the zone in the SAN (document 213864 says CN or SAN)",
            "A",
        ),
        "asks_our_certificate": Source("Cisco, document 225693: with TLS verify mode On", "A"),
        "client_auth": Source(
            "X15.5 checks by default (xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode)",
            "inferred",
        ),
        "key_types": Source(
            f"{_EXPRESSWAY_CERTIFICATES}: ECDSA first on fresh installations; that this holds for SIP in TLS 1.2 is"
            " inferred",
            "A",
        ),
    },
    by_release=(
        ByRelease(
            (15, 5),
            None,
            Source("Cisco field notice FN74362", "A"),
            separates=True,
            notes=("a server store and a client store: both may hold another certificate",),
        ),
    ),
    release_form=r"X?(\d+(?:\.\d+)*)",
    release_example="X15.5",
    ask="the status of the neighbor zone (Status > Zones), and its event log",
    notes=(
        "which Accept switches a neighbor trunk needs is on no page that was read: they are left as they are",
        "a zone has at most six peer addresses; more nodes need an SRV name",
    ),
)

UNITY_CONNECTION = PeerKind(
    name="unity_connection",
    title="Cisco Unity Connection",
    defaults=PeerSettings(
        accept_out_of_dialog_refer=True,
        accept_unsolicited_notification=True,
        accept_replaces_header=True,
        srtp="required",
        redirecting_diversion_header_delivery_inbound=True,
        redirecting_diversion_header_delivery_outbound=True,
        layout="trunk_per_node",
        verifies_our_name="none",
        asks_our_certificate="always",
        client_auth="required",
        key_types=("rsa", "ec"),
        trust_source="ctl_tftp",
        needs_mixed_mode=True,
    ),
    sources={
        "port": Source(_UNITY_SIP, "A"),
        "device_security_mode": Source(f"{_UNITY_SIP}: must equal the security mode of the port group", "A"),
        "accept_out_of_dialog_refer": Source(_UNITY_SIP, "A"),
        "accept_unsolicited_notification": Source(f"{_UNITY_SIP}: message waiting indicators", "A"),
        "accept_replaces_header": Source(f"{_UNITY_SIP}: supervised transfers", "A"),
        "srtp": Source(_UNITY_SIP, "A"),
        "redirecting_diversion_header_delivery_inbound": Source(_UNITY_SIP, "A"),
        "redirecting_diversion_header_delivery_outbound": Source(_UNITY_SIP, "A"),
        "layout": Source(f"{_UNITY_SIP}: a trunk for each server, a route group Top Down, a route list", "A"),
        "verifies_our_name": Source(
            f"{_UNITY_TLS}: it compares our certificate with the one in the CTL file", "A"
        ),
        "asks_our_certificate": Source(f"{_UNITY_TLS}: mutual TLS both ways", "A"),
        "client_auth": Source("by the field notices on client authentication", "inferred"),
        "key_types": Source(f"{_UNITY_SIP}: RSA or EC with Next Generation Encryption", "inferred"),
        "trust_source": Source(f"{_UNITY_TLS}: the CTL file, fetched by TFTP", "A"),
        "needs_mixed_mode": Source(f"{_UNITY_TLS}: without mixed mode there is no CTL file", "A"),
    },
    release_form=r"(\d+(?:\.\d+)*)(?:\(\d+\))?(?:SU\d+)?",
    release_example="14",
    ask="the status of the ports of its port group, and its Connection Conversation Manager logs",
    notes=(
        "before 12.5(1)SU4 the subject name of its SIP certificate is freely chosen; from then on it is its FQDN",
        "the calling search spaces for rerouting and out-of-dialog REFER must see the phones",
        "Cisco CallManager is restarted after its root certificate was uploaded, by the integration guide",
    ),
)

KAMAILIO = PeerKind(
    name="kamailio",
    title="Kamailio",
    defaults=PeerSettings(
        srtp="best_effort",
        verifies_our_name="script",
        asks_our_certificate="unknown",
        client_auth="required",
        key_types=("rsa", "ec"),
    ),
    sources={
        "srtp": Source("a proxy passes the keys in the SDP on", "inferred"),
        "verifies_our_name": Source(f"{_KAMAILIO_TLS}: names are checked by the script only", "A"),
        "asks_our_certificate": Source(
            f"{_KAMAILIO_TLS}: verify_certificate and require_certificate, both off in the stock configuration",
            "A",
        ),
        "client_auth": Source("OpenSSL checks the purpose of a client's certificate", "inferred"),
        "key_types": Source("OpenSSL's default ciphers", "inferred"),
    },
    release_example="5.6.3",
    ask="kamcmd tls.list",
    notes=(
        "the identity stands in the server section and again in the client section, or it shows none when it calls",
        "OPTIONS are answered by the script only",
    ),
)

GENERIC = PeerKind(
    name="generic",
    title="SIP peer",
    defaults=PeerSettings(),
    notes=("nothing is known of the peer but what the inventory says",),
)

PEER_KINDS: Mapping[str, PeerKind] = {
    kind.name: kind for kind in (CLUSTER, CUBE, EXPRESSWAY, UNITY_CONNECTION, KAMAILIO, GENERIC)
}


def release_numbers(kind: PeerKind, release: str) -> tuple[int, ...] | None:
    """A release as numbers, such as (17, 12, 4) for 17.12.4 and (15, 5) for X15.5; None for what is no release."""
    found = re.fullmatch(kind.release_form, release.strip(), re.IGNORECASE)
    return tuple(map(int, found[1].split("."))) if found else None


def rules_of_release(kind: PeerKind, release: str) -> tuple[ByRelease, ...]:
    """The rules that hold in a release; none for one that is not known."""
    numbers = release_numbers(kind, release) if release else None
    if numbers is None:
        return ()
    return tuple(
        rule
        for rule in kind.by_release
        if rule.since <= numbers and (rule.before is None or numbers < rule.before)
    )


def settings_of(kind: PeerKind, release: str = "", given: Mapping[str, Any] | None = None) -> PeerSettings:
    """What holds for a peer: the kind's defaults, those of its release over them, and what is given over both.

    `given` may have other keys, and values of None, which say nothing. Lists become tuples, and a TLS version that YAML
    takes for a number becomes a text.
    """
    changes: dict[str, Any] = {}
    for rule in rules_of_release(kind, release):
        changes.update(rule.settings)
    for name in SETTINGS:
        value = (given or {}).get(name)
        if value is not None:
            # YAML takes off for a boolean.
            value = "off" if value is False and "off" in CHOICES.get(name, ()) else value
            value = tuple(map(str, value)) if isinstance(value, (list, tuple)) else value
            changes[name] = str(value) if isinstance(value, float) else value
    return replace(kind.defaults, **changes)


def separates_certificates(kind: PeerKind, release: str) -> bool:
    """Whether the peer may show one certificate as a server and another one as a client."""
    return any(rule.separates for rule in rules_of_release(kind, release))


def trunk_options(settings: PeerSettings) -> dict[str, Any]:
    """The options of M(ucops.cucm.cucm_sip_trunk) that a peer's settings mean."""
    options: dict[str, Any] = {
        name: getattr(settings, name)
        for name in (
            "calling_search_space",
            "rerouting_calling_search_space",
            "out_of_dialog_refer_calling_search_space",
            "subscribe_calling_search_space",
            "redirecting_diversion_header_delivery_inbound",
            "redirecting_diversion_header_delivery_outbound",
        )
        if getattr(settings, name) is not None
    }
    if settings.srtp is not None:
        options["srtp_allowed"] = settings.srtp != "off"
    return options


def profile_options(settings: PeerSettings) -> dict[str, Any]:
    """The options of M(ucops.cucm.cucm_sip_trunk_security_profile) that a peer's settings mean."""
    return {
        name: getattr(settings, name)
        for name in (
            "incoming_port",
            "device_security_mode",
            "accept_presence_subscription",
            "accept_out_of_dialog_refer",
            "accept_unsolicited_notification",
            "accept_replaces_header",
            "transmit_security_status",
        )
        if getattr(settings, name) is not None
    }


#: The values of `early_offer` of M(ucops.cucm.cucm_sip_profile).
EARLY_OFFER: Mapping[str, str] = {
    "disabled": "Disabled (Default value)",
    "best_effort": "Best Effort (no MTP inserted)",
    "mandatory": "Mandatory (insert MTP if needed)",
}


def sip_profile_options(settings: PeerSettings) -> dict[str, Any]:
    """The options of M(ucops.cucm.cucm_sip_profile) that a peer's settings mean, except OPTIONS ping."""
    return {} if settings.early_offer is None else {"early_offer": EARLY_OFFER[settings.early_offer]}
