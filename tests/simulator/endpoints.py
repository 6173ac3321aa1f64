# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the destination of a trunk really is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node


@dataclass(frozen=True)
class Endpoint:
    """An address and a port; `node` is None outside of the simulated world."""

    address: str
    port: int
    node: Node | None


class DestinationUnknown(Exception):
    """A SIP destination cannot be found; the message says why."""
