# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what a local CA has issued.

The index is the text database of `openssl ca`, so that certificates can be revoked and revocation
lists made with OpenSSL. Beside it stands a log of JSON lines which says who had which request signed
when, and which holds the certificates themselves (`openssl ca -revoke` wants the file).

A certificate is recorded before it is handed out: a crash in between leaves a line too many, never
one too few.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    append_durably,
    locked,
    read_file,
    shorten,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    ATTRIBUTE_NAMES,
    fingerprint,
    pem,
    serial_text,
    spki_sha256,
    time_text,
)

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest

_LARGEST_INDEX = 256 * 1024 * 1024
_COLUMNS = 6
_SERIAL_COLUMN = 3


class IndexDamaged(CucmError):
    """The index holds a line that is not OpenSSL's: signing on could give a serial twice."""

    reason = "ca_index_damaged"


class IssuedIndex:
    """The index and the log of one CA. Everything but `locked` wants the lock."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.log_path = f"{os.path.splitext(path)[0]}.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other signers out, in this process and others, on this host."""
        with locked(f"{self.path}.lock"):
            yield

    def serials(self) -> set[int]:
        """The serial numbers that are taken."""
        if not os.path.exists(self.path):
            return set()
        lines = self._read_whole_lines()
        return {self._serial(line, number) for number, line in enumerate(lines, 1)}

    def record(self, certificate: x509.Certificate, request: SigningRequest) -> None:
        """Add a certificate to the index and to the log, or to neither."""
        self._make_attributes()
        size = append_durably(self.path, index_line(certificate))
        try:
            append_durably(self.log_path, json.dumps(log_entry(certificate, request), sort_keys=True))
        except CucmError:
            with suppress(OSError):  # a line too many does no harm
                shorten(self.path, size)
            raise

    def _read_whole_lines(self) -> list[str]:
        """The lines of the index; an end that a crash has torn is repaired first."""
        data = read_file(self.path, option="index_path", largest=_LARGEST_INDEX)
        whole, _newline, tail = data.rpartition(b"\n")
        if tail:
            if tail.count(b"\t") == _COLUMNS - 1:  # whole, only its newline is missing
                write_atomically(self.path, data + b"\n", mode=0o600)
                whole = data
            else:
                shorten(self.path, len(data) - len(tail))  # its certificate was never handed out
        return whole.decode("utf-8", errors="replace").split("\n") if whole else []

    def _serial(self, line: str, number: int) -> int:
        columns = line.split("\t")
        try:
            if len(columns) != _COLUMNS:
                raise ValueError
            return int(columns[_SERIAL_COLUMN], 16)
        except ValueError:
            raise IndexDamaged(
                f"line {number} of {self.path} is not a line of an OpenSSL index",
                option="index_path",
                remedy="Repair the file, or name another one",
            ) from None

    def _make_attributes(self) -> None:
        """Tell OpenSSL that a name may have several certificates, as after every renewal."""
        attributes = f"{self.path}.attr"
        if not os.path.exists(attributes):
            write_atomically(attributes, b"unique_subject = no\n", mode=0o600)


def index_line(certificate: x509.Certificate) -> str:
    """A line of OpenSSL's index for a valid certificate, without the newline."""
    columns = (
        "V",
        _asn1_time(certificate.not_valid_after_utc),
        "",  # not revoked
        serial_text(certificate),
        "unknown",  # no file of its own
        one_line_name(certificate.subject),
    )
    return "\t".join(columns)


def one_line_name(name: x509.Name) -> str:
    r"""The name as X509_NAME_oneline prints it: `/C=DE/CN=…`, everything but printable ASCII as `\xHH`."""
    parts = []
    for attribute in name:
        oid = attribute.oid.dotted_string
        value = attribute.value if isinstance(attribute.value, bytes) else attribute.value.encode()
        text = "".join(chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02X}" for byte in value)
        parts.append(f"/{ATTRIBUTE_NAMES.get(oid, oid)}={text}")
    return "".join(parts)


def log_entry(certificate: x509.Certificate, request: SigningRequest) -> dict[str, Any]:
    """What the log keeps of one issuance; public data only."""
    csr_der = request.csr.public_bytes(serialization.Encoding.DER)
    return {
        "time": time_text(request.now),
        "user": _user_name(),
        "host": socket.gethostname(),
        "service": request.profile.service,
        "csr_sha256": hashlib.sha256(csr_der).hexdigest(),
        "spki_sha256": spki_sha256(certificate),
        "serial_number": serial_text(certificate),
        "fingerprint_sha256": fingerprint(certificate),
        "subject": certificate.subject.rfc4514_string(),
        "not_after": time_text(certificate.not_valid_after_utc),
        "certificate": pem(certificate),
    }


def _asn1_time(moment: datetime) -> str:
    """UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5)."""
    return moment.strftime("%y%m%d%H%M%SZ" if moment.year < 2050 else "%Y%m%d%H%M%SZ")


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run with a number that has no name
        return str(os.getuid())
