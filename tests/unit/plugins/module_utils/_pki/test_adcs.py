# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend of AD CS Web Enrollment, against its double over real TLS, real NTLM and real channel binding."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.plugins.module_utils._common import libraries
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    HostUnreachable,
    InvalidOption,
    MissingLibrary,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki import windows_logon
from ansible_collections.ucops.cucm.plugins.module_utils._pki.adcs import AdcsBackend, AdcsOptions
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    AuthorityUnusable,
    Issued,
    OutcomeUnknown,
    Pending,
    RequestDenied,
    RequestKeeper,
    RequestUnknown,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import check_authority
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    extended_key_usage,
    is_same_key,
    key_usage,
    pem,
    spki_sha256,
)
from ansible_collections.ucops.cucm.tests.certsrv.double import (
    PASSWORD,
    USERNAME,
    CertsrvDouble,
    running_double,
)
from ansible_collections.ucops.cucm.tests.certsrv.pages import LANGUAGES
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca, make_issuing_ca
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, answer
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.adcs_signing import (
    CSRS,
    backend_of,
    findings,
    params,
    posts,
    request_of,
    verify,
)
from requests_ntlm import HttpNtlmAuth


@pytest.fixture(scope="module")
def _enterprise() -> Iterator[CertsrvDouble]:
    with running_double(mode="enterprise") as double:
        yield double


@pytest.fixture(scope="module")
def _standalone() -> Iterator[CertsrvDouble]:
    with running_double(mode="standalone") as double:
        yield double


@pytest.fixture
def enterprise(_enterprise: CertsrvDouble) -> Iterator[CertsrvDouble]:
    """An enterprise CA without requests, that must have nothing to complain of in the end."""
    _enterprise.reset()
    yield _enterprise
    assert _enterprise.complaints == []


@pytest.fixture
def standalone(_standalone: CertsrvDouble) -> Iterator[CertsrvDouble]:
    """A stand-alone CA without requests, that must have nothing to complain of in the end."""
    _standalone.reset()
    yield _standalone
    assert _standalone.complaints == []


def submitted(double: CertsrvDouble, **changes: Any) -> tuple[AdcsBackend, SigningRequest, str]:
    """A request that waits for an administrator."""
    backend, request = backend_of(double, **changes), request_of()
    pending = backend.sign(request)
    assert isinstance(pending, Pending)
    assert pending.request_id is not None
    return backend, request, pending.request_id


# What is right


def test_it_keeps_requests(enterprise: CertsrvDouble) -> None:
    assert isinstance(backend_of(enterprise), RequestKeeper)


@pytest.mark.parametrize("name", CSRS)
def test_an_enterprise_ca_issues_at_once(enterprise: CertsrvDouble, name: str, tmp_path: Path) -> None:
    backend, request = backend_of(enterprise, template="CucmServer"), request_of(name)
    assert backend.prepare(request) == ()
    issued = backend.sign(request)
    assert findings(backend, issued, request) == []
    assert isinstance(issued, Issued)
    assert (issued.request_id, issued.changed, issued.warnings) == ("83", True, ())
    verify(tmp_path, backend, issued)
    assert len(posts(enterprise)) == 1
    (row,) = enterprise.requests()
    assert row["attributes"] == ["CertificateTemplate:CucmServer"]
    assert row["requester"] == USERNAME


def test_an_empty_template_is_none(standalone: CertsrvDouble) -> None:
    """As a credential of AWX gives it, where the field was left empty."""
    assert isinstance(backend_of(standalone, template="").sign(request_of()), Pending)
    assert standalone.requests()[0]["attributes"] == []


@pytest.mark.parametrize("name", CSRS)
def test_a_stand_alone_ca_lets_it_wait(standalone: CertsrvDouble, name: str, tmp_path: Path) -> None:
    backend, request = backend_of(standalone), request_of(name)
    pending = backend.sign(request)
    assert isinstance(pending, Pending)
    assert (pending.request_id, pending.changed) == ("83", True)
    assert "issue or deny request 83" in pending.instructions
    again = backend.poll(request, "83")
    assert again == replace(pending, changed=False)
    standalone.issue(83)
    issued = backend.poll(request, "83")
    assert findings(backend, issued, request) == []
    assert isinstance(issued, Issued)
    assert (issued.request_id, issued.changed) == ("83", False)
    assert key_usage(issued.certificate) == key_usage(request.csr)
    assert extended_key_usage(issued.certificate) == extended_key_usage(request.csr)
    verify(tmp_path, backend, issued)
    assert len(posts(standalone)) == 1
    assert [row["attributes"] for row in standalone.requests()] == [[]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_server_does_not_matter(standalone: CertsrvDouble, language: str) -> None:
    standalone.settings.change({"language": language, "content_types_lie": True})
    backend, request, number = submitted(standalone)
    assert isinstance(backend.poll(request, number), Pending)
    standalone.issue(int(number))
    assert findings(backend, backend.poll(request, number), request) == []
    other = backend.sign(request)
    assert isinstance(other, Pending)
    standalone.deny(int(other.request_id or 0))
    with pytest.raises(RequestDenied, match="CERTSRV_E_ADMIN_DENIED_REQUEST"):
        backend.poll(request, other.request_id or "")


def test_one_run_logs_on_for_reading_and_for_asking(enterprise: CertsrvDouble) -> None:
    backend, request = backend_of(enterprise, template="CucmServer"), request_of()
    backend.prepare(request)
    assert enterprise.logons == 1
    backend.sign(request)
    assert enterprise.logons == 2
    backend.close()
    backend.close()
    assert isinstance(backend.poll(request, "83"), Issued)
    assert enterprise.logons == 3


def test_further_attributes_are_sent(enterprise: CertsrvDouble) -> None:
    backend = backend_of(
        enterprise,
        template="CucmServerApproved",
        attributes=["RequesterName: voice ", "Comment:a:b + c & d=ü"],
    )
    assert isinstance(backend.sign(request_of()), Pending)
    (row,) = enterprise.requests()
    assert row["attributes"] == [
        "CertificateTemplate:CucmServerApproved",
        "RequesterName:voice",
        "Comment:a:b + c & d=ü",
    ]


@pytest.mark.parametrize("path", ["/", "", "/certsrv/", "/CertSrv"])
def test_one_ca_has_one_address(enterprise: CertsrvDouble, path: str) -> None:
    backend = backend_of(enterprise, url=f"https://LocalHost:{enterprise.port}{path}")
    assert backend.address == f"https://localhost:{enterprise.port}/certsrv"
    assert backend.prepare(request_of()) == ()


def test_nobody_knows_when_it_would_end(enterprise: CertsrvDouble) -> None:
    assert backend_of(enterprise).latest_end(request_of()) is None


# What the CA says no to


@pytest.mark.parametrize(
    ("template", "code", "words"),
    [
        ("NoSuchTemplate", "0x80094800", "not its display name"),
        (None, "0x80094801", "Set adcs.template"),
        ("OthersOnly", "0x80094012", "certtmpl.msc, Properties of the template, Security"),
        ("CucmLongKey", "0x80094811", "with a longer key"),
    ],
)
def test_the_policy_denies(enterprise: CertsrvDouble, template: str | None, code: str, words: str) -> None:
    with pytest.raises(RequestDenied) as caught:
        backend_of(enterprise, template=template).sign(request_of())
    assert caught.value.details == {"request_id": "83", "hresult": code}
    assert "the CA has denied the request 83: 'Denied by Policy Module" in caught.value.message
    assert words in caught.value.message
    assert len(posts(enterprise)) == 1


def test_an_administrator_denies(standalone: CertsrvDouble) -> None:
    backend, request, number = submitted(standalone)
    standalone.deny(int(number))
    with pytest.raises(RequestDenied) as caught:
        backend.poll(request, number)
    assert caught.value.details == {"request_id": number, "hresult": "0x80094014"}
    assert r"Denied by EXAMPLE\caadmin" in caught.value.message
    assert caught.value.reason == "request_denied"


@pytest.mark.parametrize("number", ["7", "0", "4000000000"])
def test_a_number_that_the_ca_does_not_know(standalone: CertsrvDouble, number: str) -> None:
    with pytest.raises(RequestUnknown) as caught:
        backend_of(standalone).poll(request_of(), number)
    assert caught.value.details == {"request_id": number}
    assert standalone.requests() == []


@pytest.mark.parametrize("number", ["", "CACert", "83&Enc=bin", "-1", "1\n", "１２", "1" * 11])  # noqa: RUF001
def test_what_is_no_number_is_not_sent(standalone: CertsrvDouble, number: str) -> None:
    with pytest.raises(RequestUnknown):
        backend_of(standalone).poll(request_of(), number)
    assert standalone.log == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("WebServer", ["data_encipherment_lost", "extended_key_usage_missing"]),
        ("CucmServerOnly", ["extended_key_usage_missing"]),
        ("CucmNoDataEncipherment", ["data_encipherment_lost"]),
        ("CucmNoSubject", ["common_name_differs", "alt_names_differ"]),
    ],
)
def test_a_wrong_template_is_found_out(enterprise: CertsrvDouble, template: str, found: list[str]) -> None:
    backend, request = backend_of(enterprise, template=template), request_of()
    assert findings(backend, backend.sign(request), request) == found


@pytest.mark.parametrize("fault", ["other_key", "other_names"])
def test_a_wrong_certificate_is_found_out(enterprise: CertsrvDouble, fault: str) -> None:
    backend, request = backend_of(enterprise, template="CucmServer"), request_of()
    enterprise.inject(fault, "certnew.cer")
    issued = backend.sign(request)
    assert findings(backend, issued, request) != []
    assert isinstance(issued, Issued)
    assert is_same_key(issued.certificate, request.csr) == (fault == "other_names")


# The POST


@pytest.mark.parametrize(
    ("fault", "rows", "words"),
    [
        ("hang_up_before", 0, "the connection broke"),
        ("hang_up_after", 1, "the connection broke"),
        ("truncated", 1, "the connection broke"),
        ("server_error", 1, "HTTP 500"),
        ("redirect", 0, "redirects to 'https://login.example.com/'"),
        ("giant", 1, "larger than 1 MiB"),
        ("html", 1, "Welcome to the maintenance page & its password form"),
        ("stopped", 0, "RPC_S_SERVER_UNAVAILABLE: the web pages do not reach the CA"),
    ],
)
@pytest.mark.parametrize("method", ["basic", "ntlm"])
def test_a_lost_answer_is_an_unknown_outcome(
    enterprise: CertsrvDouble, method: str, fault: str, rows: int, words: str
) -> None:
    backend, request = backend_of(enterprise, template="CucmServer", auth_method=method), request_of()
    enterprise.inject(fault, times=9)
    with pytest.raises(OutcomeUnknown) as caught:
        backend.sign(request)
    assert words in caught.value.message
    assert caught.value.details == {"spki_sha256": spki_sha256(request.csr)}
    assert len(posts(enterprise)) == 1
    assert len(enterprise.requests()) == rows


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("unavailable", ServerBusy), ("unauthorized", AuthenticationFailed), ("forbidden", PermissionDenied)],
)
def test_a_refused_post_is_not_repeated(enterprise: CertsrvDouble, fault: str, kind: type[CucmError]) -> None:
    enterprise.inject(fault, times=9)
    with pytest.raises(kind):
        backend_of(enterprise, template="CucmServer", auth_method="basic").sign(request_of())
    assert len(posts(enterprise)) == 1
    assert enterprise.requests() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang_up_before", "the connection broke"),
        ("server_error", "HTTP 500"),
        ("html", "maintenance page"),
        ("redirect", "redirects to"),
        ("giant", "larger than"),
        ("unauthorized", "HTTP 401"),
        ("unavailable", "HTTP 503"),
        ("stopped", "RPC_S_SERVER_UNAVAILABLE"),
    ],
)
def test_an_issued_certificate_is_not_lost(enterprise: CertsrvDouble, fault: str, words: str) -> None:
    backend, request = backend_of(enterprise, template="CucmServer"), request_of()
    enterprise.inject(fault, "certnew.cer", times=4)
    pending = backend.sign(request)
    assert isinstance(pending, Pending)
    assert (pending.request_id, pending.changed) == ("83", True)
    assert "has issued the certificate as request 83" in pending.instructions
    assert words in pending.warnings[0]
    enterprise.faults.clear()
    assert findings(backend, backend.poll(request, "83"), request) == []
    assert len(posts(enterprise)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        "hang_up_before",
        "truncated",
        "server_error",
        "html",
        "redirect",
        "giant",
        "forbidden",
        "unavailable",
        "stopped",
    ],
)
def test_a_known_number_is_in_each_error(standalone: CertsrvDouble, fault: str) -> None:
    backend, request, number = submitted(standalone)
    standalone.inject(fault, "certnew.cer", times=4)
    with pytest.raises(CucmError) as caught:
        backend.poll(request, number)
    assert caught.value.details["request_id"] == number
    assert not isinstance(caught.value, (RequestDenied, RequestUnknown))
    assert len(posts(standalone)) == 1


def test_reading_is_repeated(standalone: CertsrvDouble) -> None:
    backend, request, number = submitted(standalone)
    standalone.inject("hang_up_before", "certnew.cer", times=2)
    assert isinstance(backend.poll(request, number), Pending)


# The certificates of the CA


def test_a_renewed_ca_issues_with_its_newest_certificate(enterprise: CertsrvDouble) -> None:
    backend, request = backend_of(enterprise, template="CucmServer"), request_of()
    old = backend.sign(request)
    enterprise.authority.renew()
    enterprise.authority.renew()
    renewed = backend_of(enterprise, template="CucmServer")
    newest = enterprise.authority.renewals[2].certificate
    assert renewed.authority().chain == (newest, enterprise.authority.root.certificate)
    assert findings(renewed, renewed.sign(request), request) == []
    # What the CA signed with its first certificate is still this CA's.
    assert findings(renewed, old, request) == []


def test_an_earlier_certificate_that_is_not_handed_out(enterprise: CertsrvDouble) -> None:
    enterprise.authority.renew()
    for name in ("certnew.p7b", "certnew.cer"):
        enterprise.inject("html", f"{name}?ReqID=CACert&Renewal=0&")
    authority = backend_of(enterprise).authority()
    assert authority.chain[0] == enterprise.authority.current.certificate
    assert enterprise.authority.renewals[0].certificate not in authority.others
    assert all(fault.times == 0 for fault in enterprise.faults)


def test_all_certificates_of_the_ca_the_newest_first(enterprise: CertsrvDouble) -> None:
    for _renewal in range(7):
        enterprise.authority.renew()
    newest, *earlier = [renewal.certificate for renewal in reversed(enterprise.authority.renewals)]
    certificates = backend_of(enterprise).ca_certificates()
    assert certificates[0] == newest
    assert set(certificates) == {newest, *earlier[:5], enterprise.authority.root.certificate}


def test_without_a_number_of_renewals_the_first_is_taken(enterprise: CertsrvDouble) -> None:
    enterprise.settings.hides_renewals = True
    chain = backend_of(enterprise).authority().chain
    assert chain == (enterprise.authority.current.certificate, enterprise.authority.root.certificate)


def test_a_root_that_issues_itself() -> None:
    with running_double(mode="standalone", root_only=True) as double:
        backend, request, number = submitted(double)
        double.issue(int(number))
        assert findings(backend, backend.poll(request, number), request) == []
        double.inject("html", "certnew.p7b")
        assert backend_of(double).authority().chain == (double.authority.root.certificate,)


def test_a_chain_in_a_file_is_not_fetched(enterprise: CertsrvDouble, tmp_path: Path) -> None:
    certificates = [enterprise.authority.root.certificate, enterprise.authority.current.certificate]
    path = tmp_path / "chain.pem"
    path.write_text("".join(map(pem, certificates)))
    backend = backend_of(enterprise, chain_path=str(path))
    assert backend.authority().chain == tuple(reversed(certificates))
    assert enterprise.log == []
    enterprise.inject("stopped", "certnew.p7b", times=9)
    enterprise.inject("stopped", "certcarc.asp", times=9)
    assert backend.prepare(request_of()) == ()
    assert {entry["page"] for entry in enterprise.log} == {""}


def test_an_unordered_chain_in_a_file_keeps_its_order(enterprise: CertsrvDouble, tmp_path: Path) -> None:
    issuing, other = make_issuing_ca(), make_ca("Other Root", with_key="rsa2048-other")
    path = tmp_path / "chain.pem"
    path.write_text("".join(map(pem, (*issuing.chain, other.certificate))))
    assert backend_of(enterprise, chain_path=str(path)).authority().chain == issuing.chain


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (page, fault)
        for page in ("certcarc.asp", "certnew")
        for fault in ("server_error", "stopped", "giant", "redirect")
    ]
    + [("certnew", "html")],
)
def test_a_chain_that_cannot_be_fetched(enterprise: CertsrvDouble, page: str, fault: str) -> None:
    enterprise.inject(fault, page, times=9)
    with pytest.raises(AuthorityUnusable) as caught:
        backend_of(enterprise).authority()
    assert caught.value.reason == "ca_chain_unavailable"
    assert caught.value.option == "adcs.chain_path"
    assert "export the certificate of the CA" in caught.value.message


def test_an_incomplete_chain_names_the_option(enterprise: CertsrvDouble) -> None:
    enterprise.inject("html", "certnew.p7b")
    with pytest.raises(AuthorityUnusable, match=r"Option: adcs\.chain_path") as caught:
        backend_of(enterprise).authority()
    assert caught.value.reason == "ca_chain_incomplete"


def test_an_expired_ca_is_found_out(enterprise: CertsrvDouble) -> None:
    enterprise.authority.expire()
    with pytest.raises(AuthorityUnusable):
        check_authority(backend_of(enterprise).authority(), profile=profile_of("CallManager"), now=NOW)


# Logging on


def test_basic(enterprise: CertsrvDouble) -> None:
    enterprise.settings.auth_methods = ("basic",)
    assert backend_of(enterprise, auth_method="basic").prepare(request_of()) == ()
    assert {entry["user"] for entry in enterprise.log} == {USERNAME}


def test_ntlm_binds_to_the_tls_session(enterprise: CertsrvDouble) -> None:
    """The library's own switch shows that the double would refuse a client without channel binding."""
    answers = {}
    for binding in (True, False):
        auth = HttpNtlmAuth(USERNAME, PASSWORD, send_cbt=binding)
        with requests.Session() as session:
            session.trust_env = False
            reply = session.get(f"{enterprise.url}/", auth=auth, verify=str(enterprise.ca_path), timeout=300)
            answers[binding] = reply.status_code
    assert answers == {True: 200, False: 401}
    assert backend_of(enterprise).prepare(request_of()) == ()


def test_ntlm_to_a_server_behind_something_that_ends_tls(enterprise: CertsrvDouble) -> None:
    enterprise.settings.tls_ends_elsewhere = True
    with pytest.raises(
        AuthenticationFailed, match="Extended Protection, this also happens when a load balancer"
    ):
        backend_of(enterprise).authority()
    assert enterprise.logons == 1
    enterprise.settings.extended_protection = "off"
    assert backend_of(enterprise).prepare(request_of()) == ()


@pytest.mark.parametrize("method", ["basic", "ntlm"])
@pytest.mark.parametrize("wrong", [{"password": "wröng-secret"}, {"username": r"EXAMPLE\nobody"}])
def test_a_wrong_password_is_tried_once(
    enterprise: CertsrvDouble, method: str, wrong: dict[str, str]
) -> None:
    backend = backend_of(enterprise, auth_method=method, **wrong)
    for attempt in (
        backend.authority,
        lambda: backend.sign(request_of()),
        lambda: backend.poll(request_of(), "1"),
    ):
        before = enterprise.logons
        with pytest.raises(AuthenticationFailed) as caught:
            attempt()
        assert enterprise.logons == before + 1
        assert caught.value.reason == "authentication_failed"
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value.as_result())
        assert PASSWORD not in text
        assert "wröng-secret" not in text
        assert f"by {method} (HTTP 401)" in caught.value.message
    assert caught.value.details == {"request_id": "1"}
    assert enterprise.requests() == []


@pytest.mark.parametrize(("method", "offered"), [("ntlm", "basic"), ("basic", "negotiate, ntlm")])
def test_a_way_that_is_not_offered(enterprise: CertsrvDouble, method: str, offered: str) -> None:
    enterprise.settings.auth_methods = ("basic",) if method == "ntlm" else ("ntlm",)
    with pytest.raises(AuthenticationFailed) as caught:
        backend_of(enterprise, auth_method=method).authority()
    assert caught.value.reason == "auth_method_not_offered"
    assert f"it offers: {offered}" in caught.value.message


def certificate_params(double: CertsrvDouble, **changes: Any) -> dict[str, Any]:
    return {
        "auth_method": "certificate",
        "username": None,
        "password": None,
        "client_certificate_path": str(double.client.certificate_path),
        "client_key_path": str(double.client.key_path),
        **changes,
    }


def test_a_client_certificate(enterprise: CertsrvDouble) -> None:
    enterprise.settings.auth_methods = ("certificate",)
    backend, request = (
        backend_of(enterprise, template="CucmServer", **certificate_params(enterprise)),
        request_of(),
    )
    assert backend.prepare(request) == ()
    assert findings(backend, backend.sign(request), request) == []
    assert enterprise.requests()[0]["requester"] == "certificate of enroll"


def test_a_client_certificate_is_demanded(enterprise: CertsrvDouble) -> None:
    enterprise.settings.auth_methods = ("certificate",)
    with pytest.raises(PermissionDenied, match="When IIS demands a client certificate"):
        backend_of(enterprise, auth_method="basic").authority()


def test_a_client_certificate_that_is_not_mapped(enterprise: CertsrvDouble) -> None:
    with pytest.raises(
        AuthenticationFailed, match="does not take the client certificate for an account"
    ) as caught:
        backend_of(enterprise, **certificate_params(enterprise)).authority()
    assert caught.value.option == "adcs.client_certificate_path"


def test_a_client_certificate_that_is_forbidden(enterprise: CertsrvDouble) -> None:
    enterprise.settings.auth_methods = ("certificate",)
    enterprise.inject("forbidden", "?")
    with pytest.raises(PermissionDenied, match="does not accept the client certificate"):
        backend_of(enterprise, **certificate_params(enterprise)).prepare(request_of())


def test_a_key_that_does_not_belong(enterprise: CertsrvDouble) -> None:
    wrong = certificate_params(enterprise, client_key_path=str(enterprise.tls.key_path))
    with pytest.raises(InvalidOption, match=r"Option: adcs\.client_certificate_path"):
        backend_of(enterprise, **wrong).prepare(request_of())


NTLM_TYPE_2 = b"NTLMSSP\0\2\0\0\0"


@pytest.mark.parametrize(
    "challenge",
    [None, "Basic", "NTLM", "NTLM *", "NTLM AAAA", "NTLM " + base64.b64encode(NTLM_TYPE_2).decode()],
)
def test_a_broken_ntlm_exchange(enterprise: CertsrvDouble, challenge: str | None) -> None:
    headers = {} if challenge is None else {"WWW_Authenticate": challenge}
    chain = enterprise.directory / "server.pem"
    chain.write_bytes(enterprise.tls.certificate_path.read_bytes() + enterprise.tls.key_path.read_bytes())
    script = [answer(401, WWW_Authenticate="NTLM"), answer(401, **headers)]
    with TlsServer(chain, script) as server:
        with pytest.raises(AuthenticationFailed) as caught:
            backend_of(enterprise, url=f"https://localhost:{server.port}").authority()
        assert len(server.requests) <= 3
    assert caught.value.reason == "authentication_broken"
    assert caught.value.host == "localhost"


# The way there


def test_no_pages_there(enterprise: CertsrvDouble) -> None:
    backend = backend_of(enterprise, url=f"{enterprise.url}-old")
    with pytest.raises(AuthorityUnusable, match="there is no Web Enrollment under https://localhost"):
        backend.authority()
    with pytest.raises(UnexpectedAnswer, match="there is no Web Enrollment"):
        backend.sign(request_of())
    assert enterprise.requests() == []


def test_an_untrusted_server(enterprise: CertsrvDouble) -> None:
    with pytest.raises(UntrustedServer, match=r"Option: adcs\.ca_path"):
        backend_of(enterprise, ca_path=str(enterprise.client.certificate_path)).authority()
    assert enterprise.logons == 0


def test_nobody_listens(tmp_path: Path) -> None:
    with running_double() as double:
        gone = params(double)
        ca = tmp_path / "ca.pem"
        ca.write_bytes(double.ca_path.read_bytes())
    backend = AdcsBackend(AdcsOptions.from_params({**gone, "ca_path": str(ca)}), sleep=lambda _seconds: None)
    with pytest.raises(
        HostUnreachable, match="Check the address and the port, and that the CA's web server runs"
    ):
        backend.sign(request_of())


# Options


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"username": None}, "adcs.username"),
        ({"password": None}, "adcs.password"),
        ({"password": ""}, "adcs.password"),
        ({"username": None, "password": None}, "adcs.username"),
        ({"auth_method": "basic", "username": None, "password": None}, "adcs.username"),
        ({"auth_method": "basic", "username": "a:b"}, "adcs.username"),
        ({"auth_method": "kerberos", "username": None}, "adcs.username"),
        ({"auth_method": "certificate", "username": None, "password": None}, "adcs.client_certificate_path"),
        ({"client_certificate_path": "/a"}, "adcs.client_key_path"),
        ({"client_key_path": "/a"}, "adcs.client_certificate_path"),
        (
            {"auth_method": "certificate", "client_certificate_path": "/a", "client_key_path": "/a"},
            "adcs.auth_method",
        ),
        ({"url": "http://ca.example.com/certsrv"}, "adcs.url"),
        ({"template": "Cucm Server"}, "adcs.template"),
        ({"template": "Cucm\r\nSAN:dns=a"}, "adcs.template"),
        ({"template": "a:b"}, "adcs.template"),
        ({"attributes": ["SAN:dns=a.example.com"]}, "adcs.attributes"),
        ({"attributes": [" san :dns=a.example.com"]}, "adcs.attributes"),
        ({"attributes": ["A:b\r\nSAN:dns=a.example.com"]}, "adcs.attributes"),
        ({"attributes": ["A:b\nC:d"]}, "adcs.attributes"),
        ({"attributes": ["A:b\x85C:d"]}, "adcs.attributes"),
        ({"attributes": ["A:b", "no colon"]}, "adcs.attributes"),
        ({"attributes": [":b"]}, "adcs.attributes"),
        ({"attributes": ["CertificateTemplate:User"]}, "adcs.attributes"),
        ({"chain_path": "/no/such/file"}, "adcs.chain_path"),
    ],
)
def test_wrong_options_are_found_before_anything_is_sent(
    enterprise: CertsrvDouble, changes: dict[str, Any], option: str
) -> None:
    with pytest.raises(InvalidOption) as caught:
        AdcsBackend.from_params(params(enterprise, **changes))
    assert caught.value.option == option
    assert enterprise.log == []
    assert PASSWORD not in caught.value.message


def test_why_alternative_names_are_no_attribute(enterprise: CertsrvDouble) -> None:
    with pytest.raises(InvalidOption, match=r"EDITF_ATTRIBUTESUBJECTALTNAME2.*ESC6"):
        backend_of(enterprise, attributes=["SAN:dns=a.example.com"])


def test_the_password_is_not_shown(enterprise: CertsrvDouble) -> None:
    assert PASSWORD not in repr(AdcsOptions.from_params(params(enterprise)))


def test_the_options_of_the_module_make_a_backend(enterprise: CertsrvDouble) -> None:
    backend = AdcsBackend.from_params(params(enterprise))
    assert backend.ca_certificates()[0] == enterprise.authority.current.certificate
    backend.close()


@pytest.mark.parametrize(
    ("changes", "missing", "words"),
    [
        ({"auth_method": "ntlm"}, ["requests_ntlm"], '"requests-ntlm>=1.3"'),
        ({"auth_method": "kerberos"}, ["requests_gssapi", "gssapi"], '"requests-gssapi>=1.4"'),
        ({"auth_method": "kerberos"}, ["requests_gssapi", "gssapi"], "gcc libkrb5-dev"),
        ({"auth_method": "basic"}, ["requests"], '"requests>=2.32"'),
    ],
)
def test_a_missing_library(
    enterprise: CertsrvDouble,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    missing: list[str],
    words: str,
) -> None:
    find_spec: Callable[[str], Any] = libraries.find_spec
    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name in missing else find_spec(name))
    with pytest.raises(MissingLibrary) as caught:
        backend_of(enterprise, **changes)
    assert words in caught.value.message


def test_a_library_that_cannot_be_imported(
    enterprise: CertsrvDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(name: str) -> Any:
        raise ImportError(f"lib{name}.so: cannot open shared object file")

    backend = backend_of(enterprise)
    monkeypatch.setattr(windows_logon, "import_module", fails)
    with pytest.raises(MissingLibrary, match=r"librequests_ntlm\.so: cannot open"):
        backend.authority()
    assert enterprise.log == []
