# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the releases of Unified CM, but for AXL (see axl/versions.py).

What of it is documented, observed or assumed: FIDELITY.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    `show cert`, `spaced_states` about `utils service list`. `minimum_commands` are the words between
    `show tls` and `min-version`; `resets_phones` tells whether there is the
    enterprise parameter Phone Interaction on Certificate Update. `offers_both_keys`
    tells whether SIP over TLS 1.3 has the certificates of
    CallManager and CallManager-ECDSA; `multi_server_by_command_line` whether `set cert import own` takes a
    multi-server certificate.
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
    minimum_commands: tuple[str, ...] = ()
    offers_both_keys: bool = False
    resets_phones: bool = False
    multi_server_by_command_line: bool = True


_COULD_NOT_BE_UPLOADED = "The file /usr/local/platform/upload/certs//{}.der could not be uploaded."

_SERVER_AND_CLIENT = ("server ", "client ")
_12_5 = Release(
    self_signed=_WITHOUT_UNIT, ipsec_usage=False, old_ssh=False, minimum_commands=_SERVER_AND_CLIENT
)
_14 = replace(
    _12_5,
    key_agreement_in_request=False,
    unit_in_request="asked",
    csr_generated="Successfully Generated CSR  for {}",
    resets_phones=True,
)
_14SU2 = replace(_14, new_labels=True, multi_server_by_command_line=False)
_15SU1 = replace(_14SU2, password_login=False, csr_generated="Successfully Generated CSR for {}")
#: TLS 1.3, both certificates in it, and a minimum of the cluster; installed as such, so without TLS 1.0 and 1.1.
_15SU2 = replace(
    _15SU1,
    https_tls=("1.2", "1.3"),
    sip_tls=("1.2", "1.3"),
    minimum_commands=("",),
    offers_both_keys=True,
)

#: The releases that every test of releases goes through. 15 is 15SU2, installed as such.
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
    "12.5": _12_5,
    "14": _14,
    "15": _15SU2,
}
#: What else there is in the field, by service update; an upgrade keeps the minimum TLS version of before.
VARIANTS: Mapping[str, Release] = {
    "14SU2": _14SU2,
    "15SU1": _15SU1,
    "15SU2-upgraded": replace(_15SU2, https_tls=("1.0", "1.3"), sip_tls=("1.0", "1.3")),
}


def release(name: str) -> Release:
    """The release or variant of that name."""
    return RELEASES[name] if name in RELEASES else VARIANTS[name]


def numbers(name: str) -> tuple[int, ...]:
    """The numbers of a release without its service update: 15 for 15SU2-upgraded, 9 and 1 for 9.1."""
    found = re.match(r"[0-9.]+", name)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def common_version(first: TlsVersions, second: TlsVersions) -> str | None:
    """The newest version in both ranges; None when they do not meet."""
    newest = min(first[1], second[1])
    return newest if newest >= max(first[0], second[0]) else None
