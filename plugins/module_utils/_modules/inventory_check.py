# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logic of the module `inventory_check`: every check of the inventory that needs no cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.check import fault_of
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import VERSIONS, ObjectTable, Row
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import SIP_TRUNK
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk_security_profile import (
    SIP_TRUNK_SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import Secrets
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._pki.ca_files import (
    Authorities,
    authorities_of,
    fault_of_trust_file,
    faults_of_secret_file,
    read_authority_file,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.upload import parts_of
from ansible_collections.ucops.cucm.plugins.module_utils._site import checks
from ansible_collections.ucops.cucm.plugins.module_utils._site.links import problems_of_links
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Site
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_links import trunks_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.problems import Problem, gathered, summary
from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal import Policy, PolicyError
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import SHARED

ARGUMENTS: dict[str, dict[str, Any]] = {
    "hosts": {"type": "list", "elements": "str"},
    "accounts": {"type": "bool", "default": True},
    "signing": {"type": "bool", "default": True},
}

CA_PATHS, CA_TEXTS = "cucm_certificate_ca_certificate_paths", "cucm_certificate_ca_certificates"
SIGN_OPTIONS, CA_HOST = "cucm_certificate_sign_options", "cucm_certificate_ca_host"
PATTERN_OPTIONS = "cucm_sip_tls_trunk_pattern_options"
PREFIX = "cucm_sip_tls_trunk_profile_name_prefix"
REPORT_URL = "cucm_report_url"
_FILES = ("cucm_ca_path", "cucm_ssh_known_hosts", "cucm_report_ca_path")
#: Of the report server: what is of no use without the other.
_TOGETHER = (
    ("cucm_report_header", "cucm_report_header_value"),
    ("cucm_report_username", "cucm_report_password"),
)


@dataclass(frozen=True)
class Inventory:
    """What an inventory says: the cucm variables of each host and its `ansible_host`, and the groups.

    `chosen` are the hosts of the run, `names` all names of variables of a host that begin with cucm_,
    `specifications` those of the variables that a role or a playbook reads, `set_by_roles` what an earlier play
    may have left. `absolute` finds a file that
    a path names.
    """

    hosts: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, Sequence[str]]
    chosen: Sequence[str]
    names: Mapping[str, Sequence[str]]
    specifications: Mapping[str, Mapping[str, Any]]
    profile_name_prefix: str
    problems: Sequence[Problem] = ()
    set_by_roles: Collection[str] = ()
    absolute: Callable[[str], str] = field(default=lambda path: path)


def check(inventory: Inventory, *, accounts: bool, signing: bool = True) -> list[Problem]:
    """All problems of the hosts of the run and of their clusters, sorted by place.

    `accounts` is for a run that logs on, `signing` for one that has certificates signed; a run with both needs the
    key of the CA.
    """
    hosts = inventory.hosts
    if not any(variables.get("cucm_cluster") for variables in hosts.values()):
        return [
            Problem(
                "no_hosts",
                "the inventory",
                "",
                "no host of it has the variable cucm_cluster",
                "Give an inventory with -i, with a group for each cluster, all of them in the group cucm",
            )
        ]
    site = checks.read_site(hosts, inventory.groups, _common_partition(inventory))
    found = [
        *inventory.problems,
        *_unknown_variables(inventory),
        *_missing_variables(inventory, accounts=accounts),
        *checks.problems_of_values(hosts, inventory.chosen, inventory.specifications),
        *checks.problems_of_structure(site, hosts, inventory.groups),
        *problems_of_links(site, hosts, inventory.groups, dial_plan=_has_dial_plan(inventory)),
        *_problems_of_names(inventory, site),
        *_problems_of_files(inventory),
        *_problems_of_peer_files(inventory, site),
        *_problems_of_report_server(inventory),
        *_problems_of_renewal(inventory),
        *(_problems_of_authorities(inventory, site) if signing else ()),
        *(_problems_of_keys(inventory) if signing and accounts else ()),
        *(_problems_of_secrets(inventory, site) if accounts else ()),
    ]
    clusters = {cluster.name: list(cluster.nodes) for cluster in site.clusters.values()}
    chosen = set(inventory.chosen)
    places = chosen | {name for name, nodes in clusters.items() if chosen.intersection(nodes)}
    return gathered((problem for problem in found if problem.place in places), clusters)


def result_of(problems: Sequence[Problem], inventory: Inventory) -> dict[str, Any]:
    """The result of the module; it has failed if there is a problem."""
    site = checks.read_site(inventory.hosts, inventory.groups)
    chosen = set(inventory.chosen)
    clusters = [cluster for cluster in site.clusters.values() if chosen.intersection(cluster.nodes)]
    result: dict[str, Any] = {
        "changed": False,
        "clusters": sorted(cluster.name for cluster in clusters),
        "problems": [problem.as_result() for problem in problems],
        "msg": summary(list(problems)) if problems else _all_right(len(clusters), len(chosen)),
    }
    if problems:
        result |= {"failed": True, "reason": "inventory"}
    return result


def _all_right(clusters: int, nodes: int) -> str:
    one = "1 cluster" if clusters == 1 else f"{clusters} clusters"
    return f"The inventory is right: {one}, {nodes} node{'' if nodes == 1 else 's'}."


def _first(inventory: Inventory, name: str) -> Mapping[str, Any]:
    values = (inventory.hosts[host].get(name) for host in inventory.chosen)
    return next((value for value in values if isinstance(value, Mapping)), {})


def _common_partition(inventory: Inventory) -> str:
    return str(_first(inventory, PATTERN_OPTIONS).get("partition") or "")


def _has_dial_plan(inventory: Inventory) -> bool:
    return bool(_first(inventory, PATTERN_OPTIONS).get("dial_plan"))


def _unknown_variables(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.chosen:
        own = inventory.hosts[host].get("cucm_own_variables") or ()
        passed = {*inventory.set_by_roles, *(map(str, own) if isinstance(own, (list, tuple)) else ())}
        yield from checks.unknown_variables(inventory.names[host], inventory.specifications, passed, host)


def _missing_variables(inventory: Inventory, *, accounts: bool) -> Iterator[Problem]:
    """What is not set; what is set and cannot be evaluated is told as that."""
    told = {(problem.place, problem.variable) for problem in inventory.problems}
    found = checks.problems_of_requirements(inventory.hosts, inventory.chosen, accounts=accounts)
    return (problem for problem in found if (problem.place, problem.variable) not in told)


def _problems_of_names(inventory: Inventory, site: Site) -> Iterator[Problem]:
    """Names that the objects of the database cannot have."""
    for cluster in site.clusters.values():
        prefix = str(inventory.hosts[cluster.nodes[0]].get(PREFIX) or inventory.profile_name_prefix)
        for peer in cluster.peers:
            named = {
                "trunk": peer.trunk,
                "security_profile": peer.security_profile or prefix + peer.cluster,
                "patterns": [],
            }
            wanted = [
                each
                for part, _nodes in trunks_of(named, peer)
                for each in (
                    (SIP_TRUNK, "the trunk's name", part["trunk"]),
                    (SIP_TRUNK_SECURITY_PROFILE, "the profile's name", part["security_profile"]),
                )
            ]
            where = texts.shown(peer.where)
            for table, called, name in wanted:
                why = _fault_of_option(table, "name", name, called)
                if why is not None:
                    yield Problem("wrong_name", cluster.name, where, why, "Correct it")
            for node in peer.nodes:
                for name in node.names:
                    why = _fault_of_subject_name(name)
                    if why is None:
                        continue
                    yield Problem(
                        "wrong_name",
                        cluster.name,
                        f"{where}, node {texts.shown(node.name)}",
                        why,
                        "Correct it",
                    )
            why = texts.fault_of_description(peer.cluster)
            if why is not None:
                yield Problem(
                    "wrong_name",
                    cluster.name,
                    where,
                    f"the name of the cluster becomes a part of descriptions, and it {why}",
                    "Correct it",
                )


def _fault_of_subject_name(name: str) -> str | None:
    return _fault_of_option(SIP_TRUNK_SECURITY_PROFILE, "x509_subject_names", [name], "the subject name")


def _fault_of_option(table: ObjectTable, option: str, value: Any, called: str) -> str | None:
    """What is wrong with the value of an option in every release; `called` is what the inventory calls it."""
    row = next(each for each in table.options_in(VERSIONS[-1]) if each.option == option)
    why = fault_of(row, VERSIONS[-1], value) if isinstance(row, Row) else None
    return None if why is None else why.replace(option, called, 1)


def _problems_of_files(inventory: Inventory) -> Iterator[Problem]:
    """Files on this machine that variables name."""
    for host in inventory.chosen:
        variables = inventory.hosts[host]
        for name in _FILES:
            path = variables.get(name)
            if isinstance(path, str) and path:
                try:
                    with open(inventory.absolute(path), "rb"):
                        pass
                except IsADirectoryError:
                    continue
                except OSError as error:
                    yield Problem(
                        "unreadable_file",
                        host,
                        name,
                        f"{path} cannot be read: {error.strerror}",
                        "Correct the path",
                    )


def _problems_of_renewal(inventory: Inventory) -> Iterator[Problem]:
    """A policy that no run can follow."""
    for host in inventory.chosen:
        values = inventory.hosts[host]
        try:
            Policy.of(*(values.get(f"cucm_renew_{name}") for name in ("before", "jitter", "max")))
        except PolicyError as error:
            variable, _colon, why = str(error).partition(": ")
            yield Problem("renewal_policy", host, variable, why.rstrip("."), "Correct it")


def _problems_of_peer_files(inventory: Inventory, site: Site) -> Iterator[Problem]:
    """The CA certificates of peers that cannot be read."""
    for cluster in site.clusters.values():
        for peer in cluster.peers:
            for path in peer.ca_certificate_paths:
                fault = fault_of_trust_file(path, inventory.absolute(path))
                if fault is not None:
                    where = f"{texts.shown(peer.where)}, ca_certificate_paths"
                    yield Problem("ca_certificates", cluster.name, where, *fault)


def _problems_of_report_server(inventory: Inventory) -> Iterator[Problem]:
    """An address that no report can be sent to, and halves of a secret: the run would notice at its end."""
    for host in inventory.chosen:
        variables = inventory.hosts[host]
        url = variables.get(REPORT_URL)
        if not (isinstance(url, str) and url):
            continue
        try:
            parts_of(url)
        except CucmError as error:
            yield Problem("report_server", host, REPORT_URL, error.what, error.remedy or "Correct it")
        for pair in _TOGETHER:
            lacking = [name for name in pair if not variables.get(name)]
            if len(lacking) == 1:
                (given,) = set(pair) - set(lacking)
                yield Problem(
                    "report_server", host, lacking[0], f"is not set, and {given} is", "Set both or neither"
                )
        if all(variables.get(name) for name, _secret in _TOGETHER):
            yield Problem(
                "report_server",
                host,
                "cucm_report_username",
                "is set together with cucm_report_header",
                "Set the one that the report server asks for",
            )


def _problems_of_keys(inventory: Inventory) -> Iterator[Problem]:
    """The key of a CA that is a file on this machine."""
    for host in inventory.chosen:
        variables = inventory.hosts[host]
        options = variables.get(SIGN_OPTIONS)
        local = options.get("local") if isinstance(options, Mapping) else None
        key = local.get("private_key_path") if isinstance(local, Mapping) else None
        if isinstance(key, str) and key and variables.get(CA_HOST, "localhost") == "localhost":
            for text, remedy in faults_of_secret_file(inventory.absolute(key)):
                yield Problem("private_key", host, f"{SIGN_OPTIONS}.local.private_key_path", text, remedy)


def _problems_of_authorities(inventory: Inventory, site: Site) -> Iterator[Problem]:
    """CA certificates that cannot be read, that lead to no root, or that are those of one side of a link only."""
    read: dict[str, tuple[Authorities | None, list[tuple[str, str]]]] = {}
    of_cluster: dict[str, Authorities] = {}
    by_host = defaultdict(list)
    for cluster in site.clusters.values():
        for host in cluster.nodes:
            variables = inventory.hosts[host]
            if not (variables.get(CA_TEXTS) or variables.get(CA_PATHS)):
                continue
            key = repr((variables.get(CA_TEXTS), variables.get(CA_PATHS)))
            if key not in read:
                read[key] = _read_authorities(variables, inventory.absolute)
            authorities, faults = read[key]
            by_host[host] = faults
            if authorities is not None:
                of_cluster[cluster.name] = authorities
    for host, faults in by_host.items():
        name = CA_TEXTS if inventory.hosts[host].get(CA_TEXTS) else CA_PATHS
        for text, remedy in faults:
            yield Problem("ca_certificates", host, name, text, remedy)
    for cluster in site.clusters.values():
        for peer in cluster.peers:
            own, other = of_cluster.get(cluster.name), of_cluster.get(peer.cluster)
            if own and other and other.root not in own.fingerprints:
                yield Problem(
                    "ca_of_one_side",
                    cluster.name,
                    CA_PATHS,
                    f"the certificates of {texts.shown(peer.cluster)} are signed under {other.root_name}, which is not"
                    f" in the list of {cluster.name}",
                    "Add that root after the CAs of the cluster itself, so that both sides trust each other",
                )


def _read_authorities(
    variables: Mapping[str, Any], absolute: Callable[[str], str]
) -> tuple[Authorities | None, list[tuple[str, str]]]:
    contents: list[tuple[str, bytes]] = []
    faults: list[tuple[str, str]] = []
    texts_given = variables.get(CA_TEXTS) or ()
    for place, text in enumerate(texts_given if isinstance(texts_given, (list, tuple)) else [texts_given]):
        contents.append((f"{CA_TEXTS}[{place}]", str(text).encode()))
    if not contents:
        paths = variables.get(CA_PATHS) or ()
        for path in paths if isinstance(paths, (list, tuple)) else [paths]:
            try:
                contents.append((str(path), read_authority_file(absolute(str(path)))))
            except CucmError as error:
                faults.append((error.what, error.remedy or "Correct the path"))
    authorities, more = authorities_of(contents) if contents else (None, [])
    return (None, faults) if faults else (authorities, more)


def _problems_of_secrets(inventory: Inventory, site: Site) -> Iterator[Problem]:
    """Passwords that are a part of a name: Ansible masks them there, and the name would be falsified."""
    names: dict[str, list[str]] = {}
    for cluster in site.clusters.values():
        told = [cluster.name, cluster.publisher]
        for peer in cluster.peers:
            told += [peer.cluster, peer.trunk, peer.security_profile]
            told += [text for node in peer.nodes for text in (node.name, node.address, *node.names)]
            told += [text for each in peer.patterns for text in (each.pattern, each.partition)]
        for host in cluster.nodes:
            variables = inventory.hosts[host]
            names[host] = [
                *told,
                host,
                *(str(variables.get(key) or "") for key in ("ansible_host", "cucm_hostname")),
            ]
    for host in inventory.chosen:
        for variable in SHARED:
            secret = inventory.hosts[host].get(variable.name)
            if not variable.secret or not isinstance(secret, str) or not secret:
                continue
            one = Secrets(((variable.name, secret),))
            if one.short() is not None:
                why = "is shorter than four characters"
            elif one.find({"names": names.get(host, [])}) is not None:
                why = "occurs in a name of the inventory"
            else:
                continue
            yield Problem(
                "secret_in_name",
                host,
                variable.name,
                f"{why}; Ansible masks passwords wherever they occur, so names would be falsified",
                "Set another password for the account",
            )
