# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords have no place in a topology file, which people mail to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path, Problems

_SECRET = re.compile(r"password|passphrase|passwd|secret|token|(?:^|_)pass$", re.IGNORECASE)
#: A variable, or a lookup: what names a secret without being one.
_REFERENCE = r"[A-Za-z_][\w.]*|(?:lookup|query|q)\([^{}]*\)"
_TEMPLATE = re.compile(rf"\s*\{{\{{\s*(?:{_REFERENCE})\s*\}}\}}\s*")
_EXPRESSION = re.compile(rf"\s*(?:{_REFERENCE})\s*")

_REMEDY = (
    "Write the password into a file that ansible-vault encrypts, such as group_vars/all/vault.yml beside this"
    " file, and here only its name, as in '{{ vault_password }}'; or encrypt the value itself with"
    " ansible-vault encrypt_string"
)


def names_a_secret(key: str) -> bool:
    """Whether a key says that its value is a secret."""
    return _SECRET.search(key) is not None


def check(data: Any, is_encrypted: Callable[[Any], bool], problems: Problems) -> set[Path]:
    """Add a problem for each secret in plain text; return the paths of those, whose values nobody may show."""
    found: set[Path] = set()
    _check(data, (), False, is_encrypted, problems, found)
    return found


def _check(
    value: Any,
    path: Path,
    is_secret: bool,
    is_encrypted: Callable[[Any], bool],
    problems: Problems,
    found: set[Path],
) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            below = is_secret or (names_a_secret(str(key)) and not _is_name(path))
            _check(inner, (*path, str(key)), below, is_encrypted, problems, found)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check(inner, (*path, index), is_secret, is_encrypted, problems, found)
    elif is_secret and not is_encrypted(value) and not _harmless(value, path):
        found.add(path)
        problems.add(path, "a password in plain text is refused; its value is not shown here", _REMEDY)


def _is_name(path: Path) -> bool:
    """Whether the keys of a mapping are names of clusters, of nodes or of groups, which may be any."""
    return path in {("clusters",), ("groups",)} or (
        len(path) == 3 and (path[0], path[2]) == ("clusters", "nodes")
    )


def _harmless(value: Any, path: Path) -> bool:
    """Whether a value cannot be a password: nothing, a switch, or the name of where the password is."""
    if value is None or isinstance(value, bool) or value == "":
        return True
    if not isinstance(value, str):
        return False
    # The values of `compose`, `groups` and `keyed_groups` are expressions as they stand.
    is_expression = path[0] in ("compose", "groups", "keyed_groups")
    return (_EXPRESSION if is_expression else _TEMPLATE).fullmatch(value) is not None
