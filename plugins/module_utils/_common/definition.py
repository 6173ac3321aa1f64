# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module is, apart from the way it is run.

A module is its argument spec and a function from validated parameters to a result. The function
knows neither AnsibleModule nor ActionBase: `run_module` runs it as an ordinary module, the action
plugin in `plugin_utils` runs it in the worker process, and both give the same result.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import (
    secrets_of_task,
    without_secrets,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import (
    SecretInResult,
    Secrets,
    masked,
    refusal,
)

Params = Mapping[str, Any]
Result = dict[str, Any]


@dataclass
class Context:
    """What a module function may know of the run, and where it leaves its warnings.

    `secrets` are those of the module's options; before it changes anything, a module has them check what
    it will return.
    """

    check_mode: bool = False
    diff: bool = False
    warnings: list[str] = field(default_factory=list)
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    def warn(self, text: str) -> None:
        """Add a warning to the result, once."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclass(frozen=True)
class ModuleDefinition:
    """Argument spec and function of one module.

    `run` returns the result's keys (`changed` among them) or raises a CucmError.
    `libraries` are import names of what it needs beside ansible-core. `transcript` says that the whole
    result is the record of a dialogue, in which secrets are masked and no task relies on the rest.
    """

    run: Callable[[Params, Context], Result]
    argument_spec: Mapping[str, Any]
    libraries: tuple[str, ...] = ()
    transcript: bool = False
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
        """Run the function; an error becomes a failed result.

        Messages and transcripts may have secrets in them: whoever prints the result masks those. In data,
        masking would falsify, so a secret found there fails the task. An exception of no family, a bug, is
        caught too, since core masks nothing in the way that it reports those.
        """
        secrets = Secrets.of(self.argument_spec, params)
        with secrets_of_task(secret for _option, secret in secrets.values):
            if not self.transcript:
                context.secrets = secrets
            result = self._execute(params, context)
            # Servers repeat what they were sent, in forms that core does not know.
            context.warnings[:] = map(without_secrets, context.warnings)
            if not result.get("failed") or result["reason"] == SecretInResult.reason:
                return result
            # A reason is a constant that playbooks compare, whatever the secret is.
            shown: Result = without_secrets(result)
            return {**shown, "reason": result["reason"]}

    def _execute(self, params: Params, context: Context) -> Result:
        try:
            require(*self.libraries)
            short = context.secrets.short()
            if short is not None:
                raise refusal(short, host=params.get("host"))
            result: Result = {"changed": False, **self.run(params, context)}
            found = context.secrets.find(result)
        except CucmError as error:
            # In a run over many nodes, a message must name the node also where its origin did not know it.
            error.host = error.host or params.get("host")
            return _failed(**_told(error, context.secrets))
        except Exception as error:  # noqa: BLE001
            return _failed(
                msg=f"Unexpected {type(error).__name__}: {error}. This is a bug of the collection:"
                " please report it with the result's 'traceback'.",
                reason="bug",
                traceback=traceback.format_exc(),
            )
        if found is None:
            return result
        changed = bool(result["changed"]) and not context.check_mode
        late = refusal(found, host=params.get("host"), changed=changed)
        return {**_failed(**late.as_result()), "changed": changed}


def _told(error: CucmError, secrets: Secrets) -> Result:
    """The keys of an error without the details that masking would falsify."""
    details = {key: value for key, value in error.details.items() if secrets.find({key: value}) is None}
    return {"msg": error.message, "reason": error.reason, **details}


def _failed(msg: str, **more: Any) -> Result:
    """A failed result, with its keys where AnsibleModule.fail_json() puts them."""
    return {"changed": False, **more, "failed": True, "msg": msg}


def run_module(definition: ModuleDefinition) -> None:
    """Run a definition as an ordinary module: the whole of a module file's main()."""
    module = AnsibleModule(
        argument_spec=dict(definition.argument_spec),
        supports_check_mode=True,
        **definition.rules(),
    )
    context = Context(check_mode=module.check_mode, diff=module._diff)
    result = masked(definition.execute(module.params, context), module.no_log_values)
    for text in context.warnings:
        module.warn(remove_values(text, module.no_log_values))
    # All is masked that has to be. AnsibleModule would mask again, and alter what `masked` leaves alone.
    module.params = remove_values(module.params, module.no_log_values)
    module.no_log_values = set()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
