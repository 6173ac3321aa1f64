# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a value with asterisks in it could be compared, or written to a cluster."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.common.parameters import PASS_VARS, remove_values
from ansible.module_utils.testing import patch_module_args
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
    run_module,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import (
    MESSAGES,
    PEM_TEXTS,
    Secrets,
    keys_with,
    masked,
)
from hypothesis import given
from hypothesis import strategies as st

ARGUMENTS: dict[str, Any] = {
    "host": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "sftp": {
        "type": "dict",
        "options": {"user": {"type": "str"}, "password": {"type": "str", "no_log": True}},
    },
    "answers": {
        "type": "list",
        "elements": "dict",
        "options": {"secret_answer": {"type": "str", "no_log": True}},
    },
}
HOST = "ucm1.example.com"

#: What modules return of a node, each with a secret that occurs in it, and where.
MET = [
    ({"identities": [{"subject_alt_names": ["DNS:ucm1.example.com"]}]}, "example", "identities[].subject_alt_names[]"),
    ({"services": [{"name": "Cisco CallManager"}]}, "Cisco", "services[].name"),
    ({"csr": PEM_TEXTS[1]}, "MIIB", None),
    ({"csr": PEM_TEXTS[1]}, "CERTIFICATE", "csr"),
    ({"port": 15061}, "5061", "port"),
    ({"waited": 2026.5}, "2026", "waited"),
    ({"diff": {"before": {"name": "TRUNK_TO_B"}}}, "TRUNK_TO_B", "diff.before.name"),
    ({"raw": b"secret bytes"}, "secret bytes", "raw"),
    ({"msg": "example", "reasons": [{"text": "example"}], "transcript": "example"}, "example", None),
    ({"changed": True, "nothing": None}, "True", None),
    ({"example": "a key"}, "example", None),
]  # fmt: skip


def define(run: Any, **rules: Any) -> ModuleDefinition:
    return ModuleDefinition(run, ARGUMENTS, **rules)


def returning(data: Result) -> ModuleDefinition:
    return define(lambda _params, _context: dict(data))


def as_module(definition: ModuleDefinition, capsys: pytest.CaptureFixture[str], **arguments: Any) -> Any:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        run_module(definition)
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("data", "secret", "key"), MET)
def test_secret_in_data_is_found(data: Result, secret: str, key: str | None) -> None:
    result = returning(data).execute({"host": HOST, "password": secret}, Context())
    if key is None:
        assert result == {"changed": False, **data}
        return
    assert (result["failed"], result["reason"], result["changed"]) == (True, "secret_in_result", False)
    assert result["msg"].startswith(
        f"{HOST}: the secret in password occurs in the data of the result ({key})."
    )
    assert "nothing was changed. Option: password. Set a secret of" in result["msg"]
    assert secret not in result["msg"].replace(HOST, "")
    assert not set(data) & set(result) - {"msg", "changed"}


@pytest.mark.parametrize("secret", ["1", "a1", "MII"])
def test_short_secret_is_refused_before_anything_is_asked(secret: str) -> None:
    def run(_params: Params, _context: Context) -> Result:
        pytest.fail("must not run")

    result = define(run).execute({"host": "192.0.2.1", "password": secret}, Context())
    assert result["reason"] == "secret_in_result"
    assert result["msg"].startswith("192.0.2.1: the secret in password has fewer than 4 characters")


@pytest.mark.parametrize(
    ("option", "params"),
    [
        ("sftp.password", {"sftp": {"user": "a", "password": "example"}}),
        ("answers.secret_answer", {"answers": [{"secret_answer": "example"}]}),
    ],
)
def test_secrets_of_suboptions_count(option: str, params: dict[str, Any]) -> None:
    result = returning({"name": "ucm1.example.com"}).execute(params, Context())
    assert f"Option: {option}." in result["msg"]


def test_key_of_the_data_does_not_show_a_secret() -> None:
    data = {"diff": {"after": {"Cisco CallManager": "Cisco"}}}
    result = returning(data).execute({"password": "Cisco"}, Context())
    assert "(diff.after.…)" in result["msg"]
    assert "Cisco" not in result["msg"]


def test_change_that_was_made_is_told() -> None:
    data = {"changed": True, "name": "example"}
    result = returning(data).execute({"password": "example"}, Context())
    assert result["changed"] is True
    assert "the change itself was made" in result["msg"]
    assert returning(data).execute({"password": "example"}, Context(check_mode=True))["changed"] is False


def test_module_can_check_before_it_changes() -> None:
    def run(_params: Params, context: Context) -> Result:
        context.secrets.check({"name": "example"}, host=HOST)
        pytest.fail("must not go on")

    assert define(run).execute({"password": "example"}, Context())["reason"] == "secret_in_result"


def test_record_of_a_dialogue_is_masked_and_not_refused() -> None:
    definition = define(lambda _params, _context: {"commands": ["echo 1"]}, transcript=True)
    assert definition.execute({"password": "1"}, Context()) == {"changed": False, "commands": ["echo 1"]}


def test_details_of_a_failure_are_whole_or_absent() -> None:
    def run(_params: Params, _context: Context) -> Result:
        raise InvalidOption("example", details={"pinned": "an example", "kept": "x", "transcript": "example"})

    result = define(run).execute({"password": "example"}, Context())
    assert result == {
        "changed": False,
        "failed": True,
        "msg": "example.",
        "reason": "invalid_option",
        "kept": "x",
        "transcript": "example",
    }


@pytest.mark.parametrize("secret", ["secret", "password", "result", "in_result"])
def test_message_and_reason_of_the_refusal_can_be_read(
    secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    definition = returning({"name": f"a {secret} name"})
    # Later releases of ansible-core add the invocation only when they are told to, earlier ones always.
    asked = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
    result = as_module(definition, capsys, host=HOST, password=secret, **asked)
    assert result["reason"] == "secret_in_result"
    assert result["msg"].startswith(f"{HOST}: the secret in password occurs in the data of the result (name)")
    assert result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_reason_of_another_failure_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    def run(params: Params, _context: Context) -> Result:
        raise InvalidOption(f"no {params['password']}", reason="authentication_failed")

    result = as_module(define(run), capsys, password="failed")
    assert (result["reason"], result["msg"]) == ("authentication_failed", "no ********.")


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(Secrets((("password", "s3cret"),)))
    assert "s3cret" not in repr(Context(secrets=Secrets((("password", "s3cret"),))))


DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(alphabet="ab1.", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "msg", "text", "port"]), inner, max_size=3)
    ),
)


def without_messages(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_messages(value) for key, value in data.items() if key not in MESSAGES}
    return [without_messages(item) for item in data] if isinstance(data, list) else data


@given(DATA, st.text(alphabet="ab1.", min_size=1, max_size=3))
def test_found_is_what_ansible_would_mask(data: Any, secret: str) -> None:
    """Ansible's own function is the judge."""
    told = without_messages(data)
    assert bool(list(keys_with(data, secret))) == (remove_values({"data": told}, {secret})["data"] != told)


def test_flags_are_kept() -> None:
    result = masked({"changed": True, "failed": False, "name": "True story", "none": None}, {"True", "None"})
    assert result == {"changed": True, "failed": False, "name": "******** story", "none": None}
