# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_cli)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    Answer,
    CommandRefused,
    CommandUnfinished,
    HungUp,
    Shell,
    TypingLost,
    open_shell,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import SHELL_ARGUMENTS

#: The beginnings of commands that only read. Whatever is not here counts as a change.
READING = (
    ("show",),
    ("file", "list"),
    ("file", "search"),
    ("file", "view"),
    ("utils", "network", "host"),
    ("utils", "network", "ping"),
    ("utils", "service", "list"),
)
#: What ends the session, which is the module's to end.
_ENDS_SESSION = ("exit", "quit")


class OutputNotExpected(UnexpectedAnswer):
    """A command was run, and `expect` does not match what it printed."""

    reason = "not_expected"


@dataclass(frozen=True)
class Order:
    """A command with what goes with it. `timeout` is in seconds, None for that of the connection."""

    command: str
    answers: tuple[Answer, ...]
    expect: re.Pattern[str] | None
    timeout: int | None

    @property
    def reads(self) -> bool:
        """Whether it only reads. A word `file` after `show` may be the order to write a file."""
        words = tuple(self.command.lower().split())
        if words[:1] == ("show",) and "file" in words:
            return False
        return any(words[: len(beginning)] == beginning for beginning in READING)


def run(params: Params, context: Context) -> Result:
    """Run the commands in one session, one after the other, until one of them fails."""
    options = SshOptions.from_params(params)
    orders = [_order(entry, f"commands[{place}]", options) for place, entry in enumerate(params["commands"])]
    skipped = [order.command for order in orders if context.check_mode and not order.reads]
    outcomes: list[dict[str, Any]] = []
    transcript = ""
    if len(skipped) < len(orders):
        with open_shell(options) as shell:
            for place, order in enumerate(orders):
                if context.check_mode and not order.reads:
                    outcomes.append(_skipped(order))
                    continue
                try:
                    outcomes.append(_carry_out(shell, order))
                    # What came before may have been about to bring what is expected.
                    if not any(outcome["skipped"] for outcome in outcomes):
                        _check_expected(shell, order, outcomes[-1]["stdout"], options)
                except CucmError as error:
                    _explain(error, params, context, orders, place, outcomes)
                    raise
            transcript = shell.transcript
    else:
        outcomes = [_skipped(order) for order in orders]
    return {
        "changed": _changed(params, orders),
        "commands": outcomes,
        "skipped_commands": skipped,
        "transcript": transcript,
        "waited": round(sum(outcome["waited"] for outcome in outcomes), 1),
    }


def _order(entry: Mapping[str, Any], where: str, options: SshOptions) -> Order:
    command = entry["command"].strip()
    if not command or not command.isprintable():
        raise InvalidOption(
            "a command is one line of printable characters",
            host=options.host,
            option=f"{where}.command",
            remedy="Give each command an entry of its own, and what is typed after it in answers",
        )
    if command.lower() in _ENDS_SESSION:
        raise InvalidOption(
            f"'{command}' ends the session, which this module does by itself",
            host=options.host,
            option=f"{where}.command",
            remedy="Leave it out",
        )
    if entry["timeout"] is not None and entry["timeout"] < 1:
        raise InvalidOption(
            f"{entry['timeout']} is not a time limit",
            host=options.host,
            option=f"{where}.timeout",
            remedy="Use a number of seconds from 1 up",
        )
    answers = tuple(
        _answer(answer, f"{where}.answers[{place}]", options)
        for place, answer in enumerate(entry["answers"] or ())
    )
    expect = entry["expect"]
    compiled = _pattern(expect, f"{where}.expect", options) if expect is not None else None
    return Order(command, answers, compiled, entry["timeout"])


def _answer(entry: Mapping[str, Any], where: str, options: SshOptions) -> Answer:
    # As the shell uses it: a part of an expression of its own.
    pattern = _pattern(f"(?:{entry['prompt']})", f"{where}.prompt", options)
    if pattern.fullmatch(""):
        raise InvalidOption(
            "the expression matches nothing as well, so it would answer whatever the node says",
            host=options.host,
            option=f"{where}.prompt",
            remedy="Give words of the question",
        )
    secret = entry["secret_answer"] is not None
    name = "secret_answer" if secret else "answer"
    text = entry[name]
    lines = [text] if secret else text.split("\n")
    if not all(line.rstrip("\r").isprintable() for line in lines):
        # The text itself is not shown: it may be the secret one.
        raise InvalidOption(
            "an answer has printable characters only" + (", on one line" if secret else ""),
            host=options.host,
            option=f"{where}.{name}",
            remedy="Leave control characters out; Enter is pressed after each line",
        )
    return Answer(entry["prompt"], text, paste=len(lines) > 1, secret=secret)


def _pattern(text: str, option: str, options: SshOptions) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise InvalidOption(
            f"'{text}' is not a regular expression: {error}",
            host=options.host,
            option=option,
            remedy="Put a backslash before each of the characters . ( ) [ ] { } ? * + | ^ $ that stands for itself;"
            " write (?i:words) where case does not count",
        ) from None


def _carry_out(shell: Shell, order: Order) -> dict[str, Any]:
    began = time.monotonic()
    result = shell.run(order.command, answers=order.answers, timeout=order.timeout)
    return {
        "command": order.command,
        "stdout": result.output,
        "stdout_lines": result.output.split("\n") if result.output else [],
        "answered": list(result.answered),
        "skipped": False,
        "waited": round(time.monotonic() - began, 1),
    }


def _skipped(order: Order) -> dict[str, Any]:
    return {
        "command": order.command,
        "stdout": "",
        "stdout_lines": [],
        "answered": [],
        "skipped": True,
        "waited": 0.0,
    }


def _changed(params: Params, orders: Sequence[Order]) -> bool:
    """What the caller says, else whether a command was sent (or would be) that does not only read."""
    if params["changed"] is not None:
        return bool(params["changed"])
    return not all(order.reads for order in orders)


def _check_expected(shell: Shell, order: Order, output: str, options: SshOptions) -> None:
    if order.expect is None or order.expect.search(output):
        return
    words = " ".join(output.split())
    raise OutputNotExpected(
        f"the command was run, and what it printed does not match '{order.expect.pattern}'; it ended with:"
        f" {words[-200:] or '(nothing)'}",
        host=options.host,
        operation=order.command,
        option="expect",
        remedy="See the transcript in the result",
        details={"transcript": shell.transcript},
    )


def _explain(
    error: CucmError,
    params: Params,
    context: Context,
    orders: Sequence[Order],
    place: int,
    outcomes: Sequence[Mapping[str, Any]],
) -> None:
    """Add to an error what was done by then, and what to do about it here.

    Nothing is known of what a command means, so none is ever sent again.
    """
    order = orders[place]
    sent = list(orders[: place + 1])
    if error.reason == "unexpected_question":
        error.remedy = (
            "It was not answered, and the session was ended. Run the command by hand to see what it is about; then"
            " give its answer in answers of this command (prompt and answer)"
        )
    elif isinstance(error, CommandUnfinished):
        error.remedy = (
            "If the node asks something there, give its answer in answers; if it is slow, raise timeout"
        )
        if not order.reads:
            error.remedy += ". Whether the command took effect is not known: look before you run it again"
    elif isinstance(error, CommandRefused):
        sent.pop()
        error.details["stdout"] = error.output
    elif isinstance(error, (HungUp, TypingLost)):
        sent.pop()
        error.remedy = "This command was not sent: run again, without the commands that are done"
    if context.check_mode:
        sent = [each for each in sent if each.reads]
    error.details.update(
        changed=bool(sent) and _changed(params, sent),
        commands=list(outcomes),
        not_run=[each.command for each in orders[place + 1 :]],
    )


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **SHELL_ARGUMENTS,
    "commands": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "command": {"type": "str", "required": True},
            "answers": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "prompt": {"type": "str", "required": True},
                    "answer": {"type": "str"},
                    "secret_answer": {"type": "str", "no_log": True},
                },
                "mutually_exclusive": [["answer", "secret_answer"]],
                "required_one_of": [["answer", "secret_answer"]],
            },
            "expect": {"type": "str"},
            "timeout": {"type": "int"},
        },
    },
    "changed": {"type": "bool"},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=("asyncssh",), transcript=True)
