# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a node that its doors give out: traces and packet captures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: What `activelog` stands for at the command line.
ACTIVE_LOG = "/var/log/active/"
TRACE_DIRECTORY = f"{ACTIVE_LOG}cm/trace/ccm/sdl/"
CAPTURE_DIRECTORY = f"{ACTIVE_LOG}platform/cli/"


@dataclass(frozen=True)
class NodeFile:
    """One file. `data` is what a download over HTTPS delivers.

    `stored` is what the disk has, where that is something else: an open .gzo file is compressed
    there and comes decompressed.
    """

    name: str
    path: str
    data: bytes
    modified: datetime
    stored: bytes | None = None

    @property
    def on_disk(self) -> bytes:
        """The bytes on the node's disk."""
        return self.data if self.stored is None else self.stored


def all_files(node: Node) -> list[NodeFile]:
    """Every file of the node, by path."""
    return sorted([*node.trace.files(), *node.wiretap.files()], key=lambda file: file.path)


def find(node: Node, path: str) -> NodeFile | None:
    """The file with exactly this path."""
    return next((file for file in all_files(node) if file.path == path), None)


def matching(node: Node, pattern: str) -> list[NodeFile]:
    """The files of one directory: `pattern` is a path whose last part may have * and ?."""
    directory, _slash, names = pattern.rpartition("/")
    return [
        file
        for file in all_files(node)
        if file.path.rpartition("/")[0] == directory and fnmatchcase(file.name, names)
    ]


def delete(node: Node, path: str) -> bool:
    """Remove a file; False when it does not exist or is still being written."""
    return node.trace.delete(path) or node.wiretap.delete(path)
