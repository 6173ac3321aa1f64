# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the administrator of a SIP peer is told: the two sides of the trunk, as plain values that are safe to print.

Everything that comes in ends in configuration text of another system, so each text is checked for what it is:
a name, an address, a number. No value may carry a line break or a quote into a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CHOICES,
    PEER_KINDS,
    SETTINGS,
    PeerKind,
    PeerSettings,
    release_numbers,
    separates_certificates,
    settings_of,
)

_HIGHEST_PORT = 65535
#: A name in a certificate: of a host, a wildcard, or what a CUCM or Unity Connection may have instead.
_SUBJECT_NAME = re.compile(r"[A-Za-z0-9*._:-]{1,255}", re.ASCII)
#: Digits and wildcards of a route pattern, without what other systems have no word for.
_NUMBER = re.compile(r"(?:\\?\+)?[0-9X*#.\[\]-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Side:
    """One node of either side. `names` are those in its certificate, the common name first."""

    name: str
    address: str
    port: int
    names: tuple[str, ...] = ()
    client_names: tuple[str, ...] = ()

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The names in both of its certificates, each once."""
        return tuple(dict.fromkeys((*self.names, *self.client_names)))

    @property
    def has_host_name(self) -> bool:
        """Whether its address is a name, and not an IP address."""
        return not (":" in self.address or re.fullmatch(r"[0-9.]+", self.address))


@dataclass(frozen=True)
class Certificate:
    """A CA certificate as people compare it; dates as `2030-01-31`."""

    name: str
    fingerprint: str
    not_after: str
    pem: str
    is_root: bool = False


@dataclass(frozen=True)
class HandOver:
    """A trunk between a cluster and a peer. `authorities` are the CAs of the cluster, the issuing one first.

    `configuration` are settings of the peer's own configuration, by the names in `_peers.cube` and `_peers.kamailio`.
    `sip_port` is where the cluster takes the peer's calls.
    """

    cluster: str
    nodes: tuple[Side, ...]
    authorities: tuple[Certificate, ...]
    peer: str
    kind: PeerKind
    release: str
    settings: PeerSettings
    peer_nodes: tuple[Side, ...]
    peer_authorities: tuple[Certificate, ...] = ()
    numbers_of_cluster: tuple[str, ...] = ()
    numbers_of_peer: tuple[str, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names_of_cluster(self) -> tuple[str, ...]:
        """The names that the nodes of the cluster show, each once."""
        return tuple(dict.fromkeys(name for node in self.nodes for name in node.names))

    @property
    def names_of_peer(self) -> tuple[str, ...]:
        """The names that the nodes of the peer show, in either role, each once."""
        return tuple(dict.fromkeys(name for node in self.peer_nodes for name in node.shown_names))

    @property
    def has_two_certificates(self) -> bool:
        """Whether the peer may show one certificate as a server and another one as a client."""
        return separates_certificates(self.kind, self.release) or any(
            node.client_names and node.client_names != node.names for node in self.peer_nodes
        )

    @property
    def release_numbers(self) -> tuple[int, ...] | None:
        """The release as numbers; None where it is not known."""
        return release_numbers(self.kind, self.release) if self.release else None


def known_kind(name: str) -> PeerKind:
    """The kind of that name; raises InvalidOption."""
    kind = PEER_KINDS.get(name)
    if kind is None or not kind.is_external:
        known = [each.name for each in PEER_KINDS.values() if each.is_external]
        near = nearest(name, known)
        raise InvalidOption(
            f"there is no kind of peer {texts.shown(name)}",
            option="peer.kind",
            remedy=f"{f'Did you mean {near}? ' if near else ''}The kinds are {', '.join(known)}",
        )
    return kind


def checked_settings(kind: PeerKind, release: str, given: Mapping[str, Any]) -> PeerSettings:
    """The settings of the peer over the defaults of its kind; raises InvalidOption for an unknown one."""
    for name, value in given.items():
        if name not in SETTINGS:
            near = nearest(name, SETTINGS)
            raise InvalidOption(
                f"there is no setting {texts.shown(name)}",
                option="peer.settings",
                remedy=f"{f'Did you mean {near}? ' if near else ''}The settings are {', '.join(SETTINGS)}",
            )
        values = value if isinstance(value, (list, tuple)) else [value]
        wrong = [each for each in values if name in CHOICES and each not in (None, *CHOICES[name])]
        if wrong:
            raise InvalidOption(
                f"{name} cannot be {texts.shown(str(wrong[0]))}",
                option="peer.settings",
                remedy=f"Write one of {', '.join(CHOICES[name])}",
            )
    return settings_of(kind, release, given)


def checked_sides(nodes: Sequence[Mapping[str, Any]], option: str) -> tuple[Side, ...]:
    """Nodes of the options `nodes` and `peer.nodes`; raises InvalidOption."""
    if not nodes:
        raise InvalidOption("there is no node", option=option, remedy="List at least one node")
    return tuple(_side(node, f"{option}[{place}]") for place, node in enumerate(nodes))


def _side(node: Mapping[str, Any], option: str) -> Side:
    name = checked_name(str(node["name"]), f"{option}.name")
    address = str(node.get("address") or node.get("address_ipv6") or name)
    fault = texts.fault_of_address_ipv6(address) if ":" in address else texts.fault_of_address(address)
    if fault:
        raise InvalidOption(f"{texts.shown(address)} {fault}", option=f"{option}.address")
    names = tuple(_subject_name(each, f"{option}.names") for each in node.get("names") or ())
    client_names = tuple(
        _subject_name(each, f"{option}.client_names") for each in node.get("client_names") or ()
    )
    return Side(name, address, checked_port(node.get("port"), f"{option}.port"), names, client_names)


def _subject_name(value: Any, option: str) -> str:
    name = str(value)
    if not _SUBJECT_NAME.fullmatch(name):
        raise InvalidOption(f"{texts.shown(name)} is no name of a certificate", option=option)
    return name


def checked_port(value: Any, option: str) -> int:
    """A TCP port; raises InvalidOption."""
    port = int(value)
    if not 0 < port <= _HIGHEST_PORT:
        raise InvalidOption(
            f"{port} is no TCP port", option=option, remedy=f"Write a number from 1 to {_HIGHEST_PORT}"
        )
    return port


def checked_name(value: str, option: str) -> str:
    """A name of a cluster, peer or node, as it may stand in a comment and a file name; raises InvalidOption."""
    if not re.fullmatch(r"[^\W_](?:[\w .@()-]{0,62}[\w)])?", value):
        raise InvalidOption(
            f"{texts.shown(value)!r} is no name",
            option=option,
            remedy="Write letters, digits, blanks, dots, hyphens and underscores, 64 at most",
        )
    return value


def checked_numbers(values: Sequence[Any], option: str) -> tuple[str, ...]:
    """Patterns of numbers as route patterns have them, such as 1XXX; raises InvalidOption."""
    numbers = tuple(map(str, values))
    for number in numbers:
        if not _NUMBER.fullmatch(number):
            raise InvalidOption(
                f"{texts.shown(number)} cannot be carried over into the configuration of another system",
                option=option,
                remedy="Write digits, X, sets such as [2-5], and a plus at the beginning as \\+",
            )
    return numbers


def file_name_of(name: str) -> str:
    """A name as a part of the name of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "peer"
