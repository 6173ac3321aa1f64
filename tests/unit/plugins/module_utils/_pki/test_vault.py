# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend for Vault: against a real OpenBao, and against a server that does what no OpenBao does."""

from __future__ import annotations

import json
import time
from contextlib import closing, contextmanager

import pytest
import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
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
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import ask
from ansible_collections.ucops.cucm.plugins.module_utils._pki.vault import (
    VAULT_ARGUMENTS,
    VaultBackend,
    signing_body,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    extended_key_usage,
    key_usage,
    pem,
)
from ansible_collections.ucops.cucm.tests.cas import openbao as cas
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    USAGES,
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

PATIENCE = 300.0


@pytest.fixture(scope="module")
def bao(tmp_path_factory):
    """One OpenBao with an issuing CA at pki, below a root at pki_root, and policies."""
    if not cas.is_installed():
        pytest.skip(cas.MISSING)
    with cas.openbao(tmp_path_factory.mktemp("openbao")) as server:
        server.make_issuing_ca("pki", root="pki_root")
        server.make_role("pki", "cucm")
        server.make_policy("signer", {"pki/sign/*": ["update"]})
        server.make_policy("reader", {"pki/roles/*": ["read"]})
        yield server


def options(server, **changes):
    """The options as the module would have them."""
    given_options = {"url": server.url, "ca_path": str(server.ca_path), "role": "cucm", **changes}
    validation = ArgumentSpecValidator(VAULT_ARGUMENTS).validate(given_options)
    assert not validation.error_messages, validation.error_messages
    return validation.validated_parameters


def make_backend(bao, *, readable=True, sleep=lambda _seconds: None, **changes):
    if "token" not in changes and "role_id" not in changes:
        changes["token"] = bao.make_token("signer", *(["reader"] if readable else []))
    return VaultBackend.from_params(options(bao, **changes), sleep=sleep)


def failure(call, *arguments, secrets=()):
    """The error of the family that the call ends with; no secret is in it."""
    with pytest.raises(CucmError) as caught:
        call(*arguments)
    shown = f"{caught.value!r} {caught.value} {caught.value.as_result()}"
    assert not [secret for secret in secrets if secret in shown]
    return caught.value


def serials(bao):
    """The serial numbers of all that the CA has issued; an empty list is answered with 404."""
    try:
        return set(bao.call("LIST", "pki/certs")["data"]["keys"])
    except requests.HTTPError as error:
        if ": 404 " not in str(error):
            raise
        return set()


# --- what is issued -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CSRS)
def test_a_request_of_cucm_is_answered_as_it_asks(bao, tmp_path, kind):
    csr, service, key_name = CSRS[kind]
    request = make_request(csr, service=service, days=300)
    with closing(make_backend(bao)) as backend:
        issued = ask(backend, request)
    leaf = issued.certificate
    assert common_name(leaf) == common_name(csr)
    assert alt_names(leaf) == alt_names(csr)
    assert set(key_usage(csr)) <= set(key_usage(leaf))
    assert extended_key_usage(leaf) == list(BOTH)
    assert (leaf.not_valid_after_utc - NOW).days in (299, 300)
    assert issued.warnings == ()
    write_issued(tmp_path, leaf, backend.authority(), key_name)
    assert_openssl_verifies(tmp_path)
    assert_hands_are_shaken(tmp_path)


def test_a_role_that_takes_its_names_from_the_request_gives_those_of_the_csr(bao):
    bao.make_role("pki", "by-request", use_csr_sans=False, use_csr_common_name=False, allowed_uri_sans=["*"])
    names = ["DNS:B.example.com", "DNS:a.example.com", "IP:192.0.2.1", "URI:sip:a@example.com"]
    csr = make_csr("a-ms.example.com", names=[*names, "email:voice@example.com"])
    issued = ask(make_backend(bao, role="by-request"), make_request(csr))
    assert alt_names(issued.certificate) == alt_names(csr)
    assert common_name(issued.certificate) == "a-ms.example.com"


def test_a_common_name_of_another_case_than_the_alternative_name_adds_none(bao):
    csr = make_csr("CUCM-Pub.example.com", names=["DNS:cucm-pub.example.com"])
    leaf = ask(make_backend(bao), make_request(csr)).certificate
    (extension,) = [found for found in leaf.extensions if found.oid.dotted_string == "2.5.29.17"]
    assert [name.value for name in extension.value] == ["cucm-pub.example.com"]


@pytest.mark.parametrize(
    "granted", [{"ext_key_usage": ["IPSECEndSystem"]}, {"ext_key_usage_oids": ["1.3.6.1.5.5.7.3.5"]}]
)
def test_the_end_system_of_ipsec_is_given_by_the_role(bao, granted):
    bao.make_role("pki", "ipsec", **granted)
    csr = make_csr(extended=(*BOTH, "ipsecEndSystem"))
    leaf = ask(make_backend(bao, role="ipsec"), make_request(csr, service="ipsec")).certificate
    assert extended_key_usage(leaf) == [*BOTH, "ipsecEndSystem"]


def test_an_issuer_that_is_not_the_default_one_is_that_of_the_role(bao):
    bao.enable_pki("pki_two")
    bao.make_root("pki_two", name="First")
    bao.call(
        "POST", "pki_two/root/generate/internal", common_name="Second", issuer_name="second", ttl="40000h"
    )
    bao.make_role("pki_two", "cucm", issuer_ref="second")
    with closing(make_backend(bao, mount="pki_two", token=bao.root_token)) as backend:
        assert common_name(backend.authority().certificate) == "Second"
        ask(backend, make_request())


def test_the_rest_of_the_chain_can_come_from_a_file(bao, tmp_path):
    bao.enable_pki("pki_alone")
    made = bao.call("POST", "pki_alone/intermediate/generate/internal", common_name="Alone")["data"]
    signed = bao.call(
        "POST", "pki_root/root/sign-intermediate", csr=made["csr"], common_name="Alone", ttl="40000h"
    )["data"]
    bao.call("POST", "pki_alone/intermediate/set-signed", certificate=signed["certificate"])
    bao.make_role("pki_alone", "cucm")
    access = {"mount": "pki_alone", "token": bao.root_token}
    error = failure(make_backend(bao, **access).authority)
    assert (error.reason, error.option) == ("ca_chain_incomplete", "vault.chain_path")
    (tmp_path / "root.pem").write_text(signed["issuing_ca"])
    backend = make_backend(bao, chain_path=str(tmp_path / "root.pem"), **access)
    assert common_name(backend.authority().root) == "Vault Root"
    ask(backend, make_request())


def test_a_root_that_issues_itself_is_a_chain(bao):
    backend = make_backend(bao, mount="/pki_root/", token=bao.root_token)
    bao.make_role("pki_root", "cucm")
    assert [common_name(certificate) for certificate in backend.authority().chain] == ["Vault Root"]


def test_a_namespace_is_another_vault(bao):
    bao.call("POST", "sys/namespaces/voice")
    bao.call("POST", "sys/mounts/pki", namespace="voice", type="pki")
    bao.call("POST", "pki/root/generate/internal", namespace="voice", common_name="Voice Root", ttl="700h")
    bao.call("POST", "pki/roles/cucm", namespace="voice", **cas.GOOD_ROLE)
    backend = make_backend(bao, namespace="/voice/", token=bao.root_token)
    assert common_name(backend.authority().root) == "Voice Root"
    ask(backend, make_request(days=20))


# --- validity -------------------------------------------------------------------------------------


def test_a_validity_above_that_of_the_role_is_told_before_and_after(bao):
    request = make_request(days=500)
    backend = make_backend(bao)
    (warning,) = backend.prepare(request)
    assert "valid for 365 days, not for the 500 days" in warning
    issued = ask(backend, request)
    assert (issued.certificate.not_valid_after_utc - NOW).days in (364, 365)
    (warning,) = issued.warnings
    assert warning.startswith("Vault: TTL") and "maxTTL" in warning


def test_without_a_limit_of_the_role_that_of_the_engine_is_told(bao):
    bao.enable_pki("pki_short", max_lease_ttl="768h")
    bao.make_root("pki_short", ttl="768h")
    bao.make_role("pki_short", "cucm", max_ttl=0)
    bao.call("POST", "sys/mounts/pki_short/tune", max_lease_ttl="240h")
    (warning,) = make_backend(bao, mount="pki_short", token=bao.root_token).prepare(make_request(days=20))
    assert "valid for 10 days" in warning


def test_a_validity_beyond_the_end_of_the_ca_is_refused_before_anything_is_signed(bao):
    bao.make_role("pki", "long", max_ttl="80000h")
    before = serials(bao)
    backend = make_backend(bao, role="long")
    error = failure(backend.sign, make_request(days=3000))
    assert (type(error), error.reason, error.option) == (AuthorityUnusable, "outlives_ca", "validity_days")
    assert serials(bao) == before


def test_only_the_ca_knows_when_a_certificate_ends(bao):
    assert make_backend(bao).latest_end(make_request()) is None


# --- roles that cannot give the certificate -------------------------------------------------------

UNFIT = {
    "no client authentication": (
        {"client_flag": False},
        make_csr(),
        ["role_lacks_extended_key_usage"],
        "client_flag=true",
    ),
    "no server authentication": (
        {"server_flag": False},
        make_csr(),
        ["role_lacks_extended_key_usage"],
        "server_flag=true",
    ),
    "usages as Vault's default": (
        {"key_usage": ["DigitalSignature", "KeyAgreement", "KeyEncipherment"]},
        make_csr(),
        ["role_lacks_key_usage"],
        "Add DataEncipherment to key_usage",
    ),
    "no key usage at all": ({"key_usage": []}, make_csr(), ["role_lacks_key_usage"], "DataEncipherment"),
    "usage of a CA": (
        {"key_usage": ["DigitalSignature", "DataEncipherment", "CertSign"]},
        make_csr(),
        ["role_signs_certificates"],
        "CertSign",
    ),
    "other keys": ({"key_type": "ec"}, make_csr(), ["role_key_type"], "key_type=rsa"),
    "longer keys": ({"key_type": "rsa", "key_bits": 4096}, make_csr(), ["role_key_bits"], "key_bits=2048"),
    "a fixed end": ({"not_after": "2027-06-01T00:00:00Z"}, make_csr(), ["role_fixed_end"], "not_after"),
    "no addresses": (
        {"allow_ip_sans": False},
        make_csr(names=["IP:192.0.2.1"]),
        ["role_refuses_names"],
        "allow_ip_sans=true",
    ),
    "no URIs": ({}, make_csr(names=["URI:sip:a@example.com"]), ["role_refuses_names"], "allowed_uri_sans"),
    "two things": (
        {"client_flag": False, "key_usage": ["DigitalSignature"]},
        make_csr(),
        ["role_lacks_key_usage", "role_lacks_extended_key_usage"],
        "client_flag=true",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNFIT)
def test_an_unfit_role_is_refused_before_anything_is_signed(bao, kind):
    changes, csr, expected, remedy = UNFIT[kind]
    bao.make_role("pki", "unfit", **changes)
    before = serials(bao)
    error = failure(make_backend(bao, role="unfit").sign, make_request(csr))
    assert isinstance(error, AuthorityUnusable)
    assert error.option == "vault.role"
    assert [finding["reason"] for finding in error.details["findings"]] == expected
    assert remedy in error.remedy
    assert serials(bao) == before


@pytest.mark.parametrize("kind", UNFIT)
def test_what_is_said_of_an_unfit_role_is_true(bao, kind):
    """With a token that may not read the role, Vault refuses itself, or the certificate is refused."""
    changes, csr, _expected, _remedy = UNFIT[kind]
    bao.make_role("pki", "unfit", **changes)
    error = failure(ask, make_backend(bao, role="unfit", readable=False), make_request(csr))
    assert isinstance(error, (RequestDenied, IssuedCertificateRefused)), error
    if isinstance(error, IssuedCertificateRefused):
        assert error.details["certificate"].startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("bits", [0, 256, 384])
def test_a_role_for_elliptic_keys_takes_larger_ones(bao, bits):
    bao.make_role("pki", "elliptic", key_type="ec", key_bits=bits)
    csr, service, _key = CSRS["elliptic"]
    ask(make_backend(bao, role="elliptic"), make_request(csr, service=service))


def test_a_name_that_the_role_does_not_allow_is_refused_in_the_words_of_vault(bao):
    bao.make_role("pki", "others", allow_any_name=False, allowed_domains=["example.net"])
    error = failure(make_backend(bao, role="others").sign, make_request(make_csr("a.example.com")))
    assert (type(error), error.reason) == (RequestDenied, "request_denied")
    assert "common name a.example.com not allowed by this role" in str(error)


def test_the_probe_finds_a_role_that_lacks_what_trunks_need_and_signs_nothing(bao):
    bao.make_role("pki", "unfit", client_flag=False)
    bao.make_role("pki", "meagre", key_usage=["DigitalSignature", "KeyEncipherment"])
    before = serials(bao)
    request = make_request()
    error = failure(make_backend(bao, role="unfit").probe, request.profile, request.validity, NOW)
    assert error.reason == "role_lacks_extended_key_usage" and "clientAuth" in str(error)
    (warning,) = make_backend(bao, role="meagre").probe(request.profile, request.validity, NOW)
    assert "dataEncipherment" in warning
    assert make_backend(bao).probe(request.profile, request.validity, NOW) == ()
    make_backend(bao).prepare(request)
    assert serials(bao) == before


# --- access ---------------------------------------------------------------------------------------


def every_step(backend):
    """The calls that ca_sign may begin with."""
    request = make_request()
    return (
        lambda: backend.prepare(request),
        lambda: backend.probe(request.profile, request.validity, NOW),
        lambda: backend.sign(request),
    )


def test_a_sealed_vault_is_told(bao):
    backend = make_backend(bao)
    bao.seal()
    try:
        errors = [failure(call) for call in (backend.authority, *every_step(backend))]
    finally:
        bao.unseal()
    assert {(type(error), error.reason) for error in errors} == {(AuthorityUnusable, "ca_sealed")}
    assert "operator unseal" in errors[0].remedy
    ask(backend, make_request())


def expired_token(bao):
    token = bao.make_token("signer", ttl="1s")
    end = time.monotonic() + PATIENCE
    while bao.client.send("GET", "/v1/auth/token/lookup-self", headers={"X-Vault-Token": token}).ok:
        assert time.monotonic() < end
        time.sleep(0.05)
    return token


def revoked_token(bao):
    token = bao.make_token("signer")
    bao.call("POST", "auth/token/revoke", token=token)
    return token


DEAD_TOKENS = {
    "wrong": lambda _bao: "s.ThereIsNoSuchToken123456",
    "expired": expired_token,
    "revoked": revoked_token,
    "used up": lambda bao: bao.make_token("signer", num_uses=1),
}


@pytest.mark.parametrize("kind", DEAD_TOKENS)
def test_a_dead_token_is_told(bao, kind):
    token = DEAD_TOKENS[kind](bao)
    for call in every_step(make_backend(bao, token=token)):
        error = failure(call, secrets=[token])
        assert (type(error), error.reason) == (AuthenticationFailed, "token_invalid")
        assert error.option == "vault.token"


def test_five_uses_of_a_token_are_enough(bao):
    bao.make_role("pki", "unlimited", max_ttl=0)
    token = bao.make_token("signer", "reader", num_uses=5)
    ask(make_backend(bao, role="unlimited", token=token), make_request())


def test_a_missing_right_is_told_with_the_policy_that_gives_it(bao):
    token = bao.make_token("default")
    error = failure(make_backend(bao, token=token).prepare, make_request(), secrets=[token])
    assert (type(error), error.reason) == (PermissionDenied, "permission_denied")
    assert 'path "pki/sign/cucm" { capabilities = ["update"] }' in error.remedy
    bao.make_policy("as-advised", {"pki/sign/cucm": ["update"]})
    ask(make_backend(bao, token=bao.make_token("as-advised")), make_request())


def test_a_token_that_may_do_nothing_but_sign_is_enough(bao):
    token = bao.make_token("signer", no_default_policy=True)
    issued = ask(make_backend(bao, token=token), make_request(days=500))
    assert len(issued.warnings) == 1


def test_a_token_that_expires_soon_is_told(bao):
    (warning,) = make_backend(bao, token=bao.make_token("signer", ttl="2m")).prepare(make_request())
    assert "expires in" in warning


@pytest.mark.parametrize("readable", [True, False])
def test_an_unknown_role_is_told(bao, readable):
    for call in every_step(make_backend(bao, role="nobody", readable=readable)):
        error = failure(call)
        assert (type(error), error.reason) == (AuthorityUnusable, "role_unknown")
        assert "vault list pki/roles" in error.remedy


@pytest.mark.parametrize("root", [True, False])
def test_an_unknown_engine_is_told(bao, root):
    token = bao.root_token if root else bao.make_token("signer")
    error = failure(make_backend(bao, mount="nowhere", token=token).authority, secrets=[token])
    assert (type(error), error.reason, error.option) == (AuthorityUnusable, "mount_unknown", "vault.mount")


def test_an_engine_without_an_issuer_is_told(bao):
    bao.enable_pki("pki_empty")
    bao.make_role("pki_empty", "cucm")
    backend = make_backend(bao, mount="pki_empty", token=bao.root_token)
    for call in (backend.authority, *every_step(backend)):
        assert failure(call).reason == "ca_without_issuer"


def test_an_unknown_namespace_is_told(bao):
    backend = make_backend(bao, namespace="nowhere", token=bao.root_token)
    error = failure(backend.authority)
    assert (error.reason, error.option) == ("namespace_unknown", "vault.namespace")


def test_a_rate_limit_is_waited_for_and_told(bao):
    waits = []
    backend = make_backend(bao, sleep=waits.append)
    backend.authority()
    bao.call("POST", "sys/quotas/rate-limit/low", path="pki/", rate=1, interval="60s")
    try:
        error = failure(lambda: [backend.prepare(make_request()), backend.sign(make_request())])
    finally:
        bao.call("DELETE", "sys/quotas/rate-limit/low")
    assert isinstance(error, ServerBusy) and "HTTP 429" in str(error)
    assert len(waits) == 3


# --- AppRole --------------------------------------------------------------------------------------


def approle_options(bao, name, **more):
    role_id, secret_id = bao.make_approle("approle", name, "signer", "reader", **more)
    return {"auth_method": "approle", "role_id": role_id, "secret_id": secret_id}


def accessors(bao):
    return set(bao.call("LIST", "auth/token/accessors")["data"]["keys"])


def test_approle_logs_in_once_and_gives_its_token_back(bao):
    """Once, since a secret ID may be good for one use only."""
    login = approle_options(bao, "once", secret_id_num_uses=1)
    login["secret_id"] += "\n"
    before = accessors(bao)
    with closing(make_backend(bao, **login)) as backend:
        backend.authority()
        backend.prepare(make_request())
        ask(backend, make_request())
        assert len(accessors(bao) - before) == 1
    assert accessors(bao) == before
    error = failure(make_backend(bao, **login).authority, secrets=[login["secret_id"].strip()])
    assert error.reason == "approle_refused"


def test_a_backend_that_was_closed_logs_in_anew(bao):
    backend = make_backend(bao, **approle_options(bao, "anew"))
    before = accessors(bao)
    for _time in range(2):
        with closing(backend):
            ask(backend, make_request())
    assert accessors(bao) == before


def test_a_batch_token_cannot_be_given_back_and_that_is_well(bao):
    with closing(make_backend(bao, **approle_options(bao, "batch", token_type="batch"))) as backend:
        ask(backend, make_request())


@pytest.mark.parametrize("wrong", [{"secret_id": "wrong"}, {"role_id": "wrong"}, {"secret_id": None}])
def test_a_refused_approle_is_told(bao, wrong):
    login = {**approle_options(bao, "refused"), **wrong}
    error = failure(make_backend(bao, **login).authority, secrets=[login["secret_id"] or "no such"])
    assert (type(error), error.reason, error.option) == (
        AuthenticationFailed,
        "approle_refused",
        "vault.secret_id",
    )


def test_an_approle_at_another_path_is_told(bao):
    login = approle_options(bao, "elsewhere")
    error = failure(make_backend(bao, approle_mount="elsewhere", **login).authority)
    assert (error.reason, error.option) == ("approle_unknown", "vault.approle_mount")


def test_an_approle_without_the_right_is_told(bao):
    role_id, secret_id = bao.make_approle("approle", "powerless", "default")
    login = {"auth_method": "approle", "role_id": role_id, "secret_id": secret_id}
    assert failure(make_backend(bao, **login).prepare, make_request()).reason == "permission_denied"


# --- options --------------------------------------------------------------------------------------

WRONG_OPTIONS = {
    "http": ({"url": "http://ca.example.com:8200"}, "vault.url"),
    "role with a path": ({"role": "../sys/seal"}, "vault.role"),
    "no role": ({"role": ""}, "vault.role"),
    "mount with a query": ({"mount": "pki?help=1 "}, "vault.mount"),
    "mount upwards": ({"mount": "pki/../sys"}, "vault.mount"),
    "no mount": ({"mount": "/"}, "vault.mount"),
    "namespace with a line": ({"namespace": "a\nb"}, "vault.namespace"),
    "token with a line": ({"token": "s.abc\ndef"}, "vault.token"),
    "token of blanks": ({"token": "  "}, "vault.token"),
    "token not of ASCII": ({"token": "s.äöü"}, "vault.token"),
    "no token": ({"token": ""}, "vault.token"),
    "no role ID": ({"auth_method": "approle"}, "vault.role_id"),
    "no chain file": ({"chain_path": "/nowhere/chain.pem"}, "vault.chain_path"),
}


@pytest.mark.parametrize("kind", WRONG_OPTIONS)
def test_a_wrong_option_is_told_before_anything_is_sent(kind, monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    changes, option = WRONG_OPTIONS[kind]
    given_options = {"url": "https://ca.example.com:8200", "role": "cucm", "token": "s.token", **changes}
    validation = ArgumentSpecValidator(VAULT_ARGUMENTS).validate(given_options)
    error = failure(VaultBackend.from_params, validation.validated_parameters, secrets=["abc\ndef", "äöü"])
    assert isinstance(error, InvalidOption)
    assert error.option == option


def test_the_token_may_come_from_the_environment_and_end_with_a_newline(bao, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", f"{bao.make_token('signer')}\n")
    ask(VaultBackend.from_params(options(bao)), make_request())


def test_it_keeps_no_requests(bao):
    assert not isinstance(make_backend(bao), RequestKeeper)


def test_no_secret_is_shown_by_the_options(bao):
    backend = make_backend(bao, token="s.secret", secret_id="hidden")
    assert "s.secret" not in f"{backend._options!r}" and "hidden" not in f"{backend._options!r}"


# --- what no real server does ---------------------------------------------------------------------

CA = make_issuing_ca()
TOKEN = "s.ScriptedToken1234567890"
CHAIN = "".join(map(pem, CA.chain))


def vault_answer(data=None, *, status=200, **more):
    body = {"errors": more["errors"]} if "errors" in more else {"data": data, "request_id": "r-1", **more}
    return answer(status, json.dumps(body).encode(), Content_Type="application/json")


FORBIDDEN = vault_answer(status=403, errors=["permission denied"])
#: The answers to all that comes before a CSR is sent.
READY = (
    FORBIDDEN,  # the role cannot be read
    vault_answer({"certificate": CHAIN}),
    vault_answer(status=400, errors=['"csr" is empty']),
    vault_answer({"ttl": 3600}),
)


@contextmanager
def scripted(tmp_path, *script):
    """A backend on a server with this script, and the server."""
    authority = certificate("TLS", is_ca=True)
    chain = certificate("127.0.0.1", issuer=authority, names=["127.0.0.1"]).write(tmp_path, "server")
    (tmp_path / "tls.pem").write_text(authority.pem)
    with TlsServer(chain, script=list(script)) as server:
        given_options = {
            "url": f"https://127.0.0.1:{server.port}",
            "ca_path": str(tmp_path / "tls.pem"),
            "role": "cucm",
            "token": TOKEN,
        }
        params = ArgumentSpecValidator(VAULT_ARGUMENTS).validate(given_options).validated_parameters
        backend = VaultBackend.from_params(params, sleep=lambda _seconds: None)
        yield backend, server
        backend.close()


def sent_csrs(server):
    bodies = [json.loads(request.body) for request in server.requests if request.method == "POST"]
    return [body["csr"] for body in bodies if body.get("csr")]


HTML = answer(200, b"<html>Please log in</html>", Content_Type="text/html")
LOST = {
    "hung up": hang_up,
    "cut off": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "a page": HTML,
    "a page of a proxy": answer(502, b"<html>Bad gateway</html>"),
    "a page that says later": answer(503, b"<html>Unavailable</html>"),
    "two megabytes": answer(200, b"x" * 2 * 1024 * 1024),
    "half an object": answer(200, b'{"data": {'),
    "deep nesting": answer(200, b"[" * 100000),
    "no certificate": vault_answer({}),
    "no data": vault_answer(None),
    "an unreadable certificate": vault_answer({"certificate": "-----BEGIN CERTIFICATE-----"}),
    "elsewhere": answer(307, b"", Location="https://other.example.com/v1/pki/sign/cucm"),
    "an error that is none": answer(500, b'{"message": "oops"}'),
}


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_leaves_the_outcome_unknown_and_the_request_is_not_sent_again(tmp_path, kind):
    request = make_request()
    with scripted(tmp_path, *READY, LOST[kind]) as (backend, server):
        error = failure(backend.sign, request, secrets=[TOKEN])
    assert isinstance(error, OutcomeUnknown)
    assert error.details["spki_sha256"] in str(error)
    assert sent_csrs(server) == [pem(request.csr)]


REFUSALS = {
    "the CA failed": (vault_answer(status=500, errors=["1 error occurred:\n\t* disk\x1b full\n\n"]), "ca_failed"),
    "without a word": (vault_answer(status=400, errors=[]), "request_denied"),
    "an endless word": (vault_answer(status=400, errors=["no " * 50000]), "request_denied"),
    "sealed in between": (vault_answer(status=503, errors=["Vault is sealed"]), "ca_sealed"),
    "another right": (FORBIDDEN, "token_invalid"),
    "the role is gone": (vault_answer(status=400, errors=["unknown role: cucm"]), "role_unknown"),
    "it repeats the token": (vault_answer(status=400, errors=[f"bad {TOKEN}"]), "request_denied"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_told_in_bounded_words_without_secrets(tmp_path, kind):
    reply, reason = REFUSALS[kind]
    with scripted(tmp_path, *READY, reply) as (backend, server):
        error = failure(backend.sign, make_request(), secrets=[TOKEN])
    assert error.reason == reason
    assert len(str(error)) < 1000 and str(error).isprintable()
    assert len(sent_csrs(server)) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"public_key": make_csr(with_key="rsa2048-other").public_key()}, "key_differs"),
        ({"names": ["DNS:a.example.com", "DNS:cucm-pub.example.com"]}, "alt_names_differ"),
        ({"extended": ["serverAuth"]}, "extended_key_usage_missing"),
        ({"usages": [usage for usage in USAGES if usage != "dataEncipherment"]}, "data_encipherment_lost"),
    ],
)
def test_another_certificate_than_was_asked_for_is_refused_and_shown(tmp_path, changes, reason):
    csr = make_csr(names=["DNS:a.example.com"])
    leaf = make_leaf(csr, CA, **changes)
    with scripted(tmp_path, *READY, vault_answer({"certificate": pem(leaf)})) as (backend, _server):
        error = failure(ask, backend, make_request(csr))
    assert (type(error), error.reason) == (IssuedCertificateRefused, reason)
    assert error.details["certificate"] == pem(leaf)


def test_the_request_to_sign_says_this_and_nothing_else(tmp_path):
    csr = make_csr("cucm-ms.example.com", names=["DNS:A.example.com", "IP:192.0.2.1"])
    issued = vault_answer({"certificate": pem(make_leaf(csr, CA))}, warnings=["a", 1, None])
    with scripted(tmp_path, *READY, issued) as (backend, server):
        found = backend.sign(make_request(csr, days=100))
    assert (found.warnings, found.request_id, found.changed) == (("Vault: a",), "r-1", True)
    assert server.paths == [
        "/v1/pki/roles/cucm",
        "/v1/pki/cert/ca_chain",
        "/v1/pki/sign/cucm",
        "/v1/auth/token/lookup-self",
        "/v1/pki/sign/cucm",
    ]
    tokens = [request.headers.get("x-vault-token") for request in server.requests]
    assert tokens == [TOKEN, None, TOKEN, TOKEN, TOKEN]
    assert json.loads(server.requests[2].body) == {"csr": ""}
    assert json.loads(server.requests[4].body) == {
        "csr": pem(csr),
        "common_name": "cucm-ms.example.com",
        "alt_names": "A.example.com",
        "ip_sans": ["192.0.2.1"],
        "uri_sans": [],
        "exclude_cn_from_sans": True,
        "ttl": "8640000s",
        "format": "pem",
    }


def test_the_common_name_is_excluded_exactly_when_it_is_no_alternative_name():
    def excluded(*names):
        return signing_body(make_request(make_csr("a.example.com", names=names)))["exclude_cn_from_sans"]

    assert excluded() and excluded("DNS:b.example.com") and excluded("email:a.example.com")
    assert not excluded("DNS:b.example.com", "DNS:a.example.com")


@pytest.mark.parametrize(
    "reply",
    [HTML, answer(404, b"404 page not found"), answer(401, b"<html>"), answer(200, b"x" * 2 * 1024 * 1024)],
)
def test_something_else_than_vault_is_told_at_once(tmp_path, reply):
    with scripted(tmp_path, reply) as (backend, server):
        error = failure(backend.authority, secrets=[TOKEN])
    assert isinstance(error, UnexpectedAnswer)
    assert "vault.url" in str(error)
    assert len(server.requests) == 1


def test_an_empty_csr_that_is_taken_is_no_vault(tmp_path):
    with scripted(tmp_path, *READY[:2], vault_answer({"certificate": CHAIN})) as (backend, _server):
        backend.authority()
        assert isinstance(failure(backend.prepare, make_request()), UnexpectedAnswer)


def test_another_refusal_than_of_the_empty_csr_is_told_before_signing(tmp_path):
    odd = vault_answer(status=400, errors=["the mount is being migrated"])
    with scripted(tmp_path, *READY[:2], odd) as (backend, _server):
        backend.authority()
        assert "being migrated" in str(failure(backend.prepare, make_request()))


def test_a_role_of_another_shape_is_not_guessed_at(tmp_path):
    with scripted(tmp_path, vault_answer({"key_usage": "DigitalSignature"})) as (backend, _server):
        error = failure(backend.authority)
    assert isinstance(error, UnexpectedAnswer) and "key_usage" in str(error)


def test_a_root_without_a_chain_is_asked_for_itself(tmp_path):
    """What Vault before 1.11 is assumed to answer."""
    root = make_ca()
    script = [
        FORBIDDEN,
        vault_answer({"certificate": ""}),
        vault_answer({"certificate": pem(root.certificate)}),
    ]
    with scripted(tmp_path, *script) as (backend, server):
        assert backend.authority().chain == (root.certificate,)
    assert server.paths[1:] == ["/v1/pki/cert/ca_chain", "/v1/pki/cert/ca"]


@pytest.mark.parametrize(
    "reply",
    [
        FORBIDDEN,
        vault_answer(status=404, errors=["no handler for route sys/internal/ui/mounts/pki"]),
        vault_answer(None),
        vault_answer({"config": []}),
        vault_answer({"config": {"max_lease_ttl": "768h"}}),
    ],
)
def test_an_engine_that_does_not_tell_its_limit_is_no_fault(tmp_path, reply):
    role = vault_answer({**cas.GOOD_ROLE, "max_ttl": 0})
    with scripted(tmp_path, role, READY[1], reply, *READY[2:]) as (backend, _server):
        backend.authority()
        assert backend.prepare(make_request()) == ()


def test_a_role_that_cannot_be_read_for_another_reason_is_told(tmp_path):
    with scripted(tmp_path, vault_answer(status=500, errors=["disk full"])) as (backend, _server):
        assert "disk full" in str(failure(backend.authority))


def approle_on(server, tmp_path):
    given_options = {
        "url": f"https://127.0.0.1:{server.port}",
        "ca_path": str(tmp_path / "tls.pem"),
        "role": "cucm",
        "auth_method": "approle",
        "role_id": "r",
        "secret_id": "8c1f-scripted",
    }
    params = ArgumentSpecValidator(VAULT_ARGUMENTS).validate(given_options).validated_parameters
    return VaultBackend.from_params(params, sleep=lambda _seconds: None)


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        ({"auth": {"client_token": ""}}, "approle_refused"),
        ({"auth": {"client_token": "a\nb"}}, "approle_refused"),
        ({"auth": {"client_token": None}}, "unexpected_answer"),
        ({"auth": None}, "unexpected_answer"),
        ({"errors": ["8c1f-scripted is wrong"]}, "approle_refused"),
        ({"errors": ["internal error"]}, "request_denied"),
        ({"errors": ["no handler for route auth/approle/login"]}, "approle_unknown"),
    ],
)
def test_a_login_without_a_token_is_told(tmp_path, login, reason):
    words = login.get("errors", [""])[0]
    status = {"": 200, "internal error": 500}.get(words, 404 if "no handler" in words else 400)
    with scripted(tmp_path, answer(status, json.dumps(login).encode())) as (_backend, server):
        error = failure(approle_on(server, tmp_path).authority, secrets=["8c1f-scripted"])
    assert error.reason == reason


def test_a_login_is_sent_once_since_it_may_use_up_the_secret_id(tmp_path):
    with scripted(tmp_path, hang_up) as (_backend, server):
        assert isinstance(failure(approle_on(server, tmp_path).authority), AnswerLost)
    assert server.paths == ["/v1/auth/approle/login"]


def test_a_token_that_was_got_here_is_taken_out_of_words_too(tmp_path):
    login = answer(200, b'{"auth": {"client_token": "s.got-here"}}')
    refusal = vault_answer(status=400, errors=["s.got-here is odd"])
    with scripted(tmp_path, login, READY[0], READY[1], refusal) as (_backend, server):
        backend = approle_on(server, tmp_path)
        error = failure(backend.prepare, make_request(), secrets=["s.got-here"])
        backend.close()
    assert "*** is odd" in str(error)
    assert server.paths[-1] == "/v1/auth/token/revoke-self"
    assert server.requests[-1].headers["x-vault-token"] == "s.got-here"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    ["data", "errors", "warnings", "auth", "client_token", "certificate", "ca_chain", "request_id", "ttl",
     "config", "max_lease_ttl", "key_usage", "ext_key_usage", "max_ttl", "key_bits", "issuer_ref", "client_flag"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS | st.just(CHAIN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=12,
)
STATUSES = st.sampled_from([200, 204, 400, 401, 403, 404, 500, 502])
ODD = (
    st.builds(Reply.json, VALUES, STATUSES)
    | st.builds(lambda value, status: Reply.json({"data": value}, status), VALUES, STATUSES)
    | st.builds(Reply, STATUSES, st.binary(max_size=20))
)
#: What comes when all is well until the certificate: the role, the chain, the empty CSR, the token.
RIGHT = (
    Reply.json({"data": {**cas.GOOD_ROLE, "max_ttl": 31536000}}),
    Reply.json({"data": {"certificate": CHAIN}}),
    Reply.json({"errors": ['"csr" is empty']}, 400),
    Reply.json({"data": {"ttl": 3600}}),
)


@given(right=st.integers(0, len(RIGHT)), odd=st.lists(ODD, min_size=1, max_size=5))
def test_whatever_comes_is_an_error_of_the_family(right, odd):
    given_options = {"url": "https://ca.example.com", "role": "cucm", "token": TOKEN}
    params = ArgumentSpecValidator(VAULT_ARGUMENTS).validate(given_options).validated_parameters
    backend = VaultBackend.from_params(params)
    backend._api._json.__dict__["_session"] = ScriptedSession(*RIGHT[:right], *odd)
    error = failure(ask, backend, make_request(), secrets=[TOKEN])
    if right == len(RIGHT):
        refusals = (AuthorityUnusable, AuthenticationFailed, PermissionDenied, RequestDenied)
        assert isinstance(error, (OutcomeUnknown, IssuedCertificateRefused, *refusals))
