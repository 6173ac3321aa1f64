# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a client that others wrote for the real pages of AD CS could not read the double's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.certsrv.double import CertsrvDouble, running_double
from ansible_collections.ucops.cucm.tests.support.builders import make_csr
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

certsrv = pytest.importorskip("certsrv", reason="the third-party client is a requirement of the tests")

CSR = make_csr().public_bytes(Encoding.PEM).decode()


def connect(double: CertsrvDouble, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    where = double.description()
    server = where["url"].removeprefix("https://").removesuffix("/certsrv")
    client = certsrv.Certsrv(server, where["username"], where["password"], cafile=where["ca_path"])
    client.session.trust_env = False
    return client


def test_a_certificate_that_is_issued_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_double(mode="enterprise") as double:
        client = connect(double, monkeypatch)
        client.check_credentials()
        certificate = x509.load_pem_x509_certificate(client.get_cert(CSR, "CucmServer"))
        issuer = x509.load_pem_x509_certificate(client.get_ca_cert())
        certificate.verify_directly_issued_by(issuer)
        assert double.complaints == []


def test_a_request_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_double(mode="standalone") as double:
        client = connect(double, monkeypatch)
        with pytest.raises(certsrv.CertificatePendingException) as pending:
            client.get_cert(CSR, "CucmServer")
        with pytest.raises(certsrv.CouldNotRetrieveCertificateException, match=r"Taken Under Submission$"):
            client.get_existing_cert(pending.value.req_id)
