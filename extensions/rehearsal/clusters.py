# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a user's inventory to simulated clusters, and from those to the inventory of the rehearsal.

Only what a rehearsal can use is taken from the user's inventory, by name. Addresses, ports, accounts and keys
are those of the simulated nodes, so nothing of the user's can be contacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator import releases

ACCOUNTS = {
    "cucm_axl_username": "administrator",
    "cucm_axl_password": "administrator-secret",
    "cucm_os_username": "osadmin",
    "cucm_os_password": "osadmin-secret",
}
#: Variables of the user's inventory that hold in the rehearsal too.
CARRIED = frozenset(
    {
        "cucm_allow_legacy_tls",
        "cucm_axl_version",
        "cucm_certificate_common_name",
        "cucm_certificate_ctl_is_updated",
        "cucm_certificate_distribution",
        "cucm_certificate_hash_algorithm",
        "cucm_certificate_key_length",
        "cucm_certificate_key_type",
        "cucm_certificate_mixed_mode",
        "cucm_certificate_renew_before",
        "cucm_certificate_service",
        "cucm_certificate_subject_alt_names",
        "cucm_cluster",
        "cucm_hostname",
        "cucm_options_ping",
        "cucm_own_variables",
        "cucm_peers",
        "cucm_preflight_required_services",
        "cucm_preflight_service",
        "cucm_publisher",
        "cucm_require_client_auth",
        "cucm_ssh_allow_legacy_algorithms",
        "cucm_ticket",
        "cucm_transport",
        "cucm_verify_allow_weak_certificates",
        "cucm_verify_expires_within",
        "cucm_verify_min_tls_version",
        "cucm_verify_probe_allow_legacy_tls",
        "cucm_verify_service",
        "cucm_verify_title",
    }
)
#: All variables that begin so are carried too.
CARRIED_PREFIXES = ("cucm_sip_tls_trunk_",)
#: Names of objects that a real cluster has and a simulated one must be given: the option, and the kind of object.
NAMED_OBJECTS = {
    "aar_group": "AarGroup",
    "blf_presence_group": "PresenceGroup",
    "copy_profile_from": "SipTrunkSecurityProfile",
    "device_pool": "DevicePool",
    "external_call_control_profile": "ExternalCallControlProfile",
    "geolocation": "GeoLocation",
    "geolocation_filter": "GeoLocationFilter",
    "location": "Location",
    "media_resource_group_list": "MediaResourceList",
    "normalization_script": "SIPNormalizationScript",
    "partition": "RoutePartition",
    "sip_profile": "SipProfile",
}
DEFAULT_RELEASE = "15"
RELEASES = (*releases.RELEASES, *releases.VARIANTS)
#: What a rehearsal costs on two cores: for its four steps, and for each simulated node to start and in all steps.
SECONDS_OF_STEPS = 60
SECONDS_TO_START = 0.5
SECONDS_PER_NODE = 6
PORTS_PER_NODE = 3
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")


class BadInput(Exception):
    """The rehearsal cannot be made of what was given; `problems` says why, one text for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Cluster:
    """A cluster to simulate: its inventory hosts, what they carry, and the patterns that must lead somewhere."""

    name: str
    release: str
    publisher: str
    domain: str
    #: Host name of each inventory host.
    nodes: Mapping[str, str]
    variables: Mapping[str, Mapping[str, Any]]
    mixed_mode: bool
    objects: Mapping[str, Sequence[str]]
    extensions: Sequence[str]


@dataclass(frozen=True)
class Call:
    """A test call: who calls, and which number of which cluster."""

    cluster: str
    calling: str
    called: str
    peer: str


@dataclass(frozen=True)
class Rehearsal:
    """What is simulated, and what the user should know about it."""

    clusters: Sequence[Cluster]
    notes: Sequence[str]
    calls: Sequence[Call]
    allow_weak_csr: bool = False

    def topology(self, first_port: int = 0) -> dict[str, Any]:
        """The simulator's topology. Ports are free ones, or three for each node from `first_port` on."""
        ports = iter(range(first_port, first_port + PORTS_PER_NODE * self.nodes)) if first_port else None
        return {"clusters": [_simulated(cluster, ports) for cluster in self.clusters]}

    @property
    def nodes(self) -> int:
        """How many nodes are simulated."""
        return sum(len(cluster.nodes) for cluster in self.clusters)


@dataclass
class _Findings:
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def rehearsal_of(
    inventory: Mapping[str, Any],
    *,
    chosen: Sequence[str] = (),
    stated_releases: Mapping[str, str] | None = None,
    max_nodes: int = 40,
) -> Rehearsal:
    """Plan the rehearsal of an inventory as `read_inventory` gives it; raises BadInput with all problems.

    `stated_releases` are releases by cluster, that of all other clusters under an empty name.
    """
    found = _Findings()
    stated = dict(stated_releases or {})
    grouped: dict[str, list[str]] = {}
    for host, facts in inventory["hosts"].items():
        name = facts["variables"].get("cucm_cluster")
        found.problems += [
            f"{host}: {variable} cannot be evaluated: {why}" for variable, why in facts["failed"].items()
        ]
        if name:
            grouped.setdefault(str(name), []).append(host)
        elif "cucm_cluster" not in facts["failed"]:
            found.problems.append(f"{host}: cucm_cluster is not set, so it is of no cluster")
    for name in [*chosen, *filter(None, stated)]:
        if name not in grouped:
            found.problems.append(f"{name} is no cluster of the inventory; it has: {_listed(grouped)}")
    rehearsed = {name: hosts for name, hosts in grouped.items() if not chosen or name in chosen}
    if not rehearsed and not found.problems:
        found.problems.append("the inventory has no host in the group cucm, so there is nothing to rehearse")
    clusters = [
        _cluster(name, inventory, hosts, rehearsed, stated, found) for name, hosts in rehearsed.items()
    ]
    nodes = sum(map(len, rehearsed.values()))
    if nodes > max_nodes:
        found.problems.append(
            f"{nodes} nodes are more than {max_nodes}: they would take about {_cost(nodes)}. To go on, give"
            f" --max-nodes {nodes}; or rehearse some clusters, with --clusters {','.join(list(rehearsed)[:2])}"
        )
    if found.problems:
        raise BadInput(*dict.fromkeys(found.problems))
    if inventory["encrypted"]:
        found.notes.append(
            f"encrypted and not read: {_listed(inventory['encrypted'])} (a rehearsal needs no secrets)"
        )
    return _with_numbers(clusters, found.notes, _allows_weak(inventory))


def _cost(nodes: int) -> str:
    minutes = (SECONDS_OF_STEPS + nodes * SECONDS_PER_NODE) / 60
    return f"{nodes * SECONDS_TO_START:.0f} s to start and {minutes:.0f} minutes for all steps"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _allows_weak(inventory: Mapping[str, Any]) -> bool:
    return any(facts.get("flags", {}).get("allow_weak_csr") is True for facts in inventory["hosts"].values())


def _cluster(
    name: str,
    inventory: Mapping[str, Any],
    hosts: Sequence[str],
    rehearsed: Mapping[str, Sequence[str]],
    stated: Mapping[str, str],
    found: _Findings,
) -> Cluster:
    """One cluster; what is wrong with it goes to `found`."""
    facts = {host: inventory["hosts"][host] for host in hosts}
    variables = {host: dict(one["variables"]) for host, one in facts.items()}
    publisher = next((str(v["cucm_publisher"]) for v in variables.values() if "cucm_publisher" in v), "")
    if publisher not in hosts:
        found.problems.append(
            f"cluster {name}: cucm_publisher is {publisher!r}, which is none of its hosts ({_listed(hosts)})"
        )
    names: dict[str, str] = {}
    domains: dict[str, str] = {}
    for host in hosts:
        names[host], domains[host] = _host_name(name, host, variables[host], found)
    for label in sorted({label for label in names.values() if list(names.values()).count(label) > 1}):
        found.problems.append(
            f"cluster {name}: {_listed(h for h in hosts if names[h] == label)} have one host name, {label}"
        )
    peers_left_out: set[str] = set()
    for values in variables.values():
        peers = values.get("cucm_peers") or []
        values["cucm_peers"] = [peer for peer in peers if not _is_outside(peer, rehearsed, inventory)]
        peers_left_out |= {str(peer.get("cluster")) for peer in peers if peer not in values["cucm_peers"]}
    found.notes += [
        f"left out: {name} to {peer}, which is not simulated, so that nothing real is called"
        for peer in sorted(peers_left_out)
    ]
    return Cluster(
        name=name,
        release=_release(name, facts, stated, found),
        publisher=publisher,
        domain=domains.get(publisher, ""),
        nodes=names,
        variables=variables,
        mixed_mode=any(values.get("cucm_certificate_mixed_mode") is True for values in variables.values()),
        objects=_objects(variables.values()),
        extensions=(),
    )


def _host_name(cluster: str, host: str, values: Mapping[str, Any], found: _Findings) -> tuple[str, str]:
    """Host name and domain of a node."""
    stated = str(values.get("cucm_hostname") or host)
    label, _dot, domain = stated.partition(".")
    address = str(values.get("ansible_host") or "")
    if not domain and not _ADDRESS.fullmatch(address):
        domain = (host if "." in host else address).partition(".")[2]
    parts = [label, *filter(None, domain.split("."))]
    if not all(_LABEL.fullmatch(part) for part in parts) or _ADDRESS.fullmatch(stated):
        found.problems.append(
            f"cluster {cluster}: {stated!r} is no host name, which a node's certificate needs;"
            f" set cucm_hostname of {host}"
        )
    return label, domain


def _is_outside(peer: Mapping[str, Any], rehearsed: Mapping[str, Any], inventory: Mapping[str, Any]) -> bool:
    """Whether the peer has nodes of its own, or is a cluster of the inventory that was not chosen."""
    name = peer.get("cluster")
    known = {facts["variables"].get("cucm_cluster") for facts in inventory["hosts"].values()}
    return bool(peer.get("nodes")) or (name in known and name not in rehearsed)


def _release(
    name: str, facts: Mapping[str, Mapping[str, Any]], stated: Mapping[str, str], found: _Findings
) -> str:
    """The simulated release: what was stated, or else what a group release_N says, or else the newest."""
    groups = {group for one in facts.values() for group in one["groups"] if group.startswith("release_")}
    wanted = stated.get(name) or stated.get("")
    if not wanted and groups:
        wanted = min(groups).removeprefix("release_").replace("_", ".")
    if not wanted:
        found.notes.append(
            f"{name} is rehearsed as release {DEFAULT_RELEASE}; --release {name}=X names another"
        )
        return DEFAULT_RELEASE
    simulated = simulated_release(wanted)
    if simulated is None:
        found.problems.append(
            f"cluster {name}: there is no simulated release {wanted!r}; there are: {', '.join(RELEASES)}."
            f" Give the nearest one: --release {name}={DEFAULT_RELEASE}"
        )
        return DEFAULT_RELEASE
    if simulated != wanted:
        found.notes.append(f"{name}, release {wanted}, is rehearsed as release {simulated}")
    return simulated


def simulated_release(wanted: str) -> str | None:
    """The simulated release that stands for this one: itself, or that without build and service update."""
    text = re.sub(r"\(.*?\)", "", wanted.strip())
    for candidate in (wanted.strip(), text, re.sub(r"SU\w*$", "", text), re.sub(r"\.0$", "", text)):
        if candidate in RELEASES:
            return candidate
    return None


def _objects(all_variables: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Names of the objects that the variables name, by kind."""
    names: dict[str, set[str]] = {}
    for variables in all_variables:
        for name, value in variables.items():
            if name == "cucm_peers" or name.startswith(CARRIED_PREFIXES):
                option = next((name.removeprefix(p) for p in CARRIED_PREFIXES if name.startswith(p)), name)
                for kind, text in _named_objects(option, value):
                    names.setdefault(kind, set()).add(text)
    return {kind: sorted(found) for kind, found in sorted(names.items())}


def _named_objects(option: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _named_objects(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_objects(option, inner)
    elif isinstance(value, str) and value:
        if option in NAMED_OBJECTS:
            yield NAMED_OBJECTS[option], value
        elif option.endswith(("_css", "calling_search_space")):
            yield "Css", value


# Numbers: a pattern that leads to a cluster needs a number there that answers.


def number_for(pattern: Any) -> str | None:
    """A number that a pattern outside of every partition matches; None where none is sure."""
    if isinstance(pattern, Mapping):
        if pattern.get("partition"):
            return None
        pattern = pattern.get("pattern")
    parts = re.findall(r"\[[^\]]+\]|\\\+|.", str(pattern))
    digits = ""
    for part in parts:
        if part == "X":
            digits += "0"
        elif part == "!":
            digits += "100"
        elif part.startswith("[") and part[1].isdigit():
            digits += part[1]
        elif part in "0123456789*#":
            digits += part
        elif part == "\\+":
            digits += "+"
        elif part != ".":
            return None
    return digits or None


def _with_numbers(clusters: Sequence[Cluster], notes: Sequence[str], weak: bool) -> Rehearsal:
    """Give clusters the numbers that their peers call; one call for each direction that has one."""
    lines: dict[str, list[str]] = {cluster.name: [] for cluster in clusters}
    wanted: list[tuple[str, str, str]] = []
    for cluster in clusters:
        for peer in cluster.variables.get(cluster.publisher, {}).get("cucm_peers", []):
            number = next(filter(None, map(number_for, peer.get("patterns") or [])), None)
            if number is not None and peer["cluster"] in lines:
                lines[peer["cluster"]].append(number)
                wanted.append((cluster.name, peer["cluster"], number))
    # A cluster that nobody calls still has a telephone to call from.
    extensions = {name: list(dict.fromkeys(numbers)) or ["1"] for name, numbers in lines.items()}
    calls = [Call(name, extensions[name][0], number, peer) for name, peer, number in wanted]
    full = [Cluster(**{**vars(cluster), "extensions": extensions[cluster.name]}) for cluster in clusters]
    return Rehearsal(full, tuple(notes), tuple(calls), weak)


# The simulator's topology, and the inventory of its answer.


def _simulated(cluster: Cluster, ports: Iterator[int] | None) -> dict[str, Any]:
    names = ("https_port", "sip_port", "ssh_port")
    return {
        "name": cluster.name,
        "release": cluster.release,
        "domain": cluster.domain,
        "mixed_mode": cluster.mixed_mode,
        "extensions": list(cluster.extensions),
        "objects": {kind: list(found) for kind, found in cluster.objects.items()},
        "nodes": [
            {
                "name": host,
                "hostname": label,
                "role": "publisher" if host == cluster.publisher else "subscriber",
                **({name: next(ports) for name in names} if ports is not None else {}),
            }
            for host, label in cluster.nodes.items()
        ],
    }


def inventory_of(
    rehearsal: Rehearsal, simulated: Mapping[str, Any], run_variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The inventory of the simulated clusters, which the simulator's readiness line describes."""
    children = {}
    for cluster in rehearsal.clusters:
        nodes = simulated[cluster.name]["nodes"]
        children[cluster.name] = {
            "hosts": {host: {**cluster.variables[host], **_connection(nodes[host])} for host in cluster.nodes}
        }
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        **ACCOUNTS,
        **run_variables,
    }
    return {"all": {"children": {"cucm": {"vars": common, "children": children}}}}


def _connection(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ansible_host": node["address"],
        "cucm_hostname": node["hostname"],
        "cucm_port": node["https_port"],
        "cucm_tls_fingerprint": node["tomcat_fingerprint"],
        "cucm_ssh_port": node["ssh_port"],
        "cucm_ssh_host_key": node["ssh_host_key_fingerprint"],
        "cucm_sip_port": node["sip_port"],
    }
