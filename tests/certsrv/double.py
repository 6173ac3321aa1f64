# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The double: an HTTPS server with the pages, and what a test can do to it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.ucops.cucm.tests.certsrv.authority import Authority, Row, pkcs7_of
from ansible_collections.ucops.cucm.tests.certsrv.logon import Acceptor, Logon, end_point_binding
from ansible_collections.ucops.cucm.tests.certsrv.pages import LANGUAGES, Pages
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USERNAME = r"EXAMPLE\enroll"
PASSWORD = "only-for-the-double"
METHODS = ("basic", "ntlm", "kerberos", "certificate")
MODES = ("standalone", "enterprise")
#: What can go wrong, once or more, on a page.
FAULTS = (
    "hang_up_before",  # the request is read and not carried out
    "hang_up_after",  # carried out, and no answer
    "truncated",  # carried out, and half an answer
    "unauthorized",  # 401
    "forbidden",  # 403
    "redirect",  # 302 to a page that asks for a user name
    "server_error",  # carried out, and 500
    "unavailable",  # 503
    "giant",  # a body without end
    "html",  # a page that nobody knows
    "stopped",  # the page of an RPC server that is unavailable
    "other_key",  # the certificate has another key
    "other_names",  # the certificate has other alternative names
)
_PATH = "/certsrv"
_SECONDS = 30
_GIANT = 64 * 1024 * 1024
_KNOWN_FIELDS = {
    "Mode",
    "CertRequest",
    "CertAttrib",
    "FriendlyType",
    "ThumbPrint",
    "TargetStoreFlags",
    "SaveCert",
}
_DAY = timedelta(days=1)


@dataclass
class Settings:
    """What can be changed while it runs."""

    language: str = "en"
    #: Of the pages, instead of that of the language.
    charset: str | None = None
    auth_methods: tuple[str, ...] = ("basic", "ntlm")
    #: Extended Protection: "require" or "off".
    extended_protection: str = "require"
    #: As behind a load balancer that has another certificate than the web server expects.
    tls_ends_elsewhere: bool = False
    #: Say text/html of a certificate to browsers, too.
    content_types_lie: bool = False
    #: certcarc.asp says nothing of renewals.
    hides_renewals: bool = False

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set some of them; ValueError for a wrong name or value."""
        known = {
            "language": tuple(LANGUAGES),
            "extended_protection": ("require", "off"),
        }
        for name, value in changes.items():
            if name not in asdict(self) or (name in known and value not in known[name]):
                raise ValueError(f"no setting {name}: {value}")
            if name == "auth_methods" and not set(value) <= set(METHODS):
                raise ValueError(f"no authentication {value}")
            setattr(self, name, tuple(value) if name == "auth_methods" else value)


@dataclass
class Fault:
    """One thing that goes wrong, so many times, on the pages whose `name?query` starts so."""

    kind: str
    page: str
    times: int = 1

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"no fault {self.kind}")


@dataclass
class Identity:
    """A certificate with its key, as files."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    certificate_path: Path
    key_path: Path


@dataclass
class CertsrvDouble:
    """A context manager; the server runs in threads of this process.

    `keytab` is for Kerberos: that of HTTP/localhost. `mode` is `standalone` or `enterprise`.
    """

    mode: str = "standalone"
    root_only: bool = False
    keytab: Path | None = None

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """A CA without requests, and settings as at the start."""
        with self.lock:
            self.authority = Authority(self.mode, self.root_only)
            self.faults: list[Fault] = []
            #: Each request: method, page, query, user and status, in order.
            self.log: list[dict[str, Any]] = []
            #: What was wrong with requests, also where a real server might have let it pass.
            self.complaints: list[str] = []
            #: How often somebody tried to log on with a password, a ticket or an NTLM response.
            self.logons = self.logons_refused = 0
            self.settings = Settings()

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="certsrv-"))
        self.directory = Path(directory)
        self.user_file = self.directory / "ntlm-users"
        domain, _backslash, user = USERNAME.partition("\\")
        self.user_file.write_text(f"{domain}:{user}:{PASSWORD}\n", encoding="utf-8")
        self.user_file.chmod(0o600)
        trust = self._identity("Double TLS CA", None)
        self.tls = self._identity("localhost", trust)
        self.elsewhere = self._identity("elsewhere", trust)
        self.client = self._identity("enroll", trust, client=True)
        self.ca_path = trust.certificate_path
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.tls.certificate_path, self.tls.key_path)
        self._context.load_verify_locations(self.ca_path)
        self._context.verify_mode = ssl.CERT_OPTIONAL
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = self._stack.enter_context(_Server(("127.0.0.1", 0), handler))
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        self._stack.callback(thread.join, _SECONDS)
        self._stack.callback(self._server.close_connections)
        self._stack.callback(self._server.shutdown)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """By name, since Kerberos needs one."""
        return f"https://localhost:{self.port}{_PATH}"

    def description(self) -> dict[str, Any]:
        """What a program needs to use it."""
        return {
            "url": self.url,
            "ca_path": str(self.ca_path),
            "username": USERNAME,
            "password": PASSWORD,
            "client_certificate_path": str(self.client.certificate_path),
            "client_key_path": str(self.client.key_path),
            "mode": self.mode,
        }

    def inject(self, kind: str, page: str = "certfnsh.asp", times: int = 1) -> None:
        """Let something go wrong."""
        with self.lock:
            self.faults.append(Fault(kind, page, times))

    def take_fault(self, page: str, query: str) -> str | None:
        """The kind of the next fault of a page, used up."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and f"{page}?{query}".startswith(fault.page):
                    fault.times -= 1
                    return fault.kind
        return None

    def requests(self) -> list[dict[str, Any]]:
        """The CA's database."""
        with self.lock:
            return [row.as_json() for row in self.authority.rows.values()]

    def issue(self, number: int) -> None:
        """Issue a pending request, as an administrator."""
        with self.lock:
            self.authority.issue(number)

    def deny(self, number: int) -> None:
        """Deny a pending request, as an administrator."""
        with self.lock:
            self.authority.deny(number)

    def acceptor(self) -> Acceptor:
        """The logon of a new connection."""
        binding = None
        if self.settings.extended_protection == "require":
            expected = self.elsewhere if self.settings.tls_ends_elsewhere else self.tls
            binding = end_point_binding(expected.certificate)
        methods = tuple(self.settings.auth_methods)
        return Acceptor(methods, {USERNAME: PASSWORD}, self.user_file, binding, self.keytab)

    def wrap(self, plain: socket.socket) -> ssl.SSLSocket:
        """TLS on a new connection."""
        return self._context.wrap_socket(plain, server_side=True)

    def _identity(self, common_name: str, issuer: Identity | None, *, client: bool = False) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        signer = key if issuer is None else issuer.key
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if issuer is None else issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 30 * _DAY)
            .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if issuer is not None:
            usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        # SHA-384, so that a client that binds to a SHA-256 of any certificate is found out.
        certificate = builder.sign(signer, hashes.SHA384())
        stem = common_name.replace(" ", "-").lower()
        certificate_path, key_path = self.directory / f"{stem}.pem", self.directory / f"{stem}.key"
        certificate_path.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_path.touch(mode=0o600)
        key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Identity(certificate, key, certificate_path, key_path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        self.open_connections: set[socket.socket] = set()
        self._double = handler.double
        super().__init__(address, handler)

    def close_connections(self) -> None:
        """End what clients have left open."""
        for connection in list(self.open_connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up or do not trust us are no news; all else is a bug of the double."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self._double.complaints.append(f"bug of the double: {error!r}")


class _HungUpError(Exception):
    """Close the connection without an answer."""


@dataclass(frozen=True)
class _Answer:
    body: bytes
    content_type: str = "text/html"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-IIS/10.0"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one write
    double: ClassVar[CertsrvDouble]
    server: _Server

    def setup(self) -> None:
        self.request.settimeout(_SECONDS)
        self.request = self.double.wrap(self.request)
        self.server.open_connections.add(self.request)
        self._acceptor = self.double.acceptor()
        super().setup()

    def handle(self) -> None:
        try:
            super().handle()
        finally:
            self.server.open_connections.discard(self.request)
            with contextlib.suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)
            self.request.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Standard error is not for this."""

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _handle(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        base, _slash, page = parts.path.lower().removeprefix("/").partition("/")
        user: str | None = None
        try:
            logon = self._log_on()
            if isinstance(logon, _Answer):
                answer = logon
            elif f"/{base}" != _PATH:
                answer = _Answer(_iis(404, "Not Found"), status=404)
            else:
                user = logon.user
                answer = self._answer(
                    page, {name.lower(): text for name, text in parse_qsl(parts.query)}, body, user
                )
        except _HungUpError:
            self._note(page, user, None)
            self.close_connection = True
            return
        self._note(page, user, answer.status)
        self._send(answer)

    def _note(self, page: str, user: str | None, status: int | None) -> None:
        query = urlsplit(self.path).query
        entry = {"method": self.command, "page": page, "query": query, "user": user, "status": status}
        with self.double.lock:
            self.double.log.append(entry)

    def _send(self, answer: _Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(answer.body)
            self.wfile.flush()

    def _log_on(self) -> Logon | _Answer:
        """The user, or what to answer when there is none yet."""
        double, methods = self.double, self.double.settings.auth_methods
        if "certificate" in methods:
            shown = self.connection.getpeercert()
            names = [
                value
                for part in (shown or {}).get("subject", ())
                for kind, value in part
                if kind == "commonName"
            ]
            if names:
                return Logon(f"certificate of {names[0]}")
            if methods == ("certificate",):
                return _Answer(_iis(403, "Forbidden: Access is denied."), status=403)
        authorization = self.headers.get("Authorization", "")
        logon = self._acceptor.accept(authorization)
        if logon.challenge:
            return _Answer(
                _iis(401, "Unauthorized"), status=401, headers=(("WWW-Authenticate", logon.challenge),)
            )
        with double.lock:
            double.logons += bool(authorization)
            double.logons_refused += bool(authorization) and logon.user is None
        return self._unauthorized() if logon.user is None else logon

    def _unauthorized(self) -> _Answer:
        words = "Unauthorized: Access is denied due to invalid credentials."
        challenges = tuple(("WWW-Authenticate", challenge) for challenge in self._acceptor.challenges())
        return _Answer(_iis(401, words), status=401, headers=challenges)

    def _answer(self, page: str, query: Mapping[str, str], body: bytes, user: str | None) -> _Answer:
        fault = self.double.take_fault(page, urlsplit(self.path).query)
        early = self._before(fault)
        if early is not None:
            return early
        with self.double.lock:
            answer = self._page(page, query, body, user or "", fault)
        return self._after(fault, answer)

    def _before(self, fault: str | None) -> _Answer | None:
        """Faults of a request that is not carried out."""
        pages = self._pages
        if fault == "hang_up_before":
            raise _HungUpError
        if fault == "redirect":
            location = (("Location", "https://login.example.com/"),)
            return _Answer(_iis(302, "Object moved"), status=302, headers=location)
        if fault == "unauthorized":
            return self._unauthorized()
        if fault == "forbidden":
            return _Answer(_iis(403, "Forbidden: Access is denied."), status=403)
        if fault == "unavailable":
            return _Answer(_iis(503, "Service Unavailable"), status=503)
        if fault == "stopped":
            return _Answer(
                pages.failure(
                    "(never set)", "(none)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)"
                )
            )
        return None

    def _after(self, fault: str | None, answer: _Answer) -> _Answer:
        """Faults of the answer to a request that is carried out."""
        if fault == "hang_up_after":
            raise _HungUpError
        if fault == "truncated":
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            raise _HungUpError
        if fault == "server_error":
            return _Answer(_iis(500, "Internal server error."), status=500)
        if fault == "giant":
            return _Answer(b"<!-- " + b"x" * _GIANT)
        if fault == "html":
            return _Answer(
                b"<HTML><BODY><H1>Welcome to the maintenance page &amp; its password form</H1></BODY></HTML>"
            )
        return answer

    @property
    def _pages(self) -> Pages:
        return Pages(self.double.settings.language, self.double.settings.charset)

    def _page(
        self, page: str, query: Mapping[str, str], body: bytes, user: str, fault: str | None
    ) -> _Answer:
        authority, pages = self.double.authority, self._pages
        if self.command == "POST" and page == "certfnsh.asp":
            return self._submit(body, user)
        if self.command != "GET":
            return _Answer(_iis(405, "Method Not Allowed"), status=405)
        if page in ("", "default.asp"):
            return _Answer(pages.home())
        if page == "certcarc.asp":
            body = pages.ca_certificates(len(authority.renewals) - 1)
            return _Answer(
                body.replace(b"nRenewals", b"nOthers") if self.double.settings.hides_renewals else body
            )
        if page in ("certnew.cer", "certnew.p7b"):
            return self._certificate(page, query, fault)
        return _Answer(_iis(404, "Not Found"), status=404)

    def _submit(self, body: bytes, user: str) -> _Answer:
        """What a careless client gets wrong is answered with 400, so that a test sees it."""
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self._complain("the form is not application/x-www-form-urlencoded")
        pairs = parse_qsl(body.decode("ascii", errors="replace"), keep_blank_values=True)
        form = dict(pairs)
        attributes = form.get("CertAttrib", "")
        if len(form) != len(pairs) or not form.keys() <= _KNOWN_FIELDS:
            return self._complain(f"fields of the form: {sorted(name for name, _text in pairs)}")
        if form.get("Mode") != "newreq" or "CertRequest" not in form:
            return self._complain("the form has no Mode=newreq or no CertRequest")
        if "CertAttrib" not in form or not re.fullmatch(r"(?:[A-Za-z]\w*:[^\r\n]+\r\n)*", attributes):
            return self._complain("CertAttrib is not lines of Name:Value, each with CRLF at its end")
        if form.get("TargetStoreFlags") != "0" or form.get("SaveCert") != "yes":
            return self._complain("TargetStoreFlags or SaveCert is missing")
        row = self.double.authority.submit(form["CertRequest"], tuple(attributes.splitlines()), user)
        return _Answer(self._pages.submitted(row))

    def _complain(self, words: str) -> _Answer:
        self.double.complaints.append(words)
        return _Answer(words.encode(), "text/plain", 400)

    def _certificate(self, page: str, query: Mapping[str, str], fault: str | None) -> _Answer:
        authority, number = self.double.authority, query.get("reqid", "")
        if number.lower() == "cacert":
            renewal = int(query.get("renewal", "-1"))
            if not 0 <= renewal < len(authority.renewals):
                return _Answer(self._pages.not_issued(None))
            return self._encoded(page, query, authority.chain(renewal))
        row = authority.rows.get(int(number)) if number.isdigit() else None
        if row is None or row.certificate is None:
            return _Answer(self._pages.not_issued(row))
        return self._encoded(
            page, query, [self._of(row, fault), *authority.chain(len(authority.renewals) - 1)]
        )

    def _of(self, row: Row, fault: str | None) -> x509.Certificate:
        assert row.certificate is not None
        if fault == "other_key":
            return self.double.authority.with_other_key(row)
        if fault == "other_names":
            return self.double.authority.with_other_names(row)
        return row.certificate

    def _encoded(self, page: str, query: Mapping[str, str], certificates: list[x509.Certificate]) -> _Answer:
        honest = (
            self.headers.get("User-Agent", "").startswith("Mozilla/")
            and not self.double.settings.content_types_lie
        )
        if page == "certnew.p7b":
            der, content_type = pkcs7_of(certificates), "application/x-pkcs7-certificates"
        else:
            der, content_type = certificates[0].public_bytes(Encoding.DER), "application/pkix-cert"
        if query.get("enc", "b64").lower() == "b64":
            # PKCS#7 as well: that is what the pages do.
            der = ssl.DER_cert_to_PEM_cert(der).replace("\n", "\r\n").encode()
        return _Answer(der, content_type if honest else "text/html")


def _iis(status: int, words: str) -> bytes:
    """An error page of the web server itself."""
    return f"<!DOCTYPE html>\r\n<html><head><title>{status} - {words}</title></head></html>\r\n".encode()


@contextlib.contextmanager
def running_double(**options: Any) -> Iterator[CertsrvDouble]:
    """A double for a fixture."""
    with CertsrvDouble(**options) as double:
        yield double
