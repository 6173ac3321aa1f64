# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures of Kamailio as SIP server and as SIP client over TLS: tshark tells the same of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

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
    kamailio,
    needs_kamailio,
    s_client,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    OTHER_CA,
    PATIENCE,
    PROBE,
    identity,
    plain_peer,
    read_head,
    response,
    server_context,
)

pytestmark = [needs_tshark, needs_kamailio]

VERSIONS = ("1.0", "1.2", "1.3")
REFUSED = {
    "no certificate": ("server", 40),
    "other CA": ("server", 48),
    "expired": ("server", 45),
    "distrust": ("client", 48),
}
#: A version that the other side speaks alone.
WRONG_VERSION = {"1.0": "1.2", "1.2": "1.0", "1.3": "1.0"}


@dataclass(frozen=True)
class Trial:
    """A connection that Kamailio takes (as server) or makes (as client), and what is wrong with the client."""

    role: str
    version: str
    fault: str

    def __str__(self):
        return f"{self.role}, {self.version}, {self.fault}"


TRIALS = [
    Trial(role, version, fault)
    for role in ("server", "client")
    for version in VERSIONS
    for fault in ("none", *REFUSED, "wrong version")
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
    own["distrust"] = own["wrong version"] = own["none"]
    trusted = dict.fromkeys(own, directory / "ca.pem") | {"distrust": directory / "other.pem"}
    trusted["none"].write_text(pem(CA.certificate))
    trusted["distrust"].write_text(pem(OTHER_CA.certificate))
    for version in VERSIONS:
        with ExitStack() as stack:
            # Kamailio must know the ports to which it connects before it starts.
            relays = {}
            for fault in own:
                spoken = WRONG_VERSION[version] if fault == "wrong version" else version
                context = server_context(identity(directory), versions=(spoken, spoken))
                peer = stack.enter_context(plain_peer(partial(answer_once, context)))
                relays[fault] = stack.enter_context(
                    recorder.relay(Trial("client", version, fault), peer.port)
                )
            home = directory / version
            home.mkdir()
            clients = [(relays[fault].port, own[fault], trusted[fault]) for fault in relays]
            server = stack.enter_context(kamailio(home, version, clients))
            for fault, shown in own.items():
                server.send_on(relays[fault].port)
                with recorder.relay(Trial("server", version, fault), server.port) as relay:
                    spoken = WRONG_VERSION[version] if fault == "wrong version" else version
                    s_client(relay.port, spoken, shown, trusted[fault])
                    assert relay.ended.wait(PATIENCE), (version, fault)
            for fault, relay in relays.items():
                assert relay.ended.wait(PATIENCE), (version, fault)
    path = directory / "packets.cap"
    recorder.write(path)
    labels = recorder.labels()
    return told_by_the_collection(path, labels), told_by_tshark(path, labels)


def answer_once(context, connection, _peer):
    """Answer and close: Kamailio would keep the connection."""
    with context.wrap_socket(connection, server_side=True) as tls:
        request = read_head(tls)
        if request:
            tls.sendall(response(request, "200 OK"))


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_tshark_tells_the_same(told, trial):
    ours, theirs = told
    assert ours[trial][1] == theirs[trial]


@pytest.mark.parametrize("trial", TRIALS, ids=str)
def test_what_was_done_is_what_is_told(told, trial):
    connection, seen = told[0][trial]
    state, alerts = connection["handshake"], seen.alerts
    if trial.fault == "wrong version":
        client, server = trial.version, WRONG_VERSION[trial.version]
        if trial.role == "server":
            client, server = server, client
        # The server refuses, but one of TLS 1.0 cannot know that a client of 1.2 takes no less (RFC 5246, E.1);
        # a client of TLS 1.3 lists its versions.
        refuser = "client" if (client, server) == ("1.2", "1.0") else "server"
        assert (state, alerts) == ("failed", [(refuser, 2, 70)])
        return
    assert seen.version == f"TLSv{trial.version}"
    if trial.version == "1.3":
        # A client that refuses has no keys to encrypt its alert with yet; what a server says is encrypted.
        refused = trial.fault == "distrust"
        assert (state, alerts) == (("failed", [("client", 2, 48)]) if refused else ("not_visible", []))
    elif trial.fault == "none":
        assert (state, alerts) == ("complete", [])
        assert connection["client_chain"][0]["subject"]["CN"] == PROBE
        assert seen.authorities == (1 if trial.role == "server" else 0)  # Python names no CAs
    else:
        side, number = REFUSED[trial.fault]
        assert (state, alerts) == ("failed", [(side, 2, number)])
