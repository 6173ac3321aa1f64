# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node is reached by its own variables, and another node of its cluster by what the cluster has in common."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ucops.cucm.plugins.lookup.connection import LookupModule

COMMON = {
    "cucm_axl_username": "axl",
    "cucm_axl_password": "one",
    "cucm_os_username": "admin",
    "cucm_os_password": "two",
}
VARIABLES: dict[str, Any] = {
    **COMMON,
    "inventory_hostname": "a-sub",
    "ansible_host": "192.0.2.2",
    "cucm_ca_path": "/ca.pem",
    "cucm_tls_fingerprint": "AA",
    "cucm_ssh_host_key": "SHA256:own",
    "cucm_ssh_port": 2222,
    "cucm_timeout": 30,
    "hostvars": {"a-sub": {}, "a-pub": {"ansible_host": "192.0.2.1", "cucm_port": 9443}},
}


def options(*names: str, **kwargs: Any) -> list[dict[str, Any]]:
    templar = Templar(loader=DataLoader(), variables=VARIABLES)
    lookup = LookupModule(templar=templar, loader=DataLoader())
    found: list[dict[str, Any]] = lookup.run(list(names), variables=VARIABLES, **kwargs)
    return found


def test_own_node() -> None:
    assert options("a-sub") == [
        {
            "host": "192.0.2.2",
            "ca_path": "/ca.pem",
            "tls_fingerprint": "AA",
            "timeout": 30,
            "username": "axl",
            "password": "one",
        }
    ]


def test_other_node_has_its_own_address_port_and_fingerprint() -> None:
    (found,) = options("a-pub")
    assert (found["host"], found["port"], found["ca_path"]) == ("192.0.2.1", 9443, "/ca.pem")
    assert "tls_fingerprint" not in found
    assert "ssh_host_key" not in options("a-pub", account="ssh")[0]


@pytest.mark.parametrize(
    ("account", "has", "lacks"),
    [
        (
            "certificates",
            {"username": "admin", "ssh_port": 2222, "ssh_host_key": "SHA256:own"},
            {"transport"},
        ),
        ("ssh", {"username": "admin", "ssh_port": 2222, "ca_path": "/ca.pem"}, {"transport"}),
        (
            "cli",
            {"username": "admin", "ssh_port": 2222, "timeout": 30},
            {"ca_path", "tls_fingerprint", "port"},
        ),
    ],
)
def test_accounts(account: str, has: dict[str, Any], lacks: set[str]) -> None:
    (found,) = options("a-sub", account=account)
    assert has.items() <= found.items()
    assert not lacks & set(found)


@pytest.mark.parametrize(
    ("name", "kwargs", "words"), [("c", {}, "no host c"), ("a-sub", {"account": "x"}, "account")]
)
def test_what_cannot_be_is_refused(name: str, kwargs: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleError, match=words):
        options(name, **kwargs)
