# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend for CFSSL: against a real one, and against a server that does what no CFSSL does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    AuthorityUnusable,
    IssuedCertificateRefused,
    OutcomeUnknown,
    RequestDenied,
    RequestKeeper,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.cfssl import (
    CFSSL_ARGUMENTS,
    CfsslBackend,
    SigningProfile,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import ask
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    extended_key_usage,
    key_usage,
    pem,
)
from ansible_collections.ucops.cucm.tests.cas import cfssl as cas
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    TlsServer,
    answer,
    certificate,
    hang_up,
    raw,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.judges import (
    CSRS,
    Reply,
    ScriptedSession,
    assert_hands_are_shaken,
    assert_openssl_verifies,
    make_request,
    write_issued,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = "0123456789abcdef0123456789ABCDEF"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
GOOD = {"expiry": "8760h", "usages": list(cas.GOOD_USAGES)}
PROFILES = {
    "cucm": {**GOOD, "auth_key": "main"},
    "open": GOOD,
    "ipsec": {**GOOD, "usages": [*cas.GOOD_USAGES, "ipsec end system"]},
    "signing": {**GOOD, "usages": ["signing", "data encipherment", "server auth", "client auth"]},
    "eternal": {**GOOD, "expiry": "438000h"},
    "choosy": {**GOOD, "name_whitelist": r"\.example\.net$"},
    "serverAuth": {**GOOD, "usages": [usage for usage in cas.GOOD_USAGES if usage != "client auth"]},
    "clientAuth": {**GOOD, "usages": [usage for usage in cas.GOOD_USAGES if usage != "server auth"]},
    "dataEncipherment": {**GOOD, "usages": [u for u in cas.GOOD_USAGES if u != "data encipherment"]},
    "digitalSignature": {**GOOD, "usages": [u for u in cas.GOOD_USAGES if u != "digital signature"]},
    "authority": {**GOOD, "usages": [*cas.GOOD_USAGES, "cert sign"]},
}
DEFAULT = {"expiry": "8760h", "usages": ["digital signature", "key encipherment", "server auth"]}

CA = make_issuing_ca()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One CFSSL that signs with the issuing CA; chain.pem beside its log has the CAs."""
    if not cas.is_installed():
        pytest.skip(cas.MISSING)
    directory = tmp_path_factory.mktemp("cfssl")
    files = CA.write(directory, passphrase=None)
    with cas.cfssl(
        directory,
        certificate=files["certificate_path"],
        private_key=files["private_key_path"],
        profiles=PROFILES,
        default=DEFAULT,
        auth_keys={"main": KEY},
    ) as running:
        yield running


def validated(**given_options):
    validation = ArgumentSpecValidator(CFSSL_ARGUMENTS).validate(given_options)
    assert not validation.error_messages, validation.error_messages
    return validation.validated_parameters


def make_backend(server, profile="cucm", **changes):
    if profile == "cucm":
        changes.setdefault("auth_key", KEY)
    chain_path = str(server.log.parent / "chain.pem")
    given_options = {"url": server.url, "ca_path": str(server.ca_path), "chain_path": chain_path, **changes}
    return CfsslBackend.from_params(validated(profile=profile, **given_options))


def failure(call, *arguments):
    """The error of the family that the call ends with; no key is in it."""
    with pytest.raises(CucmError) as caught:
        call(*arguments)
    shown = f"{caught.value!r} {caught.value} {caught.value.as_result()}"
    assert KEY not in shown and OTHER_KEY not in shown
    return caught.value


def signed(server):
    """How many certificates the server has signed."""
    return server.log.read_text().count("signed certificate with serial number")


@pytest.mark.parametrize("profile", ["cucm", "open"])
@pytest.mark.parametrize("kind", CSRS)
def test_a_request_of_cucm_is_answered_as_it_asks(server, tmp_path, kind, profile):
    csr, service, key_name = CSRS[kind]
    backend = make_backend(server, profile)
    outcome = ask(backend, make_request(csr, service=service))
    leaf = outcome.certificate
    assert leaf.subject == csr.subject
    assert alt_names(leaf) == alt_names(csr)
    assert set(key_usage(csr)) <= set(key_usage(leaf))
    assert extended_key_usage(leaf) == list(BOTH)
    assert outcome.warnings == ()
    write_issued(tmp_path, leaf, backend.authority(), key_name)
    assert_openssl_verifies(tmp_path)
    assert_hands_are_shaken(tmp_path)


def test_the_end_system_of_ipsec_is_given_by_the_profile(server):
    csr = make_csr(extended=(*BOTH, "ipsecEndSystem"))
    leaf = ask(make_backend(server, "ipsec"), make_request(csr, service="ipsec")).certificate
    assert extended_key_usage(leaf) == [*BOTH, "ipsecEndSystem"]
    error = failure(make_backend(server, "open").prepare, make_request(csr, service="ipsec"))
    assert "'ipsec end system'" in error.remedy


def test_the_validity_is_that_of_the_profile_and_told(server):
    request = make_request(days=100)
    backend = make_backend(server)
    (warning,) = backend.prepare(request)
    assert "365 days" in warning and "100 days" in warning
    leaf = ask(backend, request).certificate
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 365
    assert backend.latest_end(request) is None


def test_a_name_that_cfssl_drops_is_found(server):
    """CFSSL 1.2.0 knows no URIs among the alternative names."""
    csr = make_csr(names=["DNS:a.example.com", "URI:sip:a@example.com"])
    error = failure(ask, make_backend(server), make_request(csr))
    assert (type(error), error.reason) == (IssuedCertificateRefused, "alt_names_differ")
    assert error.details["certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_without_a_chain_file_the_root_is_missing(server):
    error = failure(make_backend(server, chain_path=None).authority)
    assert (error.reason, error.option) == ("ca_chain_incomplete", "cfssl.chain_path")


def test_signing_is_a_word_for_digital_signature(server):
    leaf = ask(make_backend(server, "signing"), make_request()).certificate
    assert "digitalSignature" in key_usage(leaf)


# --- profiles that cannot give the certificate ----------------------------------------------------


@pytest.mark.parametrize("usage", ["serverAuth", "clientAuth", "dataEncipherment", "digitalSignature"])
def test_a_profile_that_lacks_a_usage_is_refused_before_anything_is_signed(server, usage):
    before = signed(server)
    error = failure(make_backend(server, usage).sign, make_request())
    assert (type(error), error.reason) == (AuthorityUnusable, "profile_lacks_usage")
    assert error.option == "cfssl.profile"
    assert usage in str(error)
    assert signed(server) == before


def test_a_profile_for_cas_is_refused_before_anything_is_signed(server):
    before = signed(server)
    error = failure(make_backend(server, "authority").sign, make_request())
    assert error.reason == "profile_signs_certificates"
    assert signed(server) == before


def test_a_profile_that_outlives_the_ca_is_refused_before_anything_is_signed(server):
    before = signed(server)
    error = failure(make_backend(server, "eternal").sign, make_request())
    assert (type(error), error.reason) == (AuthorityUnusable, "outlives_ca")
    assert signed(server) == before


@pytest.mark.parametrize("profile", ["unheard-of", None])
def test_an_unknown_profile_does_not_become_the_default_one_unseen(server, profile):
    """CFSSL would sign with the usages of the default profile, which lack client authentication."""
    before = signed(server)
    error = failure(make_backend(server, profile).sign, make_request())
    assert error.reason == "profile_lacks_usage" and "clientAuth" in str(error)
    assert signed(server) == before


def test_the_probe_finds_a_profile_that_lacks_what_trunks_need_and_signs_nothing(server):
    before = signed(server)
    request = make_request(days=365)
    error = failure(make_backend(server, "serverAuth").probe, request.profile, request.validity, NOW)
    assert error.reason == "profile_lacks_usage" and "clientAuth" in str(error)
    for profile in ("cucm", "open"):
        assert make_backend(server, profile).probe(request.profile, request.validity, NOW) == ()
        make_backend(server, profile).prepare(make_request())
    assert signed(server) == before


# --- access ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "auth_key", "reason", "option"),
    [
        ("cucm", None, "auth_key_required", "cfssl.auth_key"),
        ("cucm", OTHER_KEY, "auth_key_refused", "cfssl.auth_key"),
        ("open", KEY, "profile_unknown", "cfssl.profile"),
    ],
)
def test_a_wrong_key_is_told_before_anything_is_signed(server, profile, auth_key, reason, option):
    request = make_request()
    before = signed(server)
    backend = make_backend(server, profile, auth_key=auth_key)
    for call in (
        lambda: backend.prepare(make_request()),
        lambda: backend.probe(request.profile, request.validity, NOW),
        lambda: backend.sign(make_request()),
    ):
        error = failure(call)
        assert isinstance(error, (AuthenticationFailed, RequestDenied))
        assert (error.reason, error.option) == (reason, option)
    assert signed(server) == before


def test_what_the_policy_of_the_profile_refuses_is_told_in_the_words_of_cfssl(server):
    error = failure(ask, make_backend(server, "choosy"), make_request(make_csr(names=["DNS:a.example.com"])))
    assert isinstance(error, RequestDenied) and error.reason == "request_denied"
    assert "does not match policy whitelist (code 5500)" in str(error)


def test_it_keeps_no_requests(server):
    assert not isinstance(make_backend(server), RequestKeeper)


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"url": "http://ca.example.com:8888"}, "cfssl.url"),
        ({"auth_key": "not hexadecimal"}, "cfssl.auth_key"),
        ({"auth_key": ""}, "cfssl.auth_key"),
        ({"auth_key": "abc"}, "cfssl.auth_key"),
        ({"chain_path": "/nowhere/chain.pem"}, "cfssl.chain_path"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_sent(changes, option):
    params = validated(**{"url": "https://ca.example.com:8888", **changes})
    error = failure(CfsslBackend.from_params, params)
    assert isinstance(error, InvalidOption)
    assert error.option == option
    assert "not hexadecimal" not in str(error)


def test_no_secret_is_shown_by_the_options():
    backend = CfsslBackend.from_params(validated(url="https://ca.example.com", auth_key="abcdef"))
    assert "abcdef" not in f"{backend._options!r}" and "\\xab" not in f"{backend._options!r}"


# --- what no real server does ---------------------------------------------------------------------


def envelope(result=None, *, status=200, message=None, code=400):
    errors = [] if message is None else [{"code": code, "message": message}]
    body = {"success": message is None, "result": result, "errors": errors, "messages": []}
    return answer(status, json.dumps(body).encode(), Content_Type="text/plain; charset=utf-8")


INFO = {"certificate": pem(CA.certificate), "usages": list(cas.GOOD_USAGES), "expiry": "8760h"}
NO_CSR = envelope(status=400, message="CSR Decode failed", code=9002)
#: The answers to all that comes before a CSR is sent.
READY = (envelope(INFO), NO_CSR)


@contextmanager
def scripted(tmp_path, *script, **changes):
    """A backend on a server with this script, the server, and the waits of the backend."""
    authority = certificate("TLS", is_ca=True)
    chain = certificate("127.0.0.1", issuer=authority, names=["127.0.0.1"]).write(tmp_path, "server")
    (tmp_path / "tls.pem").write_text(authority.pem)
    (tmp_path / "root.pem").write_text(pem(CA.chain[-1]))
    with TlsServer(chain, script=list(script)) as server:
        given_options = {
            "url": f"https://127.0.0.1:{server.port}/ca/",
            "ca_path": str(tmp_path / "tls.pem"),
            "chain_path": str(tmp_path / "root.pem"),
            "auth_key": KEY,
            "profile": "cucm",
            **changes,
        }
        waits = []
        backend = CfsslBackend.from_params(validated(**given_options), sleep=waits.append)
        yield backend, server, waits
        backend.close()


def sent(server):
    """What was asked to be signed, in order."""
    wrapped = [json.loads(request.body) for request in server.requests if request.path.endswith("/authsign")]
    requests = [json.loads(base64.b64decode(body["request"])) for body in wrapped]
    return [request["certificate_request"] for request in requests]


HTML = answer(200, b"<html>Please log in</html>", Content_Type="text/html")
LOST = {
    "hung up": hang_up,
    "cut off": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "a page": HTML,
    "a page of a proxy": answer(502, b"<html>Bad gateway</html>"),
    "a page that says later": answer(503, b"<html>Unavailable</html>"),
    "two megabytes": answer(200, b"x" * 2 * 1024 * 1024),
    "half an object": answer(200, b'{"success": tr'),
    "no certificate": envelope({}),
    "no result": envelope(None),
    "a list": answer(200, b"[]"),
    "an unreadable certificate": envelope({"certificate": "-----BEGIN CERTIFICATE-----"}),
    "neither yes nor no": answer(200, b'{"success": 1, "result": {}, "errors": []}'),
    "elsewhere": answer(307, b"", Location="https://other.example.com/"),
}


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_leaves_the_outcome_unknown_and_the_request_is_not_sent_again(tmp_path, kind):
    request = make_request()
    with scripted(tmp_path, *READY, LOST[kind]) as (backend, server, waits):
        error = failure(backend.sign, request)
    assert isinstance(error, OutcomeUnknown)
    assert error.details["spki_sha256"] in str(error)
    assert sent(server)[1:] == [pem(request.csr)]
    assert waits == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (envelope(status=500, message="database\x1b[31m\n is down", code=11000), "is down (code 11000)"),
        (envelope(status=400, message="no " * 50000), "no no"),
        (answer(400, b'{"success": false, "errors": [], "result": null}'), "without a word"),
        (answer(400, b'{"success": false, "errors": [7, {"code": "x"}]}'), "without a word"),
    ],
)
def test_a_refusal_is_told_in_bounded_words(tmp_path, reply, words):
    with scripted(tmp_path, *READY, reply) as (backend, server, _waits):
        error = failure(backend.sign, make_request())
    assert isinstance(error, RequestDenied) and error.reason == "request_denied"
    assert words in str(error)
    assert len(str(error)) < 1000 and str(error).isprintable()
    assert len(sent(server)) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"public_key": make_csr(with_key="rsa2048-other").public_key()}, "key_differs"),
        ({"names": ["DNS:a.example.com", "DNS:www.example.com"]}, "alt_names_differ"),
        ({"extended": ["serverAuth"]}, "extended_key_usage_missing"),
        ({"critical_names": True}, "critical_extension"),
    ],
)
def test_another_certificate_than_was_asked_for_is_refused_and_shown(tmp_path, changes, reason):
    csr = make_csr(names=["DNS:a.example.com"])
    leaf = make_leaf(csr, CA, **changes)
    with scripted(tmp_path, *READY, envelope({"certificate": pem(leaf)})) as (backend, _server, _waits):
        error = failure(ask, backend, make_request(csr))
    assert (type(error), error.reason) == (IssuedCertificateRefused, reason)
    assert error.details["certificate"] == pem(leaf)


def test_the_issuer_is_the_one_that_cfssl_shows(tmp_path):
    csr = make_csr()
    leaf = make_leaf(csr, make_ca("Other", with_key="rsa2048-elsewhere"))
    with scripted(tmp_path, *READY, envelope({"certificate": pem(leaf)})) as (backend, _server, _waits):
        assert failure(ask, backend, make_request(csr)).reason == "other_issuer"


def test_the_requests_say_this_and_nothing_else(tmp_path):
    csr = make_csr()
    issued = envelope({"certificate": pem(make_leaf(csr, CA))})
    with scripted(tmp_path, *READY, issued, label="voice") as (backend, server, _waits):
        ask(backend, make_request(csr))
    assert server.paths == [f"/ca/api/v1/cfssl/{name}" for name in ("info", "authsign", "authsign")]
    assert json.loads(server.requests[0].body) == {"label": "voice", "profile": "cucm"}
    body = json.loads(server.requests[2].body)
    data = base64.b64decode(body.pop("request"))
    token = hmac.new(bytes.fromhex(KEY), data, hashlib.sha256).digest()
    assert body == {"token": base64.b64encode(token).decode()}
    assert json.loads(data) == {"certificate_request": pem(csr), "profile": "cucm", "label": "voice"}


def test_without_a_key_the_request_is_plain(tmp_path):
    csr = make_csr()
    issued = envelope({"certificate": pem(make_leaf(csr, CA))})
    with scripted(tmp_path, *READY, issued, auth_key=None, profile=None) as (backend, server, _waits):
        ask(backend, make_request(csr))
    assert server.paths[1:] == ["/ca/api/v1/cfssl/sign"] * 2
    assert json.loads(server.requests[2].body) == {
        "certificate_request": pem(csr),
        "profile": "",
        "label": "",
    }


@pytest.mark.parametrize(
    "reply", [HTML, answer(404, b"404 page not found"), answer(200, b"x" * 2 * 1024 * 1024)]
)
def test_something_else_than_cfssl_is_told_at_once(tmp_path, reply):
    with scripted(tmp_path, reply) as (backend, server, _waits):
        error = failure(backend.authority)
    assert isinstance(error, UnexpectedAnswer) and "cfssl.url" in str(error)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again_and_told(tmp_path):
    with scripted(tmp_path, answer(503, b"<html>Unavailable</html>")) as (backend, server, waits):
        assert isinstance(failure(backend.authority), ServerBusy)
    assert len(server.requests) == len(waits) + 1 == 4


def test_something_that_is_no_csr_and_gets_signed_is_no_cfssl(tmp_path):
    with scripted(tmp_path, envelope(INFO), envelope({"certificate": pem(CA.certificate)})) as (
        backend,
        _server,
        _waits,
    ):
        assert isinstance(failure(backend.prepare, make_request()), UnexpectedAnswer)


def test_another_refusal_than_of_what_is_no_csr_is_told_before_signing(tmp_path):
    with scripted(tmp_path, envelope(INFO), envelope(status=400, message="bad label", code=5200)) as (
        backend,
        _server,
        _waits,
    ):
        assert "bad label" in str(failure(backend.prepare, make_request()))


def test_without_a_word_about_usages_and_expiry_the_certificate_is_judged_later(tmp_path):
    csr = make_csr()
    info = {"certificate": pem(CA.certificate)}
    issued = envelope({"certificate": pem(make_leaf(csr, CA, extended=["serverAuth"]))})
    with scripted(tmp_path, envelope(info), NO_CSR, issued) as (backend, _server, _waits):
        assert backend.prepare(make_request(csr)) == ()
        assert backend.probe(make_request().profile, make_request().validity, NOW) == ()
        assert failure(ask, backend, make_request(csr)).reason == "extended_key_usage_missing"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8760h", 31536000), ("8760h0m0s", 31536000), ("30m", 1800), ("90s", 90), ("", None), ("1y", None), (3, None),
     ("-1h", None), ("1.5h", None), ("9999999999h", None), ("\u0661h", None)],
)  # fmt: skip
def test_an_expiry_is_read_or_not_known(text, seconds):
    expiry = SigningProfile.parse({"expiry": text}).expiry
    assert (expiry and expiry.total_seconds()) == seconds


def test_an_expiry_beyond_all_time_outlives_the_ca(tmp_path):
    with scripted(tmp_path, envelope({**INFO, "expiry": "999999999h"})) as (backend, _server, _waits):
        assert failure(backend.prepare, make_request()).reason == "outlives_ca"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(["success", "result", "errors", "message", "code", "certificate", "usages", "expiry"])
VALUES = st.recursive(
    SCALARS | st.just(pem(CA.certificate)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=12,
)
STATUSES = st.sampled_from([200, 204, 400, 401, 403, 404, 500, 502])
ODD = (
    st.builds(Reply.json, VALUES, STATUSES)
    | st.builds(
        lambda value, status: Reply.json({"success": True, "result": value}, status), VALUES, STATUSES
    )
    | st.builds(Reply, STATUSES, st.binary(max_size=20))
)
RIGHT = (
    Reply.json({"success": True, "result": INFO}),
    Reply.json({"success": False, "errors": [{"code": 9002, "message": "CSR Decode failed"}]}, 400),
)


@given(right=st.integers(0, len(RIGHT)), odd=st.lists(ODD, min_size=1, max_size=3))
def test_whatever_comes_is_an_error_of_the_family(right, odd):
    backend = CfsslBackend.from_params(validated(url="https://ca.example.com", auth_key=KEY))
    backend._chain = CA.chain[1:]
    backend._api.__dict__["_session"] = ScriptedSession(*RIGHT[:right], *odd)
    error = failure(ask, backend, make_request())
    if right == len(RIGHT):
        assert isinstance(error, (OutcomeUnknown, IssuedCertificateRefused, RequestDenied))
