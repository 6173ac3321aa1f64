# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition, executed and run as an ordinary module."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
    run_module,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption

ARGUMENTS = {
    "name": {"type": "str"},
    "number": {"type": "int"},
    "password": {"type": "str", "no_log": True},
}


def define(run: Any, **rules: Any) -> ModuleDefinition:
    return ModuleDefinition(run, ARGUMENTS, **rules)


def run_as_module(
    definition: ModuleDefinition, capsys: pytest.CaptureFixture[str], **arguments: Any
) -> tuple[int, dict[str, Any]]:
    with patch_module_args(arguments), pytest.raises(SystemExit) as caught:
        run_module(definition)
    assert isinstance(caught.value.code, int)
    return caught.value.code, json.loads(capsys.readouterr().out)


def test_result_is_unchanged_unless_said() -> None:
    assert define(lambda _params, _context: {"x": 1}).execute({}, Context()) == {"changed": False, "x": 1}
    assert define(lambda _params, _context: {"changed": True}).execute({}, Context()) == {"changed": True}


def test_error_of_the_family() -> None:
    def run(_params: Params, _context: Context) -> Result:
        raise InvalidOption("no", option="name", details={"choices": ["a"]})

    assert define(run).execute({}, Context()) == {
        "changed": False,
        "failed": True,
        "msg": "no. Option: name.",
        "reason": "invalid_option",
        "choices": ["a"],
    }


def test_missing_library_is_an_error_before_the_function_runs() -> None:
    def run(_params: Params, _context: Context) -> Result:
        pytest.fail("must not run")

    result = define(run, libraries=("no_such_library",)).execute({}, Context())
    assert result["reason"] == "missing_library"


def test_bug_is_told_with_its_traceback() -> None:
    def run(_params: Params, _context: Context) -> Result:
        return {"x": {}["absent"]}

    result = define(run).execute({}, Context())
    assert (result["failed"], result["reason"]) == (True, "bug")
    assert result["msg"].startswith("Unexpected KeyError: 'absent'. This is a bug")
    assert "test_definition.py" in result["traceback"]


def test_interrupt_is_not_a_bug() -> None:
    def run(_params: Params, _context: Context) -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        define(run).execute({}, Context())


def test_warnings_are_said_once() -> None:
    context = Context()
    for text in ("a", "b", "a"):
        context.warn(text)
    assert context.warnings == ["a", "b"]


def test_module(capsys: pytest.CaptureFixture[str]) -> None:
    def run(params: Params, context: Context) -> Result:
        return {"seen": dict(params), "check": context.check_mode, "diff_mode": context.diff}

    code, result = run_as_module(
        define(run), capsys, name="a", number="3", _ansible_check_mode=True, _ansible_diff=True
    )
    assert code == 0
    assert result["seen"] == {"name": "a", "number": 3, "password": None}
    assert (result["changed"], result["check"], result["diff_mode"]) == (False, True, True)


def test_failed_module_masks_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    def run(params: Params, _context: Context) -> Result:
        raise ValueError(params["password"])

    code, result = run_as_module(define(run), capsys, password="s3cret")
    assert code == 1
    assert result["failed"] is True
    assert result["msg"].startswith("Unexpected ValueError: ********.")
    assert "s3cret" not in json.dumps(result)


def test_warnings_of_a_module_mask_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where core keeps them depends on whether this process has loaded a part of the controller.
    said: list[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: said.append(text))

    def run(params: Params, context: Context) -> Result:
        context.warn(f"{params['password']} is short")
        return {}

    run_as_module(define(run), capsys, password="s3cret")
    assert said == ["******** is short"]


@pytest.mark.parametrize(
    ("rule", "arguments", "message"),
    [
        ({"mutually_exclusive": [("name", "number")]}, {"name": "b", "number": 1}, "mutually exclusive"),
        ({"required_together": [("name", "number")]}, {"name": "b"}, "required together"),
        ({"required_one_of": [("name", "number")]}, {}, "one of the following is required"),
        ({"required_if": [("name", "a", ("number",))]}, {"name": "a"}, "are missing: number"),
        ({"required_by": {"name": ("number",)}}, {"name": "a"}, "required by"),
    ],
)
def test_rules_hold(
    rule: dict[str, Any], arguments: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = run_as_module(define(lambda _params, _context: {}, **rule), capsys, **arguments)
    assert code == 1
    assert message in result["msg"]
