# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the pages of AD CS Web Enrollment."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from unittest.mock import ANY

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.certsrv import (
    LONGEST_SNIPPET,
    LONGEST_WORDS,
    RESULT_CODES,
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
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import CertificateUnreadable, pem
from ansible_collections.ucops.cucm.tests.certsrv.authority import DENIED, ISSUED, PENDING, Row, pkcs7_of
from ansible_collections.ucops.cucm.tests.certsrv.pages import LANGUAGES, Pages
from ansible_collections.ucops.cucm.tests.support.builders import (
    make_csr,
    make_issuing_ca,
    make_leaf,
    openssl,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

# Shaped like pages that live servers have sent, with their words and their line ends.
ISSUED_PAGE = b"""<P ID=locPageTitle> <B> Certificate Issued </B>\r
<P> The certificate you requested was issued to you.\r
<A Href="certnew.cer?ReqID=83&amp;Enc=bin">Download certificate</A>\r
<A Href="certnew.p7b?ReqID=83&amp;Enc=b64">Download certificate chain</A>\r
<A Href="certnew.cer?ReqID=CACert&amp;Renewal=0&amp;Enc=bin">CA</A>\r
"""
PENDING_PAGE = b"""<P ID=locPageTitle> <B> Certificate Pending </B>\r
<P ID=locInfoNewReq> Your certificate request has been received. However, you must wait for an\r
 administrator to issue the certificate you requested.\r
<P ID=locInfoReqID>\r
Your Request Id is 89.\r
</P>\r
<P> Please return in 10 days.\r
"""
DENIED_PAGE = b"""<P ID=locPageTitle> <B> Certificate Request Denied </B>\r
<P ID=locDenied> Your certificate request was denied.\r
<P ID=locInfoReqIDandReason>\r
Your Request Id is 85. The disposition message is "Denied by Policy Module  0x80094800, The request was for a\r
 certificate template that is not supported by the Active Directory Certificate Services policy:\r
 No-Such-Template-Probe.\r
".\r
</P>\r
"""
SOURCE = "ca.example.com, certnew.cer"
CA = make_issuing_ca()
LEAF = make_leaf(make_csr(names=["DNS:cucm-pub.example.com"]), CA)
CHARSETS = [(name, None) for name in LANGUAGES] + [
    ("de", "utf-8"),
    ("de", "utf-16"),
    ("de", "iso-8859-1"),
    ("ja", "utf-8"),
    ("ja", "utf-16"),
    ("ja", "euc-jp"),
    ("ja", "no-such-charset"),
    ("ja", "utf-7"),
]


def error_page(disposition: str, message: str, status: str) -> bytes:
    """The page `Error` of certnew.cer."""
    return (
        f"<TR><TD><LocID ID=locDispLabel>Disposition:</LocID></TD><TD>{disposition}</TD></TR>\r\n"
        f"<TR><TD><LocID ID=locDispMsgLabel>Disposition message:</LocID></TD><TD>\t\t{message}</TD></TR>\r\n"
        f"<TR><TD><LocID ID=locLastStatLabel>LastStatus:</LocID></TD><TD>{status}</TD></TR>\r\n"
    ).encode()


def pages(language: str, charset: str | None) -> Pages:
    """Pages that say one charset, in bytes of it; in UTF-8 for one that there is not."""
    if charset not in ("no-such-charset", "utf-7"):
        return Pages(language, charset)

    class Liar(Pages):
        def _page(self, title: str, body: str) -> bytes:
            return super()._page(title, body).replace(b"charset=utf-8", f"charset={charset}".encode())

    return Liar(language, "utf-8")


def row(disposition: int, *, message: str = "", status: int = 0) -> Row:
    return Row(85, "", (), None, None, disposition, message, status)


class TestSubmission:
    def test_issued(self) -> None:
        assert read_submission(ISSUED_PAGE) == IssuedPage("83")

    def test_pending(self) -> None:
        assert read_submission(PENDING_PAGE) == PendingPage("89")

    def test_denied_though_it_says_a_request_id(self) -> None:
        assert read_submission(DENIED_PAGE) == DeniedPage(
            "Denied by Policy Module 0x80094800, The request was for a certificate template that is not supported by"
            " the Active Directory Certificate Services policy: No-Such-Template-Probe.",
            "85",
            0x80094800,
        )

    def test_denied_before_the_policy_was_asked(self) -> None:
        page = DENIED_PAGE.replace(
            b"Denied by Policy Module  0x80094800, The request", b"Error Parsing Request  The"
        )
        found = read_submission(page)
        assert isinstance(found, DeniedPage)
        assert found.words.startswith("Error Parsing Request The was for")
        assert (found.request_id, found.code) == ("85", None)

    @pytest.mark.parametrize(("language", "charset"), CHARSETS)
    def test_the_language_and_the_charset_do_not_matter(self, language: str, charset: str | None) -> None:
        localised = pages(language, charset)
        message = (
            "Denied by Policy Module  0x80094801, The request contains no certificate template information."
        )
        assert read_submission(localised.submitted(row(PENDING))) == PendingPage("85")
        assert read_submission(localised.submitted(row(ISSUED))) == IssuedPage("85")
        assert read_submission(localised.submitted(row(DENIED, message=message))) == DeniedPage(
            message.replace("  ", " "), "85", 0x80094801
        )

    @pytest.mark.parametrize(
        ("changed", "by"),
        [
            (b"ID=locInfoReqID>", b'id = "LOCINFOREQID" >'),
            (b"ID=locInfoReqID>", b"CLASS=x ID='locInfoReqID'>"),
            (b"Your Request Id is 89.", b"<B>Your&nbsp;Request</B> Id is <I>89</I>."),
            (b"\r\n", b"\n"),
            (b"<P> Please", b"<!-- <P ID=locDenied> <P ID=locInfoReqIDandReason> 1 --><P> Please"),
        ],
    )
    def test_the_markup_may_differ(self, changed: bytes, by: bytes) -> None:
        assert changed in PENDING_PAGE
        assert read_submission(PENDING_PAGE.replace(changed, by)) == PendingPage("89")

    @pytest.mark.parametrize(
        "page",
        [
            b"",
            b"<P ID=locPageTitle> <B> Certificate Issued </B>",
            b"Your Request Id is 89. Certificate Pending",
            ISSUED_PAGE.replace(b"=83", b"=CACert"),
            ISSUED_PAGE.replace(b"certnew.cer?ReqID=83&amp;Enc=bin", b"certnew.cer?ReqID=83"),
            ISSUED_PAGE + ISSUED_PAGE.replace(b"=83", b"=84"),
            ISSUED_PAGE + DENIED_PAGE,
            ISSUED_PAGE + PENDING_PAGE,
            PENDING_PAGE + DENIED_PAGE,
            PENDING_PAGE.replace(b"89", b"89 or 90"),
            PENDING_PAGE.replace(b"89", b"0x89"),
            PENDING_PAGE.replace(b" ID=locInfoReqID", b""),
            PENDING_PAGE.replace(b" ID=locInfoNewReq", b""),
            DENIED_PAGE.replace(b" ID=locDenied", b""),
        ],
        ids=range(14),
    )
    def test_what_is_not_certain_is_unknown(self, page: bytes) -> None:
        assert isinstance(read_submission(page), UnknownPage)

    def test_a_ca_that_is_not_reached(self) -> None:
        page = error_page("(never set)", "(none)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)")
        assert read_submission(page) == FailurePage(
            "(none); The RPC server is unavailable. 0x800706ba (WIN32: 1722)", 0x800706BA
        )

    @pytest.mark.parametrize(
        "body", [b"<" * 500_000, b"<!--" * 200_000, b"<P ID=locDenied>" * 50_000, b"0x" * 500_000]
    )
    @pytest.mark.timeout(20)
    def test_a_hostile_page_costs_little(self, body: bytes) -> None:
        assert isinstance(read_submission(body), UnknownPage)
        assert isinstance(read_retrieval(body, source=SOURCE), UnknownPage)


class TestRetrieval:
    @pytest.mark.parametrize(
        "body",
        [
            pem(LEAF).encode(),
            pem(LEAF).replace("\n", "\r\n").encode(),
            b"<HTML><PRE>\r\n" + pem(LEAF).encode() + b"</PRE></HTML>",
            LEAF.public_bytes(Encoding.DER),
        ],
        ids=["LF", "CRLF", "in a page", "DER"],
    )
    def test_a_certificate_in_each_form(self, body: bytes) -> None:
        assert read_retrieval(body, source=SOURCE) == LEAF

    @pytest.mark.parametrize(
        "body",
        [
            pem(LEAF).encode() + pem(CA.certificate).encode(),
            pem(LEAF).replace("M", "*").encode(),
            pem(LEAF)[:500].encode(),
            LEAF.public_bytes(Encoding.DER)[:-1],
            b"0\x82",
        ],
        ids=["two", "damaged", "cut off", "DER cut off", "only its start"],
    )
    def test_a_damaged_certificate_is_an_error(self, body: bytes) -> None:
        with pytest.raises(CertificateUnreadable, match=re.escape(SOURCE)):
            read_retrieval(body, source=SOURCE)

    def test_still_pending(self) -> None:
        page = error_page(
            "5 - (unknown)", "Taken Under Submission", "The operation completed successfully. 0x0 (WIN32: 0)"
        )
        found = read_retrieval(page, source=SOURCE)
        assert isinstance(found, UnderSubmission)
        assert found.words.startswith("Taken Under Submission; The operation completed")

    @pytest.mark.parametrize("disposition", ["5 - (unknown)", "2 - (unknown)", "(never set)", ""])
    def test_denied_by_an_administrator(self, disposition: str) -> None:
        page = error_page(
            disposition,
            r"Denied by EXAMPLE\caadmin",
            "The request was denied by a certificate manager. 0x80094014 (-2146877420 CERTSRV_E_ADMIN_DENIED_REQUEST)",
        )
        found = read_retrieval(page, source=SOURCE)
        assert found == DeniedPage(ANY, None, 0x80094014)
        assert found.words.startswith(r"Denied by EXAMPLE\caadmin; The request was denied")

    def test_denied_without_a_code(self) -> None:
        page = error_page("2 - (unknown)", "Denied", "0x0 (WIN32: 0)")
        assert read_retrieval(page, source=SOURCE) == DeniedPage("Denied; 0x0 (WIN32: 0)", None, None)

    def test_unknown_request(self) -> None:
        page = error_page(
            "(never set)", "(none)", "The requested property value is empty. 0x80094004 (-2146877436)"
        )
        assert isinstance(read_retrieval(page, source=SOURCE), UnknownRequest)

    @pytest.mark.parametrize(
        ("disposition", "status"),
        [
            ("(never set)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)"),
            ("5 - (unknown)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)"),
            ("(never set)", "0x0 (WIN32: 0)"),
            ("55 - (unknown)", "0x0 (WIN32: 0)"),
        ],
    )
    def test_another_error_decides_nothing(self, disposition: str, status: str) -> None:
        assert isinstance(
            read_retrieval(error_page(disposition, "(none)", status), source=SOURCE), FailurePage
        )

    @pytest.mark.parametrize(("language", "charset"), CHARSETS)
    def test_the_language_and_the_charset_do_not_matter(self, language: str, charset: str | None) -> None:
        localised = pages(language, charset)
        denied = row(DENIED, message=r"Denied by EXAMPLE\caadmin", status=0x80094014)
        assert isinstance(read_retrieval(localised.not_issued(row(PENDING)), source=SOURCE), UnderSubmission)
        assert read_retrieval(localised.not_issued(denied), source=SOURCE) == DeniedPage(
            ANY, None, 0x80094014
        )
        assert isinstance(read_retrieval(localised.not_issued(None), source=SOURCE), UnknownRequest)

    def test_the_words_are_those_of_the_language(self) -> None:
        page = Pages("ja").not_issued(row(PENDING, message="Taken Under Submission"))
        found = read_retrieval(page, source=SOURCE)
        assert isinstance(found, UnderSubmission)
        assert "この操作を正しく終了しました。" in found.words
        # Windows has it in Shift_JIS, the standard has not.
        page = Pages("ja").not_issued(row(PENDING, message="①"))
        assert read_retrieval(page, source=SOURCE).words.startswith("①;")
        page = Pages("de").not_issued(row(PENDING))
        assert "Der Vorgang wurde erfolgreich beendet." in read_retrieval(page, source=SOURCE).words

    @pytest.mark.parametrize(
        "layout",
        [
            "<P ID={mark}>{label} {value}\r\n",
            "<TD ID={mark}><B>{label}</B></TD></TR><TR><TD>{value}</TD></TR>",
            "<LocID ID={mark}>{label}</LocID>\t\t{value}<BR>",
        ],
    )
    def test_the_layout_of_the_values_may_differ(self, layout: str) -> None:
        values = {
            "locDispLabel": ("Disposition:", "5 - (unknown)"),
            "locDispMsgLabel": ("Disposition message:", "Taken Under Submission"),
            "locLastStatLabel": ("LastStatus:", "The operation completed successfully. 0x0 (WIN32: 0)"),
        }
        page = "".join(
            layout.format(mark=mark, label=pair[0], value=pair[1]) for mark, pair in values.items()
        )
        found = read_retrieval(page.encode(), source=SOURCE)
        assert isinstance(found, UnderSubmission)
        assert found.words.startswith("Taken Under Submission;")


class TestChain:
    BUNDLE = pkcs7_of([LEAF, *CA.chain])
    BASE64 = base64.encodebytes(BUNDLE).replace(b"\n", b"\r\n")

    @pytest.mark.parametrize("label", [b"CERTIFICATE", b"PKCS7"])
    def test_pkcs7_under_either_label(self, label: bytes) -> None:
        body = b"-----BEGIN %b-----\r\n%b-----END %b-----\r\n" % (label, self.BASE64, label)
        assert set(read_chain(body, source=SOURCE)) == {LEAF, *CA.chain}

    def test_pkcs7_in_der(self) -> None:
        assert set(read_chain(self.BUNDLE, source=SOURCE)) == {LEAF, *CA.chain}

    def test_what_openssl_writes(self, tmp_path) -> None:
        (tmp_path / "chain.pem").write_text("".join(map(pem, CA.chain)))
        openssl("crl2pkcs7", "-nocrl", "-certfile", tmp_path / "chain.pem", "-out", tmp_path / "chain.p7b")
        body = (tmp_path / "chain.p7b").read_bytes().replace(b"PKCS7", b"CERTIFICATE")
        assert set(read_chain(body, source=SOURCE)) == set(CA.chain)

    def test_a_certificate_alone(self) -> None:
        root = CA.above[-1]
        assert read_chain(pem(root).encode(), source=SOURCE) == (root,)
        assert read_chain(root.public_bytes(Encoding.DER), source=SOURCE) == (root,)

    @pytest.mark.parametrize(
        "body",
        [
            b"-----BEGIN CERTIFICATE-----\r\n" + BASE64[:-30] + b"-----END CERTIFICATE-----",
            b"-----BEGIN CERTIFICATE-----\r\n" + BASE64,
            b"-----BEGIN CERTIFICATE-----\r\n-----END CERTIFICATE-----",
            b"-----BEGIN CERTIFICATE-----\r\nQUJD\r\n-----END CERTIFICATE-----",
            BUNDLE[:-40],
        ],
        ids=["short", "no end", "empty", "not DER", "DER short"],
    )
    def test_a_damaged_bundle_is_an_error(self, body: bytes) -> None:
        with pytest.raises(CertificateUnreadable):
            read_chain(body, source=SOURCE)

    def test_a_page_instead(self) -> None:
        page = error_page("(never set)", "(none)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)")
        assert read_chain(page, source=SOURCE) == FailurePage(ANY, 0x800706BA)
        assert read_chain(b"<H1>Sorry</H1>", source=SOURCE) == UnknownPage("Sorry")


@pytest.mark.parametrize(
    ("body", "renewals"),
    [
        (b"\tvar nRenewals=3;\r\n", 3),
        (b"var nRenewals = 0 ;", 0),
        (Pages("ja").ca_certificates(12), 12),
        (b"var nOthers=3;", 0),
        (b"var nRenewals=;", 0),
        (b"var nRenewals=99999999;", 0),
        (b"", 0),
    ],
)
def test_renewals(body: bytes, renewals: int) -> None:
    assert read_renewals(body) == renewals


def test_a_failure_is_not_taken_for_no_renewal() -> None:
    page = error_page("(never set)", "(none)", "The RPC server is unavailable. 0x800706ba (WIN32: 1722)")
    assert read_renewals(page) == FailurePage(ANY, 0x800706BA)


def test_words_are_bounded_and_clean() -> None:
    long = DENIED_PAGE.replace(b"No-Such-Template-Probe", b"&lt;b&gt;\x1b[31m &#8238;" + b"x" * 5000)
    found = read_submission(long)
    assert isinstance(found, DeniedPage)
    assert len(found.words) == LONGEST_WORDS
    assert "<b> [31m x" in found.words
    assert found.words.isprintable()
    assert snippet(b"<P>" + b"y" * 5000) == "y" * (LONGEST_SNIPPET - 1) + "…"


@pytest.mark.parametrize("code", RESULT_CODES)
def test_each_code_is_explained(code: int) -> None:
    known = explain(code)
    assert known is not None
    assert known.name and known.meaning and known.remedy
    assert not known.meaning.endswith(".") and not known.remedy.endswith(".")


def test_an_unknown_code_is_not_explained() -> None:
    assert explain(None) is None
    assert explain(0x8009FFFF) is None


READERS = [
    read_submission,
    lambda body: read_retrieval(body, source=SOURCE),
    lambda body: read_chain(body, source=SOURCE),
    read_renewals,
    snippet,
]
FRAGMENTS = st.sampled_from(
    [
        *(ISSUED_PAGE, PENDING_PAGE, DENIED_PAGE, pem(LEAF).encode(), TestChain.BASE64),
        *(
            b"-----BEGIN CERTIFICATE-----",
            b"-----END CERTIFICATE-----",
            b"\x30\x82",
            b"<!--",
            b"-->",
            b"<P ID=locDenied>",
        ),
        *(
            b"charset=",
            b"utf-16",
            b"punycode",
            b"idna",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"&#x110000;",
            b"&#xD800;",
        ),
        error_page("5", "Taken Under Submission", "0x0"),
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=40), max_size=12).map(b"".join))
@example(b'<META charset="idna">\xff..')
@example(b'<META charset="rot13">x')
@example(b"charset=undefined")
def test_a_reader_reads_or_reports(body: bytes) -> None:
    for read in READERS:
        with suppress(CucmError):
            assert read(body) is not None


@given(st.integers(0, 2**31 - 1), st.text(max_size=50), st.sampled_from(list(LANGUAGES)))
def test_any_message_of_the_ca_is_read(number: int, message: str, language: str) -> None:
    denied = Row(number, "", (), None, None, DENIED, message)
    found = read_submission(Pages(language).submitted(denied))
    # A message can hold the link of an issued page: a contradiction, never an issued certificate.
    assert isinstance(found, (DeniedPage, UnknownPage))
    if isinstance(found, DeniedPage):
        assert found.request_id == str(number)


@given(st.integers(0, len(LEAF.public_bytes(Encoding.DER)) - 1), st.integers(1, 255))
def test_a_changed_byte_gives_another_certificate_or_an_error(place: int, change: int) -> None:
    der = bytearray(LEAF.public_bytes(Encoding.DER))
    der[place] ^= change
    try:
        found = read_retrieval(bytes(der), source=SOURCE)
    except CertificateUnreadable:
        return
    assert found != LEAF
    assert isinstance(found, (x509.Certificate, UnknownPage))


def test_the_pages_of_the_double_have_crlf() -> None:
    for language in LANGUAGES:
        page = Pages(language).submitted(row(PENDING))
        assert b"\r\n" in page
        assert b"\n" not in page.replace(b"\r\n", b"")
