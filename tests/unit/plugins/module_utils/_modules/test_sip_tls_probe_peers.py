# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_tls_probe with peers of other makers: Kamailio as SIP server, OpenSSL's binary as client.

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
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_tls_probe
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.builders import NOW, execute, openssl
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    NODE,
    OTHER_CA,
    PROBE,
    free_port,
    identity,
)

MODULES = next(iter(Path("/usr/lib").glob("*/kamailio/modules/tls.so")), None)
needs_kamailio = pytest.mark.skipif(
    shutil.which("kamailio") is None or MODULES is None,
    reason="Kamailio with TLS is not installed (Debian: kamailio kamailio-tls-modules)",
)
BOTH_VERSIONS = pytest.mark.parametrize("version", ["1.2", "1.3"])
START_SECONDS = 20

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
mpath="{modules}/"
loadmodule "tls.so"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("tls", "config", "{directory}/tls.cfg")
request_route {{
  if ($tls_peer_subject_cn != "{peer}") {{ sl_send_reply("403", "Forbidden"); exit; }}
  if (is_method("OPTIONS")) {{ append_to_reply("Allow: OPTIONS\\r\\n"); sl_send_reply("200", "OK"); exit; }}
  sl_send_reply("405", "Method Not Allowed");
}}
"""
TLS = """[server:default]
method = {method}
verify_certificate = yes
require_certificate = yes
verify_depth = 3
certificate = {certificate}
private_key = {key}
ca_list = {directory}/ca.pem
"""


@contextmanager
def kamailio(directory: Path, version: str):
    """A Kamailio that demands a certificate of the CA; gives its port."""
    certificate, key = identity(directory, names=("DNS:cucm-sub.example.com",))
    (directory / "ca.pem").write_text(pem(CA.certificate))
    method = {"1.2": "TLSv1.2", "1.3": "TLSv1.2+"}[version]  # 5.6 has no word for 1.3 alone
    values = {"directory": directory, "modules": MODULES.parent, "peer": PROBE, "method": method}
    (directory / "tls.cfg").write_text(TLS.format(**values, certificate=certificate, key=key))
    port = free_port()
    (directory / "kamailio.cfg").write_text(KAMAILIO.format(**values, port=port))
    with (directory / "kamailio.log").open("wb") as log:
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
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(port, process, directory / "kamailio.log")
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own
            process.wait(10)


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


def probe(port, own=None, **params):
    if own is not None:
        params["client_certificate_path"], params["client_key_path"] = own
    defaults = {"host": "127.0.0.1", "port": port, "ca_content": pem(CA.certificate)}
    defaults["expected_subject_names"] = ["cucm-sub.example.com"]
    return execute(sip_tls_probe.DEFINITION, {**defaults, **params})[0]


def reasons(result):
    return [finding["reason"] for finding in result["findings"]]


@needs_kamailio
@BOTH_VERSIONS
def test_kamailio(tmp_path, version):
    with kamailio(tmp_path, version) as port:
        good = probe(port, identity(tmp_path, PROBE), negative_probes=["no_certificate", "throw_away_ca"])
        alone = probe(port)
        other_name = probe(port, identity(tmp_path, "other.example.com"))
        refused = {
            48: probe(port, identity(tmp_path, PROBE, ca=OTHER_CA)),
            45: probe(port, identity(tmp_path, PROBE, end=NOW - timedelta(minutes=1))),
            43: probe(port, identity(tmp_path, PROBE, extended=("serverAuth",))),
        }
        shown = s_client(port, *identity(tmp_path, PROBE))
    assert good["passed"], (good["findings"], good["not_measured"])
    assert good["tls"]["version"] == version
    assert good["options"]["status"] == 200 and good["options"]["allow"] == "OPTIONS"
    assert "kamailio" in good["options"]["server"].lower()
    assert good["subject_match"] == {"name": "cucm-sub.example.com", "field": "subject_alt_name"}
    assert [one["refused"] for one in good["probes"]] == [True, True]
    assert good["probes"][1]["alert"] == "unknown_ca"
    assert alone["passed"] and alone["client_certificate_demanded"] is True
    assert reasons(other_name) == ["options_refused"] and other_name["options"]["status"] == 403
    for number, result in refused.items():
        assert reasons(result) == ["client_certificate_refused"]
        assert f"alert {number} " in result["findings"][0]["text"]
    # OpenSSL's client sees the same certificates, version and cipher.
    assert shown["certificates"] == [one["certificate"].strip() for one in good["chain"]]
    assert (shown["version"], shown["cipher"]) == (version, good["tls"]["cipher"])


def s_client(port, certificate, key):
    done = openssl(
        "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts", "-cert", certificate, "-key", key,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    version, cipher = re.search(r"^New, TLSv([\d.]+), Cipher is (\S+)", done.stdout, re.MULTILINE).groups()
    certificates = re.findall(r"-----BEGIN CERT.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)
    return {"version": version, "cipher": cipher, "certificates": certificates}


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
        process.communicate(timeout=10)


def port_of(process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"^ACCEPT 127\.0\.0\.1:(\d+)", log.read_text(), re.MULTILINE)
        if found:
            return int(found.group(1))
        time.sleep(0.02)
    return pytest.fail(f"openssl s_server did not start:\n{log.read_text()}")


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("demand", "demanded", "found"),
    [
        ((), False, ["client_certificate_not_demanded", "throw_away_ca_accepted"]),
        (("-verify", "1"), True, ["client_certificate_optional", "throw_away_ca_accepted"]),
        (("-Verify", "1"), True, ["throw_away_ca_accepted"]),  # demands one, and takes anybody's
        (("-Verify", "1", "-verify_return_error"), True, []),
    ],
    ids=["no demand", "optional", "any", "right"],
)
def test_openssls_server(tmp_path, version, demand, demanded, found):
    with s_server(tmp_path, f"-tls{version.replace('.', '_')}", *demand) as port:
        result = probe(
            port, send_options=False, negative_probes=["throw_away_ca"], expected_subject_names=[NODE]
        )
    assert reasons(result) == found
    assert result["client_certificate_demanded"] is demanded
    assert result["tls"]["version"] == version
    assert result["passed"] == (found == [])


def test_openssls_server_of_tls_10(tmp_path):
    with s_server(
        tmp_path, "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0", "-Verify", "1", "-verify_return_error"
    ) as port:
        result = probe(
            port,
            identity(tmp_path, PROBE),
            send_options=False,
            allow_legacy_tls=True,
            expected_subject_names=[NODE],
        )
    assert result["tls"] == {"version": "1.0", "cipher": "AES128-SHA", "established": True}
    assert reasons(result) == ["tls_version_too_low"]
