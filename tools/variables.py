# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what follows from the list of variables: make variables.

The list is plugins/module_utils/_site/variables.py, and for the variables of one role its
meta/argument_specs.yml. From them come the shared part of each role's argument specification, and the page of
variables in docs/docsite/rst.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import (
    AUDIT,
    AXL_ACCOUNT,
    CONNECTION,
    OS_ACCOUNT,
    PLATFORM,
    RENEWAL,
    RUN,
    SAFETY,
    SHARED,
    SITE,
    UNDO,
    Level,
    Variable,
)

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "docsite" / "rst" / "variables.rst"
BEGIN, END = "      # The variables that all roles share, by make variables", "      # Until here"
#: What says something to the playbooks only, or to whoever reads the result of a run.
_OF_PLAYBOOKS = frozenset(
    (
        *("cucm_hosts", "cucm_plan_path", "cucm_check_accounts", "cucm_check_signing", "cucm_own_variables"),
        "cucm_restore_record",
        *(variable.name for variable in (*RUN, *AUDIT, *RENEWAL)),
    )
)
_WIDTH = 150

HEAD = """\
..
  Copyright (c) 2026, the ucops.cucm contributors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.ucops.cucm.docsite.variables:

Variables
=========

All variables that the playbooks and roles read. Set them in the inventory, for the group ``cucm``, for the group of a
cluster or for a host, or as extra variables. The playbook ``ucops.cucm.check_inventory`` checks them all, and names
those that nothing reads: your own variables need names that do not begin with ``cucm_``.
"""

SECTIONS = (
    ("Sites, clusters and links", SITE),
    ("Report and workflow", RUN),
    ("Before and after a change", (*SAFETY, *UNDO)),
    ("Connection to every node", CONNECTION),
    ("Certificates and the SSH command line", PLATFORM),
    ("Accounts", (*AXL_ACCOUNT, *OS_ACCOUNT)),
    ("Audit of certificates", AUDIT),
    ("Renewal of certificates", RENEWAL),
)


def _quoted(text: str) -> str:
    """A choice in YAML, in quotes where it would be no text: off, 1.0."""
    return text if isinstance(yaml.safe_load(text), str) else f'"{text}"'


def specification_lines(variable: Variable, indent: int) -> Iterator[str]:
    """The YAML of a variable in an argument specification."""
    lead = " " * indent
    yield f"{lead}{variable.name}:"
    yield f"{lead}  type: {variable.type}"
    if variable.elements:
        yield f"{lead}  elements: {variable.elements}"
    if variable.choices:
        yield f"{lead}  choices: [{', '.join(map(_quoted, variable.choices))}]"
    if variable.secret:
        yield f"{lead}  no_log: true"
    # The variables themselves are checked before; here they say what the entries of a list must have.
    if variable.required and indent > len("      "):
        yield f"{lead}  required: true"
    yield f"{lead}  description:"
    texts = [variable.description]
    if variable.default is not None:
        default = str(variable.default).lower() if isinstance(variable.default, bool) else variable.default
        texts.append(f"Default V({default}).")
    for text in texts:
        quoted = f"'{text.replace(chr(39), chr(39) * 2)}'" if ": " in text else text
        yield from textwrap.wrap(
            quoted, _WIDTH, initial_indent=f"{lead}    - ", subsequent_indent=f"{lead}      "
        )
    if variable.options:
        yield f"{lead}  options:"
        for option in variable.options:
            yield from specification_lines(option, indent + 4)


def with_shared_part(text: str) -> str:
    """An argument specification with the shared variables at the end of its first entry point's options."""
    lines = [BEGIN]
    for variable in SHARED:
        if variable.name not in _OF_PLAYBOOKS:
            lines += specification_lines(variable, 6)
    block = "\n".join((*lines, END))
    if BEGIN in text:
        return re.sub(rf"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)
    head, options, rest = text.partition("\n    options:\n")
    return f"{head}{options}{block}\n{rest}"


def rst(text: str) -> str:
    """The markup of plugin documentation as reStructuredText."""
    text = re.sub(r"[CVOE]\(([^()]*)\)", r"``\1``", text)
    return re.sub(r"[MP]\(([^()#]*)(?:#\w+)?\)", r"``\1``", text)


def table(rows: list[tuple[str, str, str, str]]) -> str:
    """A list table with a name, a type, a default and a description a row."""
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 30 10 15 45", ""]
    for name, kind, default, description in (("Variable", "Type", "Default", "Meaning"), *rows):
        lines += [f"   * - {name}", *(f"     - {cell}".rstrip() for cell in (kind, default, description))]
    return "\n".join(lines)


def _default(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, str) and value != value.strip():
        value = f'"{value}"'
    return f"``{str(value).lower() if isinstance(value, bool) else value}``"


#: Where a variable is usually set.
SET_FOR = {
    Level.NODE: "Set it for the host.",
    Level.CLUSTER: "Set it for the group of the cluster.",
    Level.RUN: "Set it for all, or as an extra variable.",
}


def shared_rows(variables: tuple[Variable, ...]) -> list[tuple[str, str, str, str]]:
    rows = []
    for variable in variables:
        needed = " **Needed.**" if variable.required else ""
        choices = (
            f" One of {', '.join(f'``{each}``' for each in variable.choices)}." if variable.choices else ""
        )
        rows.append(
            (
                f"``{variable.name}``",
                variable.type,
                _default(variable.default),
                rst(variable.description)
                + choices
                + needed
                + (f" {SET_FOR[variable.level]}" if variable in SHARED else ""),
            )
        )
        rows += [
            (f"``{variable.name}[].{name[2:-2]}``", kind, default, description)
            for name, kind, default, description in shared_rows(variable.options)
        ]
    return rows


def role_rows(options: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str, str]]:
    """The variables of one role alone, with the first two sentences of what they mean."""
    shared = {variable.name for variable in SHARED}
    rows = []
    for name, spec in options.items():
        if name not in shared:
            described = spec["description"]
            text = described if isinstance(described, str) else described[0]
            rows.append(
                (f"``{name}``", str(spec.get("type", "str")), _default(spec.get("default")), rst(text))
            )
    return rows


def page() -> str:
    """The page of all variables."""
    parts = [HEAD]
    for title, variables in SECTIONS:
        parts.append(f"{title}\n{'-' * len(title)}\n\n{table(shared_rows(variables))}\n")
    for path in argument_specifications():
        role = path.parents[1].name
        title = f"Role {role}"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]
        link = f"More on the page of the role, :ansplugin:`ucops.cucm.{role}#role`."
        parts.append(f"{title}\n{'-' * len(title)}\n\n{link}\n\n{table(role_rows(data['options']))}\n")
    return "\n".join(parts)


def argument_specifications() -> list[Path]:
    return sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))


def wanted() -> dict[Path, str]:
    """Each file that follows from the list, with its text."""
    files = {path: with_shared_part(path.read_text(encoding="utf-8")) for path in argument_specifications()}
    return {**files, PAGE: page()}


def main() -> int:
    for path, text in wanted().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
