# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detection of secrets that Ansible would mask inside the data of a result.

Ansible replaces the value of every `no_log` option by asterisks wherever it occurs in a result. That
protects messages and transcripts. In data it falsifies: a later task would compare or write a name with
asterisks in it. So a task fails when a secret of its own options occurs in its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError

#: Keys of a result that people read and no task compares or writes: messages, transcripts, echoed arguments.
MESSAGES = frozenset(
    (
        *("deprecations", "exception", "invocation", "msg", "remedy", "stdout", "stdout_lines"),
        *("text", "traceback", "transcript", "warnings"),
    )
)
#: A shorter secret occurs by chance in numbers, fingerprints and the lines of certificates.
SHORTEST_SECRET = 4
#: What every certificate and every certificate signing request has in it.
PEM_TEXTS = ("-----BEGIN CERTIFICATE-----\nMII", "-----BEGIN CERTIFICATE REQUEST-----\nMII")


class SecretInResult(CucmError):
    """A secret occurs in the data of a result, where masking would falsify it."""

    reason = "secret_in_result"


@dataclass(frozen=True)
class Occurrence:
    """Where a secret was met: the option that has it, and the key of the data; '' for a short secret."""

    option: str
    key: str

    @property
    def text(self) -> str:
        """The occurrence in words, without the secret."""
        if not self.key:
            return (
                f"the secret in {self.option} has fewer than {SHORTEST_SECRET} characters, so it occurs by chance"
                " in numbers, fingerprints and certificates"
            )
        return f"the secret in {self.option} occurs in the data of the result ({self.key})"


@dataclass(frozen=True, repr=False)
class Secrets:
    """The secrets of a task: pairs of an option's name and its value. Never shown."""

    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, argument_spec: Mapping[str, Any], params: Mapping[str, Any]) -> Secrets:
        """Collect the values of the no_log options, those of suboptions included."""
        return cls(tuple(_secrets_of(argument_spec, params, "")))

    def short(self) -> Occurrence | None:
        """The first secret that is too short to be told from other data."""
        return next((Occurrence(option, "") for option, secret in self.values if is_short(secret)), None)

    def find(self, data: object) -> Occurrence | None:
        """The first secret that masking would replace in the data, messages excepted."""
        for option, secret in self.values:
            key = next(keys_with(data, secret), None)
            if key is not None:
                return Occurrence(option, self._without_secrets(key))
        return None

    def check(self, data: object, *, host: str | None = None) -> None:
        """Raise SecretInResult when masking would change the data."""
        found = self.find(data)
        if found is not None:
            raise refusal(found, host=host)

    def _without_secrets(self, key: str) -> str:
        """The key without a secret: in a diff, a key may be a name that the node gave."""
        parts = key.split(".")
        return ".".join(
            "…" if any(secret in part for _option, secret in self.values) else part for part in parts
        )


def is_short(secret: str) -> bool:
    """Whether the secret is too short to be told from other data."""
    return len(secret) < SHORTEST_SECRET


def refusal(found: Occurrence, *, host: str | None, changed: bool = False) -> SecretInResult:
    """The error about an occurrence; `changed` when the task has changed something before it was met."""
    return SecretInResult(
        f"{found.text}. Ansible masks secrets in results, so later tasks would compare and write falsified values"
        + ("; the change itself was made" if changed else "; nothing was changed"),
        host=host,
        option=found.option,
        remedy=f"Set a secret of {SHORTEST_SECRET} or more characters that is no part of a name, a service or a"
        " certificate, and run again",
    )


def keys_with(data: object, secret: str, key: str = "") -> Iterator[str]:
    """Keys of the data, such as `services[].name`, whose values Ansible would change to mask the secret."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if name not in MESSAGES:
                yield from keys_with(value, secret, f"{key}.{name}" if key else str(name))
    elif isinstance(data, str):
        if secret in data:
            yield key or "value"
    elif isinstance(data, bytes):
        if secret.encode() in data:
            yield key or "value"
    elif isinstance(data, Iterable):
        for value in data:
            yield from keys_with(value, secret, f"{key}[]")
    elif data is not None and not isinstance(data, bool) and secret in str(data):
        yield key or "value"


def masked(result: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """The result as Ansible shows it: secrets replaced, except in what is ours alone.

    Flags stay as they are. So does the reason of a failure, a constant that playbooks compare, and
    the message of SecretInResult, which never has the secret and could not be read with asterisks in it.
    """
    kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    if result.get("failed") and "reason" in result:
        kept["reason"] = result["reason"]
        if result["reason"] == SecretInResult.reason:
            kept["msg"] = result["msg"]
    shown: dict[str, Any] = remove_values(dict(result), set(secrets))
    shown.update(kept)
    return shown


def _secrets_of(
    argument_spec: Mapping[str, Any], params: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    for name, spec in argument_spec.items():
        value = params.get(name)
        if not value:
            continue
        if spec.get("no_log"):
            yield from ((f"{prefix}{name}", secret) for secret in _texts(value))
        elif spec.get("options"):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Mapping):
                    yield from _secrets_of(spec["options"], item, f"{prefix}{name}.")


def _texts(value: object) -> Iterator[str]:
    """The texts of a secret, which may be a list or a dictionary."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool) and str(value):
        yield str(value)
