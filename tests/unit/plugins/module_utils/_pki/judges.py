# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Independent judges of a certificate that a server has issued, and a client of the scripted kind."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    OLD_USAGES,
    key,
    make_csr,
    openssl,
    write_key,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.local_signing import (
    make_request as made_request,
)

#: What nodes ask for: the CSR, the service, and the name of its key.
CSRS = {
    "release-14": (make_csr(names=["DNS:cucm-pub.example.com"]), "CallManager", "rsa2048"),
    "release-9": (
        make_csr("CUCM10", usages=OLD_USAGES, extended=(*BOTH, "ipsecEndSystem")),
        "CallManager",
        "rsa2048",
    ),
    "multi-server": (
        make_csr("cucm-ms.example.com", names=["DNS:cucm-pub.example.com", "DNS:CUCM-Sub.example.com"]),
        "tomcat",
        "rsa2048",
    ),
    "address": (
        make_csr("cucm-pub.example.com", names=["IP:192.0.2.10", "IP:2001:db8::10"]),
        "CallManager",
        "rsa2048",
    ),
    "elliptic": (
        make_csr(
            "cucm-EC-ms.example.com",
            names=["DNS:cucm-pub.example.com"],
            with_key="ec384",
            usages=["digitalSignature", "keyAgreement"],
        ),
        "CallManager-ECDSA",
        "ec384",
    ),
}


def make_request(csr=None, **more):
    """A request of now: what a real server signs is not valid before, whenever this file was imported."""
    return replace(made_request(csr, **more), now=datetime.now(UTC).replace(microsecond=0))


def write_issued(directory, leaf, authority, key_name):
    """leaf.pem, leaf.key, fullchain.pem, chain.pem and root.pem."""
    (directory / "leaf.pem").write_text(pem(leaf))
    (directory / "root.pem").write_text(pem(authority.root))
    (directory / "chain.pem").write_text("".join(map(pem, authority.chain)))
    (directory / "fullchain.pem").write_text(pem(leaf) + pem(authority.certificate))
    write_key(directory / "leaf.key", key(key_name))


def assert_openssl_verifies(directory):
    for purpose in ("sslserver", "sslclient"):
        verified = openssl(
            "verify", "-x509_strict", "-auth_level", "2", "-purpose", purpose,
            "-CAfile", directory / "root.pem", "-untrusted", directory / "chain.pem", directory / "leaf.pem",
            check=False,
        )  # fmt: skip
        assert verified.stdout.endswith("leaf.pem: OK\n"), (purpose, verified.stderr)


def assert_hands_are_shaken(directory):
    """Mutual TLS 1.3 between two sides that both have this certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = tls_context(directory, ssl.PROTOCOL_TLS_SERVER).wrap_bio(to_server, to_client, server_side=True)
    client = tls_context(directory, ssl.PROTOCOL_TLS_CLIENT).wrap_bio(to_client, to_server)
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


@dataclass
class Reply:
    """What a reader of replies looks at."""

    status_code: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value, status=200):
        return cls(status, json.dumps(value).encode())


class ScriptedSession:
    """In place of HttpsSession: gives the replies in turn, the last one again and again, without any socket."""

    def __init__(self, *replies):
        self.replies = list(replies)

    def request(self, method, path, *, refuse, **_more):
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        refuse(reply)
        return reply


def tls_context(directory, role):
    context = ssl.SSLContext(role)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(directory / "root.pem")
    context.load_cert_chain(directory / "fullchain.pem", directory / "leaf.key")
    return context
