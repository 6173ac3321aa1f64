# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a variable of the inventory is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Level(Enum):
    """Where a variable is usually set."""

    NODE = "node"
    CLUSTER = "cluster"
    RUN = "run"


@dataclass(frozen=True)
class Variable:
    """One variable: its type as in an argument specification, what it means, and the module option that it fills.

    `required` is for a variable without which no node of a site can be used, `secret` for one that is
    never shown. `default` is what holds where it is not set; None is nothing. `options` are the keys of a
    dictionary, or of each dictionary of a list.
    """

    name: str
    type: str
    level: Level
    description: str
    default: Any = None
    option: str = ""
    choices: tuple[str, ...] = ()
    elements: str = ""
    secret: bool = False
    required: bool = False
    options: tuple[Variable, ...] = ()

    def specification(self) -> dict[str, Any]:
        """The entry of an argument specification that checks the variable's value."""
        spec: dict[str, Any] = {"type": self.type}
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.elements:
            spec["elements"] = self.elements
        if self.secret:
            spec["no_log"] = True
        if self.options:
            spec["options"] = {option.name: option.specification() for option in self.options}
        return spec
