# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the administrators of peers that are no clusters are told, by the inventory and by what a run has read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PeerSettings
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.links import incoming_port
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Peer
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_names import names_of, read_by_place
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import (
    Groups,
    Hosts,
    kind_of,
    node_of_host,
    peer_of,
)

_SERVICES = {"rsa": "CallManager", "ec": "CallManager-ECDSA"}
_CA_TEXTS, _CA_PATHS = "cucm_certificate_ca_certificates", "cucm_certificate_ca_certificate_paths"


def hand_overs(hosts: Sequence[str], hostvars: Hosts, groups: Groups) -> list[dict[str, Any]]:
    """One entry for each cluster of the run and each of its peers that is no cluster.

    `folder` is a relative path, and the other keys are options of M(ucops.cucm.cucm_peer_sheet).
    """
    found = []
    done: set[str] = set()
    for host in hosts:
        variables = hostvars[host]
        cluster = str(variables.get("cucm_cluster") or "")
        if not cluster or cluster in done:
            continue
        done.add(cluster)
        own = [name for name in groups.get(cluster, ()) if name in hostvars] or [host]
        for entry in variables.get("cucm_peers") or ():
            if isinstance(entry, Mapping) and kind_of(entry).is_external and fault_of_entry(entry) is None:
                peer = peer_of(entry, hostvars, groups)
                found.append(_hand_over(cluster, own, peer, hosts, hostvars))
    return found


def _hand_over(
    cluster: str, own: Sequence[str], peer: Peer, hosts: Sequence[str], hostvars: Hosts
) -> dict[str, Any]:
    variables = hostvars[own[0]]
    given = peer.entry.get("hand_over") or {}
    read = read_by_place(hosts, hostvars)
    nodes = []
    for node in peer.nodes:
        server = list(node.server_names) or names_of(peer, node, read).accepted
        nodes.append(
            {
                "name": node.name,
                "address": node.address or node.address_ipv6,
                "port": node.port,
                "names": [
                    name for name in server if name not in node.client_names or name in node.server_names
                ],
                "client_names": list(node.client_names),
            }
        )
    return {
        "folder": f"{_folder(cluster)}/{_folder(peer.cluster)}",
        "cluster": cluster,
        "nodes": [_own_node(host, hostvars[host], peer) for host in own],
        "numbers": _texts(given.get("numbers")),
        "ca_certificate_texts": _texts(variables.get(_CA_TEXTS)),
        "ca_certificate_paths": [] if variables.get(_CA_TEXTS) else _texts(variables.get(_CA_PATHS)),
        "peer": {
            "name": peer.cluster,
            "kind": peer.kind.name,
            "release": peer.release,
            "nodes": nodes,
            "numbers": [
                each.pattern for each in peer.patterns if re.fullmatch(r"[\\+0-9X.\[\]-]+", each.pattern)
            ],
            "ca_certificate_paths": list(peer.ca_certificate_paths),
            "settings": _settings(peer),
            "configuration": dict(given.get("configuration") or {}),
        },
    }


def _own_node(host: str, variables: Mapping[str, Any], peer: Peer) -> dict[str, Any]:
    node = node_of_host(host, variables)
    port = peer.settings.incoming_port or variables.get("cucm_sip_port") or incoming_port(variables)
    return {
        "name": host,
        "address": node.address or node.address_ipv6,
        "port": int(port),
        "names": own_names(variables, peer.settings.key_types),
    }


def own_names(variables: Mapping[str, Any], key_types: Iterable[str]) -> list[str]:
    """The names that a node shows: of what this run has installed or read, else what the inventory says."""
    state = variables.get("cucm_preflight_state") or {}
    installed = variables.get("cucm_certificate_states") or {}
    read = {
        str(each.get("service") or "CallManager"): each
        for each in (state.get("identity"), *(state.get("identities") or ()))
        if each
    }
    names: list[str] = []
    for key_type in key_types:
        service = _SERVICES[key_type]
        shown = (installed.get(service) or {}).get("installed") or read.get(service)
        # A self-signed certificate for EC is what a node has from its installation, and no peer can accept it.
        if shown and not (key_type == "ec" and shown.get("self_signed")):
            common = (shown.get("subject") or {}).get("CN")
            names += [without_root(str(common))] if common else []
    given = variables.get("cucm_subject_name")
    return list(dict.fromkeys([*names, *([str(given)] if given else [])]))


def _settings(peer: Peer) -> dict[str, Any]:
    """What the peer says, and its kind does not: a setting that is equal to the default says nothing."""
    own, usual = asdict(peer.settings), asdict(peer.kind.defaults)
    changed = {
        each.name: own[each.name] for each in fields(PeerSettings) if own[each.name] != usual[each.name]
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _folder(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "peer"
