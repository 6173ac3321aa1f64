# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that repeats what it was sent would put a password into messages, logs and reports."""

from __future__ import annotations

import base64
import html
import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import ccm_version, open_session
from ansible_collections.ucops.cucm.plugins.module_utils._common import foreign
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import (
    LONGEST,
    MASK,
    foreign_text,
    keep_headers_secret,
    keep_secret,
    secrets_of_task,
    without_secrets,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import Secrets
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    ca_chain_info,
    cucm_cert_info,
    cucm_csr,
    cucm_service,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    Reply,
    TlsServer,
    answer,
    certificate,
    raw,
)
from hypothesis import given, settings
from hypothesis import strategies as st

SECRET = "p\xe4ss w\xf6rd\u20ac/+&<>\"'\\100%"
USER = "administrator"
ACCOUNT = f"{USER}:{SECRET}"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with umlauts": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "URL in lower case": lambda text: quote(text).replace("%C3", "%c3"),
    "URL of a form": quote_plus,
    "URL twice": lambda text: quote(quote(text)),
    "XML": lambda text: escape(text, {'"': "&quot;", "'": "&apos;"}),
    "XML by number": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "HTML": html.escape,
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "HTML of JSON": lambda text: html.escape(json.dumps(text)),
    "another charset": lambda text: text.encode().decode("latin-1"),
    "in capitals": str.upper,
    "hexadecimal": lambda text: text.encode().hex(),
    "base64": in_base64,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in a URL": lambda text: quote(in_base64(text), safe=""),
    "base64 in lines": lambda text: "\r\n ".join(textwrap.wrap(in_base64(text), 10)),
    "base64 of the account": lambda text: in_base64(f"{USER}:{text}"),
    "base64 of the account, cut off": lambda text: in_base64(f"{USER}:{text}")[:30],
    "base64 of the account in Latin-1": lambda text: base64.b64encode(
        f"{USER}:{text}".replace("\u20ac", "").encode("latin-1")
    ).decode(),
}


@pytest.fixture
def session() -> Iterator[None]:
    with secrets_of_task():
        keep_headers_secret({"Authorization": f"Basic {in_base64(ACCOUNT)}"})
        yield


@pytest.mark.parametrize("name", [name for name in FORMS if "Latin-1" not in name])
def test_every_form_of_a_secret(session: None, name: str) -> None:
    form = FORMS[name](SECRET)
    shown = foreign_text(f"before {form} after")
    quotes = '"\\&quot;'  # some forms have them around the text
    assert [part.strip(quotes) for part in shown.split(" ")] == ["before", MASK, "after"], form


def test_account_in_latin_1() -> None:
    secret = SECRET.replace("\u20ac", "")
    with secrets_of_task():
        keep_secret(f"{USER}:{secret}", secret)
        assert foreign_text(FORMS["base64 of the account in Latin-1"](SECRET)) == MASK


@settings(deadline=None)
@given(
    secret=st.text(min_size=1, max_size=20),
    form=st.sampled_from(["as it is", "JSON", "URL", "URL of a form", "XML by number", "HTML", "base64"]),
)
def test_any_secret(secret: str, form: str) -> None:
    secret = f"s3cr{secret}t"
    try:
        text = FORMS[form](secret)
    except UnicodeEncodeError:  # a lone surrogate has no such form
        return
    with secrets_of_task([secret]):
        assert foreign_text(f"<<{text}>>") == f"<<{MASK}>>"


@given(
    secret=st.text(alphabet="aAkKsi1+/-_ \t%&\\\u017f\u212a\u00e9", min_size=1, max_size=14),
    form=st.sampled_from(sorted(FORMS)),
    around=st.tuples(
        st.text(alphabet="a1+/ %;\\\u0131", max_size=8), st.text(alphabet="aK=_\n ", max_size=8)
    ),
)
def test_the_quick_look_misses_nothing(secret: str, form: str, around: tuple[str, str]) -> None:
    """What the pattern of a secret finds, the look that spares compiling it finds worth compiling."""
    try:
        text = FORMS[form](secret).join(around)
    except UnicodeEncodeError:
        return
    assert foreign._may_hold(text, secret) or not foreign._pattern(secret).search(text)


def test_an_ordinary_text_needs_no_pattern() -> None:
    foreign._pattern.cache_clear()
    with secrets_of_task():
        keep_headers_secret({"Authorization": f"Basic {in_base64('admin:wonder of the world')}"})
        assert foreign_text("The object is 'admin', on 15.0.1.") == "The object is 'admin', on 15.0.1."
    assert foreign._pattern.cache_info().currsize == 0


@pytest.mark.parametrize("secret", ["1", "a1", "Cisco", "MII", "\\", "%", "&amp;"])
def test_short_and_odd_secrets(secret: str) -> None:
    with secrets_of_task([secret]):
        shown = foreign_text(f"x{secret}y")
        assert shown == f"x{MASK}y"
        assert without_secrets(f"x{secret}y") == f"x{secret}y"


def test_one_line_and_bounded() -> None:
    shown = foreign_text("a\r\n\tb\x00\x1b[31m\u202ec " + "x" * 1000)
    assert shown.startswith("a b??[31m?c x")
    assert len(shown) == LONGEST
    assert shown.endswith("…")
    assert foreign_text("x" * 20, limit=20) == "x" * 20


def test_secret_at_the_end_of_what_is_looked_at(session: None) -> None:
    text = " " * (20_000 - 5) + SECRET
    assert SECRET[:5] not in foreign_text(text)


def test_many_backslashes_do_not_take_long() -> None:
    """An exponential search would not end."""
    with secrets_of_task(["\\" * 30 + "x", "\xe4" * 30 + "y", "?" * 30 + "z"]):
        assert foreign_text("\\" * 500 + "?" * 500, limit=2000) == "\\" * 500 + "?" * 500


def test_credentials_of_others() -> None:
    text = foreign_text('Proxy-Authorization: Negotiate YIIabcdef== and {"Authorization": "Bearer abc.def"}')
    assert text == f'Proxy-Authorization: Negotiate {MASK} and {{"Authorization": "Bearer {MASK}"}}'


def test_cookies_and_tokens() -> None:
    with secrets_of_task():
        keep_headers_secret({"Cookie": "JSESSIONID=0123456789ABCDEF; a=b", "X-Vault-Token": b"hvs.token"})
        assert foreign_text("0123456789ABCDEF hvs.token b") == f"{MASK} {MASK} b"


def test_secrets_end_with_the_task() -> None:
    with secrets_of_task(["outer-secret"]):
        with secrets_of_task(["inner-secret"]):
            assert foreign_text("outer-secret inner-secret") == f"outer-secret {MASK}"
        assert foreign_text("outer-secret inner-secret") == f"{MASK} inner-secret"
    assert foreign_text("outer-secret") == "outer-secret"


def test_options_that_are_secret() -> None:
    spec = {
        "password": {"no_log": True},
        "host": {},
        "vault": {"options": {"token": {"no_log": True}, "url": {}}},
        "answers": {"options": {"text": {"no_log": True}}},
        "list": {"no_log": True},
    }
    params = {
        "password": "one",
        "host": "h",
        "vault": {"token": "two", "url": "u"},
        "answers": [{"text": "three"}, {"text": None}],
        "list": ["four", 5],
    }
    assert {secret for _option, secret in Secrets.of(spec, params).values} == {
        "one",
        "two",
        "three",
        "four",
        "5",
    }


# Whole modules against a server that repeats what it was sent.

ECHO = "Authorization: Basic {account} password={url} {json} {xml}"


def echo() -> str:
    return ECHO.format(
        account=in_base64(ACCOUNT), url=quote(SECRET), json=FORMS["JSON"](SECRET), xml=escape(SECRET)
    )


def fault(status: int, body: bytes, kind: str) -> Reply:
    return answer(status, body, Content_Type=kind)


def soap_fault(text: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>s:Server</faultcode><faultstring>{escape(text)}\n{'long ' * 500}</faultstring>"
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()


def in_json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


REPLIES: dict[str, Reply] = {
    "page with a title": fault(502, f"<html><title>\n{echo()}</title>".encode(), "text/html"),
    "page that is no SOAP": fault(200, f"<html><title>{echo()}</title>".encode(), "text/html"),
    "location": answer(302, b"", Location=f"https://proxy/?{in_base64(ACCOUNT)}&{quote(SECRET)}"),
    "content type": fault(200, b"?", f"text/x; a={in_base64(ACCOUNT)}; b={quote(SECRET)}"),
    "SOAP fault": fault(500, soap_fault(echo()), "text/xml"),
    "certmgr messages": fault(
        400, in_json(messages=[echo(), "x\ny" * 1000], trackingId=echo()), "application/json"
    ),
    "Vault errors": fault(400, in_json(errors=[echo(), "x\ny" * 1000]), "application/json"),
    "no HTTP": raw(f"HTTP/x {echo()}\r\n\r\n".encode()),
}


def axl(params: Any, _context: Context) -> dict[str, Any]:
    with open_session(ConnectionOptions.from_params(params)) as session:
        return {"version": ccm_version(session)}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate("node", names=["localhost"]).write(tmp_path_factory.mktemp("node"), "node")


@pytest.fixture
def server(chain: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with TlsServer(chain) as running:
        yield running


def module_defaults(spec: Any) -> dict[str, Any]:
    return {name: option.get("default") for name, option in spec.items()}


def node_params(server: TlsServer, spec: Any) -> dict[str, Any]:
    given_here = {"host": "localhost", "port": server.port, "username": USER, "password": SECRET}
    return {**module_defaults(spec), **given_here, "validate_certs": False, "timeout": 60}


def assert_nothing_is_told(result: dict[str, Any]) -> None:
    assert result["failed"]
    assert result["reason"] != "bug", result
    said = json.dumps(result, ensure_ascii=False) + json.dumps(result) + repr(result)
    for form in (
        SECRET,
        in_base64(ACCOUNT),
        in_base64(SECRET),
        quote(SECRET),
        escape(SECRET),
        in_base64(ACCOUNT)[:24],
    ):
        assert form not in said
    assert "\n" not in result["msg"]
    assert len(result["msg"]) < 4 * LONGEST


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize(
    ("definition", "more"),
    [
        (ModuleDefinition(axl, CONNECTION_ARGUMENTS), {}),
        (cucm_cert_info.DEFINITION, {"transport": "rest"}),
        (cucm_csr.DEFINITION, {"transport": "rest", "service": "CallManager"}),
        (cucm_service.DEFINITION, {"name": "Cisco CallManager", "state": "started"}),
    ],
    ids=["AXL", "certmgr", "CSR", "serviceability"],
)
def test_node_that_repeats_the_request(
    server: TlsServer, definition: ModuleDefinition, more: dict[str, Any], reply: str
) -> None:
    server.script = [REPLIES[reply]]
    result = definition.execute(
        {**node_params(server, definition.argument_spec), **more}, Context(check_mode=True)
    )
    assert server.requests
    assert_nothing_is_told(result)


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("method", ["token", "approle"])
def test_vault_that_repeats_the_request(server: TlsServer, method: str, reply: str) -> None:
    token = in_base64(ACCOUNT) if method == "token" else None
    spec = ca_chain_info.DEFINITION.argument_spec
    vault = {
        **module_defaults(spec["vault"]["options"]),
        "url": f"https://localhost:{server.port}",
        "validate_certs": False,
        "role": "cucm",
        "auth_method": method,
        "token": token,
        "role_id": "role" if method == "approle" else None,
        "secret_id": SECRET if method == "approle" else None,
    }
    server.script = [REPLIES[reply]]
    params = {**module_defaults(spec), "backend": "vault", "vault": vault}
    result = ca_chain_info.DEFINITION.execute(params, Context())
    assert server.requests
    assert result["failed"]
    assert result["reason"] != "bug", result
    said = json.dumps(result, ensure_ascii=False)
    for form in (token,) if token else (SECRET, quote(SECRET), escape(SECRET), FORMS["JSON"](SECRET)):
        assert form not in said
    assert "\n" not in result["msg"]


def test_warnings_too() -> None:
    def run(_params: Any, context: Context) -> dict[str, Any]:
        context.warn(f"the node said {in_base64(SECRET)}")
        return {"text": in_base64(SECRET)}

    context = Context()
    result = ModuleDefinition(run, {"password": {"no_log": True}}).execute({"password": SECRET}, context)
    assert context.warnings == [f"the node said {MASK}"]
    assert result["text"] == in_base64(SECRET)  # what a later task uses is not altered
