# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Independent judges of what the local backend signs: OpenSSL, and a TLS handshake."""

from __future__ import annotations

import json
import ssl

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    OLD_USAGES,
    PASSPHRASE,
    key,
    make_csr,
    make_issuing_ca,
    openssl,
    write_key,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.judges import tls_context
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.local_signing import (
    make_backend,
    make_request,
)

CSRS = {
    "release-14": (make_csr(names=["DNS:cucm-pub.example.com"]), "CallManager", "rsa2048"),
    "release-9": (
        make_csr("CUCM10", usages=OLD_USAGES, extended=(*BOTH, "ipsecEndSystem")),
        "CallManager",
        "rsa2048",
    ),
    "multi-server": (
        make_csr("cucm-ms.example.com", names=["DNS:cucm-pub.example.com"]),
        "tomcat",
        "rsa2048",
    ),
    "elliptic": (
        make_csr("cucm-EC-ms.example.com", names=["DNS:cucm-pub.example.com"], with_key="ec384"),
        "CallManager-ECDSA",
        "ec384",
    ),
}


@pytest.fixture(params=CSRS)
def issued(request, tmp_path):
    """Directory with leaf.pem, leaf.key, fullchain.pem and the files of the CA."""
    csr, service, key_name = CSRS[request.param]
    backend = make_backend(tmp_path, make_issuing_ca())
    leaf = backend.sign(make_request(csr, service=service)).certificate
    (tmp_path / "leaf.pem").write_text(pem(leaf))
    (tmp_path / "root.pem").write_text(pem(backend.authority().root))
    (tmp_path / "fullchain.pem").write_text(pem(leaf) + pem(backend.authority().certificate))
    write_key(tmp_path / "leaf.key", key(key_name))
    return tmp_path


@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
def test_openssl_verifies_strictly(issued, purpose):
    verified = openssl(
        "verify", "-x509_strict", "-auth_level", "2", "-purpose", purpose,
        "-CAfile", issued / "root.pem", "-untrusted", issued / "chain.pem", issued / "leaf.pem",
        check=False,
    )  # fmt: skip
    assert verified.stdout.endswith("leaf.pem: OK\n"), verified.stderr


def test_mutual_tls_handshake(issued):
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls_context(issued, ssl.PROTOCOL_TLS_SERVER).wrap_bio(to_server, to_client, server_side=True)
    client = tls_context(issued, ssl.PROTOCOL_TLS_CLIENT).wrap_bio(to_client, to_server)
    unfinished = [client, server]
    for _round in range(10):
        for side in list(unfinished):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            unfinished.remove(side)
    assert unfinished == []
    assert client.version() == "TLSv1.3"
    assert server.getpeercert(binary_form=True) == client.getpeercert(binary_form=True)


CONFIGURATION = """
[ca]
default_ca = lab
[lab]
database = {directory}/index.txt
certificate = {directory}/ca.pem
private_key = {directory}/ca.key
default_md = sha256
default_crl_days = 30
"""


def test_openssl_revokes_with_our_index(tmp_path):
    """Two certificates of one name, as after a renewal: one is revoked, the other stays valid."""
    backend = make_backend(tmp_path, make_issuing_ca())
    leaves = [backend.sign(make_request()).certificate for _number in range(2)]
    (tmp_path / "ca.cnf").write_text(CONFIGURATION.format(directory=tmp_path))
    log = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text().splitlines()]
    (tmp_path / "revoked.pem").write_text(log[0]["certificate"])
    common = ("-config", tmp_path / "ca.cnf", "-passin", f"pass:{PASSPHRASE}")
    openssl("ca", *common, "-revoke", tmp_path / "revoked.pem", "-crl_reason", "superseded")
    openssl("ca", *common, "-gencrl", "-out", tmp_path / "crl.pem")
    shown = openssl("crl", "-in", tmp_path / "crl.pem", "-noout", "-text").stdout
    assert f"Serial Number: {log[0]['serial_number']}" in shown
    assert log[1]["serial_number"] not in shown

    (tmp_path / "trust.pem").write_text("".join(map(pem, backend.authority().chain)))
    results = []
    for number, leaf in enumerate(leaves):
        path = tmp_path / f"leaf{number}.pem"
        path.write_text(pem(leaf))
        verified = openssl(
            "verify", "-crl_check", "-CRLfile", tmp_path / "crl.pem", "-CAfile", tmp_path / "trust.pem", path,
            check=False,
        )  # fmt: skip
        results.append(verified.returncode == 0)
        if number == 0:
            assert "certificate revoked" in verified.stderr
    assert results == [False, True]


def test_signing_goes_on_after_openssl_has_rewritten_the_index(tmp_path):
    backend = make_backend(tmp_path, make_issuing_ca())
    first = backend.sign(make_request()).certificate
    (tmp_path / "ca.cnf").write_text(CONFIGURATION.format(directory=tmp_path))
    (tmp_path / "first.pem").write_text(pem(first))
    common = ("-config", tmp_path / "ca.cnf", "-passin", f"pass:{PASSPHRASE}")
    openssl("ca", *common, "-revoke", tmp_path / "first.pem")
    backend.sign(make_request())
    flags = [line[0] for line in (tmp_path / "index.txt").read_text().splitlines()]
    assert flags == ["R", "V"]
    openssl("ca", *common, "-gencrl", "-out", tmp_path / "crl.pem")


def test_openssl_takes_every_name_in_the_index(tmp_path):
    from ansible_collections.ucops.cucm.tests.support.builders import name

    backend = make_backend(tmp_path, make_issuing_ca())
    backend.sign(make_request(make_csr(subject=name("a.example.com", O="Bäckerei\\Müller/Söhne", L="東京"))))
    (tmp_path / "ca.cnf").write_text(CONFIGURATION.format(directory=tmp_path))
    openssl(
        "ca", "-config", tmp_path / "ca.cnf", "-passin", f"pass:{PASSPHRASE}", "-gencrl", "-out",
        tmp_path / "crl.pem",
    )  # fmt: skip
