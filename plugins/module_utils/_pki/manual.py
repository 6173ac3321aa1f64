# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing by a person: at the console of a CA, in the portal of a public one, by mail."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    Issued,
    Pending,
    SigningRequest,
    complete_authority,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    LARGEST_CSR,
    common_name,
    is_ca,
    is_same_key,
    is_self_signed,
    load_bundle,
    lowest_authorities,
    pem,
    serial_text,
)

if TYPE_CHECKING:
    from cryptography import x509

MANUAL_ARGUMENTS: dict[str, dict[str, Any]] = {
    "csr_path": {"type": "path"},
    "certificate_path": {"type": "path"},
    "certificate_content": {"type": "str"},
    "chain_path": {"type": "path", "required": True},
    "instructions": {"type": "str"},
}

_CSR_MODE = 0o644
#: Endings of the files that are looked at in a directory, and how many files at the most.
_SUFFIXES = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".txt")
_MOST_FILES = 10_000


@dataclass(frozen=True)
class ManualOptions:
    """The options of the backend, as the module documents them."""

    csr_path: str | None
    certificate_path: str | None
    certificate_content: str | None
    chain_path: str
    instructions: str | None


@dataclass(frozen=True)
class Brought:
    """What a person has brought: certificates of whatever keys.

    `pasted` when it was given for this very request; `instead` is what a file holds that was to hold
    the answer.
    """

    certificates: tuple[x509.Certificate, ...] = ()
    pasted: bool = False
    instead: x509.Certificate | None = None
    warnings: tuple[str, ...] = ()


class ManualBackend:
    """Writes the CSR where a person can take it, and picks the certificate up where that person puts it."""

    def __init__(self, options: ManualOptions) -> None:
        self._options = options

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ManualBackend:
        """The backend with the options of the dictionary `manual`."""
        return cls(ManualOptions(**params))

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        path = self._options.chain_path
        data = read_file(path, option="manual.chain_path", largest=LARGEST_CERTIFICATES)
        certificates = load_bundle(data, source=path)
        return list(dict.fromkeys([*lowest_authorities(certificates), *certificates]))

    def authority(self) -> Authority:
        return self._authority

    @cached_property
    def _authority(self) -> Authority:
        certificates = self.ca_certificates()
        authority = complete_authority(certificates, option="manual.chain_path")
        return Authority(authority.chain, others=tuple(certificates))

    def latest_end(self, request: SigningRequest) -> datetime | None:
        return None

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        if self._options.csr_path is not None:
            check_writable(self._options.csr_path, option="manual.csr_path")
        return ()

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        return self.probe(request.profile, request.validity, request.now)

    def close(self) -> None:
        """Nothing is open."""

    def pick_up(self, request: SigningRequest) -> Issued | Pending | None:
        brought = self._brought()
        answers = [found for found in brought.certificates if is_same_key(found, request.csr)]
        if answers:
            return Issued(max(answers, key=lambda found: found.not_valid_before_utc), changed=False)
        if brought.pasted:
            # Given for this very request: that it is the wrong one is an error, as the judgement says.
            return Issued(_leaf(brought.certificates), changed=False)
        if not self._is_handed_in(request):
            return None
        return self._pending(request, brought, changed=False)

    def sign(self, request: SigningRequest) -> Pending:
        self.prepare(request)
        changed = not self._is_handed_in(request)
        if self._options.csr_path is not None and changed:
            write_atomically(self._options.csr_path, pem(request.csr).encode(), mode=_CSR_MODE)
        return self._pending(request, Brought(), changed=changed)

    def _brought(self) -> Brought:
        """What somebody has pasted, or put into the file or the directory."""
        if self._options.certificate_content:
            source = "manual.certificate_content"
            return Brought(tuple(load_bundle(self._options.certificate_content, source=source)), pasted=True)
        path = self._options.certificate_path
        if path is None or not os.path.exists(path):
            return Brought()
        if os.path.isdir(path):
            return _brought_into(path)
        data = read_file(path, option="manual.certificate_path", largest=LARGEST_CERTIFICATES)
        certificates = tuple(load_bundle(data, source=path))
        return Brought(certificates, instead=_leaf(certificates))

    def _is_handed_in(self, request: SigningRequest) -> bool:
        """Whether the CSR lies where it is to be; without a path the result alone hands it in."""
        path = self._options.csr_path
        if path is None:
            return True
        if not os.path.exists(path):
            return False
        return read_file(path, option="manual.csr_path", largest=LARGEST_CSR) == pem(request.csr).encode()

    def _pending(self, request: SigningRequest, brought: Brought, *, changed: bool) -> Pending:
        options, name = self._options, common_name(request.csr)
        warnings = list(brought.warnings)
        if brought.instead is not None:
            warnings.append(
                f"{options.certificate_path} holds a certificate of {common_name(brought.instead)} (serial number"
                f" {serial_text(brought.instead)}), which is for another key than the CSR of {name}:"
                " it is not the answer."
            )
        return Pending(
            request_id=None, instructions=self._instructions(name), changed=changed, warnings=tuple(warnings)
        )

    def _instructions(self, name: str | None) -> str:
        options = self._options
        where = f"in {options.csr_path}" if options.csr_path else "in this result (csr)"
        ways = ["give its text as manual.certificate_content"]
        if options.certificate_path:
            ways.insert(0, f"put it into {options.certificate_path}")
        steps = [
            f"Have the CSR of {name} signed: it is {where}",
            f"When the certificate is there, {' or '.join(ways)}, and run again",
            (options.instructions or "").strip(),
        ]
        return " ".join(f"{step.rstrip('.')}." for step in steps if step)


def _brought_into(directory: str) -> Brought:
    """The certificates in all files of a directory; other files do not matter there."""
    certificates: list[x509.Certificate] = []
    warnings = []
    for name in sorted(os.listdir(directory))[:_MOST_FILES]:
        path = os.path.join(directory, name)
        if not name.lower().endswith(_SUFFIXES) or not os.path.isfile(path):
            continue
        try:
            data = read_file(path, option="manual.certificate_path", largest=LARGEST_CERTIFICATES)
            certificates += load_bundle(data, source=path)
        except CucmError as error:
            warnings.append(f"{error.what}; the file was left out.")
    return Brought(tuple(certificates), warnings=tuple(warnings))


def _leaf(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Of certificates none of which fits, the one that was meant."""
    meant = [found for found in certificates if not is_ca(found) and not is_self_signed(found)]
    return (meant or list(certificates))[0]
