# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the pages of AD CS Web Enrollment (/certsrv): bytes in, a small typed answer out.

A page is classified by what the translators of Windows leave alone: the attributes `ID=loc…`, the links
`certnew.cer?ReqID=<digits>&`, the result codes `0x8009….` and the certificates themselves. Prose, titles
and Content-Type decide nothing. Each page comes with HTTP status 200, the denied one too. Sources: pages
captured from live servers, and the open-source clients that read them. What has none of the marks, or
marks that contradict each other, is an UnknownPage.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    load_bundle,
    load_certificates,
)

if TYPE_CHECKING:
    from cryptography import x509

#: The most characters of a page's words that a message repeats.
LONGEST_WORDS = 400
LONGEST_SNIPPET = 200


@dataclass(frozen=True)
class ResultCode:
    """A result code of the CA: its name, what it means, and what to do about it.

    `denies` is true for one that is the end of the request.
    """

    name: str
    meaning: str
    remedy: str
    denies: bool = False


_GOOD_TEMPLATE = (
    "A template for Unified CM is a duplicate of Web Server that has server and client authentication,"
    " key usage with data encipherment, and takes the subject from the request (Supply in the request)"
)

#: By HRESULT. Names and numbers are those of winerror.h.
RESULT_CODES: Mapping[int, ResultCode] = {
    0x80094001: ResultCode(
        "CERTSRV_E_BAD_REQUESTSUBJECT",
        "the CA cannot use the subject of the CSR",
        "Compare the subject of the CSR with what the CA and the template demand",
        denies=True,
    ),
    0x80094003: ResultCode(
        "CERTSRV_E_BAD_REQUESTSTATUS",
        "the request is in a state in which this cannot be done",
        "Look at the request in certsrv.msc",
    ),
    0x80094004: ResultCode(
        "CERTSRV_E_PROPERTY_EMPTY",
        "the CA has no request of this number",
        "Check that the number is of this CA, and that the request was not deleted there",
    ),
    0x80094011: ResultCode(
        "CERTSRV_E_ENROLL_DENIED",
        "the account may not request certificates from this CA",
        "Give it the permission Request Certificates: certsrv.msc, Properties of the CA, Security",
        denies=True,
    ),
    0x80094012: ResultCode(
        "CERTSRV_E_TEMPLATE_DENIED",
        "the template does not let the account enroll",
        "Give it Read and Enroll: certtmpl.msc, Properties of the template, Security",
        denies=True,
    ),
    0x80094014: ResultCode(
        "CERTSRV_E_ADMIN_DENIED_REQUEST",
        "an administrator of the CA has denied the request",
        "Ask them why before a new request is made",
        denies=True,
    ),
    0x80094800: ResultCode(
        "CERTSRV_E_UNSUPPORTED_CERT_TYPE",
        "the CA does not issue this template",
        "Check adcs.template: it is the template's name, which has no spaces, not its display name; and publish it:"
        f" certsrv.msc, Certificate Templates, New, Certificate Template to Issue. {_GOOD_TEMPLATE}",
        denies=True,
    ),
    0x80094801: ResultCode(
        "CERTSRV_E_NO_CERT_TYPE",
        "an enterprise CA needs a template, and the request names none",
        f"Set adcs.template. {_GOOD_TEMPLATE}",
        denies=True,
    ),
    0x80094802: ResultCode(
        "CERTSRV_E_TEMPLATE_CONFLICT",
        "the CSR and the request's attributes name different templates",
        "Take CertificateTemplate out of adcs.attributes, and set adcs.template alone",
        denies=True,
    ),
    0x80094811: ResultCode(
        "CERTSRV_E_KEY_LENGTH",
        "the key of the CSR is shorter than the template's minimum",
        "Generate the CSR with a longer key, or lower the minimum: certtmpl.msc, Properties of the template,"
        " Cryptography",
        denies=True,
    ),
    0x8009310B: ResultCode(
        "CRYPT_E_ASN1_BADTAG",
        "the CA cannot decode the CSR",
        "Check the CSR with: openssl req -verify -noout",
        denies=True,
    ),
    0x800706BA: ResultCode(
        "RPC_S_SERVER_UNAVAILABLE",
        "the web pages do not reach the CA",
        "Start Active Directory Certificate Services on the CA, and check the way from the web server to it",
    ),
}


@dataclass(frozen=True)
class IssuedPage:
    """The CA has issued the certificate at once."""

    request_id: str


@dataclass(frozen=True)
class PendingPage:
    """The CA has the request, and an administrator has to decide."""

    request_id: str


@dataclass(frozen=True)
class DeniedPage:
    """The CA has denied the request. `words` are its own, `code` its HRESULT."""

    words: str
    request_id: str | None = None
    code: int | None = None


@dataclass(frozen=True)
class UnderSubmission:
    """The request is still pending."""

    words: str


@dataclass(frozen=True)
class UnknownRequest:
    """The CA has no request of this number."""

    words: str


@dataclass(frozen=True)
class FailurePage:
    """The pages' report of an error that says nothing final of the request."""

    words: str
    code: int | None = None


@dataclass(frozen=True)
class UnknownPage:
    """A page with none of the marks, or with marks that contradict each other."""

    snippet: str


# A string: pylint does not know that types can be joined by a bar.
Submission: TypeAlias = "IssuedPage | PendingPage | DeniedPage | FailurePage | UnknownPage"


def read_submission(body: bytes) -> Submission:
    """What certfnsh.asp says to a new request."""
    page = _Page(body)
    readings = [reading for reading in (page.issued(), page.pending(), page.denied()) if reading is not None]
    if len(readings) == 1:
        return readings[0]
    return (None if readings else page.failure()) or page.unknown()


def read_retrieval(
    body: bytes, *, source: str
) -> x509.Certificate | UnderSubmission | DeniedPage | UnknownRequest | FailurePage | UnknownPage:
    """What certnew.cer says of one request; CertificateUnreadable for a certificate that is damaged."""
    if _has_certificates(body):
        certificates = load_certificates(body, source=source)
        if len(certificates) > 1:
            raise CertificateUnreadable(
                f"{source} has {len(certificates)} certificates, and which one is meant is not clear",
                remedy="Fetch the certificate at the CA by hand",
            )
        return certificates[0]
    page = _Page(body)
    return page.retrieval() or page.unknown()


def read_chain(body: bytes, *, source: str) -> tuple[x509.Certificate, ...] | FailurePage | UnknownPage:
    """The certificates of certnew.p7b or certnew.cer, in no order: PKCS#7 is a set.

    CertificateUnreadable when the content is damaged.
    """
    if _has_certificates(body):
        return tuple(dict.fromkeys(load_bundle(body, source=source)))
    page = _Page(body)
    return page.failure() or page.unknown()


def read_renewals(body: bytes) -> int | FailurePage:
    """How often the CA's certificate was renewed, as certcarc.asp says; 0 when it says nothing of it."""
    found = re.search(rb"\bnRenewals\s*=\s*(\d{1,4})\b", body, re.IGNORECASE)
    return int(found[1]) if found else _Page(body).failure() or 0


def explain(code: int | None) -> ResultCode | None:
    """What is known of a result code."""
    return None if code is None else RESULT_CODES.get(code)


def snippet(body: bytes) -> str:
    """The beginning of a page's text, as a message can show it."""
    return _Page(body).unknown().snippet


#: Of a certificate or a PKCS#7 in DER: a sequence whose length takes two bytes.
_DER_START = b"\x30\x82"
_PEM_START = re.compile(rb"-----BEGIN (?:(?:X509 )?CERTIFICATE|PKCS7)-----")


def _has_certificates(body: bytes) -> bool:
    return body.startswith(_DER_START) or _PEM_START.search(body) is not None


#: Python's names of the charsets that certsrv pages may be in. All are supersets of ASCII, so that the
#: marks can be found also when a page lies about its charset.
_CHARSETS = frozenset(
    (
        *("big5", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "koi8-r", "shift_jis", "utf-8"),
        *("cp874", "cp932", "cp949", *(f"cp{number}" for number in range(1250, 1259))),
        *(f"iso8859-{number}" for number in range(1, 17)),
    )
)
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


def _decode(body: bytes) -> str:
    for mark, charset in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return body.decode(charset, errors="replace")
    declared = re.search(rb"charset\s*=\s*[\"']?([\w.:-]{1,40})", body[:4096], re.IGNORECASE)
    if declared:
        try:
            charset = codecs.lookup(declared[1].decode("ascii")).name
        except LookupError:
            charset = ""
        if charset in _CHARSETS:
            # What Windows calls Shift_JIS has more characters than the standard.
            return body.decode("cp932" if charset == "shift_jis" else charset, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


_TAG = re.compile(r"<[^<>]*>")
_MARK = re.compile(r"\sID\s*=\s*[\"']?(loc[a-z0-9]{1,60})", re.IGNORECASE)
_BLOCK_END = re.compile(r"</?(?:body|div|form|hr|p|table|tr)\b", re.IGNORECASE)
_ISSUED_LINK = re.compile(r"certnew\.cer\?ReqID=([0-9]{1,10})&", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\w)([0-9]{1,10})(?!\w)", re.ASCII)
_RESULT_CODE = re.compile(r"(?<!\w)0x([0-9a-f]{8})(?!\w)", re.IGNORECASE | re.ASCII)

#: Dispositions of ICertRequest (certcli.h): CR_DISP_DENIED and CR_DISP_UNDER_SUBMISSION.
_DENIED = 2
_UNDER_SUBMISSION = 5
_EMPTY_PROPERTY = 0x80094004
#: Labels of the error page; the value follows its label.
_DISPOSITION = "locdisplabel"
_MESSAGE = "locdispmsglabel"
_STATUS = "loclaststatlabel"
_RESULTS = (_MESSAGE, "locresultlabel", "loccomerrinfolabel", _STATUS)


class _Page:
    """One HTML page. `marks` are the attributes `ID=loc…` in lower case, each with the HTML after it."""

    def __init__(self, body: bytes) -> None:
        self._text = _decode(body)

    @cached_property
    def marks(self) -> Mapping[str, str]:
        text = _without_comments(self._text)
        found = [
            (mark[1].lower(), tag.start(), tag.end())
            for tag in _TAG.finditer(text)
            if (mark := _MARK.search(tag[0]))
        ]
        marks: dict[str, str] = {}
        stop = len(text)
        for name, start, end in reversed(found):
            marks[name] = text[end:stop]  # of a mark that is there twice, the first counts
            stop = start
        return marks

    def issued(self) -> IssuedPage | None:
        numbers = set(_ISSUED_LINK.findall(self._text))
        return IssuedPage(numbers.pop()) if len(numbers) == 1 else None

    def pending(self) -> PendingPage | None:
        if "locinfonewreq" not in self.marks or "locinforeqid" not in self.marks:
            return None
        number = _only_number(_words(_block(self.marks["locinforeqid"])))
        return PendingPage(number) if number else None

    def denied(self) -> DeniedPage | None:
        if "locdenied" not in self.marks or "locinforeqidandreason" not in self.marks:
            return None
        text = _words(_block(self.marks["locinforeqidandreason"]))
        before, quote, after = text.partition('"')
        message = after.rpartition('"')[0].strip() if quote else ""
        number = _only_number(before if quote else text)
        code = next(iter(_codes_in(message or text)), None)
        return DeniedPage(foreign_text(message or text, limit=LONGEST_WORDS), number, code)

    def retrieval(self) -> UnderSubmission | DeniedPage | UnknownRequest | FailurePage | None:
        failure = self.failure()
        if failure is None:
            return None
        codes = self._codes()
        denials = [code for code in codes if code in RESULT_CODES and RESULT_CODES[code].denies]
        disposition = _NUMBER.search(self._value(_DISPOSITION))
        number = int(disposition[1]) if disposition else None
        if denials or number == _DENIED:
            return DeniedPage(failure.words, None, denials[0] if denials else failure.code)
        if number == _UNDER_SUBMISSION and not codes:
            return UnderSubmission(failure.words)
        if codes and set(codes) == {_EMPTY_PROPERTY}:
            return UnknownRequest(failure.words)
        return failure

    def failure(self) -> FailurePage | None:
        if self.marks.keys().isdisjoint((_DISPOSITION, _MESSAGE, _STATUS)):
            return None
        values = dict.fromkeys(filter(None, map(self._value, _RESULTS)))
        return FailurePage(
            foreign_text("; ".join(values), limit=LONGEST_WORDS), next(iter(self._codes()), None)
        )

    def unknown(self) -> UnknownPage:
        return UnknownPage(foreign_text(_words(_without_comments(self._text)), limit=LONGEST_SNIPPET))

    def _codes(self) -> list[int]:
        """The result codes of failures in the error page, in its order."""
        return [code for name in _RESULTS for code in _codes_in(self._value(name))]

    def _value(self, label: str) -> str:
        """What stands beside a label of the error page: the texts after the first one."""
        segment = self.marks.get(label, "")
        for part in (_block(segment), segment):
            texts = [text for piece in _TAG.split(part) if (text := _words(piece))]
            if len(texts) > 1:
                return " ".join(texts[1:]).lstrip(": ")
        return _words(segment).partition(":")[2].strip()


def _without_comments(text: str) -> str:
    first, *others = text.split("<!--")
    return first + " ".join(other.partition("-->")[2] for other in others)


def _block(segment: str) -> str:
    """The part of a segment up to the end of its paragraph or table row."""
    return _BLOCK_END.split(segment, maxsplit=1)[0]


def _words(markup: str) -> str:
    """The text between tags: entities decoded, white space folded, nothing that moves a cursor."""
    text = html.unescape(_TAG.sub(" ", markup))
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _only_number(text: str) -> str | None:
    numbers = set(_NUMBER.findall(text))
    return numbers.pop() if len(numbers) == 1 else None


def _codes_in(text: str) -> list[int]:
    return [code for digits in _RESULT_CODE.findall(text) if (code := int(digits, 16))]
