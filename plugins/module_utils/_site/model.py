# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: clusters with their nodes, and to whom each has trunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CLUSTER,
    PeerKind,
    PeerSettings,
)


@dataclass(frozen=True)
class Node:
    """A node as the trunks of a peer see it: the addresses to which they send calls, and the names that they accept.

    `server_names` are those of the certificate that it shows when it is called, `client_names` those of the one that it
    shows when it calls; both only as the inventory gives them.
    """

    name: str
    address: str = ""
    address_ipv6: str = ""
    port: int = 5061
    subject_name: str = ""
    server_names: tuple[str, ...] = ()
    client_names: tuple[str, ...] = ()
    tls_fingerprint: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the inventory gives, of both roles, each once."""
        given = (self.subject_name, *self.server_names, *self.client_names)
        return tuple(dict.fromkeys(name for name in given if name))

    @property
    def place(self) -> str:
        """Where its port is, as what was read there is remembered: `cube1.example.com:5061`."""
        return f"{self.address or f'[{self.address_ipv6}]'}:{self.port}".lower()


@dataclass(frozen=True)
class Pattern:
    """A route pattern; no partition is the empty text."""

    pattern: str
    partition: str = ""


@dataclass(frozen=True)
class Peer:
    """A cluster or another SIP peer to which there is a trunk; `cluster` is the name of either.

    `in_inventory` says that its nodes are hosts of this inventory.
    """

    cluster: str
    nodes: tuple[Node, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    in_inventory: bool = True
    one_way: bool = False
    trunk: str = ""
    security_profile: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)
    kind: PeerKind = CLUSTER
    release: str = ""
    settings: PeerSettings = CLUSTER.defaults
    ca_certificate_paths: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """What messages call its entry: `cucm_peers, cluster CUCM10` or `cucm_peers, peer HQ-CUBE`."""
        return f"cucm_peers, {'peer' if self.kind.is_external else 'cluster'} {self.cluster}"


@dataclass(frozen=True)
class Cluster:
    """A cluster of the inventory. `nodes` are the inventory names of its hosts, in the order of its group."""

    name: str
    publisher: str
    nodes: tuple[str, ...]
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True)
class Site:
    """All clusters of an inventory, by name."""

    clusters: Mapping[str, Cluster]
