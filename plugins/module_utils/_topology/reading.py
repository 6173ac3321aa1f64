# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a topology file: plain data of YAML in, a Topology or everything that is wrong out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology import (
    dial_plan,
    extensions,
    keys,
    links,
    peers,
    secrets,
    values,
)
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Cluster, Node, Topology
from ansible_collections.ucops.cucm.plugins.module_utils._topology.places import Places
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import (
    InvalidTopology,
    Path,
    Problems,
    rendered,
    shown,
)

PLUGIN = "ucops.cucm.topology"

_NODES_EXAMPLE = "[cucma-pub, cucma-sub1]"
_CLUSTERS_EXAMPLE = "clusters: {CUCMA: {nodes: [cucma-pub]}}"


def _nothing_is_encrypted(_value: Any) -> bool:
    return False


@dataclass(frozen=True)
class Source:
    """Where the data came from: the file's name, its text where lines are to be told, Ansible's ways.

    `is_encrypted` says whether a value is one that ansible-vault encrypted. With `lenient_names`, names of
    clusters may be such as Ansible takes with TRANSFORM_INVALID_GROUP_CHARS=ignore.
    """

    file: str
    text: str = ""
    is_encrypted: Callable[[Any], bool] = _nothing_is_encrypted
    lenient_names: bool = False


def read(data: Any, source: Source) -> Topology:
    """Read a topology; raise InvalidTopology with everything that is wrong."""
    places = Places(source.text)
    problems = Problems()
    topology = _read(data, source, places, problems)
    if problems.found:
        found = sorted(problems.found, key=lambda one: places.line(one.path) or 0)
        raise InvalidTopology(found, source.file, places.line)
    return topology


def _read(data: Any, source: Source, places: Places, problems: Problems) -> Topology:
    empty = Topology({}, {})
    if data is None or data == {}:
        problems.add((), "the file is empty", f"Write plugin: {PLUGIN} and {_CLUSTERS_EXAMPLE}")
        return empty
    refused = secrets.check(data, source.is_encrypted, problems)
    reader = values.Reader(problems, refused)
    if not isinstance(data, Mapping):
        reader.mapping(data, (), f"plugin: {PLUGIN}")
        return empty
    for path in places.repeated():
        problems.add(path, "the key stands in its mapping twice", "Remove one, or give it another name")
    _check_file(data, reader)
    clusters = _Clusters(reader, source.lenient_names, data.get("domain"))
    found = clusters.read(data.get("clusters"), "clusters" in data)
    found = peers.with_shared(found, data.get("peers"), reader)
    directions = links.read(data.get("links"), tuple(found), reader)
    dial_plan.check(found, directions, problems)
    return Topology(found, directions, reader.variables(data.get("vars"), ("vars",)))


def _check_file(data: Mapping[str, Any], reader: values.Reader) -> None:
    reader.keys(data, keys.FILE, (), "a topology")
    if data.get("plugin") != PLUGIN:
        what = f"{shown(data['plugin'])} is another plugin" if "plugin" in data else "the key is missing"
        reader.problems.add(("plugin",), what, f"Write plugin: {PLUGIN}")
    for name in ("strict", "use_extra_vars", "leading_separator"):
        reader.boolean(data.get(name), (name,))
    reader.mapping(data.get("compose"), ("compose",), "{variable: expression}")
    reader.mapping(data.get("groups"), ("groups",), "{group: condition}")
    reader.listing(data.get("keyed_groups"), ("keyed_groups",), "[{key: ansible_host, prefix: at}]")


class _Clusters:
    """Reads clusters, and remembers what no two nodes may share."""

    def __init__(self, reader: values.Reader, lenient_names: bool, domain: Any) -> None:
        self.reader = reader
        self.problems = reader.problems
        self.lenient_names = lenient_names
        self.domain = self._domain(domain, ("domain",))
        self.names: dict[str, Path] = {}
        self.addresses: dict[str, Path] = {}

    def read(self, data: Any, is_given: bool) -> dict[str, Cluster]:
        path: Path = ("clusters",)
        clusters = self.reader.mapping(data, path, _CLUSTERS_EXAMPLE.partition(" ")[2])
        if not clusters and (data is None or data == {}):
            what = "there are no clusters" if is_given else "the key is missing"
            self.problems.add(path, what, f"Write {_CLUSTERS_EXAMPLE}")
        found = {}
        for key, value in clusters.items():
            here = (*path, str(key))
            self._check_group_name(key, here)
            # Also where the name cannot be used, so that links to the cluster are not problems too.
            found[str(key)] = self._cluster(str(key), value, here)
        for name in found:
            if name in self.names:
                self.problems.add(
                    (*path, name),
                    f"{shown(name)} is the name of a node too, and Ansible cannot tell host and group apart",
                    "Rename the one or the other",
                )
        return found

    def _check_group_name(self, key: Any, path: Path) -> None:
        if not isinstance(key, str):
            remedy = f'Write the name in quotes, as in "C{key}"'
            self.problems.add(path, f"{shown(key)} is no text", remedy)
            return
        name = str(key)
        if name in keys.RESERVED or name.startswith(keys.PREFIXES):
            self.problems.add(
                path, f"{shown(name)} is a group of this plugin or of Ansible", "Rename the cluster"
            )
            return
        pattern = values.LENIENT_GROUP_NAME if self.lenient_names else values.GROUP_NAME
        if re.fullmatch(pattern, name):
            return
        valid = re.sub(r"\W", "_", name, flags=re.ASCII)
        valid = f"_{valid}" if valid[:1].isdigit() else valid
        remedy = f"Write {valid or 'CUCMA'}: letters, digits and underscores, no digit first"
        if re.fullmatch(values.LENIENT_GROUP_NAME, name):
            remedy += (
                "; or have Ansible take such names, by force_valid_group_names = ignore in ansible.cfg"
                " (TRANSFORM_INVALID_GROUP_CHARS)"
            )
        self.problems.add(path, f"{shown(name)} is no valid name of a group", remedy)

    def _cluster(self, name: str, value: Any, path: Path) -> Cluster:
        reader = self.reader
        data = reader.mapping(value, path, "{nodes: [cucma-pub]}")
        reader.keys(data, keys.CLUSTER, path, "a cluster")
        domain = self._domain(data.get("domain"), (*path, "domain")) or self.domain
        nodes = self._nodes(data.get("nodes"), domain, (*path, "nodes"))
        wave = reader.number_or_name(
            data.get("wave"), (*path, "wave"), values.GROUP_SUFFIX, "no number or name of a wave", "wave: 1"
        )
        release = reader.number_or_name(
            data.get("release"),
            (*path, "release"),
            values.RELEASE,
            "no release",
            '"15", "12.5(1)" or "14SU3"',
        )
        tags = [
            reader.matching(one, (*path, "tags", index), values.GROUP_SUFFIX, "no tag", "tags: [europe]")
            for index, one in enumerate(reader.listing(data.get("tags"), (*path, "tags"), "[europe]"))
        ]
        return Cluster(
            name=name,
            publisher=self._publisher(data.get("publisher"), nodes, (*path, "publisher")),
            nodes=nodes,
            release=release,
            patterns=reader.patterns(data.get("patterns"), (*path, "patterns"), keys.PATTERN),
            ranges=self._ranges(data.get("extensions"), (*path, "extensions")),
            peers=peers.outside_peers(data.get("peers"), reader, (*path, "peers")),
            wave=wave,
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            variables=reader.variables(data.get("vars"), (*path, "vars")),
        )

    def _domain(self, value: Any, path: Path) -> str | None:
        domain = self.reader.text(value, path, "example.com")
        if domain is not None and (domain.startswith(".") or not values.is_address(f"host.{domain}")):
            self.problems.add(path, f"{shown(domain)} is no domain", "Write it as in example.com")
            return None
        return domain

    def _publisher(self, value: Any, nodes: tuple[Node, ...], path: Path) -> str:
        names = [node.name for node in nodes]
        publisher = self.reader.text(value, path, "cucma-pub")
        if publisher is not None and names and publisher not in names:
            self.problems.unknown(path, publisher, names, "no node of the cluster")
        return publisher or next(iter(names), "")

    def _ranges(self, value: Any, path: Path) -> tuple[extensions.Range, ...]:
        found = []
        for index, one in enumerate(self.reader.listing(value, path, '["1000-1999"]')):
            here = (*path, index)
            if isinstance(one, int) and not isinstance(one, bool):
                self.problems.add(
                    here,
                    f"{shown(one)} is a number",
                    f'Write extensions in quotes, as in "{one}", since a number loses leading zeros',
                )
                continue
            text = self.reader.text(one, here, '"1000-1999"')
            try:
                if text is not None:
                    found.append(extensions.parse(text))
            except extensions.NotARange as error:
                self.problems.add(here, f"{shown(text)} {error.what}", error.remedy)
        return tuple(extensions.merged(found))

    def _nodes(self, value: Any, domain: str | None, path: Path) -> tuple[Node, ...]:
        found = []
        if isinstance(value, Mapping):
            for key, inner in value.items():
                here = (*path, str(key))
                data = self.reader.mapping(inner, here, "{address: 192.0.2.10}")
                self.reader.keys(data, keys.NODE, here, "a node")
                found.append(self._node(key, here, data, domain, here))
        elif value is not None:
            for index, inner in enumerate(self.reader.listing(value, path, _NODES_EXAMPLE)):
                item: Path = (*path, index)
                if not isinstance(inner, Mapping):
                    found.append(self._node(inner, item, {}, domain, item))
                    continue
                self.reader.keys(inner, keys.LISTED_NODE, item, "a node")
                if inner.get("name") is None:
                    self.problems.add(item, "the key name is missing", "Write it as in name: cucma-pub")
                    continue
                found.append(self._node(inner["name"], (*item, "name"), inner, domain, item))
        if value is None or (isinstance(value, (Mapping, list)) and not value):
            self.problems.add(path, "the cluster has no nodes", f"Write them as in {_NODES_EXAMPLE}")
        return tuple(node for node in found if node is not None)

    def _node(
        self, key: Any, name_path: Path, data: Mapping[Any, Any], domain: str | None, path: Path
    ) -> Node | None:
        name = self.reader.matching(key, name_path, values.HOST_NAME, "no name of a node", "cucma-pub")
        given = self._address(data, path)
        hostname = self.reader.matching(
            data.get("hostname"), (*path, "hostname"), values.HOST_NAME, "no host name", "cucma-pub"
        )
        variables = self.reader.variables(data.get("vars"), (*path, "vars"))
        if name is None:
            return None
        self._once(self.names, name, name_path, "the name of another node")
        address = given
        if address is None and domain is not None:
            stem = hostname or name
            address = stem if "." in stem else f"{stem}.{domain}"
        key_of_address = next((one for one in ("address", "ansible_host") if one in data), None)
        place = name_path if key_of_address is None else (*path, key_of_address)
        if self.names[name] == name_path:
            # Behind one address, nodes may have ports of their own.
            port = variables.get("cucm_port")
            effective = values.one_way_to_write(address or name) + (f":{port}" if port is not None else "")
            self._once(self.addresses, effective, place, "the address of another node")
        return Node(name, None if address == name else address, hostname, variables)

    def _address(self, data: Mapping[Any, Any], path: Path) -> str | None:
        address = self.reader.address(data.get("address"), (*path, "address"))
        other = self.reader.address(data.get("ansible_host"), (*path, "ansible_host"))
        if data.get("address") is not None and data.get("ansible_host") is not None:
            self.problems.add(
                (*path, "ansible_host"), "address says the same already", "Write the one or the other"
            )
        return address or other

    def _once(self, seen: dict[str, Path], value: str, path: Path, what: str) -> None:
        if value in seen:
            self.problems.add(
                path, f"{shown(value)} is {what}, {rendered(seen[value])}", "Correct one of the two"
            )
        else:
            seen[value] = path
