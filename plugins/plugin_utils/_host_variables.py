# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cucm variables of all hosts, as the inventory, facts and extra variables give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleError
from ansible_collections.ucops.cucm.plugins.module_utils._site.problems import Problem
from ansible_collections.ucops.cucm.plugins.module_utils._site.value_types import plain
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import BY_NAME, SHARED

ROLES = Path(__file__).resolve().parents[2] / "roles"
_PREFIX = "cucm_"
#: Large, the same for every host, and nothing here depends on it.
_NOT_READ = frozenset(("cucm_outcome",))


@cache
def specifications() -> Mapping[str, Mapping[str, Any]]:
    """The argument specification of each variable that a role or a playbook reads, by name."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
        for entry in data["argument_specs"].values():
            found.update({name: _checkable(spec) for name, spec in entry.get("options", {}).items()})
    found.update({variable.name: variable.specification() for variable in SHARED})
    return found


@cache
def set_by_roles() -> frozenset[str]:
    """The names of what tasks of the roles register or set, which an earlier play may have left."""
    name = re.compile(rf"(?:\bregister: |\bloop_var: |^\s+)({_PREFIX}\w+)(?::|$)", flags=re.MULTILINE)
    texts = (path.read_text(encoding="utf-8") for path in ROLES.glob("*/tasks/*.yml"))
    return frozenset(found for text in texts for found in name.findall(text))


def _checkable(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A role's specification without what is documentation, and without demanding anything."""
    kept = {key: spec[key] for key in ("type", "elements", "choices", "no_log", "options") if key in spec}
    if "options" in kept:
        kept["options"] = {
            name: {**_checkable(each), **({"required": True} if each.get("required") else {})}
            for name, each in kept["options"].items()
        }
    return kept


def profile_name_prefix() -> str:
    """With what the name of a security profile begins where nothing else is said."""
    text = (ROLES / "cucm_sip_tls_trunk" / "defaults" / "main.yml").read_text(encoding="utf-8")
    return str(yaml.safe_load(text)["cucm_sip_tls_trunk_profile_name_prefix"])


def names_of(raw: Mapping[str, Any]) -> list[str]:
    """The names of a host's variables that are the collection's by their prefix."""
    return sorted(name for name in raw if isinstance(name, str) and name.startswith(_PREFIX))


def read(
    hostvars: Any, hosts: Sequence[str], *, secrets: bool
) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]], list[Problem]]:
    """The variables of these hosts, the names that begin with cucm_, and the values that cannot be evaluated.

    Without `secrets`, a secret is told as set or not, and is not read.
    """
    known = specifications()
    values: dict[str, dict[str, Any]] = {}
    names: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for host in hosts:
        raw = hostvars.raw_get(host)
        names[host] = names_of(raw)
        values[host] = {}
        templated = hostvars[host]
        for name in (*names[host], "ansible_host"):
            if name not in raw or name in _NOT_READ or (name not in known and name != "ansible_host"):
                continue
            if name in BY_NAME and BY_NAME[name].secret and not secrets:
                values[host][name] = "set"
                continue
            try:
                values[host][name] = plain(templated[name])
            except AnsibleError as error:
                problems += _unreadable(host, name, error)
    return values, names, problems


def _unreadable(host: str, name: str, error: AnsibleError) -> Iterator[Problem]:
    """A variable that all roles share must have a value; others may need what a role finds out first."""
    if name in BY_NAME or name == "ansible_host":
        why = str(error.message).rstrip(".")
        yield Problem(
            "not_evaluated",
            host,
            name,
            f"its value cannot be evaluated: {why}",
            "Define what it refers to, or load the file that does (as with --ask-vault-pass)",
        )
