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

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as OrdinaryAction
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import system_trust
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import REQUIREMENTS, missing
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import masked
from ansible_collections.ucops.cucm.plugins.plugin_utils._preload import preload

#: Set to false (variable of a host, or extra variable) to run every module the ordinary way.
SWITCH = "ucops_cucm_in_process"
#: Where core would look for an interpreter; the one that runs here is as good.
_ANY_INTERPRETER = (None, "", "auto", "auto_silent", "auto_legacy", "auto_legacy_silent")

#: How core writes a module's arguments and results, and reads them on the other side.
_ENCODERS = {direction: get_module_encoder("legacy", direction) for direction in Direction}
_DECODERS = {direction: get_module_decoder("legacy", direction) for direction in Direction}

# Core loads this file before it forks the worker of a task, so what is read now is read for all.
if not missing(("certifi", *REQUIREMENTS)):
    system_trust()
preload()


class _PathInfo(AnsibleModule):  # type: ignore[misc]
    """What core knows about files, without a module that runs."""

    def __init__(self) -> None:
        self._selinux_enabled = None
        self._selinux_mls_enabled = None
        self._selinux_initial_context = None


class InProcessAction(OrdinaryAction):  # type: ignore[misc]
    """Base of the action plugins; a subclass names the definition of its module."""

    definition: ModuleDefinition

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables: dict[str, Any] = {} if task_vars is None else task_vars
        if not self._stays_here(variables):
            ordinary: dict[str, Any] = super().run(tmp, variables)
            return ordinary
        result: dict[str, Any] = ActionBase.run(self, tmp, variables)
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        # Core starts local commands in the playbook's directory.
        with chdir(self._loader.get_basedir()), _environment(environment):
            result.update(self._in_process(variables))
        return result

    def _stays_here(self, variables: Mapping[str, Any]) -> bool:
        """Whether the ordinary module would run on this machine, as this user, by this Python."""
        return (
            not self._task.async_val
            and self._connection.transport in ("local", "ansible.builtin.local")
            and self._connection.become is None
            and boolean(self._templar.template(variables.get(SWITCH, True)))
            and self._is_this_python(variables)
            and not missing(self.definition.libraries)
        )

    def _is_this_python(self, variables: Mapping[str, Any]) -> bool:
        if self._task.delegate_to:
            variables = variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {})
        configured = variables.get(
            "ansible_python_interpreter", constants.config.get_config_value("INTERPRETER_PYTHON")
        )
        interpreter = self._templar.template(configured)
        if interpreter in _ANY_INTERPRETER:
            return True
        found = Path(shutil.which(interpreter) or interpreter)
        here = Path(sys.executable)
        # The file alone does not tell: the Pythons of two virtual environments may be links to one.
        return found.parent == here.parent and found.resolve() == here.resolve()

    def _in_process(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Do what AnsibleModule and the definition do between them, with the same result."""
        definition = self.definition
        context = Context(check_mode=bool(self._task.check_mode), diff=bool(self._task.diff))
        validator = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules())
        validation = validator.validate(_as_sent(self._task.args, Direction.CONTROLLER_TO_MODULE))
        for pair in validation._warnings:
            context.warn(f"Both option {pair['option']} and its alias {pair['alias']} are set.")
        if validation.errors.errors:
            result: dict[str, Any] = {"failed": True, "msg": self._refusal(validation)}
        else:
            result = definition.execute(validation.validated_parameters, context)
        result = masked(result, validation._no_log_values)
        # To a result that names a `path`, core adds mode, owner and size of the file.
        _PathInfo().add_path_info(result)
        if self._shows_invocation(variables):
            arguments = remove_values(validation.validated_parameters, validation._no_log_values)
            result["invocation"] = {"module_args": arguments}
        if context.warnings:
            result["warnings"] = remove_values(context.warnings, validation._no_log_values)
        if validation._deprecations:
            result["deprecations"] = validation._deprecations
        return _as_sent(result, Direction.MODULE_TO_CONTROLLER)

    def _refusal(self, validation: ValidationResult) -> str:
        message = str(validation.errors.msg)
        if isinstance(validation.errors[0], UnsupportedError):
            message = f"Unsupported parameters for ({self._task.action}) module: {message}"
        return message

    @staticmethod
    def _shows_invocation(variables: Mapping[str, Any]) -> bool:
        """Whether core would add the arguments to an ordinary module's result."""
        if not hasattr(constants, "INJECT_INVOCATION"):  # before 2.21 it always did
            return True
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))


def _as_sent(value: Mapping[str, Any], direction: Direction) -> dict[str, Any]:
    """The value as it arrives on the other side: plain types, no tags, nothing that JSON lacks."""
    sent = json.dumps(value, cls=_ENCODERS[direction])
    received: dict[str, Any] = json.loads(sent, cls=_DECODERS[direction])
    return received


@contextmanager
def _environment(changes: Mapping[str, Any]) -> Iterator[None]:
    """The environment that the ordinary module would have. The worker serves one task at a time."""
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in changes.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
