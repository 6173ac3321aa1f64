# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clusters there are: dataclasses and their YAML form.

Everything has a default that suits loopback, so a topology file names only what a test is about.
`default_topology()` gives the two clusters of the demo.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import yaml
from ansible_collections.ucops.cucm.tests.simulator import pki, releases
from ansible_collections.ucops.cucm.tests.simulator.axl.database import CALLING_SEARCH_SPACE, REFERENCES
from ansible_collections.ucops.cucm.tests.simulator.releases import Release, TlsVersions

RELEASES = tuple(releases.RELEASES)
VARIANTS = tuple(releases.VARIANTS)
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
TLS_RANGES = tuple(itertools.combinations_with_replacement(TLS_VERSIONS, 2))
DEFAULT_TOPOLOGY = Path(__file__).with_name("default_topology.yml")
#: The two clusters of Cisco's configuration example, with its names.
GUIDE_TOPOLOGY = Path(__file__).with_name("guide_topology.yml")

AXL_READ_WRITE = "Standard AXL API Access"
AXL_READ_ONLY = "Standard AXL Read Only API Access"
SERVICEABILITY = "Standard CCM Admin Users"
ROLES = (AXL_READ_WRITE, AXL_READ_ONLY, SERVICEABILITY, "Standard RealtimeAndTraceCollection")


class TopologyError(ValueError):
    """The topology cannot be used; the message names the place."""


@dataclass(frozen=True)
class ApplicationUser:
    """A user of the cluster's configuration database. `roles` are names out of ROLES."""

    username: str
    password: str
    roles: tuple[str, ...] = (AXL_READ_WRITE, SERVICEABILITY)

    def __post_init__(self) -> None:
        unknown = set(self.roles) - set(ROLES)
        if unknown:
            raise TopologyError(f"user {self.username}: unknown roles {sorted(unknown)}")


@dataclass(frozen=True)
class Administrator:
    """An operating system administrator of one node. Privilege 0 reads only, 1 also writes."""

    username: str
    password: str
    privilege: int = 1

    def __post_init__(self) -> None:
        if self.privilege not in (0, 1):
            raise TopologyError(f"administrator {self.username}: privilege is 0 or 1")


@dataclass(frozen=True)
class NodeTopology:
    """One node. Port 0 means a free port."""

    name: str
    role: Literal["publisher", "subscriber"] = "subscriber"
    hostname: str = ""
    address: str = "127.0.0.1"
    https_port: int = 0
    sip_port: int = 0
    ssh_port: int = 0
    administrators: tuple[Administrator, ...] = (Administrator("osadmin", "osadmin-secret"),)
    #: None means the usual ones: every service on a publisher, all but Cisco Tftp on a subscriber.
    services_not_activated: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.role not in ("publisher", "subscriber"):
            raise TopologyError(f"node {self.name}: role is publisher or subscriber, not {self.role!r}")
        if not self.hostname:
            object.__setattr__(self, "hostname", self.name)


@dataclass(frozen=True)
class CommandLine:
    """How the command line of a cluster's nodes behaves.

    `delay_factor` scales the delays of a real node: 0.01 makes 8.6 s 0.086 s. `idle_seconds` (not
    scaled) ends a session in which nothing is typed. The shell takes `characters_per_second` (of a
    real node, so scaled as well) of what is typed; `input_buffer` characters may wait for it, what
    comes on top is lost. A pasted certificate ends with the Enter after its last line, with a blank
    line, or with Ctrl-D.
    """

    delay_factor: float = 0.01
    idle_seconds: float = 1800.0
    characters_per_second: float = 10_000.0
    input_buffer: int = 4096
    paste_ends_with: Literal["enter", "blank-line", "ctrl-d"] = "enter"

    def __post_init__(self) -> None:
        if self.paste_ends_with not in ("enter", "blank-line", "ctrl-d"):
            raise TopologyError(f"paste_ends_with is enter, blank-line or ctrl-d: {self.paste_ends_with!r}")
        for name in ("delay_factor", "idle_seconds", "characters_per_second", "input_buffer"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise TopologyError(f"{name} is a number: {value!r}")
        if self.characters_per_second == 0 or self.input_buffer < 1:
            raise TopologyError("characters_per_second and input_buffer are more than 0")


@dataclass(frozen=True)
class ClusterTopology:
    """One cluster: exactly one publisher, any number of subscribers.

    Without a `domain`, a node's certificates have its host name alone. `subject` are the C, ST, L, O
    and OU of every certificate; `restart_seconds` is how long a service needs from the order to
    restart until it is Started again; `device_queries_per_minute` is the enterprise parameter Allowed
    Device Queries Per Minute. `key_length` and `hash_algorithm` (of RSA keys), `https_tls`
    and `sip_tls` (the lowest and the highest version) are the release's own unless given.
    `certificate_preference` is the enterprise parameter TLS 1.3 Certificate Preference Order: rsa and ec, or
    empty for its default. With `haproxy_takes_identity`, a restart of Cisco HAProxy is enough for a new RSA
    identity. `objects` are the names of further objects in the configuration database, by their kind, such as
    {"DevicePool": ["DP_Trunks"]}.
    """

    name: str
    release: str
    nodes: tuple[NodeTopology, ...]
    domain: str = "example.com"
    mixed_mode: bool = False
    users: tuple[ApplicationUser, ...] = (ApplicationUser("administrator", "administrator-secret"),)
    extensions: tuple[str, ...] = ()
    subject: Mapping[str, str] = field(
        default_factory=lambda: {
            "C": "US",
            "ST": "Example State",
            "L": "Example City",
            "O": "Example",
            "OU": "Example Unit",
        }
    )
    restart_seconds: float = 0.4
    device_queries_per_minute: int = 15
    key_length: int = 0
    hash_algorithm: str = ""
    https_tls: TlsVersions | None = None
    sip_tls: TlsVersions | None = None
    certificate_preference: Literal["", "rsa", "ec"] = ""
    haproxy_takes_identity: bool = False
    objects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    command_line: CommandLine = field(default_factory=CommandLine)

    def __post_init__(self) -> None:
        if self.release not in (*RELEASES, *VARIANTS):
            known = (*RELEASES, *VARIANTS)
            raise TopologyError(f"cluster {self.name}: release {self.release!r} is none of {known}")
        if self.certificate_preference not in ("", "rsa", "ec"):
            raise TopologyError(f"cluster {self.name}: certificate_preference is rsa or ec")
        if [node.role for node in self.nodes].count("publisher") != 1:
            raise TopologyError(f"cluster {self.name}: a cluster has exactly one publisher")
        for attribute in ("name", "hostname"):
            values = [getattr(node, attribute) for node in self.nodes]
            if len(values) != len(set(values)):
                raise TopologyError(f"cluster {self.name}: two nodes have the same {attribute}")
        if self.key_length not in (0, *pki.RSA_LENGTHS):
            raise TopologyError(f"cluster {self.name}: key_length is one of {pki.RSA_LENGTHS}")
        if self.hash_algorithm not in ("", pki.SHA1, *pki.HASHES):
            raise TopologyError(f"cluster {self.name}: hash_algorithm {self.hash_algorithm!r} is unknown")
        kinds = {*REFERENCES.values(), CALLING_SEARCH_SPACE}
        if unknown := set(self.objects) - kinds:
            raise TopologyError(f"cluster {self.name}: unknown kinds of objects {sorted(unknown)}")
        for versions in (self.https_tls, self.sip_tls):
            if versions is not None and versions not in TLS_RANGES:
                raise TopologyError(
                    f"cluster {self.name}: TLS versions are the lowest and the highest, each one of"
                    f" {TLS_VERSIONS}: {versions!r}"
                )

    @property
    def traits(self) -> Release:
        """What is peculiar to the release."""
        return releases.release(self.release)

    @property
    def rsa_length(self) -> int:
        """The length of RSA keys that nobody chose."""
        return self.key_length or self.traits.key_length

    @property
    def signature_hash(self) -> str:
        """The hash of RSA signatures that nobody chose."""
        return self.hash_algorithm or self.traits.hash_algorithm

    @property
    def https_tls_versions(self) -> TlsVersions:
        """The lowest and the highest TLS version of the web services."""
        return self.https_tls or self.traits.https_tls

    @property
    def sip_tls_versions(self) -> TlsVersions:
        """The lowest and the highest TLS version of call processing."""
        return self.sip_tls or self.traits.sip_tls

    def qualified(self, hostname: str) -> str:
        """The name with the cluster's domain, if it has one."""
        return f"{hostname}.{self.domain}" if self.domain else hostname

    @property
    def major(self) -> int:
        """The release's first number."""
        return releases.numbers(self.release)[0]

    @property
    def publisher(self) -> NodeTopology:
        """The publisher."""
        return next(node for node in self.nodes if node.role == "publisher")


@dataclass(frozen=True)
class Topology:
    """All clusters of one simulated world."""

    clusters: tuple[ClusterTopology, ...]

    def __post_init__(self) -> None:
        names = [cluster.name for cluster in self.clusters]
        if not names:
            raise TopologyError("a topology has at least one cluster")
        if len(names) != len(set(names)):
            raise TopologyError("two clusters have the same name")


def _build(kind: Any, data: Any, place: str, **parts: Any) -> Any:
    """Make a dataclass of a YAML mapping; `parts` are fields that are already built."""
    if not isinstance(data, Mapping):
        raise TopologyError(f"{place}: a mapping is expected, not {data!r}")
    known = {part.name for part in fields(kind)}
    unknown = set(data) - known
    if unknown:
        raise TopologyError(f"{place}: unknown keys {sorted(unknown)}; known are {sorted(known)}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    try:
        return kind(**{**values, **parts})
    except TypeError as error:
        raise TopologyError(f"{place}: {error}") from error


def _build_all(kind: Any, data: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    """The list under `key` as dataclasses, or nothing when the key is absent."""
    if key not in data:
        return {}
    return {key: tuple(_build(kind, item, f"{place}, {key}[{at}]") for at, item in enumerate(data[key]))}


def topology_from(data: Any) -> Topology:
    """Build a topology from what YAML gives; raises TopologyError."""
    if not isinstance(data, Mapping) or not isinstance(data.get("clusters"), list):
        raise TopologyError("a topology is a mapping with a list 'clusters'")
    clusters = []
    for at, item in enumerate(data["clusters"]):
        place = f"clusters[{at}]"
        if not isinstance(item, Mapping) or not isinstance(item.get("nodes"), list):
            raise TopologyError(f"{place}: a mapping with a list 'nodes' is expected")
        nodes = tuple(
            _build(
                NodeTopology,
                node,
                f"{place}, nodes[{index}]",
                **_build_all(Administrator, node, "administrators", f"{place}, nodes[{index}]"),
            )
            for index, node in enumerate(item["nodes"])
        )
        command_line = _build(CommandLine, item.get("command_line", {}), f"{place}, command_line")
        versions = {
            key: tuple(str(version) for version in item[key])
            for key in ("https_tls", "sip_tls")
            if isinstance(item.get(key), list)
        }
        clusters.append(
            _build(
                ClusterTopology,
                {**item, **versions, "release": str(item.get("release", ""))},
                place,
                nodes=nodes,
                command_line=command_line,
                extensions=tuple(str(extension) for extension in item.get("extensions", ())),
                **_build_all(ApplicationUser, item, "users", place),
            )
        )
    return Topology(tuple(clusters))


def load_topology(path: str | Path) -> Topology:
    """Read a topology file; raises TopologyError or OSError."""
    try:
        return topology_from(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise TopologyError(f"{path}: not YAML: {error}") from error


def default_topology() -> Topology:
    """CUCMA (14, extension 1018) and CUCM10 (15, extension 9898), a publisher and a subscriber each."""
    return load_topology(DEFAULT_TOPOLOGY)


def guide_topology() -> Topology:
    """CUCMA (9.1, extension 1018) and CUCM10 (10.5, extension 9898), named as in Cisco's example."""
    return load_topology(GUIDE_TOPOLOGY)


def pair_topology(first: str, second: str) -> Topology:
    """Two clusters of any two releases, each a publisher: ALPHA (extension 1018) and BETA (9898)."""
    clusters = [
        {
            "name": name,
            "release": release,
            "domain": f"{name.lower()}.example.com",
            "extensions": [extension],
            "nodes": [{"name": f"{name.lower()}-pub", "role": "publisher"}],
        }
        for name, release, extension in (("ALPHA", first, "1018"), ("BETA", second, "9898"))
    ]
    return topology_from({"clusters": clusters})


def release_pairs() -> list[tuple[str, str]]:
    """Every pair of releases once, those of a release with itself included."""
    return list(itertools.combinations_with_replacement(RELEASES, 2))


def common_sip_version(first: str, second: str) -> str | None:
    """The newest TLS version that SIP of two releases has in common; None when there is none."""
    return releases.common_version(releases.release(first).sip_tls, releases.release(second).sip_tls)
