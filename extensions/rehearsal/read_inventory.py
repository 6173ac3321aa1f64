# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print an inventory as JSON, as Ansible reads it, without any secret: `read_inventory.py REQUEST`.

A process of its own, since Ansible is not made to be a library in a program that does other things too.
Files that ansible-vault has encrypted are left out, and values that cannot be evaluated are named, so no
vault password is needed. REQUEST is a JSON file: `sources`, `extra_vars`, `hosts` (a pattern), `names` of the
variables to evaluate, `prefixes` of further ones, `flags` of dictionaries, which are taken as they are
written, and `collections`, a directory to find collections in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

VAULT_HEADER = b"$ANSIBLE_VAULT"


class LoaderWithoutSecrets(DataLoader):  # type: ignore[misc,unused-ignore]
    """Reads encrypted files as empty ones, and remembers their names."""

    def __init__(self) -> None:
        super().__init__()
        self.encrypted: set[str] = set()

    def load_from_file(self, file_name: str, *arguments: Any, **options: Any) -> Any:
        path = Path(self.path_dwim(file_name))
        if path.is_file() and path.read_bytes()[: len(VAULT_HEADER)] == VAULT_HEADER:
            self.encrypted.add(str(path))
            return {}
        return super().load_from_file(file_name, *arguments, **options)


def plain(value: Any) -> Any:
    """A value of JSON's own types."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def evaluated(names: Iterable[str], templar: Templar) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of these variables of a host, and why others have none."""
    values, failed = {}, {}
    for name in names:
        try:
            values[name] = plain(templar.template(templar.available_variables[name]))
        except Exception as error:  # noqa: BLE001 - whatever a template of the user's may raise
            failed[name] = " ".join(str(error).split())[:300]
    return values, failed


def read(request: Mapping[str, Any]) -> dict[str, Any]:
    """Read the inventory; raises AnsibleError where it cannot be used."""
    init_plugin_loader([str(request["collections"])])
    context.CLIARGS = ImmutableDict(extra_vars=tuple(request["extra_vars"]))
    loader = LoaderWithoutSecrets()
    inventory = InventoryManager(loader=loader, sources=list(request["sources"]))
    variables = VariableManager(loader=loader, inventory=inventory)
    hosts = {}
    for host in inventory.get_hosts(request["hosts"]):
        available = variables.get_vars(host=host)
        wanted = [
            name
            for name in available
            if name in request["names"] or name.startswith(tuple(request["prefixes"]))
        ]
        values, failed = evaluated(wanted, Templar(loader=loader, variables=available))
        flags = {
            flag: available[name][flag]
            for name, wanted_flags in request["flags"].items()
            for flag in wanted_flags
            if isinstance(available.get(name), Mapping) and isinstance(available[name].get(flag), bool)
        }
        groups = sorted(group.name for group in host.get_groups())
        hosts[str(host.name)] = {"groups": groups, "variables": values, "failed": failed, "flags": flags}
    return {"hosts": hosts, "encrypted": sorted(loader.encrypted)}


def main() -> int:
    """Print the inventory; 2 with a message when it cannot be used."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        found = read(request)
    except AnsibleError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
