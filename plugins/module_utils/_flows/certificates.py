# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate modules share: reading options, reading stores, refusing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, Params, Result
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file, write_atomically
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    CertificateUnreadable,
    load_certificate,
    load_certificates,
    load_csr,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateStore,
    TrustedCertificate,
)

if TYPE_CHECKING:
    from cryptography import x509

LIBRARIES = ("cryptography", "requests")
#: The smallest RSA key that is taken where the node alone decides, as over the command line. Assumed:
#: what old releases make there is not published; their administration page offers 1024 and 2048.
WEAKEST_RSA_BITS = 1024


class CertificateUnsuitable(CucmError):
    """A certificate was judged before the upload and not sent; `reason` is the first finding's."""

    reason = "certificate_unsuitable"


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@contextmanager
def located(host: str, *, option: str | None = None, remedy: str | None = None) -> Iterator[None]:
    """Add to an error from inside what code without a node and without options cannot know."""
    try:
        yield
    except CucmError as error:
        error.host = error.host or host
        error.option = error.option or option
        error.remedy = remedy or error.remedy
        raise


_BROKEN_ON_NODE = (
    "Look at it in Cisco Unified OS Administration > Security > Certificate Management; a new CSR, or a new"
    " certificate, replaces it"
)


def identity_of(store: CertificateStore, service: str, host: str) -> x509.Certificate | None:
    """The certificate that is installed for a service."""
    text = store.identity(service)
    with located(host, remedy=_BROKEN_ON_NODE):
        return load_certificate(text, source=f"the identity of {service}") if text else None


def pending_csr_of(store: CertificateStore, service: str, host: str) -> x509.CertificateSigningRequest | None:
    """The CSR that waits for its certificate."""
    return csr_of_node(store.pending_csr(service), service, host)


def csr_of_node(text: str | None, service: str, host: str) -> x509.CertificateSigningRequest | None:
    """Decode a CSR that came from the node."""
    with located(host, remedy=_BROKEN_ON_NODE):
        return load_csr(text, source=f"the pending CSR of {service}") if text else None


def certificates_of_options(params: Params, name: str, context: Context) -> list[x509.Certificate]:
    """The certificates of `<name>_content` or `<name>_path`, empty when neither is given.

    In check mode a file may be missing and the content empty: an earlier task would have made it.
    """
    content, path = params[f"{name}_content"], params[f"{name}_path"]
    if content and content.strip():
        with located(params["host"], option=f"{name}_content"):
            return load_certificates(content, source=f"{name}_content")
    if not path or (context.check_mode and not os.path.exists(path)):
        return []
    with located(params["host"], option=f"{name}_path"):
        return _certificates_of_file(path, f"{name}_path")


def certificates_of_text_or_path(
    value: str | None, option: str, host: str, context: Context
) -> list[x509.Certificate]:
    """The certificates of an option that takes PEM text as well as a path."""
    if not value or not value.strip():
        return []
    if "-----BEGIN" in value:
        with located(host, option=option):
            return load_certificates(value, source=option)
    path = os.path.expanduser(os.path.expandvars(value.strip()))
    if context.check_mode and not os.path.exists(path):
        return []
    with located(host, option=option):
        return _certificates_of_file(path, option)


def _certificates_of_file(path: str, option: str) -> list[x509.Certificate]:
    data = read_file(path, option=option, largest=LARGEST_CERTIFICATES)
    return load_certificates(data, source=path)


def readable(
    entries: Iterable[TrustedCertificate], host: str, context: Context
) -> list[tuple[TrustedCertificate, x509.Certificate]]:
    """Decode the entries of a trust store; one that cannot be decoded is named in a warning."""
    decoded = []
    for entry in entries:
        try:
            decoded.append((entry, load_certificate(entry.certificate, source=f"{entry.service}-trust")))
        except CertificateUnreadable as error:
            context.warn(f"{host}: {entry.file_name or 'a certificate'} is left out: {error.what}")
    return decoded


def refuse(findings: Sequence[Finding], *, host: str, operation: str, option: str) -> None:
    """Raise CertificateUnsuitable when there are findings."""
    if not findings:
        return
    raise CertificateUnsuitable(
        "; ".join(dict.fromkeys(finding.text for finding in findings)),
        host=host,
        operation=operation,
        option=option,
        remedy=". ".join(dict.fromkeys(finding.remedy for finding in findings)),
        reason=findings[0].reason,
        details={"findings": [finding.as_dict() for finding in findings]},
    )


def write_text(path: str, text: str, *, check_mode: bool) -> bool:
    """Write a public file in one step, readable for all; returns whether that changes anything."""
    data = text.encode()
    try:
        with open(path, "rb") as stream:
            if stream.read() == data:
                return False
    except OSError:
        pass
    if not check_mode:
        write_atomically(path, data, mode=0o644)
    return True


def with_transcript(result: Result, params: Params, store: CertificateStore | None) -> Result:
    """Add the dialogue with the node, where the user wants it; null where there was none."""
    if params["return_transcript"]:
        result["transcript"] = store.transcript if store else None
    return result


def summary(described: dict[str, Any] | None, keys: Sequence[str]) -> dict[str, Any]:
    """The named keys of a description, for a diff; empty for nothing."""
    return {key: described[key] for key in keys} if described else {}
