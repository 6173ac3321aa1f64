# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_tls_probe as a whole, against real TLS servers on loopback."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_tls_probe
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    execute,
    key,
    make_ca,
    make_issuing_ca,
    openssl,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    NODE,
    OTHER_CA,
    PROBE,
    free_port,
    identity,
    identity_files,
    plain_peer,
    response,
    server_context,
    tls_peer,
)

BOTH_VERSIONS = pytest.mark.parametrize("versions", [("1.2", "1.2"), ("1.3", "1.3")], ids=["1.2", "1.3"])


@pytest.fixture
def own(tmp_path):
    """The options for the probe's own identity."""
    certificate, private_key = identity(tmp_path, PROBE)
    return {"client_certificate_path": certificate, "client_key_path": private_key}


def probe(port, **params):
    defaults = {"host": "127.0.0.1", "port": port, "timeout": 5, "ca_content": pem(CA.certificate)}
    defaults["expected_subject_names"] = [NODE]
    given = {name: value for name, value in {**defaults, **params}.items() if value is not None}
    result, warnings = execute(sip_tls_probe.DEFINITION, given)
    assert warnings == []
    json.dumps(result)
    assert all(finding["text"] and finding["remedy"] for finding in result.get("findings", ()))
    return result


def reasons(result):
    return [finding["reason"] for finding in result["findings"]]


def missed(result):
    return [(missing["reason"], missing["asked"]) for missing in result["not_measured"]]


@BOTH_VERSIONS
def test_a_good_peer_passes(tmp_path, own, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        result = probe(
            peer.port, **own, negative_probes=["no_certificate", "throw_away_ca", "no_certificate"]
        )
        assert peer.connections == 4  # the fourth offers EC keys alone
    assert result["findings"] == [] and result["not_measured"] == []
    assert result["passed"] and not result["changed"]
    assert result["tls"]["version"] == versions[0] and result["tls"]["established"]
    assert result["chain"][0]["subject"]["CN"] == NODE
    assert result["subject_match"] == {"name": NODE, "field": "common_name"}
    assert result["client_certificate_demanded"] is True
    assert result["client_certificate_authorities"] == []  # Python's server names none
    elapsed = result["options"].pop("elapsed")
    assert 0 <= elapsed < 5
    assert result["options"] == {
        "status": 200,
        "reason_phrase": "OK",
        "server": "Test-Peer/1",
        "user_agent": None,
        "allow": None,
    }
    first = "handshake_failure" if versions[0] == "1.2" else "certificate_required"
    assert [(one["probe"], one["refused"], one["alert"]) for one in result["probes"]] == [
        ("no_certificate", True, first),
        ("throw_away_ca", True, "unknown_ca"),
    ]


@BOTH_VERSIONS
def test_without_an_identity_everything_else_is_measured(tmp_path, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        result = probe(peer.port)
    assert result["findings"] == [] and result["passed"]
    assert result["client_certificate_demanded"] is True
    assert result["chain"] and result["options"] is None
    assert missed(result) == [("options", False)]


@BOTH_VERSIONS
@pytest.mark.parametrize("send_options", [True, False])
def test_a_peer_that_demands_no_certificate(tmp_path, own, versions, send_options):
    with tls_peer(server_context(identity(tmp_path), versions=versions, demand=False)) as peer:
        result = probe(
            peer.port, **own, send_options=send_options, negative_probes=["no_certificate", "throw_away_ca"]
        )
    assert reasons(result) == [
        "client_certificate_not_demanded",
        "no_certificate_accepted",
        "throw_away_ca_accepted",
    ]
    assert result["client_certificate_demanded"] is False
    assert result["client_certificate_authorities"] is None
    assert [one["refused"] for one in result["probes"]] == [False, False]
    assert not result["passed"]


@BOTH_VERSIONS
def test_a_peer_that_asks_and_does_not_mind(tmp_path, versions):
    with tls_peer(server_context(identity(tmp_path), versions=versions, optional=True)) as peer:
        result = probe(peer.port)
    assert reasons(result) == ["client_certificate_optional"]


@BOTH_VERSIONS
@pytest.mark.parametrize("send_options", [True, False])
@pytest.mark.parametrize(
    ("how", "words", "remedy"),
    [
        ({"ca": OTHER_CA}, "alert 48 unknown_ca", "CallManager-trust"),
        ({"end": NOW - timedelta(minutes=1)}, "alert 45 certificate_expired", "clocks"),
        ({"extended": ("serverAuth",)}, "alert 43 unsupported_certificate", "clientAuth"),
    ],
    ids=["other CA", "expired", "server only"],
)
def test_our_certificate_is_refused(tmp_path, versions, send_options, how, words, remedy):
    certificate, private_key = identity(tmp_path, PROBE, **how)
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        result = probe(
            peer.port,
            client_certificate_path=certificate,
            client_key_path=private_key,
            send_options=send_options,
        )
    assert reasons(result) == ["client_certificate_refused"]
    (finding,) = result["findings"]
    assert words in finding["text"] and repr(PROBE) in finding["text"]
    assert remedy in finding["remedy"]
    assert missed(result) == ([("options", True)] if send_options else [])


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"start": NOW - timedelta(days=9), "end": NOW - timedelta(days=1)}, ["expired", "outlives_issuer"]),
        ({"start": NOW + timedelta(days=1)}, ["not_yet_valid"]),
        ({"extended": ("serverAuth",)}, ["extended_key_usage_missing"]),
        ({"ca": OTHER_CA}, ["issuer_not_trusted"]),
        ({"with_key": "rsa1024"}, ["key_too_small"]),
        ({"usages": ("keyEncipherment",)}, ["key_usage_missing"]),
        ({"with_key": "ec256"}, ["key_type_wrong"]),
    ],
    ids="-".join,
)
def test_a_certificate_that_no_peer_would_take(tmp_path, own, how, found):
    with tls_peer(server_context(identity(tmp_path, **how))) as peer:
        result = probe(peer.port, **own)
    assert reasons(result) == found
    assert all("Certificate Management" in finding["remedy"] for finding in result["findings"])
    assert result["options"]["status"] == 200  # all the rest is measured nevertheless


def test_a_certificate_without_extended_key_usage_is_a_note(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path, extended=None))) as peer:
        result = probe(peer.port, **own)
    assert result["passed"] and reasons(result) == []
    assert [note["reason"] for note in result["notes"]] == ["extended_key_usage_absent"]


def test_an_elliptic_certificate_for_its_service(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path, with_key="ec256"))) as peer:
        assert probe(peer.port, **own, service="CallManager-ECDSA")["passed"]


@pytest.mark.parametrize(
    ("trusted", "found"),
    [
        ("root", []),
        ("issuing", ["issuer_not_trusted"]),
        ("both", []),
        ("none of them", ["issuer_not_trusted"]),
    ],
)
def test_intermediates_come_over_the_wire_and_the_root_must_be_ones_own(tmp_path, own, trusted, found):
    ca = make_issuing_ca()
    issuing, root = ca.chain
    given = {
        "root": [root],
        "issuing": [issuing],
        "both": [issuing, root],
        "none of them": [OTHER_CA.certificate],
    }
    bundle = "".join(map(pem, given[trusted]))
    files = identity(tmp_path, ca=ca)
    with tls_peer(server_context(files)) as peer:
        result = probe(peer.port, **own, ca_content=bundle)
    assert reasons(result) == found
    # openssl says the same of what was shown
    shown = [one["certificate"] for one in result["chain"]]
    for name, text in (("leaf", shown[0]), ("rest", "".join(shown[1:])), ("trusted", bundle)):
        (tmp_path / f"{name}.pem").write_text(text)
    verified = openssl(
        "verify", "-purpose", "sslserver", "-no-CAfile", "-no-CApath", "-CAfile", tmp_path / "trusted.pem",
        "-untrusted", tmp_path / "rest.pem", tmp_path / "leaf.pem", check=False,
    )  # fmt: skip
    assert (verified.returncode == 0) == (found == [])


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_self_signed_node(tmp_path, own, is_trusted):
    node = make_ca(
        NODE,
        with_key="rsa2048-node",
        ca=False,
        usages=("digitalSignature", "keyEncipherment", "keyCertSign"),  # as nodes have it
        extended=("serverAuth", "clientAuth"),
    )
    files = identity_files(tmp_path, [node.certificate], key("rsa2048-node"))
    trusted = node if is_trusted else CA
    with tls_peer(server_context(files)) as peer:
        result = probe(peer.port, **own, ca_content=pem(trusted.certificate))
    assert reasons(result) == ([] if is_trusted else ["self_signed"])


@pytest.mark.parametrize(
    ("names", "alternatives", "match"),
    [
        (["other", NODE], (), {"name": NODE, "field": "common_name"}),
        (
            ["sub.example.com"],
            ("DNS:sub.example.com",),
            {"name": "sub.example.com", "field": "subject_alt_name"},
        ),
        (
            ["Sub.Example.com"],
            ("DNS:Sub.Example.com",),
            {"name": "Sub.Example.com", "field": "subject_alt_name"},
        ),
        (["192.0.2.7"], ("IP:192.0.2.7",), {"name": "192.0.2.7", "field": "subject_alt_name"}),
        (["127.0.0.1"], (), None),  # the host's own address means nothing
        ([NODE.upper()], (), None),
        (["cucm-pub"], (), None),
    ],
)
def test_the_subject_by_the_rule_of_unified_cm(tmp_path, own, names, alternatives, match):
    with tls_peer(server_context(identity(tmp_path, names=alternatives))) as peer:
        result = probe(peer.port, **own, expected_subject_names=names)
    assert result["subject_match"] == match
    assert reasons(result) == ([] if match else ["subject_name_differs"])
    if not match:
        (finding,) = result["findings"]
        assert NODE in finding["text"] and names[0] in finding["text"]
        assert "X.509 Subject Name" in finding["remedy"]
        assert ("upper and lower case" in finding["text"]) == (names == [NODE.upper()])


def test_a_dot_at_the_end_of_a_name_is_not_compared_and_that_is_said(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path, names=("DNS:sip.example.com.",)))) as peer:
        result = probe(peer.port, **own, expected_subject_names=["sip.example.com"])
    assert result["subject_match"] == {"name": "sip.example.com", "field": "subject_alt_name"}
    assert [note["reason"] for note in result["notes"]] == ["trailing_dot"]
    assert "sip.example.com." in result["notes"][0]["text"]
    assert result["passed"]


def test_nothing_to_judge_by_is_said(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path, ca=OTHER_CA))) as peer:
        result = probe(peer.port, **own, ca_content=None, expected_subject_names=[])
    assert result["passed"]
    assert missed(result) == [("trust", False), ("subject", False)]


def test_only_tls_10(tmp_path, own):
    context = server_context(identity(tmp_path), versions=("1.0", "1.0"))
    with tls_peer(context) as peer:
        modern = probe(peer.port, **own, negative_probes=["no_certificate"])
        seen = probe(peer.port, **own, allow_legacy_tls=True)
        allowed = probe(peer.port, **own, allow_legacy_tls=True, min_tls_version="1.0")
    assert reasons(modern) == ["tls_version_not_shared"] and modern["tls"] is None
    assert ("certificates", True) in missed(modern) and ("no_certificate", True) in missed(modern)
    assert modern["probes"] == [
        {"probe": "no_certificate", "refused": None, "how": "not made", "alert": None}
    ]
    assert reasons(seen) == ["tls_version_too_low"] and seen["tls"]["version"] == "1.0"
    assert allowed["passed"]


def test_a_version_that_is_demanded(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path), versions=("1.2", "1.2"))) as peer:
        assert reasons(probe(peer.port, **own, min_tls_version="1.3")) == ["tls_version_too_low"]


def test_no_shared_cipher(tmp_path, own):
    context = server_context(identity(tmp_path), versions=("1.2", "1.2"))
    context.set_ciphers("PSK-AES128-CBC-SHA256:@SECLEVEL=0")
    with tls_peer(context) as peer:
        result = probe(peer.port, **own)
    assert reasons(result) == ["no_shared_cipher"]
    assert "TLS Ciphers" in result["findings"][0]["remedy"]


def test_a_cipher_that_encrypts_nothing(tmp_path, own):
    context = server_context(identity(tmp_path), versions=("1.2", "1.2"))
    context.set_ciphers("NULL-SHA256:@SECLEVEL=0")
    with tls_peer(context) as peer:
        result = probe(peer.port, **own)
    assert reasons(result) == ["cipher_weak"]
    assert "chose the cipher NULL-SHA256" in result["findings"][0]["text"]
    assert "encrypts nothing" in result["findings"][0]["text"]
    assert "TLS Ciphers of 127.0.0.1" in result["findings"][0]["remedy"]
    assert result["options"]["status"] == 200 and not result["passed"]


def test_a_cipher_without_certificates(tmp_path):
    context = server_context(identity(tmp_path), versions=("1.2", "1.2"), demand=False)
    context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    with tls_peer(context) as peer:
        result = probe(peer.port)
    assert reasons(result) == ["cipher_weak", "client_certificate_not_demanded"]
    assert ("certificates", True) in missed(result) and result["chain"] == []


def test_the_key_exchange_of_old_releases_is_no_finding(tmp_path, own):
    context = server_context(identity(tmp_path), versions=("1.2", "1.2"))
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    with tls_peer(context) as peer:
        result = probe(peer.port, **own)
    assert result["tls"]["cipher"] == "AES128-SHA" and result["passed"]


def test_a_closed_port(own):
    result = probe(free_port(), **own, negative_probes=["throw_away_ca"])
    assert reasons(result) == ["connection_refused"]
    assert not result["reachable"] and result["chain"] == [] and result["options"] is None
    assert "Incoming Port" in result["findings"][0]["remedy"]
    assert result["client_certificate_demanded"] is None
    assert result["client_certificate_authorities"] is None


@pytest.mark.parametrize(
    ("say", "reason"),
    [
        (b"SIP/2.0 400 Bad Request\r\n\r\n", "not_tls"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_tls"),
        (None, "tls_timeout"),
        (b"", "connection_closed"),
    ],
)
def test_a_port_without_tls(say, reason):
    def serve(connection, peer):
        connection.recv(4096)
        if say == b"":
            return
        if say:
            connection.sendall(say)
        peer.wait_until_gone(connection)

    with plain_peer(serve) as peer:
        result = probe(peer.port, timeout=1)
    assert reasons(result) == [reason]
    assert "Incoming Transport Type" in result["findings"][0]["remedy"]
    assert result["reachable"] and not result["passed"]


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("status", "words"),
    [("403 Forbidden", "X.509 Subject Name"), ("401 Unauthorized", "Digest"), ("503 Busy", "destination")],
)
def test_options_is_refused(tmp_path, own, versions, status, words):
    context = server_context(identity(tmp_path), versions=versions)
    with tls_peer(context, lambda request: response(request, status)) as peer:
        result = probe(peer.port, **own)
    assert reasons(result) == ["options_refused"]
    assert status in result["findings"][0]["text"] and words in result["findings"][0]["remedy"]
    assert result["options"]["status"] == int(status[:3])


@pytest.mark.parametrize(
    "status", ["405 Method Not Allowed", "404 Not Found", "501 Not Implemented", "302 Moved"]
)
def test_other_answers_to_options_are_alive(tmp_path, own, status):
    with tls_peer(server_context(identity(tmp_path)), lambda request: response(request, status)) as peer:
        result = probe(peer.port, **own)
    assert result["passed"] and reasons(result) == []
    assert [note["reason"] for note in result["notes"]] == ["options_answer"]
    assert status in result["notes"][0]["text"]


def test_a_version_of_sip_in_lower_case_is_read(tmp_path, own):
    def answer(request):
        return response(request, "200 OK").replace(b"SIP/2.0 200", b"sip/2.0 200")

    with tls_peer(server_context(identity(tmp_path)), answer) as peer:
        result = probe(peer.port, **own)
    assert result["passed"] and result["options"]["status"] == 200


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "options_timeout"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "options_answer_malformed"),
        (b"SIP/2.0 200 OK\r\nX: " + b"y" * 2_000_000, "options_answer_malformed"),
    ],
    ids=["never", "garbage", "huge"],
)
def test_options_is_not_answered(tmp_path, own, versions, data, reason):
    context = server_context(identity(tmp_path), versions=versions)
    with tls_peer(context, lambda _request: data) as peer:
        result = probe(peer.port, **own, timeout=1)
    assert reasons(result) == [reason]
    assert result["options"] is None


@BOTH_VERSIONS
def test_the_connection_ends_instead_of_an_answer(tmp_path, own, versions):
    context = server_context(identity(tmp_path), versions=versions)

    def serve(connection, _peer):
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)

    with plain_peer(serve) as peer:
        result = probe(peer.port, **own)
    assert reasons(result) == ["options_connection_ended"]


def test_a_silent_server_of_tls_13_is_not_measured(tmp_path, own):
    context = server_context(identity(tmp_path), versions=("1.3", "1.3"), optional=True, tickets=False)
    with tls_peer(context) as peer:
        result = probe(peer.port, send_options=False, timeout=1, negative_probes=["no_certificate"])
    assert result["findings"] == [] and not result["passed"]
    assert missed(result) == [("client_certificate_demand", True), ("no_certificate", True)]
    assert result["probes"][0]["refused"] is None


def test_text_of_the_peer_is_shown_on_one_short_line(tmp_path, own):
    def answer(request):
        return response(request, "480 \x1b[31mred", [f"Server: {'x' * 5000}"])

    with tls_peer(server_context(identity(tmp_path)), answer) as peer:
        result = probe(peer.port, **own)
    assert "\x1b" not in json.dumps(result, ensure_ascii=False)
    assert len(result["options"]["server"]) == 201


def test_findings_fail_the_task_when_asked_for(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path, ca=OTHER_CA))) as peer:
        result = probe(peer.port, **own, fail_on_findings=True)
    assert result["failed"] and result["reason"] == "probe_failed" and not result["changed"]
    assert reasons(result) == ["issuer_not_trusted"] and not result["passed"]
    assert "127.0.0.1, probe of SIP port" in result["msg"]
    assert result["findings"][0]["text"] in result["msg"]


def test_a_pass_is_no_failure(tmp_path, own):
    with tls_peer(server_context(identity(tmp_path))) as peer:
        assert not probe(peer.port, **own, fail_on_findings=True).get("failed")


def test_the_throw_away_identity_vanishes(tmp_path, own, monkeypatch):
    made = []
    write = sip_tls_probe.write_atomically

    def watch(path, data, *, mode):
        write(path, data, mode=mode)
        made.append((Path(path), Path(path).stat().st_mode & 0o777))

    monkeypatch.setattr(sip_tls_probe, "write_atomically", watch)
    with tls_peer(server_context(identity(tmp_path))) as peer:
        probe(peer.port, **own, negative_probes=["throw_away_ca"])
    assert [mode for _path, mode in made] == [0o600, 0o600]
    assert not any(path.parent.exists() for path, _mode in made)


@pytest.mark.parametrize(
    ("params", "option", "reason"),
    [
        ({"host": "https://cucm.example.com"}, "host", "invalid_option"),
        ({"port": 0}, "port", "invalid_option"),
        ({"timeout": 0}, "timeout", "invalid_option"),
        (
            {"expected_subject_names": ["a.example.com,b.example.com"]},
            "expected_subject_names",
            "invalid_option",
        ),
        ({"expected_subject_names": [""]}, "expected_subject_names", "invalid_option"),
        ({"min_tls_version": "1.0"}, "min_tls_version", "invalid_option"),
        ({"ca_content": None, "ca_path": "/nowhere.pem"}, "ca_path", "file_unreadable"),
        (
            {"client_certificate_path": "/nowhere.pem", "client_key_path": "/nowhere.key"},
            "client_key_path",
            "file_unreadable",
        ),
        ({"ca_content": "no certificate"}, None, "certificate_unreadable"),
    ],
)
def test_an_option_that_cannot_be_used(params, option, reason):
    result = probe(**{"port": free_port(), **params})
    assert result["failed"] and result["reason"] == reason
    if option:
        assert f"Option: {option}." in result["msg"]


def test_a_ca_in_a_file(tmp_path, own):
    path = tmp_path / "ca.pem"
    path.write_text(pem(CA.certificate))
    with tls_peer(server_context(identity(tmp_path))) as peer:
        assert probe(peer.port, **own, ca_content=None, ca_path=str(path))["passed"]


@pytest.mark.parametrize(
    ("options", "found"),
    [({}, ["extended_key_usage_missing"]), ({"require_client_auth": "never"}, [])],
)
def test_a_certificate_without_client_authentication(tmp_path, own, options, found):
    with tls_peer(server_context(identity(tmp_path, extended=("serverAuth",)))) as peer:
        assert reasons(probe(peer.port, **own, **options)) == found


def both_keys(tmp_path, versions, name="cucm-pub-EC.example.com"):
    """A server with a certificate of each key type, as a node of release 15SU2 has them."""
    context = server_context(identity(tmp_path), versions=versions)
    context.load_cert_chain(*identity(tmp_path, name, with_key="ec384"))
    return context


@BOTH_VERSIONS
def test_each_certificate_of_a_port_is_reported(tmp_path, own, versions):
    names = [NODE, "cucm-pub-EC.example.com"]
    with tls_peer(both_keys(tmp_path, versions)) as peer:
        result = probe(peer.port, **own, expected_subject_names=names, service="CallManager-ECDSA")
    rsa, elliptic = result["offers"]
    assert [one["certificate"]["subject"]["CN"] for one in (rsa, elliptic)] == names
    assert [one["shown"] for one in (rsa, elliptic)] == [True, True]
    assert (rsa["preferred"], elliptic["preferred"]) == (False, True)  # by OpenSSL's own order
    assert {one["tls_version"] for one in (rsa, elliptic)} == {versions[0]}
    assert result["notes"] == []


def test_the_second_certificate_has_a_name_that_is_not_expected(tmp_path, own):
    with tls_peer(both_keys(tmp_path, ("1.3", "1.3"), "other.example.com")) as peer:
        options = {"expected_subject_names": ["other.example.com"], "service": "CallManager-ECDSA"}
        result = probe(peer.port, **own, **options)
    (note,) = result["notes"]
    assert note["reason"] == "other_certificate_name" and repr(NODE) in note["text"]
    assert result["passed"]


@pytest.mark.parametrize("key_types", [[], ["rsa"], ["ec"]])
def test_only_the_types_that_were_asked_for_are_offered(tmp_path, own, key_types):
    with tls_peer(server_context(identity(tmp_path))) as peer:
        result = probe(peer.port, **own, key_types=key_types)
        assert peer.connections == 1 + ("ec" in key_types)
    assert [offer["key_type"] for offer in result["offers"]] == key_types
