# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The double of AD CS disagrees with a client that is wrong, and runs in a process of its own."""

from __future__ import annotations

import base64
import re
import struct
import urllib.error
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.tests.certsrv import logon
from ansible_collections.ucops.cucm.tests.certsrv.client import ControlClient, certsrv_process
from ansible_collections.ucops.cucm.tests.certsrv.double import (
    PASSWORD,
    USERNAME,
    CertsrvDouble,
    Settings,
    running_double,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    make_csr,
    openssl_csr,
)
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

TEXT = make_csr().public_bytes(Encoding.PEM).decode()
FORM = {
    "Mode": "newreq",
    "CertRequest": TEXT,
    "CertAttrib": "CertificateTemplate:CucmServer\r\n",
    "TargetStoreFlags": "0",
    "SaveCert": "yes",
}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def _double() -> Iterator[CertsrvDouble]:
    with running_double(mode="enterprise") as double:
        yield double


@pytest.fixture
def double(_double: CertsrvDouble) -> CertsrvDouble:
    _double.reset()
    return _double


def ask(double: CertsrvDouble | dict[str, Any], method: str, page: str, **more: Any) -> requests.Response:
    """One request, not by our own client."""
    where = double.description() if isinstance(double, CertsrvDouble) else double
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method,
            f"{where['url']}/{page}",
            auth=(where["username"], where["password"]),
            verify=where["ca_path"],
            allow_redirects=False,
            timeout=300,
            **more,
        )


def test_a_right_form(double: CertsrvDouble) -> None:
    reply = ask(double, "POST", "certfnsh.asp", data=FORM)
    assert reply.status_code == 200
    assert b"certnew.cer?ReqID=83&amp;Enc=b64" in reply.content
    assert double.complaints == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Mode": None},
        {"Mode": "chkpnd"},
        {"CertRequest": None},
        {"CertAttrib": None},
        {"TargetStoreFlags": None},
        {"SaveCert": None},
        {"Template": "CucmServer"},
        {"CertAttrib": "CertificateTemplate:CucmServer"},
        {"CertAttrib": "CertificateTemplate:CucmServer\n"},
        {"CertAttrib": "CertificateTemplate=CucmServer\r\n"},
        {"CertAttrib": "CertificateTemplate:CucmServer\r\n\r\n"},
    ],
    ids=str,
)
def test_a_wrong_form(double: CertsrvDouble, changes: dict[str, str | None]) -> None:
    form = {name: text for name, text in {**FORM, **changes}.items() if text is not None}
    assert ask(double, "POST", "certfnsh.asp", data=form).status_code == 400
    assert len(double.complaints) == 1
    assert double.requests() == []


def test_a_form_of_another_type(double: CertsrvDouble) -> None:
    assert ask(double, "POST", "certfnsh.asp", json=FORM).status_code == 400


@pytest.mark.parametrize("plus", ["+", "%2B"])
def test_a_plus_sign_that_was_not_encoded(double: CertsrvDouble, plus: str) -> None:
    assert "+" in TEXT
    body = urllib.parse.urlencode(FORM).replace("%2B", plus)
    reply = ask(double, "POST", "certfnsh.asp", data=body.encode(), headers=FORM_TYPE)
    assert (b"ID=locDenied" in reply.content) == (plus == "+")
    assert (b"Error Parsing Request" in reply.content) == (plus == "+")


def test_each_post_is_a_request(double: CertsrvDouble) -> None:
    for _time in range(2):
        ask(double, "POST", "certfnsh.asp", data=FORM)
    assert [row["id"] for row in double.requests()] == [83, 84]


def test_a_request_with_a_broken_signature(double: CertsrvDouble, tmp_path: Any) -> None:
    csr = openssl_csr(tmp_path)
    der = bytearray(der_of(csr))
    der[-1] ^= 1
    ask(double, "POST", "certfnsh.asp", data={**FORM, "CertRequest": base64_of(bytes(der))})
    (row,) = double.requests()
    assert (row["disposition"], row["status"]) == ("denied", "0x80090006")


def der_of(text: str) -> bytes:
    return base64.b64decode("".join(text.splitlines()[1:-1]))


def base64_of(der: bytes) -> str:
    return base64.encodebytes(der).decode()


def test_only_a_pending_request_is_decided_on(double: CertsrvDouble) -> None:
    ask(double, "POST", "certfnsh.asp", data=FORM)
    with pytest.raises(ValueError, match="request 83 is not pending"):
        double.deny(83)


@pytest.mark.parametrize(
    ("agent", "lies", "content_type"),
    [
        ("Mozilla/5.0", False, "application/pkix-cert"),
        ("Mozilla/5.0", True, "text/html"),
        ("python-requests", False, "text/html"),
    ],
)
def test_the_content_type_depends_on_the_browser(
    double: CertsrvDouble, agent: str, lies: bool, content_type: str
) -> None:
    double.settings.content_types_lie = lies
    reply = ask(double, "GET", "certnew.cer?ReqID=CACert&Renewal=0", headers={"User-Agent": agent})
    assert reply.headers["Content-Type"] == content_type
    assert re.fullmatch(
        rb"-----BEGIN CERTIFICATE-----\r\n(?:[^\n]+\r\n)+-----END CERTIFICATE-----\r\n", reply.content
    )


def test_nobody_gets_in_without_logging_on(double: CertsrvDouble) -> None:
    with requests.Session() as session:
        session.trust_env = False
        reply = session.get(f"{double.url}/", verify=str(double.ca_path), timeout=300)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == 'Negotiate, NTLM, Basic realm="ca.example.com"'


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"no": 1}, {"auth_methods": ["digest"]}])
def test_a_wrong_setting(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no "):
        Settings().change(wrong)


def authenticate_message(pairs: bytes) -> bytes:
    """An NTLM AUTHENTICATE message with these AV pairs, the rest of it empty."""
    response = bytes(16) + bytes(28) + pairs
    header = b"NTLMSSP\0" + struct.pack("<I", 3) + bytes(8)
    return header + struct.pack("<HHI", len(response), len(response), 28) + response


@pytest.mark.parametrize(
    ("pairs", "bound"),
    [
        (struct.pack("<HH", 0x0A, 16) + b"\1" * 16, True),
        (struct.pack("<HHI", 6, 4, 2) + struct.pack("<HH", 0x0A, 16) + b"\1" * 16 + bytes(4), True),
        (struct.pack("<HH", 0x0A, 16) + bytes(16), False),
        (struct.pack("<HH", 0x09, 16) + b"\1" * 16 + bytes(4), False),
        (b"", False),
    ],
)
def test_whether_a_client_sends_a_channel_binding(pairs: bytes, bound: bool) -> None:
    assert logon._has_binding(authenticate_message(pairs)) is bound


@given(st.binary(max_size=80))
def test_a_message_that_is_cut_off_has_none(message: bytes) -> None:
    assert logon._has_binding(message) in (True, False)


def test_in_a_process_of_its_own() -> None:
    with certsrv_process("--mode", "standalone", "--language", "de", "--auth", "basic") as ready:
        assert (ready["username"], ready["password"], ready["mode"]) == (USERNAME, PASSWORD, "standalone")
        control = ControlClient(ready["control"])
        form = {**FORM, "CertAttrib": ""}
        for _time in range(2):
            assert "Anforderungskennung" in ask(ready, "POST", "certfnsh.asp", data=form).text
        control.order("issue", id=83)
        control.order("deny", id=84)
        assert [row["disposition"] for row in control.read("requests")] == ["issued", "denied"]
        control.order("settings", language="en")
        control.order("faults", kind="server_error", page="certnew.cer")
        assert ask(ready, "GET", "certnew.cer?ReqID=83&Enc=b64").status_code == 500
        assert "BEGIN CERTIFICATE" in ask(ready, "GET", "certnew.cer?ReqID=83&Enc=b64").text
        assert "Denied by" in ask(ready, "GET", "certnew.cer?ReqID=84&Enc=b64").text
        control.order("renew")
        control.order("expire")
        assert "nRenewals=1;" in ask(ready, "GET", "certcarc.asp").text
        assert control.read("complaints") == []
        assert control.read("log")[-1]["page"] == "certcarc.asp"
        assert control.read("state")["url"] == ready["url"]
        for wrong in ({"what": "issue", "id": 99}, {"what": "faults", "kind": "no"}, {"what": "nothing"}):
            with pytest.raises(urllib.error.HTTPError):
                control.order(**wrong)
        control.order("reset")
        assert control.read("requests") == []
