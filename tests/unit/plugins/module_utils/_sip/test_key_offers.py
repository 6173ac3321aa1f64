# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a second certificate on a SIP port is not seen. OpenSSL's server is the judge of the handshake."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._sip.key_offers import KEY_TYPES, shown_for
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Target
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.other_makers import s_server
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    free_port,
    identity,
    plain_peer,
    server_context,
    tls_peer,
)
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

NAMES = {"rsa": "node.example.com", "ec": "node-EC.example.com"}


def offered(port, key_type, *, legacy=False):
    return shown_for(Target("127.0.0.1", port, 60.0, legacy), key_type)


def both(tmp_path, versions, *, ec="ec384", suites=None):
    """A server with a certificate of each type."""
    context = server_context(identity(tmp_path, NAMES["rsa"]), versions=versions)
    context.load_cert_chain(*identity(tmp_path, NAMES["ec"], with_key=ec))
    if suites:
        context.set_ciphers(suites)
    return context


def name(shown):
    certificate = x509.load_der_x509_certificate(shown.chain[0])
    return certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value


@pytest.mark.parametrize("curve", ["ec256", "ec384", "ec521"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_each_certificate_is_seen(tmp_path, version, key_type, curve):
    with tls_peer(both(tmp_path, (version, version), ec=curve)) as peer:
        shown = offered(peer.port, key_type)
    assert (shown.is_shown, shown.tls_version, shown.why) == (True, version, "")
    assert name(shown) == NAMES[key_type]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_old_server(tmp_path, version):
    context = both(tmp_path, (version, version), suites="ALL:@SECLEVEL=0")
    with tls_peer(context) as peer:
        assert offered(peer.port, "rsa").is_shown is False
        shown = offered(peer.port, "rsa", legacy=True)
    assert (shown.is_shown, shown.tls_version) == (True, version)


@pytest.mark.parametrize("group", ["X25519", "prime256v1", "secp384r1"])
@pytest.mark.parametrize(
    "suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
)
def test_every_key_exchange_and_cipher_that_is_offered(tmp_path, group, suite):
    with s_server(tmp_path, "-ciphersuites", suite, "-groups", group, "-tls1_3") as port:
        shown = offered(port, "rsa")
    assert (shown.is_shown, shown.tls_version, shown.why) == (True, "1.3", "")
    assert name(shown)


def test_a_key_exchange_that_is_not_offered(tmp_path):
    with s_server(tmp_path, "-groups", "secp521r1", "-tls1_3") as port:
        shown = offered(port, "rsa")
    assert (shown.is_shown, shown.why) == (None, "the server wants a key exchange that was not offered")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_server_without_such_a_certificate_says_so(tmp_path, version):
    with tls_peer(server_context(identity(tmp_path), versions=(version, version))) as peer:
        shown = offered(peer.port, "ec")
    assert shown.is_shown is False and shown.chain == ()
    assert "alert 40 handshake_failure" in shown.why


def test_nobody_there():
    assert offered(free_port(), "rsa").is_shown is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"SIP/2.0 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"", "closed the connection"),
        (b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", "closed the connection"),
        (b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00", "showed no certificate"),
        (b"\x15\x03\x03\x00\x02\x02\x28", "alert 40"),
    ],
)
def test_other_answers(said, why):
    def serve(connection, _peer):
        connection.recv(4096)
        connection.sendall(said)

    with plain_peer(serve) as peer:
        shown = offered(peer.port, "rsa")
    assert not shown.is_shown and why in shown.why


@given(
    said=st.binary(max_size=200),
    head=st.sampled_from([b"", b"\x16\x03\x03", b"\x17\x03\x03", b"\x15\x03\x03"]),
)
def test_garbage_is_no_exception(said, head):
    def serve(connection, _peer):
        connection.recv(4096)
        connection.sendall(head + len(said).to_bytes(2, "big") + said if head else said)

    with plain_peer(serve) as peer:
        assert not offered(peer.port, "ec").chain
