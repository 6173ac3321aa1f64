# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend of AD CS, logging on by Kerberos: a real KDC, real tickets, real channel binding."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AuthenticationFailed
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import Issued
from ansible_collections.ucops.cucm.tests.certsrv import realm as kerberos
from ansible_collections.ucops.cucm.tests.certsrv.double import CertsrvDouble, running_double
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.adcs_signing import (
    backend_of,
    findings,
    posts,
    request_of,
    verify,
)

WRONG = "wrong-secret"
_NEEDED = [
    name for name in ("requests_gssapi", "gssapi") if find_spec(name) is None
] + kerberos.missing_programs()
pytestmark = pytest.mark.skipif(
    bool(_NEEDED),
    reason=f"KERBEROS IS NOT TESTED: {', '.join(_NEEDED)} missing. Debian: apt-get install krb5-kdc krb5-admin-server"
    " krb5-user libkrb5-dev gcc; then: pip install 'requests-gssapi>=1.4'",
)


@pytest.fixture(scope="module")
def _realm() -> Iterator[kerberos.Realm]:
    with kerberos.running_realm() as realm:
        yield realm


@pytest.fixture(scope="module")
def _double(_realm: kerberos.Realm) -> Iterator[CertsrvDouble]:
    with running_double(mode="enterprise", keytab=_realm.keytab) as double:
        yield double


@pytest.fixture
def realm(_realm: kerberos.Realm, monkeypatch: pytest.MonkeyPatch) -> kerberos.Realm:
    """The process of the tests is a member of the realm and has no ticket."""
    for name, value in _realm.environment.items():
        monkeypatch.setenv(name, value)
    _realm.log_off()
    return _realm


@pytest.fixture
def double(_double: CertsrvDouble, realm: kerberos.Realm) -> Iterator[CertsrvDouble]:
    """An enterprise CA that takes Kerberos only, and demands channel binding."""
    _double.reset()
    _double.settings.auth_methods = ("kerberos",)
    yield _double
    assert _double.complaints == []


def options(**changes: Any) -> dict[str, Any]:
    return {
        "auth_method": "kerberos",
        "username": None,
        "password": None,
        "template": "CucmServer",
        **changes,
    }


def test_a_ticket_of_the_cache(double: CertsrvDouble, realm: kerberos.Realm, tmp_path: Path) -> None:
    realm.log_on()
    backend, request = backend_of(double, **options()), request_of("multi-server")
    assert backend.prepare(request) == ()
    issued = backend.sign(request)
    assert findings(backend, issued, request) == []
    assert isinstance(issued, Issued)
    verify(tmp_path, backend, issued)
    assert len(posts(double)) == 1
    assert double.requests()[0]["requester"] == kerberos.USER


def test_a_ticket_for_user_name_and_password(double: CertsrvDouble) -> None:
    backend = backend_of(double, **options(username=kerberos.USER, password=kerberos.PASSWORD))
    backend.authority()
    assert {entry["user"] for entry in double.log if entry["status"] == 200} == {kerberos.USER}


def test_no_ticket(double: CertsrvDouble) -> None:
    with pytest.raises(AuthenticationFailed, match="Get a ticket with kinit") as caught:
        backend_of(double, **options()).authority()
    assert caught.value.reason == "no_kerberos_ticket"
    assert caught.value.host == "localhost"
    assert double.log == []


@pytest.mark.parametrize("user", [kerberos.USER, f"nobody@{kerberos.REALM}", "enroll@NOWHERE.EXAMPLE.COM"])
def test_a_wrong_password(double: CertsrvDouble, user: str) -> None:
    with pytest.raises(AuthenticationFailed, match=r"Check adcs\.username") as caught:
        backend_of(double, **options(username=user, password=WRONG)).authority()
    assert caught.value.reason == "no_kerberos_ticket"
    assert WRONG not in "".join(traceback.format_exception(caught.value))
    assert double.log == []


def test_a_server_that_has_no_name_in_the_realm(double: CertsrvDouble, realm: kerberos.Realm) -> None:
    realm.log_on()
    with pytest.raises(AuthenticationFailed, match="no Kerberos ticket for the CA's web server") as caught:
        backend_of(double, **options(url=f"https://127.0.0.1:{double.port}")).authority()
    assert caught.value.reason == "no_kerberos_ticket"
    assert double.logons == 0


def test_a_server_behind_something_that_ends_tls(double: CertsrvDouble, realm: kerberos.Realm) -> None:
    realm.log_on()
    double.settings.tls_ends_elsewhere = True
    with pytest.raises(
        AuthenticationFailed, match="Extended Protection, this also happens when a load balancer"
    ):
        backend_of(double, **options()).authority()
    double.settings.extended_protection = "off"
    backend_of(double, **options()).authority()


def test_the_double_refuses_a_client_without_channel_binding(
    double: CertsrvDouble, realm: kerberos.Realm
) -> None:
    import requests_gssapi

    realm.log_on()
    answers = {}
    for binding in ("tls-server-end-point", None):
        auth = requests_gssapi.HTTPSPNEGOAuth(channel_bindings=binding)
        with requests.Session() as session:
            session.trust_env = False
            reply = session.get(f"{double.url}/", auth=auth, verify=str(double.ca_path), timeout=300)
            answers[binding] = reply.status_code
    assert answers == {"tls-server-end-point": 200, None: 401}


def test_it_is_not_offered(double: CertsrvDouble, realm: kerberos.Realm) -> None:
    realm.log_on()
    double.settings.auth_methods = ("basic",)
    with pytest.raises(AuthenticationFailed) as caught:
        backend_of(double, **options()).authority()
    assert caught.value.reason == "auth_method_not_offered"
