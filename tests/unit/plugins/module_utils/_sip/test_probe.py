# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One TLS connection to a SIP port: what is seen of it, however it ends."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._sip import probe
from ansible_collections.ucops.cucm.plugins.module_utils._sip.alerts import ALERTS, alert_in_reason, alert_of
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import (
    LARGEST_CONVERSATION,
    Broken,
    Connection,
    Deadline,
    Target,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_issuing_ca
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    OTHER_CA,
    PROBE,
    free_port,
    identity,
    plain_peer,
    reset,
    server_context,
    tls_peer,
)
from cryptography import x509

TLS_12, TLS_13 = ("1.2", "1.2"), ("1.3", "1.3")
BOTH_VERSIONS = pytest.mark.parametrize("versions", [TLS_12, TLS_13], ids=["1.2", "1.3"])


def look(port, own=None, *, host="127.0.0.1", timeout=300.0, legacy=False):
    """Connect, wait for the verdict on the own certificate, and give what was seen."""
    shown = Identity(*own) if own else None
    with Connection(Target(host, port, timeout, legacy), shown) as connection:
        try:
            connection.open()
        except Broken:
            pass
        else:
            connection.wait_for_verdict()
        return connection.seen


def names(chain):
    certificates = [x509.load_der_x509_certificate(der) for der in chain]
    return [one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for one in certificates]


@BOTH_VERSIONS
def test_mutual_tls(tmp_path, versions):
    ca = make_issuing_ca()
    own = identity(tmp_path, PROBE)
    context = server_context(identity(tmp_path, ca=ca), versions=versions)
    with tls_peer(context) as peer:
        seen = look(peer.port, own)
    assert seen.reachable and seen.established and seen.accepted
    assert (seen.tls_version, seen.failure) == (versions[0], None)
    assert seen.cipher in {cipher["name"] for cipher in context.get_ciphers()}
    assert names(seen.chain) == ["cucm-pub.example.com", "Test Issuing"]
    assert seen.certificate_requested is True
    assert seen.authorities == ()  # Python's server names none
    assert seen.certificate_shown


@BOTH_VERSIONS
def test_a_refusal_for_lack_of_a_certificate_still_gives_the_chain(tmp_path, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        seen = look(peer.port)
    assert names(seen.chain)[0] == "cucm-pub.example.com"
    assert seen.certificate_requested is True
    assert not seen.certificate_shown and not seen.accepted
    assert seen.tls_version == versions[0] and seen.cipher
    assert seen.failure.reason == "tls_alert"
    assert seen.failure.alert.number == (40 if versions == TLS_12 else 116)


@BOTH_VERSIONS
def test_no_certificate_is_asked_for(tmp_path, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions, demand=False)) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE))
    assert seen.certificate_requested is False
    assert seen.authorities is None
    assert not seen.certificate_shown and seen.accepted


@BOTH_VERSIONS
def test_a_certificate_is_asked_for_and_not_needed(tmp_path, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions, optional=True)) as peer:
        seen = look(peer.port)
    assert seen.certificate_requested is True
    assert not seen.certificate_shown and seen.accepted and seen.failure is None


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("kind", "alerts"),
    [("other CA", {48}), ("expired", {45}), ("server only", {43})],
    ids=str,
)
def test_our_certificate_is_refused(tmp_path, versions, kind, alerts):
    how = {
        "other CA": {"ca": OTHER_CA},
        "expired": {"end": NOW - timedelta(minutes=1)},
        "server only": {"extended": ("serverAuth",)},
    }[kind]
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE, **how))
    assert seen.certificate_shown and not seen.accepted
    assert seen.failure.alert.number in alerts
    assert str(seen.failure.alert) in seen.failure.text


def test_what_comes_before_the_question_is_kept(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_13, tickets=False)

    def serve(connection, peer):
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.sendall(b"early")
            peer.wait_until_gone(tls)

    own = Identity(*identity(tmp_path, PROBE))
    with plain_peer(serve) as peer, Connection(Target("127.0.0.1", peer.port, 5.0), own) as connection:
        connection.open()
        connection.wait_for_verdict()
        assert connection.seen.accepted
        assert connection.receive(Deadline(5.0)) == b"early"


def test_an_alert_is_read_though_the_question_met_a_reset(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_13)
    gone = threading.Event()

    def serve(connection, _peer):
        tls = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            tls.do_handshake()
        finally:
            reset(tls)
            gone.set()

    with plain_peer(serve) as peer, Connection(Target("127.0.0.1", peer.port, 5.0)) as connection:
        connection.open()
        assert gone.wait(5.0)  # the alert and the reset are there before anything is sent
        with pytest.raises(Broken) as broken:
            connection.send(b"OPTIONS")
    assert broken.value.failure.alert.number == 116


def test_a_silent_server_of_tls_13_is_not_taken_for_one_that_agrees(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_13, tickets=False)
    with tls_peer(context) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE), timeout=0.3)
    assert seen.established and not seen.accepted and seen.failure is None


def test_only_tls_10(tmp_path):
    context = server_context(identity(tmp_path), versions=("1.0", "1.0"), demand=False)
    with tls_peer(context) as peer:
        modern, legacy = look(peer.port), look(peer.port, legacy=True)
    assert modern.reachable and not modern.established
    assert modern.failure.alert.number == 70
    assert legacy.established and legacy.tls_version == "1.0"


def test_only_what_is_newer_than_the_probe_speaks(tmp_path):
    def serve(connection, peer):
        connection.recv(4096)
        # A ServerHello that chooses TLS 1.0, which was not offered.
        hello = b"\x03\x01" + b"\x00" * 32 + b"\x00" + b"\x00\x2f" + b"\x00"
        message = b"\x02" + len(hello).to_bytes(3, "big") + hello
        connection.sendall(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
        peer.wait_until_gone(connection)

    with plain_peer(serve) as peer:
        seen = look(peer.port)
    assert seen.failure.reason == "tls_version_not_shared"


def test_no_shared_cipher(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_12)
    context.set_ciphers("PSK-AES128-CBC-SHA256:@SECLEVEL=0")
    with tls_peer(context) as peer:
        seen = look(peer.port)
    assert seen.failure.alert.number == 40
    assert seen.certificate_requested is None and seen.chain == ()


def test_only_the_key_exchange_of_the_guides_trace(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_12)
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    with tls_peer(context) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE))
    assert seen.cipher == "AES128-SHA" and seen.accepted


@pytest.mark.parametrize("cipher", ["NULL-SHA256", "AECDH-AES256-SHA"])
def test_a_server_that_has_only_a_weak_cipher_is_seen(tmp_path, cipher):
    context = server_context(identity(tmp_path), versions=TLS_12, demand=False)
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with tls_peer(context) as peer:
        seen = look(peer.port)
    assert (seen.cipher, seen.accepted, seen.failure) == (cipher, True, None)
    assert names(seen.chain) == ([] if cipher.startswith("AECDH") else ["cucm-pub.example.com"])


def test_a_weak_cipher_is_the_last_choice(tmp_path):
    context = server_context(identity(tmp_path), versions=TLS_12)
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers("NULL-SHA256:AECDH-AES256-SHA:AES128-SHA:@SECLEVEL=0")
    with tls_peer(context) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE))
    assert seen.cipher == "AES128-SHA"


def test_a_weak_key_is_seen(tmp_path):
    with tls_peer(server_context(identity(tmp_path, with_key="rsa1024"))) as peer:
        seen = look(peer.port, identity(tmp_path, PROBE))
    assert x509.load_der_x509_certificate(seen.chain[0]).public_key().key_size == 1024


def test_a_closed_port():
    seen = look(free_port())
    assert not seen.reachable
    assert seen.failure.reason == "connection_refused"


def test_a_name_that_is_none(monkeypatch):
    def unknown(*_arguments, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    seen = look(5061, host="nowhere.example.com")
    assert seen.failure.reason == "name_not_resolved"
    assert "nowhere.example.com" in seen.failure.text


def test_a_port_that_swallows_packets():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = []
        try:
            for _number in range(4):  # until the queue is full, and a new SYN gets no answer
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            seen = look(port, timeout=0.4)
        finally:
            for one in waiting:
                one.close()
    assert not seen.reachable
    assert seen.failure.reason == "connect_timeout"


def test_a_dead_first_address_leaves_time_for_the_second(tmp_path, monkeypatch):
    with tls_peer(server_context(identity(tmp_path), demand=False)) as peer:
        closed = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", free_port()))
        alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", peer.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_more: [closed, alive])
        seen = look(peer.port, host="two.example.com")
    assert seen.established


def serve_silence(connection, peer):
    peer.wait_until_gone(connection)


def serve_end(connection, _peer):
    connection.recv(4096)


def serve_reset(connection, _peer):
    connection.recv(4096)
    reset(connection)


def serve_sip(connection, peer):
    connection.recv(4096)
    connection.sendall(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.wait_until_gone(connection)


def serve_garbage(connection, peer):
    connection.recv(4096)
    connection.sendall(bytes(range(256)) * 4)
    peer.wait_until_gone(connection)


def serve_cut_record(connection, _peer):
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\x40\x00\x02")


def serve_drops(connection, peer):
    """One byte of an endless record at a time: a deadline must hold for all of them together."""
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    try:
        while True:
            connection.sendall(b"\x00")
            connection.settimeout(0.02)
            try:
                if not connection.recv(4096):
                    return
            except TimeoutError:
                pass
    except OSError:
        pass


@pytest.mark.parametrize(
    ("serve", "reason", "words"),
    [
        (serve_silence, "tls_timeout", "did not end within 0.4 s"),
        (serve_drops, "tls_timeout", "did not end within 0.4 s"),
        (serve_end, "connection_closed", "during the handshake"),
        (serve_reset, "connection_reset", "reset"),
        (serve_cut_record, "connection_closed", "during the handshake"),
        (serve_sip, "not_tls", "SIP without TLS"),
        (serve_garbage, "not_tls", "something else than TLS"),
    ],
)
def test_what_is_no_tls(serve, reason, words):
    with plain_peer(serve) as peer:
        seen = look(peer.port, timeout=0.4)
    assert seen.reachable and not seen.established
    assert seen.failure.reason == reason
    assert words in seen.failure.text


def test_endless_data_is_not_read_to_the_end(tmp_path):
    context = server_context(identity(tmp_path), demand=False)

    def read_all(connection):
        deadline = Deadline(5.0)
        while True:
            connection.receive(deadline)

    with (
        tls_peer(context, lambda _request: b"x" * (4 * LARGEST_CONVERSATION)) as peer,
        Connection(Target("127.0.0.1", peer.port, 5.0)) as connection,
    ):
        connection.open()
        connection.send(b"hello\r\n\r\n")
        with pytest.raises(Broken) as broken:
            read_all(connection)
    assert broken.value.failure.reason == "too_much_data"


def test_without_the_message_callback_less_is_seen_and_nothing_is_guessed(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "_CAN_WATCH", False)
    with tls_peer(server_context(identity(tmp_path), versions=TLS_12)) as peer:
        refused, taken = look(peer.port), look(peer.port, identity(tmp_path, PROBE))
    assert refused.failure.alert.number == 40  # from the words of OpenSSL
    assert refused.certificate_requested is None
    assert taken.certificate_requested is None and taken.authorities is None
    assert names(taken.chain) == ["cucm-pub.example.com"]


def test_key_and_certificate_that_do_not_belong_together(tmp_path):
    certificate, _key = identity(tmp_path, PROBE)
    _certificate, other_key = identity(tmp_path, PROBE, with_key="rsa2048-another")
    with pytest.raises(InvalidOption) as error:
        look(1, (certificate, other_key))
    assert error.value.option == "client_certificate_path"
    assert "key values mismatch" in error.value.message


def test_every_alert_has_its_number_and_is_found_in_openssls_words():
    assert alert_of(48).name == "unknown_ca"
    assert alert_of(255).name == "unknown"
    assert alert_in_reason("TLSV13_ALERT_CERTIFICATE_REQUIRED") == ALERTS[116]
    assert alert_in_reason("SSLV3_ALERT_HANDSHAKE_FAILURE") == ALERTS[40]
    assert alert_in_reason("WRONG_VERSION_NUMBER") is None
    assert alert_in_reason(None) is None
