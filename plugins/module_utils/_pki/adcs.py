# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing by Active Directory Certificate Services, through its web pages (Web Enrollment, /certsrv).

The pages and their form fields have not changed since Windows Server 2003; `_pki.certsrv` reads them. A
stand-alone CA puts each request aside until an administrator issues it, an enterprise CA does what the
template says. Every accepted POST is a request of its own at the CA, so that it is never repeated.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    Issued,
    Pending,
    RequestDenied,
    RequestUnknown,
    SigningRequest,
    complete_authority,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.certsrv import (
    DeniedPage,
    FailurePage,
    IssuedPage,
    PendingPage,
    UnderSubmission,
    UnknownPage,
    UnknownRequest,
    explain,
    read_chain,
    read_renewals,
    read_retrieval,
    read_submission,
    snippet,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.server import (
    SERVER_ARGUMENTS,
    CaUrl,
    load_chain_file,
    outcome_unknown,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.windows_logon import Account
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    lowest_authorities,
    pem,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._common.http import HttpsSession
    from cryptography import x509
    from requests import Response

ADCS_ARGUMENTS: dict[str, dict[str, Any]] = {
    **SERVER_ARGUMENTS,
    "auth_method": {
        "type": "str",
        "choices": ["basic", "ntlm", "kerberos", "certificate"],
        "default": "ntlm",
    },
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "client_certificate_path": {"type": "path"},
    "client_key_path": {"type": "path", "no_log": False},
    "template": {"type": "str"},
    "attributes": {"type": "list", "elements": "str", "default": []},
}

_DEFAULT_PATH = "/certsrv"
#: Without a browser's name certnew.cer says text/html of a certificate; the pages are the same.
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; ucops.cucm)"}
#: How many of the CA's earlier certificates are fetched, so that what they signed is known as this CA's.
_MOST_EARLIER = 5
_ATTRIBUTE = re.compile(r"\s*([A-Za-z][A-Za-z0-9._-]*)\s*:(.+)", re.ASCII)


@dataclass(frozen=True)
class AdcsOptions:
    """The options of the backend, as the module documents them."""

    url: CaUrl
    account: Account
    template: str | None
    attributes: tuple[str, ...]
    chain: tuple[x509.Certificate, ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AdcsOptions:
        account = Account.from_params(params)
        account.require_libraries()
        url = CaUrl(
            params,
            backend="adcs",
            server="the CA's web server",
            default_path=_DEFAULT_PATH,
            client_certificate=account.client_certificate,
        )
        return cls(
            url,
            account,
            # A credential of AWX gives an empty text where a field was left empty.
            _checked_template(params["template"] or None),
            tuple(map(_checked_attribute, params["attributes"])),
            tuple(load_chain_file(params, backend="adcs")),
        )

    @property
    def request_attributes(self) -> str:
        """The field CertAttrib: one line `Name:Value` each."""
        template = () if self.template is None else (f"CertificateTemplate:{self.template}",)
        return "".join(f"{line}\r\n" for line in (*template, *self.attributes))


class AdcsBackend:
    """A CA behind AD CS Web Enrollment; a RequestKeeper."""

    def __init__(self, options: AdcsOptions, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._options = options
        self._sleep = sleep
        self._session: HttpsSession | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AdcsBackend:
        """The backend with the options of the dictionary `adcs`."""
        return cls(AdcsOptions.from_params(params))

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def address(self) -> str:
        """In lower case: IIS makes no difference, and one CA has one address."""
        return self._options.url.address.lower()

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        """The newest certificate of the CA, those above it, and up to five that it had earlier with theirs."""
        return self._certificates

    def authority(self) -> Authority:
        """The CA with its newest certificate; `others` has all, for what the CA signed with earlier ones."""
        certificates = self._certificates
        return replace(complete_authority(certificates, option="adcs.chain_path"), others=certificates)

    def latest_end(self, request: SigningRequest) -> None:
        """None: the CA's own settings and the template say how long a certificate lasts."""

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        self._get("")
        self.authority()
        return ()

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        return self.probe(request.profile, request.validity, request.now)

    def sign(self, request: SigningRequest) -> Issued | Pending:
        """Ask for the certificate by one POST.

        One that was issued but could not be fetched is Pending: the next run fetches it.
        """
        page = self._submit(request)
        if isinstance(page, DeniedPage):
            raise self._denied(page)
        if isinstance(page, PendingPage):
            return self._pending(page.request_id, changed=True)
        try:
            return replace(self._retrieve(page.request_id), changed=True)
        except CucmError as error:
            return Pending(
                page.request_id,
                f"The CA has issued the certificate as request {page.request_id}, and it could not be fetched."
                " Run again: it is fetched then, and nothing is requested again",
                changed=True,
                warnings=(error.message,),
            )

    def poll(self, request: SigningRequest, request_id: str) -> Issued | Pending:
        if not re.fullmatch(r"[0-9]{1,10}", request_id):
            raise RequestUnknown(
                f"{request_id[:40]!r} is no number of a request at AD CS",
                host=self._host,
                remedy="Give the number that certsrv.msc shows",
                details={"request_id": request_id},
            )
        return self._retrieve(request_id)

    @property
    def _host(self) -> str:
        return self._options.url.endpoint.host

    def _connected(self) -> HttpsSession:
        """The one session of the backend, so that it logs on as seldom as can be."""
        if self._session is None:
            account = self._options.account
            try:
                auth = account.auth()
            except CucmError as error:
                error.host = self._host
                raise
            self._session = self._options.url.session(auth=auth, account=account.username, sleep=self._sleep)
        return self._session

    def _get(self, page: str) -> bytes:
        """The body of a page, by its name and query; UnexpectedAnswer unless the status is 200."""
        operation = f"GET {page or self._options.url.path + '/'}"
        response = self._connected().request(
            "GET",
            f"{self._options.url.path}/{page}",
            operation=operation,
            repeatable=True,
            refuse=partial(self._refuse, operation),
            headers=_HEADERS,
        )
        self._check_found(response, operation)
        if response.status_code != 200:
            raise UnexpectedAnswer(
                f"HTTP {response.status_code}: '{snippet(response.content)}'",
                host=self._host,
                operation=operation,
                remedy="Look into the event log of the web server, and at the page in a browser",
            )
        return response.content

    def _refuse(self, operation: str, response: Response) -> None:
        account = self._options.account
        error: CucmError | None = None
        if response.status_code == 401:
            error = account.refused(response)
        elif response.status_code == 403:
            error = account.forbidden()
        if error is not None:
            error.host, error.operation = self._host, operation
            raise error

    def _check_found(self, response: Response, operation: str) -> None:
        if response.status_code == 404:
            raise UnexpectedAnswer(
                f"there is no Web Enrollment under {self._options.url.address} (HTTP 404)",
                host=self._host,
                operation=operation,
                remedy="Check the path in adcs.url, which is /certsrv unless it says otherwise, and that the role"
                " service Certification Authority Web Enrollment is installed",
            )

    def _submit(self, request: SigningRequest) -> IssuedPage | PendingPage | DeniedPage:
        operation = "POST certfnsh.asp"
        lost = partial(AnswerLost, host=self._host, operation=operation)
        try:
            response = self._connected().request(
                "POST",
                f"{self._options.url.path}/certfnsh.asp",
                operation=operation,
                repeatable=False,
                refuse=partial(self._refuse_submission, operation),
                headers=_HEADERS,
                data={
                    "Mode": "newreq",
                    "CertRequest": pem(request.csr).replace("\n", "\r\n"),
                    "CertAttrib": self._options.request_attributes,
                    "TargetStoreFlags": "0",
                    "SaveCert": "yes",
                },
            )
        except _NotTakenNow as error:
            raise ServerBusy(error.what, host=error.host, operation=operation, remedy=error.remedy) from None
        except (AnswerLost, UnexpectedAnswer) as error:
            raise outcome_unknown(lost(error.what), request) from error
        self._check_found(response, operation)
        page = read_submission(response.content) if response.status_code == 200 else None
        if isinstance(page, (IssuedPage, PendingPage, DeniedPage)):
            return page
        if isinstance(page, FailurePage):
            raise outcome_unknown(
                lost(f"the page reports an error: {_explained(page.words, page.code)}"), request
            )
        raise outcome_unknown(
            lost(
                f"HTTP {response.status_code} with a page that is none of certfnsh.asp's:"
                f" '{snippet(response.content)}'"
            ),
            request,
        )

    def _refuse_submission(self, operation: str, response: Response) -> None:
        self._refuse(operation, response)
        if response.status_code == 503:
            raise _NotTakenNow(
                "the CA's web server is busy or stopped (HTTP 503)",
                host=self._host,
                remedy="The CSR was not sent again. Look at the application pool of certsrv, and whether the CA has a"
                " new request all the same, then run again",
            )

    def _retrieve(self, request_id: str) -> Issued | Pending:
        """What the CA has for a request; each error says which one in its details."""
        page = f"certnew.cer?ReqID={request_id}&Enc=b64"
        with _naming(request_id):
            found = read_retrieval(self._get(page), source=f"{self._host}, {page}")
            if isinstance(found, UnderSubmission):
                return self._pending(request_id, changed=False)
            if isinstance(found, DeniedPage):
                raise self._denied(replace(found, request_id=request_id))
            if isinstance(found, UnknownRequest):
                raise RequestUnknown(
                    f"the CA knows no request {request_id}: {found.words}",
                    host=self._host,
                    remedy="Check that the number is of this CA, and that the request was not deleted there",
                )
            if isinstance(found, FailurePage):
                raise AuthorityUnusable(
                    f"the CA gives no answer for request {request_id}: {_explained(found.words, found.code)}",
                    host=self._host,
                    remedy=_remedy(found.code, "Look at the request in certsrv.msc"),
                )
            if isinstance(found, UnknownPage):
                raise UnexpectedAnswer(
                    f"the page is neither a certificate nor one that is known: '{found.snippet}'",
                    host=self._host,
                    operation=f"GET {page}",
                    remedy="Look at the request in certsrv.msc",
                )
            return Issued(found, request_id=request_id, changed=False)

    def _pending(self, request_id: str, *, changed: bool) -> Pending:
        return Pending(
            request_id,
            f"An administrator of the CA at {self._host} has to issue or deny request {request_id}: certsrv.msc,"
            f" Pending Requests, All Tasks, Issue; or there: certutil -resubmit {request_id}. Then run again",
            changed,
        )

    def _denied(self, page: DeniedPage) -> RequestDenied:
        details: dict[str, Any] = {"request_id": page.request_id}
        if page.code is not None:
            details["hresult"] = f"0x{page.code:08X}"
        number = f" {page.request_id}" if page.request_id else ""
        return RequestDenied(
            f"the CA has denied the request{number}: {_explained(page.words, page.code)}",
            host=self._host,
            remedy=_remedy(
                page.code,
                "Look at the request in certsrv.msc, Failed Requests, and into the event log of the CA",
            ),
            details=details,
        )

    @cached_property
    def _certificates(self) -> tuple[x509.Certificate, ...]:
        """The newest certificate of the CA with those above it, then the earlier ones."""
        if self._options.chain:
            return _issuing_first(self._options.chain)
        renewals = self._fetch_renewals()
        certificates = list(_issuing_first(self._fetch_chain(renewals)))
        for renewal in range(renewals - 1, max(-1, renewals - 1 - _MOST_EARLIER), -1):
            with suppress(AuthorityUnusable):  # one that is not valid any more is not handed out
                certificates += self._fetch_chain(renewal)
        return tuple(dict.fromkeys(certificates))

    def _fetch_renewals(self) -> int:
        try:
            renewals = read_renewals(self._get("certcarc.asp"))
        except UnexpectedAnswer as error:
            raise self._chain_unavailable(f"certcarc.asp: {error.what}") from None
        if isinstance(renewals, FailurePage):
            raise self._chain_unavailable(f"certcarc.asp: {_explained(renewals.words, renewals.code)}")
        return renewals

    def _fetch_chain(self, renewal: int) -> tuple[x509.Certificate, ...]:
        """The certificates of one renewal of the CA, in no order; of a root CA perhaps that one only."""
        failures = []
        for name in ("certnew.p7b", "certnew.cer"):
            try:
                body = self._get(f"{name}?ReqID=CACert&Renewal={renewal}&Enc=b64")
                found = read_chain(body, source=f"{self._host}, {name}")
            except (UnexpectedAnswer, CertificateUnreadable) as error:
                failures.append(f"{name}: {error.what}")
                continue
            if isinstance(found, FailurePage):
                failures.append(f"{name}: {_explained(found.words, found.code)}")
            elif isinstance(found, UnknownPage):
                failures.append(f"{name}: the page is '{found.snippet}'")
            else:
                return found
        raise self._chain_unavailable("; ".join(failures))

    def _chain_unavailable(self, why: str) -> AuthorityUnusable:
        return AuthorityUnusable(
            f"the web pages do not give the certificates of the CA ({why})",
            host=self._host,
            option="adcs.chain_path",
            reason="ca_chain_unavailable",
            remedy="Check the path in adcs.url. Web pages on another server than the CA's often cannot: then export the"
            " certificate of the CA and those above it as PEM into a file, and name it in adcs.chain_path",
        )


class _NotTakenNow(CucmError):
    """HTTP 503. Not a ServerBusy, which the session repeats: also what is surely not taken is not sent twice."""


def _checked_template(name: str | None) -> str | None:
    if name is None:
        return None
    if not name or not name.isprintable() or re.search(r"[\s:]", name):
        raise InvalidOption(
            f"{name!r} is not the name of a template",
            option="adcs.template",
            remedy="Give the template's name, which has no spaces, not its display name: certtmpl.msc shows both."
            " A stand-alone CA has no templates, leave the option out there",
        )
    return name


def _checked_attribute(line: str) -> str:
    """One further line `Name:Value` of the request's attributes."""
    found = _ATTRIBUTE.fullmatch(line)
    if found is None or not line.isprintable():
        raise InvalidOption(
            f"{line[:80]!r} is not of the form Name:Value on one line",
            option="adcs.attributes",
            remedy="Give each attribute as an item of its own",
        )
    name = found[1].lower()
    if name == "san":
        raise InvalidOption(
            "alternative names are not sent as an attribute: the CA would take them only with the flag"
            " EDITF_ATTRIBUTESUBJECTALTNAME2, which lets anybody who may enroll name himself an administrator (ESC6)",
            option="adcs.attributes",
            remedy="Leave SAN out: the CSR has the alternative names in it",
        )
    if name == "certificatetemplate":
        raise InvalidOption(
            "the template has an option of its own", option="adcs.attributes", remedy="Use adcs.template"
        )
    return f"{found[1]}:{found[2].strip()}"


def _issuing_first(certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The certificate of the issuing CA first, when only one has issued none of the others."""
    lowest = lowest_authorities(certificates)
    if len(lowest) != 1:
        return tuple(certificates)
    return (lowest[0], *(certificate for certificate in certificates if certificate != lowest[0]))


@contextmanager
def _naming(request_id: str) -> Iterator[None]:
    try:
        yield
    except CucmError as error:
        error.details.setdefault("request_id", request_id)
        raise


def _explained(words: str, code: int | None) -> str:
    """The CA's words, and what its result code means."""
    known = explain(code)
    text = f"'{words}'" if words else "it gives no reason"
    return text if known is None else f"{text} ({known.name}: {known.meaning})"


def _remedy(code: int | None, otherwise: str) -> str:
    known = explain(code)
    return otherwise if known is None else known.remedy
