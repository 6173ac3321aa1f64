# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the releases of Unified CM, but for AXL (see axl/versions.py).

What of it is documented, observed or assumed: FIDELITY.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: The lowest and the highest TLS version of a port.
TlsVersions = tuple[str, str]

_WITHOUT_UNIT = ("C", "ST", "L", "O", "CN")
_REQUEST = ("C", "ST", "L", "O", "OU", "CN")
_SELF_SIGNED = ("C", "O", "OU", "CN", "ST", "L")


@dataclass(frozen=True)
class Release:
    """One release.

    `key_length` and `hash_algorithm` are those of RSA identities and of requests without options.
    `self_signed` is the order of the subject in DER. `unit_in_request` tells whether the
    organizational unit is always in a request, or asked for on the command line. `csr_generated`,
    `imported` and `other_key` are texts, with `{}` for the name of the unit; `new_labels` is about
    `show cert`, `spaced_states` about `utils service list`.
    """

    key_length: int = 2048
    hash_algorithm: str = "sha256"
    elliptic_keys: bool = True
    self_signed: tuple[str, ...] = _SELF_SIGNED
    ipsec_usage: bool = True
    key_agreement_in_request: bool = True
    unit_in_request: Literal["always", "asked"] = "always"
    https_tls: TlsVersions = ("1.0", "1.2")
    sip_tls: TlsVersions = ("1.0", "1.2")
    serial_in_file_name: bool = True
    old_ssh: bool = True
    password_login: bool = True
    csr_generated: str = "Successfully Generated CSR for {}."
    imported: str = "Successfully imported certificate for {}."
    other_key: str = "CSR Public Key and Certificate Public Key Do Not Match"
    new_labels: bool = False
    spaced_states: bool = False


_COULD_NOT_BE_UPLOADED = "The file /usr/local/platform/upload/certs//{}.der could not be uploaded."

RELEASES: Mapping[str, Release] = {
    "9.1": Release(
        key_length=1024,
        hash_algorithm="sha1",
        elliptic_keys=False,
        self_signed=_REQUEST,
        https_tls=("1.0", "1.0"),
        sip_tls=("1.0", "1.0"),
        serial_in_file_name=False,
        imported="Successfully imported certificate for {}",
        other_key=_COULD_NOT_BE_UPLOADED,
    ),
    "10.5": Release(
        hash_algorithm="sha1",
        elliptic_keys=False,
        https_tls=("1.0", "1.0"),
        sip_tls=("1.0", "1.0"),
        imported="Successfully imported certificate for {}",
        other_key=_COULD_NOT_BE_UPLOADED,
        spaced_states=True,
    ),
    "11.5": Release(),
    "12.5": Release(self_signed=_WITHOUT_UNIT, ipsec_usage=False, old_ssh=False),
    "14": Release(
        self_signed=_WITHOUT_UNIT,
        ipsec_usage=False,
        key_agreement_in_request=False,
        unit_in_request="asked",
        https_tls=("1.2", "1.3"),
        old_ssh=False,
        csr_generated="Successfully Generated CSR  for {}",
    ),
    "15": Release(
        self_signed=_WITHOUT_UNIT,
        ipsec_usage=False,
        key_agreement_in_request=False,
        unit_in_request="asked",
        https_tls=("1.2", "1.3"),
        old_ssh=False,
        password_login=False,
        csr_generated="Successfully Generated CSR for {}",
        new_labels=True,
    ),
}
