# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's function in the worker process instead of starting a Python for it.

Most of an ordinary module's cost is the start of an interpreter and the import of AnsibleModule.
When the task runs on the control node anyway, the same function with the same validated parameters
can run in the worker. Whatever asks for something else (another host, become, async, another
interpreter, a library that this interpreter lacks) gets the ordinary module. The results of both
ways are the same.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import missing

#: Set to false (variable of a host, or extra variable) to run every module the ordinary way.
SWITCH = "ucops_cucm_in_process"


def _native(value: Any) -> Any:
    """A copy in plain Python types: core tags the values of playbooks, libraries need not know."""
    if isinstance(value, Mapping):
        return {_native(key): _native(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_native(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return value if type(value) is kind else kind.__new__(kind, value)
    return str(value)


@contextmanager
def _surroundings(environment: Mapping[str, str], directory: str) -> Iterator[None]:
    """The environment and the working directory that the ordinary module would have.

    Both belong to the worker, which serves one task at a time.
    """
    before, here = dict(os.environ), os.getcwd()
    os.environ.update(environment)
    os.chdir(directory)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        os.chdir(here)


class InProcessAction(ActionBase):  # type: ignore[misc]
    """Base of the action plugins; a subclass names the definition of its module."""

    definition: ModuleDefinition

    _supports_check_mode = True
    _supports_async = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables: dict[str, Any] = task_vars if task_vars is not None else {}
        if not self._stays_here(variables):
            return self._ordinary(variables)
        result: dict[str, Any] = super().run(tmp, variables)
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        with _surroundings(_native(environment), self._loader.get_basedir()):
            result.update(self._in_process(variables))
        return result

    def _stays_here(self, variables: Mapping[str, Any]) -> bool:
        """Whether the ordinary module would run on this machine, as this user, by this Python."""
        task = self._task
        if task.async_val or self._connection.become is not None:
            return False
        if self._connection.transport not in ("local", "ansible.builtin.local"):
            return False
        if missing(self.definition.libraries):
            return False
        switch = self._templar.template(variables.get(SWITCH, True))
        if not boolean(switch):
            return False
        used = variables
        if task.delegate_to:
            used = variables.get("ansible_delegated_vars", {}).get(task.delegate_to, {})
        interpreter = self._templar.template(used.get("ansible_python_interpreter"))
        if interpreter in (None, "", "auto", "auto_silent", "auto_legacy", "auto_legacy_silent"):
            return True
        # Not resolved further: the Pythons of two virtual environments may be links to one file.
        found = shutil.which(str(interpreter)) or str(interpreter)
        return os.path.abspath(found) == os.path.abspath(sys.executable)

    def _ordinary(self, variables: dict[str, Any]) -> dict[str, Any]:
        wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
        result: dict[str, Any] = self._execute_module(task_vars=variables, wrap_async=wrap_async)
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _in_process(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        definition = self.definition
        validator = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules())
        validation = validator.validate(_native(self._task.args))
        context = Context(check_mode=bool(self._task.check_mode), diff=bool(self._task.diff))
        if validation.errors:
            message = validation.errors.msg
            if isinstance(validation.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.resolved_action}) module: {message}"
            result: dict[str, Any] = {"failed": True, "msg": message}
        else:
            result = definition.execute(validation.validated_parameters, context)
        if context.warnings:
            result["warnings"] = list(context.warnings)
        if self._shows_invocation(variables):
            result["invocation"] = {"module_args": dict(validation.validated_parameters)}
        return _masked(result, validation._no_log_values)

    def _shows_invocation(self, variables: Mapping[str, Any]) -> bool:
        """Whether core would add the arguments to an ordinary module's result."""
        arguments: dict[str, Any] = {}
        self._update_module_args(self._task.action, arguments, variables)
        # Before it became a setting, every module added its arguments.
        return bool(arguments.get("_ansible_inject_invocation", True))


def _masked(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """What AnsibleModule does before it prints: no_log values out, top-level flags as they are."""
    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    masked: dict[str, Any] = remove_values(result, secrets)
    masked.update(kept)
    return masked
