# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a topology from YAML, as the plugin does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._topology import inventory, reading
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Topology
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import InvalidTopology


class Vaulted:
    """Stands for a value that ansible-vault encrypted: its text is the secret."""

    def __str__(self) -> str:
        return "hunter2"


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!vault", lambda _loader, _node: Vaulted())


def read(text: str, *, lenient_names: bool = False) -> Topology:
    data = yaml.load(text, Loader=_Loader)
    source = reading.Source(
        file="site.cucm.yml",
        text=text,
        is_encrypted=lambda value: isinstance(value, Vaulted),
        lenient_names=lenient_names,
    )
    return reading.read(data, source)


def inventory_of(text: str) -> inventory.Inventory:
    return inventory.inventory_of(read(text))


def peers_of(text: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The peers of each cluster by their names."""
    made = inventory_of(text)
    return {
        name: {peer["cluster"]: peer for peer in variables["cucm_peers"]}
        for name, variables in made.group_variables.items()
        if "cucm_peers" in variables
    }


def message_of(text: str, *, lenient_names: bool = False) -> str:
    """The error of a text that is no topology."""
    with pytest.raises(InvalidTopology) as caught:
        read(text, lenient_names=lenient_names)
    return str(caught.value)


def problems_of(text: str) -> list[str]:
    """The lines of the message, one for each problem, without the name of the file."""
    title, *lines = message_of(text).splitlines()
    assert title.startswith("The topology has ")
    return [line.removeprefix("site.cucm.yml:") for line in lines]
