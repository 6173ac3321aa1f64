# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP peers of other makers for the tests: Kamailio, and OpenSSL's binary. Each runs on loopback until its test ends.

Kamailio's check of the peer's common name stands in for Unified CM's X.509 Subject Name.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import openssl
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    PROBE,
    free_port,
    identity,
)

MODULES = next(iter(Path("/usr/lib").glob("*/kamailio/modules/tls.so")), None)
needs_kamailio = pytest.mark.skipif(
    shutil.which("kamailio") is None or MODULES is None,
    reason="Kamailio with TLS is not installed (Debian: kamailio kamailio-tls-modules)",
)
START_SECONDS = 300

KAMAILIO = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
dns=no
rev_dns=no
listen=tls:127.0.0.1:{port}
listen=udp:127.0.0.1:{udp_port}
mpath="{modules}/"
loadmodule "tls.so"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("tls", "config", "{directory}/tls.cfg")
modparam("tls", "xavp_cfg", "tls")
request_route {{
  if ($proto == "udp") {{
    $xavp(tls=>server_id) = $rU;  # the section of tls.cfg
    $du = "sip:127.0.0.1:" + $rp + ";transport=tls";
    forward();
    exit;
  }}
  if ($tls_peer_subject_cn != "{peer}") {{ sl_send_reply("403", "Forbidden"); exit; }}
  if (is_method("OPTIONS")) {{ append_to_reply("Allow: OPTIONS\\r\\n"); sl_send_reply("200", "OK"); exit; }}
  sl_send_reply("405", "Method Not Allowed");
}}
"""
TLS = """[server:default]
method = {method}
cipher_list = DEFAULT:@SECLEVEL=0
verify_certificate = yes
require_certificate = yes
verify_depth = 3
certificate = {certificate}
private_key = {key}
ca_list = {ca}
"""
TLS_CLIENT = """[client:any]
server_name = port-{port}.example.com
server_id = port-{port}
method = {method}
cipher_list = DEFAULT:@SECLEVEL=0
verify_certificate = yes
require_certificate = yes
verify_depth = 3
ca_list = {ca}
"""
METHODS = {"1.0": "TLSv1", "1.2": "TLSv1.2", "1.3": "TLSv1.2+"}  # 5.6 has no word for 1.3 alone


@dataclass(frozen=True)
class Kamailio:
    """Where it listens: SIP over TLS, and over UDP for what it is to send on over TLS."""

    port: int
    udp_port: int

    def send_on(self, port):
        """Have it ask OPTIONS on a port over TLS; the answer is not waited for."""
        request = (
            f"OPTIONS sip:port-{port}@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{port}\r\n"
            f"From: <sip:127.0.0.1>;tag={port}\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {port}\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 9\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.sendto(request.encode(), ("127.0.0.1", self.udp_port))


@contextmanager
def kamailio(directory: Path, version: str, clients=()):
    """A Kamailio that demands a certificate of the CA.

    As a client it has, for each port of `clients`, the identity (None for none) and the path of the CA.
    """
    certificate, key = identity(directory, names=("DNS:cucm-sub.example.com",))
    ca = directory / "ca.pem"
    ca.write_text(pem(CA.certificate))
    method = METHODS[version]
    made = [TLS.format(method=method, certificate=certificate, key=key, ca=ca)]
    for client_port, own, trusted in clients:
        made.append(TLS_CLIENT.format(port=client_port, method=method, ca=trusted))
        if own is not None:
            made.append("certificate = {}\nprivate_key = {}\n".format(*own))
    (directory / "tls.cfg").write_text("".join(made))
    own = Kamailio(free_port(), free_udp_port())
    (directory / "kamailio.cfg").write_text(
        KAMAILIO.format(
            directory=directory, modules=MODULES.parent, peer=PROBE, port=own.port, udp_port=own.udp_port
        )
    )
    log = directory / "kamailio.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            (
                "kamailio",
                "-DD",
                "-E",
                "-m",
                "32",
                "-M",
                "4",
                "-Y",
                directory,
                "-f",
                directory / "kamailio.cfg",
            ),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(own.port, process, log)
        yield own
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own
            process.wait(10)


def free_udp_port():
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


def wait_for(port, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"Kamailio did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def s_server(directory, *more):
    """OpenSSL's own server; gives its port."""
    certificate, key = identity(directory)
    (directory / "ca.pem").write_text(pem(CA.certificate))
    with (directory / "s_server.log").open("wb") as log:
        process = subprocess.Popen(
            ("openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key,
             "-CAfile", directory / "ca.pem", *more),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield port_of(process, directory / "s_server.log")
    finally:
        process.kill()
        process.communicate(timeout=300)


def port_of(process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^ACCEPT 127\.0\.0\.1:(\d+)", log.read_text(), re.MULTILINE)
        if found:
            return int(found.group(1))
        time.sleep(0.02)
    return pytest.fail(f"openssl s_server did not start:\n{log.read_text()}")


#: The options of s_server and s_client for one version alone.
S_FLAGS = {"1.0": "-tls1", "1.2": "-tls1_2", "1.3": "-tls1_3"}


def s_client(port, version, own, trusted):
    """OpenSSL's own client asks OPTIONS and leaves; `own` is None for no certificate, `trusted` the path of a CA."""
    openssl(
        "s_client", "-connect", f"127.0.0.1:{port}", S_FLAGS[version], "-cipher", "DEFAULT:@SECLEVEL=0",
        "-CAfile", trusted, "-verify_return_error", *(("-cert", own[0], "-key", own[1]) if own else ()),
        input="OPTIONS sip:192.0.2.200 SIP/2.0\r\nContent-Length: 0\r\n\r\n", check=False,
    )  # fmt: skip
