# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of a request between runs, so that no CA is asked twice for one key.

A record is plain, public data. It lives in a file, or the playbook keeps it and hands it in again,
since the machine that ran last may be gone (a pod of AWX). It is written before the CSR is sent: a
record without a number means that nobody knows whether the CA has the request.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    locked,
    read_file,
    write_atomically,
)

_FORMAT = 1
#: A record has some 300 bytes.
_LARGEST_FILE = 16 * 1024 * 1024
_LONGEST_TEXT = 1000


class RecordsDamaged(CucmError):
    """The file of records cannot be read: asking on could ask a CA twice."""

    reason = "state_damaged"


@dataclass(frozen=True)
class RequestRecord:
    """One request at a CA: which CA, for which key, under which number, since when."""

    backend: str
    ca: str
    spki_sha256: str
    request_id: str | None
    requested_at: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def is_for(self, backend: str, ca: str, spki_sha256: str) -> bool:
        """Whether it is the request for this key at this CA."""
        return (self.backend, self.ca, self.spki_sha256) == (backend, ca, spki_sha256)

    @classmethod
    def from_dict(cls, data: Any) -> RequestRecord:
        """Read a record again; ValueError says what is wrong with it."""
        if not isinstance(data, Mapping):
            raise ValueError("it is no dictionary")  # noqa: TRY004 - of the data, not of a caller
        values: dict[str, Any] = {}
        for name in cls.__dataclass_fields__:
            value = data.get(name)
            if isinstance(value, int) and not isinstance(value, bool) and name == "request_id":
                value = str(value)  # as it arrives from an extra variable or a survey
            optional = name == "request_id" and value is None
            if not optional and not (isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT):
                raise ValueError(f"its {name} is missing or no text")
            values[name] = value
        return cls(**values)


class Memory(Protocol):
    """Where records are kept."""

    def recall(self, backend: str, ca: str, spki_sha256: str) -> RequestRecord | None:
        """The record of the request for this key at this CA, if there is one."""

    def remember(self, record: RequestRecord) -> None:
        """Keep the record in place of an earlier one for the same key at the same CA."""

    def forget(self, record: RequestRecord) -> None:
        """Drop the record for this key at this CA: nothing is waiting there."""


class GivenRecord:
    """The record that the task hands in; the caller finds the new one in the result and keeps it."""

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        self._record: RequestRecord | None = None
        if not data:
            return
        try:
            self._record = RequestRecord.from_dict(data)
        except ValueError as error:
            raise InvalidOption(
                f"this is not the record of a request: {error}",
                option="request",
                remedy="Hand in what an earlier run returned as 'request', unchanged",
            ) from None

    def recall(self, backend: str, ca: str, spki_sha256: str) -> RequestRecord | None:
        record = self._record
        return record if record is not None and record.is_for(backend, ca, spki_sha256) else None

    def remember(self, record: RequestRecord) -> None:
        self._record = record

    def forget(self, record: RequestRecord) -> None:
        self._record = None


class RecordFile:
    """A file with the records of many requests, which many tasks may use at once."""

    def __init__(self, path: str) -> None:
        check_writable(path, option="state_path")
        self.path = path
        self._read()  # a damaged file is found before anything is asked

    def recall(self, backend: str, ca: str, spki_sha256: str) -> RequestRecord | None:
        return next((record for record in self._read() if record.is_for(backend, ca, spki_sha256)), None)

    def remember(self, record: RequestRecord) -> None:
        self._replace(record, (record,))

    def forget(self, record: RequestRecord) -> None:
        self._replace(record, ())

    def _replace(self, record: RequestRecord, by: tuple[RequestRecord, ...]) -> None:
        with locked(f"{self.path}.lock"):
            kept = [
                other
                for other in self._read()
                if not other.is_for(record.backend, record.ca, record.spki_sha256)
            ]
            data = {"format": _FORMAT, "requests": [known.as_dict() for known in (*kept, *by)]}
            write_atomically(self.path, json.dumps(data, indent=1).encode() + b"\n", mode=0o600)

    def _read(self) -> list[RequestRecord]:
        if not os.path.lexists(self.path):
            return []
        data = read_file(self.path, option="state_path", largest=_LARGEST_FILE)
        try:
            content = json.loads(data)
            if not isinstance(content, dict) or content.get("format") != _FORMAT:
                raise ValueError("it has another form")
            return [RequestRecord.from_dict(entry) for entry in content["requests"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RecordsDamaged(
                f"{self.path} is not a file of requests that this module has written",
                option="state_path",
                remedy="Name another file, or repair this one from a backup. Without it, look at the CA for"
                " requests that wait before you ask again: they would be asked for twice",
            ) from None
