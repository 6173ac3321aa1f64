# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of the values of variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

HIGHEST_PORT = 65535


def plain(value: Any) -> Any:
    """The value as plain Python. What templates are evaluated lazily by cannot be copied."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value


class TypeChecks:
    """The types of values, each distinct value once, since most hosts of a site share most of theirs."""

    def __init__(self, specifications: Mapping[str, Mapping[str, Any]]) -> None:
        self._specifications = specifications
        self._known: dict[tuple[str, str], str | None] = {}

    def fault(self, name: str, value: Any) -> str | None:
        """What is wrong with a value, as Ansible says it."""
        key = (name, repr(value))
        if key not in self._known:
            self._known[key] = self._validate(name, value)
        return self._known[key]

    def _validate(self, name: str, value: Any) -> str | None:
        specification = dict(self._specifications[name])
        # Ansible's own message would repeat the value, in which a secret may stand.
        if specification.get("type") == "dict" and not isinstance(value, Mapping):
            return "the value is no dictionary"
        # Texts of errors must not have the values of secrets in them.
        if specification.pop("no_log", False):
            is_text = isinstance(value, (str, int)) or specification.get("type", "str") != "str"
            return None if is_text else "the value is no text"
        result = ArgumentSpecValidator({name: specification}).validate({name: plain(value)})
        if not result.errors.errors:
            return None
        return "; ".join(str(error).rstrip(".") for error in result.error_messages)
