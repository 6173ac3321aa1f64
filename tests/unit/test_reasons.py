# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a reason that users see is not on the page of reasons, or the page has one that nothing reports."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons import CATALOGUE, REASONS, remedy_of
from ansible_collections.ucops.cucm.plugins.module_utils._facts.tls import ALERT_NAMES

COLLECTION = Path(__file__).resolve().parents[2]
PLUGINS = COLLECTION / "plugins"
CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
#: Calls that report a problem, with the place of the reason among their arguments.
CALLS = {
    **dict.fromkeys(
        ("Failure", "Finding", "Problem", "_failure", "find", "finding_of", "lack", "miss", "note"), 0
    ),
    **dict.fromkeys(("Reason", "add"), 1),
    "_Outcome": 2,
    "_gap": 3,
}
#: Reasons that no call has as a literal: what is written in these files, and how.
INDIRECT = {
    "_capture/handshake.py": {
        *(f"{how}_by_{side}" for how in ("closed", "reset") for side in ("client", "server")),
        *("cut_off", "ends_early", "gap", "given_up", "maybe_refused", "nothing_sent", "other_protocol"),
        "started_later",
    },
    "_capture/tls.py": {"malformed_message", "no_record", "too_much"},
    "_serviceability/risport.py": {"no_service", "not_asked", "not_pinged", "partial_service", "unknown"},
    "_sip/findings.py": {
        *(
            "no_certificate_accepted",
            "no_shared_cipher",
            "options_answer_malformed",
            "options_connection_ended",
        ),
        *("options_timeout", "throw_away_ca_accepted", "tls_refused"),
    },
}
#: Parts of such reasons as the files have them.
PARTS = {"closed_by_client": "closed", "closed_by_server": "closed", "reset_by_client": "reset"} | {
    "reset_by_server": "reset",
    "no_certificate_accepted": "no_certificate",
    "throw_away_ca_accepted": "throw_away_ca",
}
#: Codes inside of a package that become another reason, or none, before anybody sees them.
INTERNAL = {"not_sip", "sip_syntax", "tls_alert"}
#: Files with names of metrics, which look alike, and the catalogue itself.
OTHERS = {"audit_prometheus.py"}


def codes(node: ast.expr | None) -> Iterator[str]:
    """The reasons that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from codes(node.body)
        yield from codes(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from codes(value)


def arguments(call: ast.Call) -> list[ast.expr]:
    """The positional arguments, those of a tuple with an asterisk too."""
    found: list[ast.expr] = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            found += argument.value.elts if isinstance(argument.value, ast.Tuple) else [argument.value]
        else:
            found.append(argument)
    return found


def reasons_in_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    for keyword in call.keywords:
        if keyword.arg == "reason":
            yield from codes(keyword.value)
    if name in CALLS and len(given := arguments(call)) > CALLS[name]:
        yield from codes(given[CALLS[name]])


def reasons_in_assignment(target: ast.expr, value: ast.expr | None) -> Iterator[str]:
    if isinstance(target, ast.Name) and target.id == "reason":
        yield from codes(value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for name, part in zip(target.elts, value.elts, strict=True):
            yield from reasons_in_assignment(name, part)


def reasons_in(tree: ast.AST) -> Iterator[str]:
    """Every reason that the code of a file gives."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from reasons_in_call(node)
        elif isinstance(node, ast.Assign):
            yield from reasons_in_assignment(node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign):
            yield from reasons_in_assignment(node.target, node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "reason":
                    yield from codes(value)
        elif isinstance(node, ast.FunctionDef):
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if argument.arg == "reason":
                    yield from codes(default)
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            yield from codes(node.value.elts[0])


def reported() -> dict[str, set[str]]:
    """Each reason, with the files that give it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(PLUGINS.rglob("*.py")):
        if path.name in OTHERS or path.name.startswith("reasons"):
            continue
        for code in reasons_in(ast.parse(path.read_text(encoding="utf-8"))):
            found[code].add(path.relative_to(PLUGINS).as_posix())
    for name, indirect in INDIRECT.items():
        for code in indirect:
            found[code].add(f"module_utils/{name}")
    return found


def test_every_reason_is_in_the_catalogue() -> None:
    missing = {code: files for code, files in reported().items() if code not in {*REASONS, *INTERNAL}}
    assert missing == {}, (
        "add a row for each to plugins/module_utils/_facts/reasons_of_….py, then run: make pages"
    )


def test_the_catalogue_has_no_dead_entry() -> None:
    assert set(REASONS) - set(reported()) == set()
    assert set(reported()) >= INTERNAL


@pytest.mark.parametrize("name", sorted(INDIRECT))
def test_indirect_reasons_are_where_they_are_said_to_be(name: str) -> None:
    text = (PLUGINS / "module_utils" / name).read_text(encoding="utf-8")
    assert [code for code in INDIRECT[name] if f'"{PARTS.get(code, code)}"' not in text] == []


def test_every_reason_has_one_row() -> None:
    assert [
        code for code, count in Counter(c for s in CATALOGUE for c in s.reasons).items() if count > 1
    ] == []
    # A TLS alert gives its own name, so none of these may mean something else.
    assert set(REASONS) & set(ALERT_NAMES.values()) <= {"no_certificate"}


def test_every_row_has_words() -> None:
    for code, reason in REASONS.items():
        assert reason.meaning, code
        assert reason.remedy, code


def test_a_remedy_is_filled_in() -> None:
    assert remedy_of("csr_key_too_small", bits=2048) == "Generate the CSR with a key of at least 2048 bits"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Finding("expired", text, remedy)', ["expired"]),
        ('self.add(*(WARNING, "names_differ", text), remedy)', ["names_differ"]),
        ('raise CucmError(what, reason="bug")', ["bug"]),
        ('seen, reason = "x y", "other_pattern"', ["other_pattern"]),
        ('reason = "one" if same else "two"', ["one", "two"]),
        ('{"reason": "no_peer"}', ["no_peer"]),
        ('class A:\n    reason = "not_ready"', ["not_ready"]),
        ('print("reason")', []),
    ],
)
def test_reasons_are_found_in_code(source: str, found: list[str]) -> None:
    assert sorted(reasons_in(ast.parse(source))) == found
