# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP peers for the tests: real TLS servers on loopback, right ones and each kind of wrong one."""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    Ca,
    key,
    make_ca,
    make_csr,
    make_leaf,
    write_key,
)

#: Seconds that a peer waits for anything; no test comes near it unless something is wrong.
PATIENCE = 300
CA = make_ca()
OTHER_CA = make_ca("Other Root", with_key="rsa2048-other")
NODE = "cucm-pub.example.com"
PROBE = "probe.example.com"


def identity(directory: Path, common_name=NODE, *, ca: Ca = CA, with_key="rsa2048", names=(), **leaf):
    """Files of a certificate (with the chain below the root) and of its key."""
    csr = make_csr(common_name, names=names, with_key=with_key)
    made = make_leaf(csr, ca, **leaf)
    return identity_files(directory, [made, *ca.chain[:-1]], key(with_key))


def identity_files(directory: Path, certificates, private_key):
    stem = directory / f"identity-{len(os.listdir(directory))}"
    certificate, key_path = stem.with_suffix(".pem"), stem.with_suffix(".key")
    certificate.write_text("".join(map(pem, certificates)))
    write_key(key_path, private_key)
    return str(certificate), str(key_path)


def server_context(files, *, versions=("1.2", "1.3"), demand=True, trusted=CA, optional=False, tickets=True):
    """A TLS server that demands a certificate of the trusted CA, unless told otherwise."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(*files)
    lowest, highest = (
        getattr(ssl.TLSVersion, f"TLSv{version.replace('.0', '').replace('.', '_')}") for version in versions
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = lowest, highest
    if demand:
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.load_verify_locations(cadata=pem(trusted.certificate))
    if not tickets:
        context.num_tickets = 0
    return context


class Peer:
    """A server on a free port of loopback: `serve` is called with each connection, in a thread."""

    def __init__(self, serve):
        self._serve = serve
        self.errors = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.port = self._listening.getsockname()[1]
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def _accept(self):
        while not self._ended.is_set():
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            if self._ended.is_set():
                connection.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection):
        connection.settimeout(PATIENCE)
        with connection:
            try:
                self._serve(connection, self)
            except OSError as error:
                self.errors.append(error)

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_exception):
        self._ended.set()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            pass
        self._listening.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def wait_until_gone(self, connection):
        """Hold the connection, without a word, until the other side leaves."""
        try:
            while connection.recv(4096):
                pass
        except OSError:
            pass


@contextmanager
def plain_peer(serve):
    with Peer(serve) as peer:
        yield peer


@contextmanager
def tls_peer(context, answer=None):
    """A peer that speaks TLS, and answers each request by `answer(text of the request)` with bytes or None."""
    reply = answer or (lambda request: response(request, "200 OK", ["Server: Test-Peer/1"]))

    def serve(connection, peer):
        with context.wrap_socket(connection, server_side=True) as tls:
            request = read_head(tls)
            if not request:
                return
            data = reply(request)
            if data is None:
                peer.wait_until_gone(tls)
                return
            tls.sendall(data)
            peer.wait_until_gone(tls)

    with Peer(serve) as peer:
        yield peer


def read_head(stream):
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.recv(4096)
        if not more:
            return ""
        data += more
    return data.decode()


def response(request, status, more=(), *, body="", change=lambda lines: lines):
    """The response to a request with what RFC 3261, 8.2.6.2 copies."""
    copied = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*?(?=\r$)", request, re.MULTILINE)
    lines = [f"SIP/2.0 {status}", *copied, *more, f"Content-Length: {len(body)}"]
    return ("\r\n".join([*change(lines), "", ""]) + body).encode()


def reset(connection):
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]
