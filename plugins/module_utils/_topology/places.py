# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the values of a YAML file stand in it, and which keys it has twice."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path

try:
    import yaml
except ImportError:
    pass


class Places:
    """The tree of a YAML text, without its values being made."""

    def __init__(self, text: str) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._root: Any = yaml.compose(text, Loader=loader)

    def line(self, path: Path) -> int | None:
        """The line of a path, or of as much of it as exists; the first line has number 1."""
        node, mark = self._root, None
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            mark, node = child
        return None if mark is None else mark.line + 1

    def repeated(self) -> list[Path]:
        """Paths of keys that stand in their mapping a second time, of which YAML keeps the last."""
        found: list[Path] = []
        _repeated(self._root, (), found)
        return found


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Where a key, or an item of a list, begins, and its node."""
    if isinstance(node, yaml.MappingNode):
        # The last one counts.
        for key, value in reversed(node.value):
            if key.value == str(step):
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None


def _repeated(node: Any, path: Path, found: list[Path]) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            # Of what a merge key brings in, the mapping's own keys take precedence; that is no repetition.
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            own = (*path, key.value)
            if key.value in seen:
                found.append(own)
            seen.add(key.value)
            _repeated(value, own, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _repeated(value, (*path, index), found)
