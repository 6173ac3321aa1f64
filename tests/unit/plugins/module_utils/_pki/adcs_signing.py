# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing by the double of AD CS: a backend, a request, what the double saw and how its certificate is judged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._pki.adcs import (
    ADCS_ARGUMENTS,
    AdcsBackend,
    AdcsOptions,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import Issued, Pending, SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import judge_certificate
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.certsrv.double import PASSWORD, USERNAME, CertsrvDouble
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    OLD_USAGES,
    make_csr,
    openssl,
    reasons,
)

DEFAULTS = {name: spec.get("default") for name, spec in ADCS_ARGUMENTS.items()}
CSRS = {
    "release-14": (make_csr(names=["DNS:cucm-pub.example.com"]), "CallManager"),
    "release-9": (make_csr("CUCM10", usages=OLD_USAGES, extended=(*BOTH, "ipsecEndSystem")), "CallManager"),
    "multi-server": (
        make_csr("cucm-ms.example.com", names=["DNS:a.example.com", "DNS:b.example.com"]),
        "tomcat",
    ),
    "elliptic": (
        make_csr("cucm-EC-ms.example.com", names=["DNS:a.example.com"], with_key="ec384"),
        "CallManager-ECDSA",
    ),
}


def params(double: CertsrvDouble, **changes: Any) -> dict[str, Any]:
    """The options as Ansible gives them."""
    return {
        **DEFAULTS,
        "url": double.url,
        "ca_path": str(double.ca_path),
        "username": USERNAME,
        "password": PASSWORD,
        "timeout": 20,
        **changes,
    }


def backend_of(double: CertsrvDouble, **changes: Any) -> AdcsBackend:
    """A backend that does not wait between repeats."""
    return AdcsBackend(AdcsOptions.from_params(params(double, **changes)), sleep=lambda _seconds: None)


def request_of(name: str = "release-14") -> SigningRequest:
    csr, service = CSRS[name]
    return SigningRequest(csr, profile_of(service), timedelta(days=365), NOW)


def posts(double: CertsrvDouble) -> list[dict[str, Any]]:
    """The POSTs that the pages themselves saw."""
    return [entry for entry in double.log if entry["method"] == "POST" and entry["user"]]


def findings(backend: AdcsBackend, issued: Issued | Pending, request: SigningRequest) -> list[str]:
    assert isinstance(issued, Issued)
    return reasons(judge_certificate(issued.certificate, request, backend.authority()))


def verify(directory: Path, backend: AdcsBackend, issued: Issued) -> None:
    """The independent judge, for both ends of a trunk."""
    authority = backend.authority()
    (directory / "root.pem").write_text(pem(authority.root))
    (directory / "chain.pem").write_text("".join(map(pem, authority.chain[:-1])))
    (directory / "leaf.pem").write_text(pem(issued.certificate))
    for purpose in ("sslserver", "sslclient"):
        openssl(
            *("verify", "-x509_strict", "-auth_level", "2", "-purpose", purpose),
            *(
                "-CAfile",
                directory / "root.pem",
                "-untrusted",
                directory / "chain.pem",
                directory / "leaf.pem",
            ),
        )
