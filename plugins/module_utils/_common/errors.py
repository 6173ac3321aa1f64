# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that the collection reports.

Each one says what failed, where, why, and what to do about it. A module turns an error of this
family into a failed result in one place (`_common.definition`); any other exception is a bug and
is not dressed up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CucmError(Exception):
    """Base of the family.

    `reason` is a stable code for playbooks to test; the words around it may change.
    `details` are further keys of the failed result: plain data, never a secret.
    """

    reason = "error"

    def __init__(
        self,
        what: str,
        *,
        host: str | None = None,
        operation: str | None = None,
        option: str | None = None,
        remedy: str | None = None,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.what = what.rstrip(".")
        self.host = host
        self.operation = operation
        self.option = option
        self.remedy = remedy
        if reason is not None:
            self.reason = reason
        self.details: dict[str, Any] = dict(details or {})
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """One paragraph: where, what and why, the option at fault, the remedy."""
        where = ", ".join(part for part in (self.host, self.operation) if part)
        text = f"{where}: {self.what}." if where else f"{self.what}."
        if self.option:
            text += f" Option: {self.option}."
        if self.remedy:
            text += f" {self.remedy.rstrip('.')}."
        return text

    def __str__(self) -> str:
        return self.message

    def as_result(self) -> dict[str, Any]:
        """The keys of a failed result: `msg`, `reason`, and what the error adds."""
        result: dict[str, Any] = {"msg": self.message, "reason": self.reason}
        result.update(self.details)
        return result


class InvalidOption(CucmError):
    """An option's value cannot be used; nothing was sent."""

    reason = "invalid_option"


class UnsupportedByRelease(InvalidOption):
    """The option exists, but not in the server's release."""

    reason = "unsupported_by_release"


class MissingLibrary(CucmError):
    """A Python library that the module needs is not installed for this interpreter."""

    reason = "missing_library"


class HostUnreachable(CucmError):
    """No connection could be made: name, route, refused port, or time-out."""

    reason = "host_unreachable"


class UntrustedServer(CucmError):
    """The server's TLS certificate is not trusted, or does not have the pinned fingerprint."""

    reason = "untrusted_server"


class AuthenticationFailed(CucmError):
    """HTTP 401: wrong user name or password. Never repeated, since accounts lock."""

    reason = "authentication_failed"


class PermissionDenied(CucmError):
    """HTTP 403: the account is right and lacks a role."""

    reason = "permission_denied"


class ServerBusy(CucmError):
    """The server refused for lack of capacity, also after the bounded retries."""

    reason = "server_busy"


class AnswerLost(CucmError):
    """The request may have reached the server, the answer did not come: the outcome is unknown."""

    reason = "answer_lost"


class UnexpectedAnswer(CucmError):
    """The server answered with something that the protocol does not foresee."""

    reason = "unexpected_answer"


class TimedOut(CucmError):
    """A wait ended without what it waited for; the message says the last thing seen."""

    reason = "timed_out"
