# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read single values of a topology file; what cannot be used becomes a problem, and reading goes on."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology import secrets
from ansible_collections.ucops.cucm.plugins.module_utils._topology.keys import OWN_VARIABLES
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Pattern, Variables
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path, Problems, shown

#: Also used by the JSON Schema.
HOST_NAME = r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$"
GROUP_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
#: What Ansible takes as a group with TRANSFORM_INVALID_GROUP_CHARS=ignore, and host patterns can still name.
LENIENT_GROUP_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
#: Of a peer that is no cluster.
NAME = r"^\S(?:.*\S)?$"
GROUP_SUFFIX = r"^[A-Za-z0-9_]+$"
RELEASE = r"^[0-9]+(?:\.[0-9]+)*(?:\([0-9A-Za-z.]+\))?(?:[ _-]?SU[0-9]+[a-z]?|-[0-9]+)?$"
PATTERN = r"^(?:[0-9A-DX*#!.@?+]|\\\+|\[[^\[\]]+\])+$"

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


class Reader:
    """Reads values, and knows where their problems go.

    `refused` are paths of secrets in plain text: they have their problem, and their values are not shown.
    """

    def __init__(self, problems: Problems, refused: set[Path]) -> None:
        self.problems = problems
        self.refused = refused

    def mapping(self, value: Any, path: Path, example: str) -> Mapping[Any, Any]:
        """A mapping; nothing is an empty one."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._wrong_type(value, path, "mapping", example)
            return {}
        return value

    def listing(self, value: Any, path: Path, example: str) -> Sequence[Any]:
        """A list; nothing is an empty one."""
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._wrong_type(value, path, "list", example)
            return []
        return value

    def keys(self, value: Mapping[Any, Any], known: Sequence[str], path: Path, noun: str) -> None:
        """Complain of keys that are not known."""
        for key in value:
            here = (*path, str(key))
            if key not in known and not any(one[: len(here)] == here for one in self.refused):
                self.problems.unknown(here, str(key), known, f"no key of {noun}")

    def text(self, value: Any, path: Path, example: str) -> str | None:
        """A text that is no template; None for nothing, and for what has become a problem."""
        if value is None or path in self.refused:
            return None
        if not isinstance(value, str):
            self._wrong_type(value, path, "text", example)
            return None
        if any(start in value for start in ("{{", "{%", "{#")):
            self.problems.add(
                path, f"{shown(value)} is a template", "Templates are for vars only; write the value itself"
            )
            return None
        if value == "":
            self.problems.add(
                path, "the text is empty", f"Write a value, as in {example}, or leave the key out"
            )
            return None
        return str(value)

    def matching(self, value: Any, path: Path, pattern: str, what: str, example: str) -> str | None:
        """A text of a certain form."""
        text = self.text(value, path, example)
        if text is not None and not re.fullmatch(pattern, text):
            self.problems.add(path, f"{shown(text)} is {what}", f"Write it as in {example}")
            return None
        return text

    def boolean(self, value: Any, path: Path) -> bool | None:
        """A boolean; None for nothing, and for what has become a problem."""
        if value is None or isinstance(value, bool):
            return value
        self._wrong_type(value, path, "boolean", "true or false")
        return None

    def number_or_name(self, value: Any, path: Path, pattern: str, what: str, example: str) -> str | None:
        """A text of a certain form, which YAML may have taken for a number."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        return self.matching(value, path, pattern, what, example)

    def address(self, value: Any, path: Path) -> str | None:
        """A host name, an IPv4 or an IPv6 address."""
        text = self.text(value, path, "192.0.2.10 or cucma-pub.example.com")
        if text is not None and not is_address(text):
            self.problems.add(
                path,
                f"{shown(text)} is no host name, IPv4 or IPv6 address",
                "Write it as in 192.0.2.10 or cucma-pub.example.com",
            )
            return None
        return text

    def patterns(self, value: Any, path: Path, known: Sequence[str]) -> tuple[Pattern, ...]:
        """Route patterns, each a text or a mapping of `pattern` and `partition`."""
        found: list[Pattern] = []
        for index, one in enumerate(self.listing(value, path, '["9898", "1XXX"]')):
            here: Path = (*path, index)
            if isinstance(one, Mapping):
                self.keys(one, known, here, "a route pattern")
                pattern = self._pattern(one.get("pattern"), (*here, "pattern"))
                partition = self.text(one.get("partition"), (*here, "partition"), "PT_Trunks")
                if "pattern" not in one:
                    self.problems.add(here, "the key pattern is missing", 'Write it as in pattern: "9898"')
                entry: Pattern | None = pattern
                if pattern and partition:
                    entry = {"pattern": pattern, "partition": partition}
            else:
                entry = self._pattern(one, here)
            if entry is None:
                continue
            if entry in found:
                self.problems.add(here, f"{shown(one)} stands here twice", "Remove one of the two")
            else:
                found.append(entry)
        return tuple(found)

    def _pattern(self, value: Any, path: Path) -> str | None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.problems.add(
                path,
                f"{shown(value)} is a number",
                f'Write patterns in quotes, as in "{value}", since a number loses leading zeros',
            )
            return None
        return self.matching(value, path, PATTERN, "no route pattern", '"9898", "1[0-4]XX" or "\\+4989XXXX"')

    def variables(self, value: Any, path: Path) -> Variables:
        """Variables, whose values are passed on as they are, templates and vaulted values too."""
        found = self.mapping(value, path, "{cucm_axl_username: axl-user}")
        for key in found:
            here = (*path, str(key))
            if not isinstance(key, str) or not (key.isascii() and key.isidentifier()):
                self.problems.add(
                    here, f"{shown(key)} is no name of a variable", "Use letters, digits and underscores"
                )
            elif key in OWN_VARIABLES:
                self.problems.add(here, f"{shown(key)} is set by this plugin", OWN_VARIABLES[key])
        return {str(key): inner for key, inner in found.items()}

    def _wrong_type(self, value: Any, path: Path, expected: str, example: str) -> None:
        if path in self.refused or secrets.names_a_secret(str(path[-1] if path else "")):
            return
        article = "no" if expected in ("text", "boolean") else "not a"
        self.problems.add(path, f"{shown(value)} is {article} {expected}", f"Write it as in {example}")


def is_address(text: str) -> bool:
    """Whether a text is a host name, an IPv4 or an IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        # Four numbers are an address that is wrong, and not a name.
        return len(text) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    # A zone means something on one machine only.
    return "%" not in text


def one_way_to_write(address: str) -> str:
    """Write an address so that two that are the same are equal."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address.casefold().removesuffix(".")
