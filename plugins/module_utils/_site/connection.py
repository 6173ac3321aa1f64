# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is reached: the connection options of the modules, from the variables that all roles share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import (
    AXL_ACCOUNT,
    CONNECTION,
    OS_ACCOUNT,
    PLATFORM,
    Variable,
)

#: What belongs to one node and is never that of another node of its cluster.
_OF_ONE_NODE = frozenset({"cucm_tls_fingerprint", "cucm_ssh_host_key"})

_SSH = tuple(each for each in PLATFORM if each.option != "transport")

#: The variables that each account needs beside those of every connection.
ACCOUNTS: Mapping[str, tuple[Variable, ...]] = {
    "axl": (*CONNECTION, *AXL_ACCOUNT),
    "certificates": (*CONNECTION, *PLATFORM, *OS_ACCOUNT),
    "ssh": (*CONNECTION, *_SSH, *OS_ACCOUNT),
    "cli": (*(each for each in CONNECTION if each.option == "timeout"), *_SSH, *OS_ACCOUNT),
}

#: Reads a variable: of the node itself, or None where it is not set.
Reader = Callable[[str], Any]


def connection_options(account: str, of_node: Reader, of_caller: Reader | None, name: str) -> dict[str, Any]:
    """The options for the node `name`, without those that are not set.

    `of_caller` reads the variables of the host whose task asks, for another node of its cluster: what that node
    does not say of itself is as for the caller, except what identifies a node.
    """
    options: dict[str, Any] = {"host": of_node("ansible_host") or name}
    for variable in ACCOUNTS[account]:
        value = of_node(variable.name)
        if value in (None, "") and of_caller is not None and variable.name not in _OF_ONE_NODE:
            value = of_caller(variable.name)
        if value not in (None, ""):
            options[variable.option] = value
    return options
