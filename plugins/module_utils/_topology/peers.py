# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read peers that are no clusters of the file: those of one cluster, and those that many clusters have a trunk to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CHOICES,
    CLUSTER,
    PEER_KINDS,
    SETTING_TYPES,
)
from ansible_collections.ucops.cucm.plugins.module_utils._topology import keys, values
from ansible_collections.ucops.cucm.plugins.module_utils._topology.links import ALL, options_of
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Cluster
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path, shown

_EXAMPLE = "{kind: cube, name: HQ-CUBE, nodes: [{address: cube1.example.com}]}"
_SHARED_EXAMPLE = "{HQ-CUBE: {kind: cube, nodes: [{address: cube1.example.com}], clusters: all}}"
_MOST_PORT = 65535


def outside_peers(data: Any, reader: values.Reader, path: Path) -> tuple[dict[str, Any], ...]:
    """Read the peers of one cluster, in the form of the variable `cucm_peers`."""
    found = []
    for index, one in enumerate(reader.listing(data, path, f"[{_EXAMPLE}]")):
        here: Path = (*path, index)
        item = reader.mapping(one, here, _EXAMPLE)
        reader.keys(item, keys.PEER, here, "a peer")
        kind = _kind(item, reader, here)
        naming = "cluster" if kind == CLUSTER.name else "name"
        other = "name" if naming == "cluster" else "cluster"
        if item.get(other):
            reader.problems.add(
                (*here, other), f"a peer of the kind {kind} has no {other}", f"Write {naming} in its place"
            )
        for key in (naming, "nodes"):
            if not item.get(key):
                reader.problems.add(here, f"the key {key} is missing", f"Write {naming} and nodes")
        name = reader.text(item.get(naming), (*here, naming), f"{naming}: CUBE")
        found.append({naming: name, **_peer(item, kind, reader, here)})
    return tuple(found)


def with_shared(clusters: dict[str, Cluster], data: Any, reader: values.Reader) -> dict[str, Cluster]:
    """The clusters, each with the peers of the file that it has a trunk to."""
    path: Path = ("peers",)
    found = dict(clusters)
    for key, value in reader.mapping(data, path, _SHARED_EXAMPLE).items():
        here = (*path, str(key))
        item = reader.mapping(value, here, _SHARED_EXAMPLE)
        reader.keys(item, keys.SHARED_PEER, here, "a peer")
        if not isinstance(key, str):
            reader.problems.add(here, f"{shown(key)} is no text", f'Write the name in quotes, as in "P{key}"')
            continue
        kind = _kind(item, reader, here)
        if "kind" not in item:
            reader.problems.add(
                here, "the key kind is missing", f"Write one of {', '.join(name for name in PEER_KINDS)}"
            )
        if not item.get("nodes"):
            reader.problems.add(here, "the key nodes is missing", f"Write it as in {_SHARED_EXAMPLE}")
        if key in clusters:
            reader.problems.add(here, f"{shown(key)} is a cluster of this file", "Write it in links")
            continue
        naming = "cluster" if kind == CLUSTER.name else "name"
        entry = {naming: str(key), **_peer(item, kind, reader, here)}
        for name in _clusters(item.get("clusters"), clusters, reader, (*here, "clusters")):
            cluster = found[name]
            found[name] = replace(cluster, peers=(*cluster.peers, entry))
    return found


def _clusters(value: Any, clusters: Mapping[str, Cluster], reader: values.Reader, path: Path) -> list[str]:
    """The clusters that have a trunk to the peer: the names in a list, or all."""
    if value == ALL:
        return list(clusters)
    if value is None:
        reader.problems.add(path, "the key clusters is missing", "Write names of clusters, or all")
    found: list[str] = []
    for index, one in enumerate(reader.listing(value, path, "[CUCMA, CUCMB] or all")):
        here = (*path, index)
        name = reader.text(one, here, "CUCMA")
        if name is not None and name not in clusters:
            reader.problems.unknown(here, name, clusters, "no cluster of this file")
        elif name is not None and name in found:
            reader.problems.add(here, f"{shown(name)} stands here twice", "Remove one of the two")
        elif name is not None:
            found.append(name)
    return found


def _kind(item: Mapping[Any, Any], reader: values.Reader, path: Path) -> str:
    kind = reader.text(item.get("kind"), (*path, "kind"), "kind: cube")
    if kind is not None and kind not in PEER_KINDS:
        reader.problems.unknown((*path, "kind"), kind, PEER_KINDS, "no kind of peer")
        return "generic"
    return kind or CLUSTER.name


def _peer(item: Mapping[Any, Any], kind: str, reader: values.Reader, path: Path) -> dict[str, Any]:
    """All of a peer but its name."""
    peer: dict[str, Any] = {} if "kind" not in item else {"kind": kind}
    release = reader.number_or_name(
        item.get("release"), (*path, "release"), r"[\w.()-]+( [\w.()-]+)*", "no release", '"17.12.4"'
    )
    if release is not None:
        peer["release"] = release
    peer["nodes"] = [
        _node(node, kind, reader, (*path, "nodes", number))
        for number, node in enumerate(
            reader.listing(item.get("nodes"), (*path, "nodes"), "[{name: cube-1, address: 192.0.2.50}]")
        )
    ]
    peer["patterns"] = list(reader.patterns(item.get("patterns"), (*path, "patterns"), keys.PATTERN))
    if item.get("ca_certificate_paths") is not None:
        where = (*path, "ca_certificate_paths")
        peer["ca_certificate_paths"] = _texts(item["ca_certificate_paths"], reader, where, "pki/cube-ca.pem")
    group = reader.text(item.get("call_manager_group"), (*path, "call_manager_group"), "Default")
    if group is not None:
        peer["call_manager_group"] = group
    if item.get("hand_over") is not None:
        peer["hand_over"] = _hand_over(item["hand_over"], reader, (*path, "hand_over"))
    return {**peer, **options_of(item, reader, path), **_settings(item, reader, path)}


def _hand_over(value: Any, reader: values.Reader, path: Path) -> dict[str, Any]:
    """What the sheet for the peer's administrator says besides."""
    example = '{numbers: ["5XXX"]}'
    given = reader.mapping(value, path, example)
    reader.keys(given, keys.HAND_OVER, path, "hand_over")
    found: dict[str, Any] = {}
    if given.get("numbers") is not None:
        found["numbers"] = _texts(given["numbers"], reader, (*path, "numbers"), '"5XXX"')
    if given.get("configuration") is not None:
        where = (*path, "configuration")
        found["configuration"] = dict(reader.mapping(given["configuration"], where, "{tag: 500}"))
    return found


def _settings(item: Mapping[Any, Any], reader: values.Reader, path: Path) -> dict[str, Any]:
    """What is given over the defaults of the kind."""
    found: dict[str, Any] = {}
    for key, kind in SETTING_TYPES.items():
        value, here = item.get(key), (*path, key)
        if value is None:
            continue
        if kind is bool:
            read: Any = reader.boolean(value, here)
        elif kind is list:
            read = _texts(value, reader, here, (*CHOICES.get(key, ()), "*.example.com")[0])
            for index, one in enumerate(read):
                _choice(key, one, reader, (*here, index))
        elif kind is int:
            read = _number(value, reader, here)
        else:
            # YAML takes 1.2 for a number and off for a boolean.
            text = str(value) if isinstance(value, float) else value
            text = "off" if value is False and "off" in CHOICES.get(key, ()) else text
            read = reader.text(text, here, (*CHOICES.get(key, ()), "CSS_Phones")[0])
            _choice(key, read, reader, here)
        if read is not None:
            found[key] = read
    return found


def _choice(key: str, value: str | None, reader: values.Reader, path: Path) -> None:
    if value is not None and key in CHOICES and value not in CHOICES[key]:
        reader.problems.unknown(path, value, CHOICES[key], f"no value of {key}")


def _number(value: Any, reader: values.Reader, path: Path) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST_PORT:
        reader.problems.add(path, f"{shown(value)} is no number from 1 to 65535", "Write it as in 5061")
        return None
    return int(value)


def _texts(value: Any, reader: values.Reader, path: Path, example: str) -> list[str]:
    found = (
        reader.text(one, (*path, index), example)
        for index, one in enumerate(reader.listing(value, path, f"[{example}]"))
    )
    return [text for text in found if text is not None]


def _node(data: Any, kind: str, reader: values.Reader, path: Path) -> dict[str, Any]:
    node = reader.mapping(data, path, "{name: cube-1, address: 192.0.2.50}")
    reader.keys(node, tuple(keys.PEER_NODE), path, "a node of a peer")
    if kind == CLUSTER.name and not node.get("name"):
        reader.problems.add(path, "the key name is missing", "Write it as in name: cube-1")
    elif not any(node.get(key) for key in ("name", "address", "address_ipv6")):
        reader.problems.add(path, "the key address is missing", "Write it as in address: cube1.example.com")
    found: dict[str, Any] = {}
    for key, wanted in keys.PEER_NODE.items():
        value = node.get(key)
        if value is None:
            continue
        here = (*path, key)
        if wanted is list:
            found[key] = _texts(value, reader, here, "cube1.example.com")
        elif wanted is str:
            is_place = key.startswith("address")
            found[key] = reader.address(value, here) if is_place else reader.text(value, here, "cube-1")
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST_PORT:
            reader.problems.add(here, f"{shown(value)} is no TCP port", "Write it as in port: 5061")
        else:
            found[key] = int(value)
    return found
