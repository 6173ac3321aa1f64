# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_tls_probe with peers of other makers: Kamailio as SIP server, OpenSSL's binary as client.

Kamailio's check of the peer's common name stands in for Unified CM's X.509 Subject Name.
"""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_tls_probe
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import NOW, execute, openssl
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.other_makers import (
    kamailio,
    needs_kamailio,
    s_server,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    NODE,
    OTHER_CA,
    PROBE,
    identity,
)

BOTH_VERSIONS = pytest.mark.parametrize("version", ["1.2", "1.3"])


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
    with kamailio(tmp_path, version) as server:
        port = server.port
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
    for result in (good, alone, other_name, *refused.values()):
        assert result["client_certificate_authorities"] == [CA.certificate.subject.rfc4514_string()]
    assert reasons(other_name) == ["options_refused"] and other_name["options"]["status"] == 403
    for number, result in refused.items():
        assert reasons(result) == ["client_certificate_refused"]
        assert f"alert {number} " in result["findings"][0]["text"]
    # OpenSSL's client sees the same certificates, version and cipher.
    assert shown["certificates"] == [one["certificate"].strip() for one in good["chain"]]
    assert (shown["version"], shown["cipher"]) == (version, good["tls"]["cipher"])
    assert shown["authorities"] == good["client_certificate_authorities"]


def s_client(port, certificate, key):
    done = openssl(
        "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts", "-cert", certificate, "-key", key,
        "-nameopt", "RFC2253",
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    version, cipher = re.search(r"^New, TLSv([\d.]+), Cipher is (\S+)", done.stdout, re.MULTILINE).groups()
    certificates = re.findall(r"-----BEGIN CERT.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)
    named = re.search(r"^Acceptable client certificate CA names\n((?:\w+=.*\n)+)", done.stdout, re.MULTILINE)
    return {
        "version": version,
        "cipher": cipher,
        "certificates": certificates,
        "authorities": named.group(1).splitlines(),
    }


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
    # Its -CAfile are the CAs that it names.
    named = [CA.certificate.subject.rfc4514_string()] if demanded else None
    assert result["client_certificate_authorities"] == named
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
    assert result["client_certificate_authorities"] == [CA.certificate.subject.rfc4514_string()]
    assert result["tls"] == {"version": "1.0", "cipher": "AES128-SHA", "established": True}
    assert reasons(result) == ["tls_version_too_low"]
