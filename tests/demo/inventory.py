# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of simulated clusters, as a user would write one for real clusters."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

#: The accounts of the simulator's default topology.
APPLICATION_USER = {"cucm_axl_username": "administrator", "cucm_axl_password": "administrator-secret"}
OS_ADMINISTRATOR = {"cucm_os_username": "osadmin", "cucm_os_password": "osadmin-secret"}


def host_name(cluster: str, node: str) -> str:
    """The inventory name of a node; a host and a group of one name would be a riddle to Ansible."""
    return f"{node}-pub" if node == cluster else node


def _hosts(name: str, nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        host_name(name, node): {
            "ansible_host": facts["address"],
            "cucm_port": facts["https_port"],
            "cucm_hostname": facts["hostname"],
            "cucm_tls_fingerprint": facts["tomcat_fingerprint"],
            "cucm_ssh_port": facts["ssh_port"],
            "cucm_ssh_host_key": facts["ssh_host_key_fingerprint"],
            "cucm_sip_port": facts["sip_port"],
        }
        for node, facts in nodes.items()
    }


def _old(release: str) -> dict[str, Any]:
    """What a release needs to be allowed to do that newer ones need not."""
    number = tuple(map(int, re.findall(r"\d+", release.partition("SU")[0])))
    allowed: dict[str, Any] = {}
    if number < (11,):
        allowed["cucm_allow_legacy_tls"] = True
    if number < (12,):
        allowed["cucm_ssh_allow_legacy_algorithms"] = True
    return allowed


def laboratory_ca(directory: Path, passphrase: str) -> dict[str, Any]:
    """The variables by which the roles use a CA that `ca_init` made, and by which the demo makes it."""
    return {
        "demo_ca_directory": str(directory),
        "demo_ca_passphrase": passphrase,
        "cucm_certificate_ca_certificate_paths": [
            str(directory / "issuing.pem"),
            str(directory / "root.pem"),
        ],
        "cucm_certificate_sign_options": {
            "backend": "local",
            "local": {
                "private_key_path": str(directory / "issuing.key"),
                "private_key_passphrase": passphrase,
                "certificate_path": str(directory / "issuing.pem"),
                "chain_path": str(directory / "root.pem"),
            },
        },
    }


def inventory(
    clusters: Mapping[str, Mapping[str, Any]],
    links: Mapping[str, Mapping[str, Sequence[str]]],
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    """The inventory as data.

    `clusters` is what the simulator's readiness line says; `links` names for each cluster its peers
    and the patterns that lead to them: {"CUCMA": {"CUCM10": ["9898"]}}.
    """
    children = {}
    for name, cluster in clusters.items():
        nodes = cluster["nodes"]
        publisher = next(node for node, facts in nodes.items() if facts["role"] == "publisher")
        peers = [
            {"cluster": peer, "patterns": list(patterns)} for peer, patterns in links.get(name, {}).items()
        ]
        children[name] = {
            "hosts": _hosts(name, nodes),
            "vars": {
                "cucm_cluster": name,
                "cucm_publisher": host_name(name, publisher),
                "cucm_peers": peers,
                **_old(cluster["release"]),
            },
        }
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        **APPLICATION_USER,
        **OS_ADMINISTRATOR,
    }
    return {
        "all": {"vars": dict(variables), "children": {"cucm": {"vars": common, "children": children}}},
    }


def write_inventory(path: Path, data: Mapping[str, Any]) -> None:
    """Write an inventory that only its owner can read, since it holds passwords."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(dict(data), file, sort_keys=False)
