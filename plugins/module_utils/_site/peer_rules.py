# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong between a cluster and a peer that is no cluster of the run, by what the run has read of the cluster.

A finding refuses the trunk to the peer, or warns. Each names the host, what is wrong, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import Range, never_meet
from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import planned_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Peer
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import node_of_host
from ansible_collections.ucops.cucm.plugins.module_utils._site.tls_links import lowest_versions

RSA, EC = SIP_SERVICES = ("CallManager", "CallManager-ECDSA")


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: a code for programs, whether it refuses the trunk, and the text for people."""

    code: str
    refuses: bool
    text: str


@dataclass(frozen=True)
class Own:
    """A certificate of a node of the cluster that a peer may be shown. None is what was not read."""

    service: str
    common_name: str
    alternative_names: frozenset[str]
    self_signed: bool | None = None
    client_auth: bool | None = None


@dataclass(frozen=True)
class OwnNode:
    """A node of the cluster: the name of its host, what peers dial, and its certificates.

    `renews` says that this run gives it another certificate, which has what is needed of client authentication.
    """

    host: str
    dialled: str
    certificates: tuple[Own, ...] = ()
    renews: bool = False

    @property
    def rsa(self) -> Own | None:
        """The certificate of CallManager."""
        return next((one for one in self.certificates if one.service == RSA), None)

    @property
    def ec(self) -> Own | None:
        """The certificate of CallManager-ECDSA."""
        return next((one for one in self.certificates if one.service == EC), None)


@dataclass(frozen=True)
class OwnSide:
    """The cluster, as far as this run has read it."""

    cluster: str
    host: str
    nodes: tuple[OwnNode, ...] = ()
    mixed_mode: bool | None = None
    server: Range = field(default_factory=Range)
    client: Range = field(default_factory=Range)


def own_side(cluster: str, hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> OwnSide:
    """The cluster whose nodes are `hosts`, from what the roles have registered."""
    states = [hostvars[host].get("cucm_preflight_state") or {} for host in hosts]
    read = next((state for state in states if state.get("release")), {})
    tls, lowest = read.get("tls") or {}, lowest_versions(hosts, hostvars)
    return OwnSide(
        cluster,
        hosts[0] if hosts else "",
        tuple(_own_node(host, hostvars[host]) for host in hosts),
        read.get("mixed_mode"),
        Range(lowest.get("min_server_version"), tls.get("newest")),
        Range(lowest.get("min_client_version"), tls.get("newest")),
    )


def _own_node(host: str, variables: Mapping[str, Any]) -> OwnNode:
    node = node_of_host(host, variables)
    state = variables.get("cucm_preflight_state") or {}
    found = {
        str(each.get("service") or RSA): each
        for each in (state.get("identity"), *(state.get("identities") or ()))
        if each
    }
    for service, done in (variables.get("cucm_certificate_states") or {}).items():
        if service in SIP_SERVICES and done.get("installed"):
            found[service] = done["installed"]
    planned = planned_of(variables) or {}
    wanted = variables.get("cucm_certificate_subject_alt_names") or ()
    renews = bool(planned.get("reasons")) and planned.get("service", RSA) in SIP_SERVICES
    return OwnNode(
        host,
        node.address or node.address_ipv6,
        tuple(
            _own(service, each, wanted if renews and service == planned.get("service", RSA) else ())
            for service, each in found.items()
            if service in SIP_SERVICES
        ),
        renews,
    )


def _own(service: str, described: Mapping[str, Any], wanted: Iterable[str]) -> Own:
    usages = described.get("extended_key_usage")
    given = [str(name).split(":", 1)[-1] for name in described.get("subject_alt_names") or ()]
    return Own(
        service,
        folded(str((described.get("subject") or {}).get("CN") or "")),
        frozenset(folded(name) for name in (*given, *map(str, wanted))),
        described.get("self_signed"),
        # A certificate without the extension is not restricted by it.
        None if usages is None else not usages or "clientAuth" in usages,
    )


def folded(name: str) -> str:
    """A name as it compares."""
    return without_root(name).lower()


def findings_of(peer: Peer, own: OwnSide) -> list[Finding]:
    """Everything that is wrong between the cluster and the peer."""
    return [found for rule in RULES for found in rule(peer, own)]


def _found(peer: Peer, host: str, code: str, refuses: bool, text: str, remedy: str) -> Finding:
    return Finding(code, refuses, f"{host}: {peer.where}: {text}. {remedy}.")


def _names(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """A peer that looks for our name must find what it dials."""
    looks = peer.settings.verifies_our_name
    if looks not in ("san", "cn_or_san"):
        return
    for node in own.nodes:
        for certificate in _shown(peer, node):
            names = set(certificate.alternative_names)
            if looks == "cn_or_san":
                names.add(certificate.common_name)
            expected = [folded(name) for name in peer.settings.our_names_expected] or [folded(node.dialled)]
            if any(matches(one, name) for one in expected for name in names):
                continue
            where = "subject alternative names" if looks == "san" else "common and subject alternative names"
            yield _found(
                peer,
                node.host,
                "our_name_missing",
                # Which of the two certificates it is shown is not known before it calls.
                certificate.service == RSA,
                f"the {peer.kind.title} looks for {' or '.join(expected)} among the {where} of our certificate, and the"
                f" {certificate.service} certificate has {', '.join(sorted(names - {''})) or 'none'}",
                f"Have a certificate signed with that name (cucm_certificate_subject_alt_names), set cucm_sip_address"
                f" of {node.host} to a name that is in it and let the peer dial that, or say in our_names_expected what"
                " the peer looks for",
            )


def _shown(peer: Peer, node: OwnNode) -> list[Own]:
    """The certificates of the node that the peer may be shown; an EC one that nobody signed is told as that."""
    return [
        one
        for one in node.certificates
        if (one.service == RSA and "rsa" in peer.settings.key_types)
        or (one.service == EC and "ec" in peer.settings.key_types and not one.self_signed)
    ]


def matches(expected: str, name: str) -> bool:
    """Whether a name is the expected one, which may be of the form *.example.com; an IP address matches as such."""
    if expected.startswith("*."):
        return name.partition(".")[2] == expected[2:]
    try:
        return ip_address(expected) == ip_address(name)
    except ValueError:
        return expected == name


def _ec_identity(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """The peer's ciphers decide which certificate it is shown."""
    if "ec" not in peer.settings.key_types:
        return
    hosts = [node.host for node in own.nodes if node.ec is not None and node.ec.self_signed]
    if hosts:
        yield _found(
            peer,
            ", ".join(hosts),
            "ec_identity_unsigned",
            False,
            f"the certificate for {EC} is self-signed, and the {peer.kind.title} may be shown it, since its ciphers"
            " decide: it would refuse the connection then",
            f"Have {EC} signed too (cucm_certificate_service: {EC}), or let the peer prefer RSA and write"
            " key_types: [rsa]",
        )


def _client_auth(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """Our certificate is that of a client when we call."""
    if peer.settings.client_auth == "ignored" or peer.settings.asks_our_certificate == "never":
        return
    hosts = [
        node.host
        for node in own.nodes
        if node.rsa is not None and node.rsa.client_auth is False and not node.renews
    ]
    if hosts:
        is_required = peer.settings.client_auth == "required"
        why = "refuses that" if is_required else "may refuse that"
        yield _found(
            peer,
            ", ".join(hosts),
            "client_auth_missing",
            is_required,
            f"the certificate for {RSA} has no client authentication among its extended key usages, and the"
            f" {peer.kind.title} {why} when the cluster calls it",
            "Have it signed with clientAuth, or write client_auth: ignored where the peer is set to ignore it",
        )


def _number_of_names(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """A peer with a short list of names cannot know all nodes."""
    most = peer.settings.max_names
    if most is None or peer.settings.verifies_our_name == "none":
        return
    names = [folded(name) for name in peer.settings.our_names_expected]
    expected = names or list(dict.fromkeys(_name_to_list(node) for node in own.nodes))
    if len(expected) <= most:
        return
    wildcard = (
        ", a name with a wildcard in our_names_expected (*.example.com) that the names of all nodes match,"
        if peer.settings.name_wildcards
        else ""
    )
    yield _found(
        peer,
        own.host,
        "too_many_names",
        True,
        f"the {peer.kind.title} can look for {most} names, and the cluster has {len(expected)}",
        f"Give the nodes one certificate for the cluster{wildcard} or write verifies_our_name: none",
    )


def _name_to_list(node: OwnNode) -> str:
    return (node.rsa.common_name if node.rsa else "") or folded(node.dialled)


def _authenticated(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """A profile that authenticates only does not work over TLS 1.3."""
    if peer.settings.device_security_mode != "Authenticated":
        return
    newest = {peer.settings.tls_max or "1.3", own.client.newest or "1.3", own.server.newest or "1.3"}
    only_13 = peer.settings.tls_min == "1.3" or own.client.only_13 or own.server.only_13
    if newest == {"1.3"} or only_13:
        yield _found(
            peer,
            own.host,
            "authenticated_tls_13",
            only_13,
            "device_security_mode is Authenticated, which does not work over TLS 1.3, and "
            + ("nothing older is spoken" if only_13 else "both sides may speak it"),
            "Write Encrypted",
        )


def _mixed_mode(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    if not peer.settings.needs_mixed_mode or own.mixed_mode is True:
        return
    known = own.mixed_mode is False
    yield _found(
        peer,
        own.host,
        "no_mixed_mode",
        known,
        f"the {peer.kind.title} takes the trust in our certificates from the CTL file, and "
        + (
            "the cluster is not in mixed mode"
            if known
            else "whether the cluster is in mixed mode was not read"
        ),
        "Set the cluster to mixed mode (utils ctl set-cluster mixed-mode on the publisher)",
    )


def _versions(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    theirs = Range(peer.settings.tls_min, peer.settings.tls_max)
    for role, ours in (("as a client", own.client), ("as a server", own.server)):
        if never_meet(ours, theirs):
            yield _found(
                peer,
                own.host,
                "tls_versions_apart",
                True,
                f"the cluster speaks {_described(ours)} {role}, and the {peer.kind.title} {_described(theirs)}, so that"
                " they have no TLS version in common",
                "Change the minimum of the cluster (set tls min-version on the publisher) or of the peer, or correct"
                " tls_min and tls_max of the peer",
            )
            return


def _described(versions: Range) -> str:
    lowest = f"at least TLS {versions.lowest}" if versions.lowest else ""
    newest = f"at most TLS {versions.newest}" if versions.newest else ""
    return " and ".join(filter(None, (lowest, newest))) or "an unknown TLS version"


def _renewal(peer: Peer, own: OwnSide) -> Iterator[Finding]:
    """A peer that compares our certificate with the CTL file is cut off by a new one."""
    hosts = [node.host for node in own.nodes if node.renews]
    if peer.settings.trust_source == "ctl_tftp" and hosts:
        yield _found(
            peer,
            ", ".join(hosts),
            "renewal_cuts_off",
            False,
            f"the new certificate will cut off the {peer.kind.title}, which compares it with the CTL file",
            "After the restart, run utils ctl update CTLFile on the publisher, then reset the port group of the"
            f" {peer.kind.title} (or restart it), and check that it registers again",
        )


RULES = (
    _names,
    _ec_identity,
    _client_auth,
    _number_of_names,
    _authenticated,
    _mixed_mode,
    _versions,
    _renewal,
)


def of_all(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], peers: Iterable[Peer]
) -> list[Finding]:
    """What is wrong with the peers of a cluster that are no clusters, each text once."""
    own = own_side("", hosts, hostvars)
    found = (one for peer in peers if peer.kind.is_external for one in findings_of(peer, own))
    return list(dict.fromkeys(found))
