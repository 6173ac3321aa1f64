# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a node, until it is repaired: a test's way to break what no configuration breaks.

A fault (`faults`) meets one request; a defect is a state of the node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.certificates import Identity
from ansible_collections.ucops.cucm.tests.simulator.releases import TlsVersions
from ansible_collections.ucops.cucm.tests.simulator.sip_tls import ClientCertificate
from ansible_collections.ucops.cucm.tests.simulator.topology import TLS_RANGES
from cryptography import x509
from cryptography.hazmat.primitives import serialization


@dataclass(frozen=True)
class Defects:
    """The defects of one node.

    plain_sip: the SIP port answers SIP without TLS. closed: it refuses connections. silent: it takes
    them and never says a word. tls_versions: the lowest and the highest TLS version of SIP, both ways.
    demands_client_certificate: false means that the SIP port asks for none; client_certificate_optional
    that it asks and goes on without one. options_status: the answer to OPTIONS. served: SIP shows this
    identity and not the installed one. clock_skew: seconds by which the node's clock is ahead. backup_hours:
    the age of the last good backup, None for none. replication_state: of the node's database, 2 is good.
    ntp_synchronised: whether the clock follows a server. disk_percent: how full the disk of the logs is.
    """

    plain_sip: bool = False
    closed: bool = False
    silent: bool = False
    tls_versions: TlsVersions | None = None
    demands_client_certificate: bool = True
    client_certificate_optional: bool = False
    options_status: int = 200
    served: Identity | None = None
    clock_skew: float = 0.0
    backup_hours: float | None = 5.0
    replication_state: int = 2
    ntp_synchronised: bool = True
    disk_percent: int = 80

    @property
    def client_certificate(self) -> ClientCertificate:
        """What the SIP port asks of a client."""
        if not self.demands_client_certificate:
            return "not-demanded"
        return "optional" if self.client_certificate_optional else "demanded"

    def with_changes(self, changes: Mapping[str, Any], installed: Identity) -> Defects:
        """These defects with some of the control API's on top; raises ValueError or TypeError.

        `served` is an object with `certificate_pem` and `key_pem`; `serves_self_signed`, true, stands for
        a self-signed certificate with the subject of the installed one.
        """
        known = {part.name for part in fields(self)}
        wanted = dict(changes)
        self_signed = wanted.pop("serves_self_signed", None)
        unknown = set(wanted) - known
        if unknown:
            names = ", ".join(sorted({*known, "serves_self_signed"}))
            raise ValueError(f"unknown defects {sorted(unknown)}; known are {names}")
        values = {name: _checked(name, value) for name, value in wanted.items()}
        if self_signed is not None:
            values["served"] = _self_signed(installed) if _flag("serves_self_signed", self_signed) else None
        return replace(self, **values)

    def as_json(self) -> dict[str, Any]:
        """What differs from a healthy node, as plain data; of a certificate its description, never its key."""
        found = {part.name: getattr(self, part.name) for part in fields(self)}
        if self.served is not None:
            found["served"] = pki.describe(self.served.certificate)
        return {name: value for name, value in found.items() if value != getattr(HEALTHY, name)}


HEALTHY = Defects()
#: Defects that are whole numbers.
_WHOLE = {"replication_state": range(5), "disk_percent": range(101)}


def _checked(name: str, value: Any) -> Any:
    if name == "tls_versions":
        return _tls_range(value)
    if name == "served":
        return None if value is None else _identity(value)
    if name == "options_status":
        if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 699:
            raise ValueError(f"options_status is a final SIP status: {value!r}")
        return value
    if name == "backup_hours" and value is None:
        return value
    if name in ("clock_skew", "backup_hours"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is a number: {value!r}")
        return value
    if name in _WHOLE:
        if isinstance(value, bool) or value not in _WHOLE[name]:
            raise ValueError(f"{name} is a number of {_WHOLE[name]}: {value!r}")
        return value
    return _flag(name, value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is true or false: {value!r}")
    return value


def _tls_range(value: Any) -> TlsVersions | None:
    if value is None:
        return None
    versions = tuple(str(version) for version in value) if isinstance(value, list | tuple) else ()
    if versions not in TLS_RANGES:
        raise ValueError(f"tls_versions are the lowest and the highest TLS version: {value!r}")
    return versions[0], versions[1]


def _self_signed(installed: Identity) -> Identity:
    """A self-signed certificate that is like the installed one but for its key."""
    certificate, key = installed.certificate, pki.new_key("rsa", 2048)
    made = pki.self_signed_certificate(certificate.subject, key, certificate.not_valid_before_utc)
    return Identity(made, key)


def _identity(value: Any) -> Identity:
    if not isinstance(value, Mapping) or {"certificate_pem", "key_pem"} - set(value):
        raise ValueError("served is an object with certificate_pem and key_pem")
    return read_identity(value["certificate_pem"], value["key_pem"])


def read_identity(certificate_pem: str, key_pem: str) -> Identity:
    """A certificate and its key, which must belong together; raises ValueError or TypeError."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    if not isinstance(key, pki.PrivateKey):
        raise TypeError("the key is neither RSA nor EC")
    if not pki.same_key(certificate.public_key(), key.public_key()):
        raise ValueError("the certificate and the key do not belong together")
    return Identity(certificate, key)
