# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA certificates and the CA key that variables name: whether they can be read, and lead to a root."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    fingerprint,
    is_ca,
    is_self_signed,
    load_certificates,
    order_chain,
)

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

#: Bytes; a bundle of all public CAs is a quarter of that.
LARGEST = 1_000_000


@dataclass(frozen=True)
class Authorities:
    """What a list of CA certificates holds: the root of the CA that is first in it, and the fingerprints of all."""

    root: str
    root_name: str
    fingerprints: frozenset[str]


def authorities_of(texts: Sequence[tuple[str, bytes]]) -> tuple[Authorities | None, list[tuple[str, str]]]:
    """Read CA certificates, as pairs of their source and their content, the issuing CA first.

    Returns what they are, if they are whole, and what is wrong with what remedy.
    """
    certificates: list[x509.Certificate] = []
    faults: list[tuple[str, str]] = []
    for source, content in texts:
        try:
            found = load_certificates(content, source=source)
        except CucmError as error:
            faults.append((error.what, error.remedy or "Give a file with CA certificates in PEM"))
            continue
        faults += [
            (
                f"{source} has the certificate of {common_name(each) or 'an unnamed holder'}, which is no CA",
                "Name the files of the CAs only",
            )
            for each in found
            if not is_ca(each)
        ]
        certificates += found
    if faults or not certificates:
        return None, faults or [
            ("there is no CA certificate", "Name the files of the CAs, the issuing CA first")
        ]
    chain = order_chain(certificates[0], certificates[1:])
    top = chain[-1] if chain else certificates[0]
    if not is_self_signed(top):
        name = common_name(top) or "the last certificate"
        text = (
            f"the root is missing: {name}, the last CA above the first certificate, was signed by another CA"
        )
        return None, [(text, "Add the certificates up to the root, which Unified CM needs as well")]
    known = frozenset(fingerprint(each) for each in certificates)
    return Authorities(fingerprint(top), common_name(top) or "", known), []


def fault_of_trust_file(path: str, absolute: str) -> tuple[str, str] | None:
    """What is wrong with a file of certificates that go to a trust store, self-signed ones of a peer too."""
    try:
        load_certificates(read_authority_file(absolute), source=path)
    except CucmError as error:
        return error.what, error.remedy or "Give a file with certificates in PEM"
    return None


def read_authority_file(path: str) -> bytes:
    """The content of a file of CA certificates; raises InvalidOption."""
    return read_file(path, option="", largest=LARGEST)


def faults_of_secret_file(path: str) -> Iterator[tuple[str, str]]:
    """Tell whether a private key is there and its owner's alone, without reading it."""
    try:
        status = os.stat(path)
    except OSError as error:
        yield (
            f"{path} cannot be read: {error.strerror}",
            "Correct the path, or the permissions of its directory",
        )
        return
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        yield (
            f"the private key {path} can be read by others than its owner (mode {mode:04o})",
            f"Run: chmod 600 {path}",
        )
    elif not os.access(path, os.R_OK):
        yield f"{path} cannot be read by this user", "Run as the user that owns the key"
