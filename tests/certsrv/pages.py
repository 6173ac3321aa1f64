# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of /certsrv: HTML in several languages, with the same `ID=loc…` attributes. Lines end by CRLF."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ucops.cucm.tests.certsrv.authority import DENIED, PENDING, Row


@dataclass(frozen=True)
class Language:
    """The words of one localised Windows, and the charset of its pages."""

    charset: str
    product: str
    issued: str
    issued_text: str
    download: str
    pending: str
    pending_text: str
    request_id: str
    denied: str
    denied_text: str
    denied_reason: str
    error: str
    error_text: str
    disposition: str
    message: str
    last_status: str
    cause: str
    cause_text: str
    success: str
    failure: str


LANGUAGES: Mapping[str, Language] = {
    "en": Language(
        charset="us-ascii",
        product="Microsoft Active Directory Certificate Services",
        issued="Certificate Issued",
        issued_text="The certificate you requested was issued to you.",
        download="Download certificate",
        pending="Certificate Pending",
        pending_text="Your certificate request has been received. However, you must wait for an\n administrator to"
        " issue the certificate you requested.",
        request_id="Your Request Id is {}.",
        denied="Certificate Request Denied",
        denied_text="Your certificate request was denied.",
        denied_reason='Your Request Id is {}. The disposition message is "{}\n".',
        error="Error",
        error_text="An unexpected error has occurred:",
        disposition="Disposition:",
        message="Disposition message:",
        last_status="LastStatus:",
        cause="Suggested Cause:",
        cause_text="No suggestion.",
        success="The operation completed successfully.",
        failure="The operation failed.",
    ),
    "de": Language(
        charset="windows-1252",
        product="Microsoft Active Directory-Zertifikatdienste",
        issued="Zertifikat wurde ausgestellt",
        issued_text="Das angeforderte Zertifikat wurde für Sie ausgestellt.",
        download="Zertifikat herunterladen",
        pending="Ausstehendes Zertifikat",
        pending_text="Die Zertifikatanforderung wurde empfangen. Sie müssen jedoch warten, bis ein\n Administrator das"
        " angeforderte Zertifikat ausstellt.",
        request_id="Die Anforderungskennung lautet {}.",
        denied="Zertifikatanforderung wurde verweigert",
        denied_text="Die Zertifikatanforderung wurde verweigert.",
        denied_reason='Die Anforderungskennung lautet {}. Die Dispositionsnachricht lautet "{}\n".',
        error="Fehler",
        error_text="Unerwarteter Fehler:",
        disposition="Disposition:",
        message="Dispositionsnachricht:",
        last_status="Letzter Status:",
        cause="Mögliche Ursache:",
        cause_text="Kein Vorschlag.",
        success="Der Vorgang wurde erfolgreich beendet.",
        failure="Der Vorgang ist fehlgeschlagen.",
    ),
    "ja": Language(
        charset="shift_jis",
        product="Microsoft Active Directory 証明書サービス",
        issued="証明書は発行されました",
        issued_text="要求した証明書が発行されました。",
        download="証明書のダウンロード",
        pending="証明書は保留中です",
        pending_text="証明書の要求を受信しました。ただし、要求した証明書を管理者が発行するまで\n 待つ必要があります。",
        request_id="要求 ID は{}です。",
        denied="証明書の要求は拒否されました",
        denied_text="証明書の要求は拒否されました。",
        denied_reason='要求 ID は{}です。処理メッセージは "{}\n" です。',
        error="エラー",
        error_text="予期しないエラーが発生しました:",
        disposition="処理:",
        message="処理メッセージ:",
        last_status="最後の状態:",
        cause="考えられる原因:",
        cause_text="ありません。",
        success="この操作を正しく終了しました。",
        failure="この操作は失敗しました。",
    ),
}

#: Python's names of the charsets that have another one on the web.
_CODECS = {"shift_jis": "cp932", "us-ascii": "ascii"}


class Pages:
    """The pages in one language; `charset` is that of the language unless another one is given."""

    def __init__(self, language: str, charset: str | None = None) -> None:
        self._words = LANGUAGES[language]
        self._charset = charset or self._words.charset

    def home(self) -> bytes:
        """The start page."""
        return self._page(
            "",
            '<P ID=locWelcome>&nbsp;</P><A Href="certrqus.asp">1</A> <A Href="certckpn.asp">2</A>'
            ' <A Href="certcarc.asp">3</A>',
        )

    def submitted(self, row: Row) -> bytes:
        """What certfnsh.asp says of a new request."""
        if row.disposition == PENDING:
            return self._pending(row)
        return self._denied(row) if row.disposition == DENIED else self._issued(row)

    def _issued(self, row: Row) -> bytes:
        links = "\n".join(
            f'<A Href="certnew.{kind}?ReqID={row.number}&amp;Enc={encoding}">{self._words.download}</A>'
            for kind in ("cer", "p7b")
            for encoding in ("bin", "b64")
        )
        return self._page(
            self._words.issued,
            f"<P ID=locInstallCert1> {self._words.issued_text}\n<!-- the CA's own follows, for browsers -->\n{links}\n"
            '<A Href="certnew.cer?ReqID=CACert&amp;Renewal=0&amp;Enc=bin">CA</A>',
        )

    def _pending(self, row: Row) -> bytes:
        return self._page(
            self._words.pending,
            f"<P ID=locInfoNewReq> {self._words.pending_text}\n"
            f"<P ID=locInfoReqID>\n{self._words.request_id.format(row.number)}\n</P>\n"
            "<P ID=locInfoReturn> 10 &nbsp;</P>",
        )

    def _denied(self, row: Row) -> bytes:
        reason = html.escape(self._words.denied_reason.format(row.number, row.message), quote=False)
        return self._page(
            self._words.denied,
            f"<P ID=locDenied> {self._words.denied_text}\n<P ID=locInfoReqIDandReason>\n{reason}\n</P>\n"
            "<P ID=locContact> 24 &nbsp;</P>",
        )

    def not_issued(self, row: Row | None) -> bytes:
        """What certnew.cer says of a request without a certificate; None for one that is not there."""
        if row is None:
            status = "0x80094004 (-2146877436 CERTSRV_E_PROPERTY_EMPTY)"
            return self.failure("(never set)", "(none)", f"{self._words.failure} {status}")
        if row.status:
            signed = row.status - (1 << 32)
            status = f"{self._words.failure} 0x{row.status:x} ({signed})"
        else:
            status = f"{self._words.success} 0x0 (WIN32: 0)"
        return self.failure(f"{row.disposition} - (unknown)", row.message.strip(), status)

    def failure(self, disposition: str, message: str, status: str) -> bytes:
        """The page `Error`."""
        words = self._words
        rows = (
            ("locDispLabel", words.disposition, disposition),
            ("locDispMsgLabel", words.message, message),
            ("locLastStatLabel", words.last_status, status),
            ("locSugCauseLabel", words.cause, words.cause_text),
        )
        table = "\n".join(
            f"<TR>\n\t<TD><LocID ID={mark}>{label}</LocID></TD><TD>\t\t{html.escape(value)}\n\t</TD>\n</TR>"
            for mark, label, value in rows
        )
        return self._page(words.error, f"<P ID=locErrMsg> {words.error_text}\n<TABLE>\n{table}\n</TABLE>")

    def ca_certificates(self, renewals: int) -> bytes:
        """certcarc.asp."""
        return self._page(
            "",
            '<SCRIPT Language="JavaScript">\n<!--\n\tfunction getRenewal() {\n\t\tvar nRenewals='
            f"{renewals};\n\t\treturn nRenewals;\n\t}}\n//-->\n</SCRIPT>",
        )

    def _page(self, title: str, body: str) -> bytes:
        text = (
            '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<HTML>\n<HEAD>\n'
            f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={self._charset}">\n'
            f"<TITLE>{self._words.product}</TITLE>\n</HEAD>\n<BODY>\n"
            f"<P ID=locPageTitle> <B> {title} </B>\n{body}\n</BODY>\n</HTML>\n"
        )
        charset = _CODECS.get(self._charset, self._charset)
        return text.replace("\n", "\r\n").encode(charset, errors="xmlcharrefreplace")
