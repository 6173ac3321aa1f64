# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topology files of any number of clusters."""

from __future__ import annotations


def topology(clusters: int, nodes: int, links: str) -> str:
    """The text of a topology file. Cluster CUCM007 has nodes cucm007-0, …, and a thousand numbers."""
    lines = ["plugin: ucops.cucm.topology", "domain: example.com", "clusters:"]
    for number in range(clusters):
        names = ", ".join(f"cucm{number:03d}-{node}" for node in range(nodes))
        lines += [
            f"  CUCM{number:03d}:",
            f"    nodes: [{names}]",
            f'    extensions: ["{number:03d}000-{number:03d}999"]',
            f"    wave: {number % 10}",
        ]
    return "\n".join((*lines, f"links: {{{links}}}", ""))
