# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is, apart from the way it is run.

A module is its argument spec and a function from validated parameters to a result. The function
knows neither AnsibleModule nor ActionBase: `run_module` runs it as an ordinary module, the action
plugin in `plugin_utils` runs it in the worker process, and both give the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require

Params = Mapping[str, Any]
Result = dict[str, Any]


@dataclass
class Context:
    """What a module function may know of the run, and where it leaves its warnings."""

    check_mode: bool = False
    diff: bool = False
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Add a warning to the result, once."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class ModuleDefinition:
    """Argument spec and function of one module.

    `run` returns the result's keys (`changed` among them) or raises a CucmError.
    `libraries` are import names of what it needs beside ansible-core.
    """

    run: Callable[[Params, Context], Result]
    argument_spec: Mapping[str, Any]
    libraries: tuple[str, ...] = ()
    mutually_exclusive: Sequence[Sequence[str]] = ()
    required_together: Sequence[Sequence[str]] = ()
    required_one_of: Sequence[Sequence[str]] = ()
    required_if: Sequence[Sequence[Any]] = ()
    required_by: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def rules(self) -> dict[str, Any]:
        """The rules beyond the single options, as AnsibleModule and ArgumentSpecValidator take them."""
        return {
            "mutually_exclusive": self.mutually_exclusive,
            "required_together": self.required_together,
            "required_one_of": self.required_one_of,
            "required_if": self.required_if,
            "required_by": dict(self.required_by),
        }

    def execute(self, params: Params, context: Context) -> Result:
        """Run the function; an error of the family becomes a failed result."""
        try:
            require(*self.libraries)
            result = {"changed": False, **self.run(params, context)}
        except CucmError as error:
            result = {"failed": True, "changed": False, **error.as_result()}
        return result


def run_module(definition: ModuleDefinition) -> None:
    """Run a definition as an ordinary module: the whole of a module file's main()."""
    module = AnsibleModule(
        argument_spec=dict(definition.argument_spec),
        supports_check_mode=True,
        **definition.rules(),
    )
    context = Context(check_mode=module.check_mode, diff=module._diff)
    result = definition.execute(module.params, context)
    for text in context.warnings:
        module.warn(text)
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
