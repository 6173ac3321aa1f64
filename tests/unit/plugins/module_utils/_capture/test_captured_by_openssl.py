# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures of OpenSSL's server and client and of Python's, with each other: tshark tells the same of them."""

from __future__ import annotations

import socket
import ssl
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import NOW
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._capture.captured import (
    Recorder,
    needs_tshark,
    told_by_the_collection,
    told_by_tshark,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.other_makers import (
    S_FLAGS,
    s_client,
    s_server,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    OTHER_CA,
    PATIENCE,
    PROBE,
    identity,
    server_context,
    tls_peer,
)

pytestmark = needs_tshark

REQUEST = "OPTIONS sip:192.0.2.200 SIP/2.0\r\nContent-Length: 0\r\n\r\n"
VERSIONS = ("1.0", "1.2", "1.3")
PAIRS = (("openssl", "python"), ("python", "openssl"), ("openssl", "openssl"))
#: What is wrong with the client, and the alert by which it is refused, or refuses.
REFUSED = {
    "no certificate": ("server", 40),
    "other CA": ("server", 48),
    "expired": ("server", 45),
    "distrust": ("client", 48),
}
#: A version that the server does not speak, and who says so: a server of TLS 1.0 cannot know that a client of 1.2
#: takes no less (RFC 5246, E.1).
WRONG_VERSION = {"1.0": ("1.2", "client"), "1.2": ("1.0", "server"), "1.3": ("1.2", "server")}


@dataclass(frozen=True)
class Trial:
    """A connection: the makers of the server and of the client, the server's version, what is wrong."""

    server: str
    client: str
    version: str
    fault: str

    def __str__(self):
        return f"{self.server} server, {self.client} client, {self.version}, {self.fault}"


TRIALS = [
    Trial(server, client, version, fault)
    for server, client in PAIRS
    for version in VERSIONS
    for fault in ("none", *REFUSED, "wrong version")
    if fault == "none" or server != client
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """All connections in one capture, as the collection and as tshark tell of them."""
    directory = tmp_path_factory.mktemp("captured")
    recorder = Recorder()
    own = {
        "none": identity(directory, PROBE),
        "no certificate": None,
        "other CA": identity(directory, PROBE, ca=OTHER_CA),
        "expired": identity(directory, PROBE, end=NOW - timedelta(minutes=1)),
    }
    with ExitStack() as stack:
        servers = {
            (maker, version): start(stack, directory, maker, version)
            for maker in ("openssl", "python")
            for version in VERSIONS
        }
        for trial in TRIALS:
            offered = WRONG_VERSION[trial.version][0] if trial.fault == "wrong version" else trial.version
            trusted = OTHER_CA if trial.fault == "distrust" else CA
            with recorder.relay(trial, servers[trial.server, trial.version]) as relay:
                CLIENTS[trial.client](
                    relay.port, directory, offered, own.get(trial.fault, own["none"]), trusted
                )
                assert relay.ended.wait(PATIENCE), trial
    path = directory / "packets.cap"
    recorder.write(path)
    labels = recorder.labels()
    return told_by_the_collection(path, labels), told_by_tshark(path, labels)


def start(stack, directory, maker, version):
    """A server that demands a certificate of the CA and speaks this version alone; gives its port."""
    own = directory / f"{maker}-{version}"
    own.mkdir()
    if maker == "python":
        return stack.enter_context(tls_peer(server_context(identity(own), versions=(version, version)))).port
    demand = ("-Verify", "1", "-verify_return_error", "-cipher", "DEFAULT:@SECLEVEL=0")
    return stack.enter_context(s_server(own, S_FLAGS[version], *demand))


def python_client(port, _directory, version, own, trusted):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_verify_locations(cadata=pem(trusted.certificate))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = {
            "1.0": ssl.TLSVersion.TLSv1,
            "1.2": ssl.TLSVersion.TLSv1_2,
            "1.3": ssl.TLSVersion.TLSv1_3,
        }[version]
    if own is not None:
        context.load_cert_chain(*own)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), PATIENCE) as connection,
            context.wrap_socket(connection) as tls,
        ):
            tls.sendall(REQUEST.encode())
            tls.unwrap()
    except OSError:
        pass  # it was refused, which is for others to tell


def openssl_client(port, directory, version, own, trusted):
    trust = directory / f"trusted-{port}.pem"
    trust.write_text(pem(trusted.certificate))
    s_client(port, version, own, trust)


CLIENTS = {"python": python_client, "openssl": openssl_client}


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_tshark_tells_the_same(told, trial):
    ours, theirs = told
    assert ours[trial][1] == theirs[trial]


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_what_was_done_is_what_is_told(told, trial):
    connection, seen = told[0][trial]
    assert (connection["client"]["address"], connection["server"]["port"]) == ("192.0.2.203", 5061)
    state, alerts = connection["handshake"], seen.alerts
    if trial.fault == "wrong version":
        assert (state, alerts) == ("failed", [(WRONG_VERSION[trial.version][1], 2, 70)])
    elif trial.version == "1.3":
        # A client that refuses has no keys to encrypt its alert with yet; what a server says is encrypted.
        refused = trial.fault == "distrust"
        assert (state, alerts) == (("failed", [("client", 2, 48)]) if refused else ("not_visible", []))
        assert seen.serials == {"client": [], "server": []}
    elif trial.fault == "none":
        assert (state, alerts) == ("complete", [])
        assert len(seen.serials["client"]) >= 1 and len(seen.serials["server"]) >= 1
        assert seen.authorities == (1 if trial.server == "openssl" else 0)  # Python names no CAs
    else:
        side, number = REFUSED[trial.fault]
        assert (state, alerts) == ("failed", [(side, 2, number)])
    if trial.fault != "wrong version":
        assert seen.version == f"TLSv{trial.version}"
