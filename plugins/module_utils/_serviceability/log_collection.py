# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log collection: which trace and log files a node has, and their download.

GetOneFile answers with MTOM: a multipart/related body whose first part is the SOAP envelope and whose
second is the file, byte by byte. Releases 9.1, 10.0 and 10.5 do not have it there; they have a
DimeGetFileService of their own. That its answer is laid out in the same way is assumed, after the
tools that read both alike.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import multipart, soap

try:
    from lxml import etree
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from requests import Response

PATH = "/logcollectionservice2/services/LogCollectionPortTypeService"
DIME_PATH = "/logcollectionservice/services/DimeGetFileService"
DIME_ACTION = "http://schemas.cisco.com/ast/soap/action/#LogCollectionPort#GetOneFile"
CALL_MANAGER = "Cisco CallManager"
#: Seconds to wait for a file that the node does not have yet, or still writes.
FILE_WAIT = 15.0
#: Seconds between two looks for it; the last one repeats.
FILE_INTERVALS = (1.0, 2.0, 4.0)
#: Seconds before each repeat of a download that broke off.
DOWNLOAD_BACK_OFF = (1.0, 5.0)
#: Bytes of the envelope beside a file.
LARGEST_ENVELOPE = 1024 * 1024
#: How the node is told that the dates are UTC. The form is that of the one published example; that
#: a node knows this very zone is assumed.
UTC_ZONE = "Client: (GMT+0:00)Coordinated Universal Time-Etc/UTC"

_DIME = "http://schemas.cisco.com/ast/soap/"
_GET_FILE = "http://cisco.com/ccm/serviceability/soap/LogCollection/GetFile/"
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_ABSENT = re.compile(r"\b(?:do|does) not exist\b", re.IGNORECASE)
_OPERATION = "GetOneFile"


class FileAbsent(CucmError):
    """The node does not have the file, also after the wait."""

    reason = "file_absent"


class _OtherDoor(Exception):
    """The node does not know the operation here; the cause says what it said."""


@dataclass(frozen=True)
class LogFile:
    """A file of a node; `size` in bytes, None when the node did not say it.

    `modified` is the node's own text (`Sun Apr 26 00:23:22 MDT 2026`): its zone has no unique meaning.
    """

    node: str
    name: str
    path: str
    size: int | None
    modified: str


class LogCollection:
    """The log collection of one node."""

    def __init__(self, session: HttpSession, *, clock: Clock | None = None) -> None:
        self._session = session
        self._clock = clock or Clock()
        self._service: str | None = None
        #: Which of the two ways to a file this node has; None until one has worked.
        self._has_get_one_file: bool | None = None

    def check_access(self) -> None:
        """Ask for the list of services, so that a wrong account is known before it is needed."""
        envelope, body = soap.request_body("listNodeServiceLogs")
        soap.element(body, "ListRequest")
        self._call("listNodeServiceLogs", envelope)

    def list_files(
        self,
        services: Sequence[str],
        since: datetime,
        until: datetime,
        system_logs: Sequence[str] = (),
    ) -> list[LogFile]:
        """The files of the services that were written between two moments, in the node's order.

        The dates go in whole minutes, so a file just outside may be among them. Without dates a node
        lists all files that it has, so they are always sent.
        """
        if since.tzinfo is None or until.tzinfo is None or since > until:
            raise ValueError("since and until are moments with a zone, in that order")
        operation = "selectLogFiles"
        envelope, body = soap.request_body(operation)
        criteria = soap.element(body, "FileSelectionCriteria")
        _items(criteria, "ServiceLogs", services)
        _items(criteria, "SystemLogs", system_logs)
        for name, text in (
            ("SearchStr", ""),
            ("Frequency", "OnDemand"),
            ("JobType", "DownloadtoClient"),
            ("ToDate", _minute(until + timedelta(seconds=59, microseconds=999999))),
            ("FromDate", _minute(since)),
            ("TimeZone", UTC_ZONE),
            ("RelText", "None"),
            ("RelTime", "0"),
            ("Port", "0"),
            ("IPAddress", ""),
            ("UserName", ""),
            ("Password", ""),
            ("ZipInfo", "false"),
            ("RemoteFolder", ""),
        ):
            soap.element(criteria, name, text)
        content = self._call(operation, envelope)
        return list(self._files(content, operation))

    def download(self, path: str, dest: Path, *, max_bytes: int, wait: float = FILE_WAIT) -> int:
        """Copy a file of the node to `dest`, with the mode 0600; return its size.

        `dest` is replaced once the whole file has come. For `wait` seconds a file that the node does
        not have is asked for again, since it may still be written. Raises FileAbsent, InvalidOption
        when `dest` cannot be written, UnexpectedAnswer when the file has more than `max_bytes`.
        """
        try:
            descriptor, temporary = tempfile.mkstemp(dir=dest.parent, prefix=f".{dest.name}.")
        except OSError as error:
            raise self._not_written(dest, error) from error
        try:
            with open(descriptor, "wb") as stream:
                size = self._fetch(path, stream, max_bytes, wait)
            os.replace(temporary, dest)
        except BaseException as error:
            with suppress(OSError):
                os.unlink(temporary)
            if isinstance(error, OSError):
                raise self._not_written(dest, error) from error
            raise
        return size

    def _fetch(self, path: str, stream: BinaryIO, max_bytes: int, wait: float) -> int:
        deadline = self._clock.monotonic() + wait
        looks, repeats, busy = iter(FILE_INTERVALS), iter(DOWNLOAD_BACK_OFF), iter(soap.RATE_BACK_OFF)
        while True:
            stream.seek(0)
            stream.truncate()
            try:
                return self._fetch_once(path, stream, max_bytes)
            except FileAbsent:
                left = deadline - self._clock.monotonic()
                pause: float | None = min(next(looks, FILE_INTERVALS[-1]), left) if left > 0 else None
                if pause is None:
                    raise
            except ServerBusy:
                pause = next(busy, None)
                if pause is None:
                    raise
            except AnswerLost:
                pause = next(repeats, None)
                if pause is None:
                    raise
            self._clock.sleep(pause)

    def _fetch_once(self, path: str, stream: BinaryIO, max_bytes: int) -> int:
        """By the service that this node has; the other one is tried until one has worked."""
        if self._has_get_one_file is None:
            try:
                size = self._get_one_file(path, stream, max_bytes)
            except _OtherDoor as refusal:
                try:
                    size = self._dime_get_file(path, stream, max_bytes)
                except _OtherDoor:
                    # The words of the newer service: on most releases it is the only one.
                    raise refusal.__cause__ or refusal from None
                self._has_get_one_file = False
            else:
                self._has_get_one_file = True
            return size
        try:
            if self._has_get_one_file:
                return self._get_one_file(path, stream, max_bytes)
            return self._dime_get_file(path, stream, max_bytes)
        except _OtherDoor as refusal:
            raise refusal.__cause__ or refusal from None

    def _get_one_file(self, path: str, stream: BinaryIO, max_bytes: int) -> int:
        envelope, body = soap.request_body("FileName")
        body.text = path
        return self._transfer(PATH, f'"{_OPERATION}"', envelope, path, stream, max_bytes)

    def _dime_get_file(self, path: str, stream: BinaryIO, max_bytes: int) -> int:
        """RPC-encoded: the parameter has a type of its own namespace and no namespace itself."""
        envelope = etree.Element(
            etree.QName(soap.ENVELOPE, "Envelope"),
            nsmap={"soapenv": soap.ENVELOPE, "soap": _DIME, "xsi": soap.XSI, "get": _GET_FILE},
        )
        body = etree.SubElement(envelope, etree.QName(soap.ENVELOPE, "Body"))
        request = etree.SubElement(body, etree.QName(_DIME, _OPERATION))
        request.set(etree.QName(soap.ENVELOPE, "encodingStyle"), _ENCODING)
        name = etree.SubElement(request, "FileName")
        name.set(etree.QName(soap.XSI, "type"), "get:FileName")
        name.text = path
        return self._transfer(DIME_PATH, f'"{DIME_ACTION}"', envelope, path, stream, max_bytes)

    def _transfer(
        self, service: str, action: str, envelope: Any, path: str, stream: BinaryIO, max_bytes: int
    ) -> int:
        self._enter(service)
        with self._session.stream(
            "POST",
            service,
            operation=_OPERATION,
            data=etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"),
            headers={
                "Content-Type": "text/xml; charset=utf-8",
                "SOAPAction": action,
                "Accept-Encoding": "identity",
            },
        ) as (response, pieces):
            try:
                boundary = multipart.boundary_of(response.headers.get("Content-Type") or "")
                if response.status_code != 200 or boundary is None:
                    raise self._refusal(response, pieces, path)
                return self._store(multipart.parts(pieces, boundary), path, stream, max_bytes)
            except multipart.CutOff as error:
                raise AnswerLost(
                    f"the file {path} came incomplete ({error})",
                    host=self._host,
                    operation=_OPERATION,
                    remedy="Run again; look at the network between this machine and the node if it stays so",
                ) from None
            except multipart.MultipartError as error:
                raise self._unexpected(f"no multipart body that can be read: {error}") from None

    def _store(self, parts: Iterator[multipart.Part], path: str, stream: BinaryIO, max_bytes: int) -> int:
        """Part 0 is the envelope, part 1 the file; the closing boundary must follow."""
        first = next(parts, None)
        if first is None:
            raise multipart.MultipartError("it has no parts")
        text = bytearray()
        for piece in first.pieces:
            text += piece
            if len(text) > LARGEST_ENVELOPE:
                raise multipart.MultipartError("its first part is no SOAP envelope")
        content = _body_content(bytes(text))
        if content is None:
            raise multipart.MultipartError("its first part is no SOAP envelope")
        if soap.local_name(content) == "Fault":
            raise self._fault(content, path)
        second = next(parts, None)
        if second is None:
            raise multipart.MultipartError("it has an envelope and no file")
        coding = second.fields.get("content-transfer-encoding", "binary").lower()
        if coding not in ("binary", "8bit", "7bit"):
            raise multipart.MultipartError(f"the file in it is encoded ({coding[:40]})")
        size = 0
        for piece in second.pieces:
            size += len(piece)
            if size > max_bytes:
                raise UnexpectedAnswer(
                    f"the file {path} has more than {max_bytes} bytes",
                    host=self._host,
                    operation=_OPERATION,
                    remedy="Ask for less, or fetch it by hand (file get)",
                    reason="file_too_large",
                )
            stream.write(piece)
        if next(parts, None) is not None:
            raise multipart.MultipartError("it has more parts than an envelope and a file")
        return size

    def _refusal(self, response: Response, pieces: Iterator[bytes], path: str) -> Exception:
        """What an answer without a file means."""
        text = bytearray()
        if response.status_code == 200:
            for piece in pieces:
                text += piece
                if len(text) > LARGEST_ENVELOPE:
                    return self._unexpected(f"no file (HTTP 200, {response.headers.get('Content-Type')})")
        else:
            text += response.content
        content = _body_content(bytes(text))
        if content is None:
            kind = response.headers.get("Content-Type") or "no content type"
            error = self._unexpected(f"no SOAP message (HTTP {response.status_code}, {kind})")
            # In HTML an application server says that it does not have a service.
            return _other_door(error) if response.status_code in (404, 405, 500) else error
        if soap.local_name(content) != "Fault":
            return self._unexpected(f"<{soap.local_name(content)}> without a file")
        return self._fault(content, path)

    def _fault(self, content: Any, path: str) -> Exception:
        text = soap.child_text(content, "faultstring") or ""
        if _ABSENT.search(text):
            return FileAbsent(
                f"the node has no file {path} ({foreign_text(text, limit=300)})",
                host=self._host,
                operation=_OPERATION,
                remedy="See on the node whether it is there (file list activelog); one that has grown or was"
                " closed meanwhile may have another name",
            )
        fault = soap.fault_of(text, self._host, _OPERATION)
        return _other_door(fault) if isinstance(fault, soap.ServiceabilityFault) else fault

    def _files(self, content: Any, operation: str) -> Iterator[LogFile]:
        result: Any = content
        for name in ("ResultSet", "SchemaFileSelectionResult"):
            result = soap.child(result, name) if result is not None else None
        if result is None:
            raise self._unexpected("without a ResultSet", operation)
        for node in result.iterchildren("{*}Node"):
            for file in node.iterdescendants("{*}File"):
                path = soap.child_text(file, "absolutepath")
                if path is None:
                    continue  # nillable in the schema
                size = soap.child_text(file, "filesize") or ""
                yield LogFile(
                    node=soap.child_text(node, "name") or "",
                    name=soap.child_text(file, "name") or path.rpartition("/")[2],
                    path=path,
                    size=int(size) if re.fullmatch(r"[0-9]{1,18}", size) else None,
                    modified=soap.child_text(file, "modifiedDate") or "",
                )

    def _call(self, operation: str, envelope: Any) -> Any:
        self._enter(PATH)
        return soap.call_in_turn(
            self._session, PATH, operation, envelope, repeatable=True, sleep=self._clock.sleep
        )

    def _enter(self, service: str) -> None:
        """A service answers HTTP 500 to the cookie of another one."""
        if service != self._service:
            self._session.forget_cookies()
            self._service = service

    @property
    def _host(self) -> str:
        return self._session.options.host

    def _unexpected(self, what: str, operation: str = _OPERATION) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"the answer is {foreign_text(what)}",
            host=self._host,
            operation=operation,
            remedy="Check that host and port name a Unified CM node, and that its service"
            " 'SOAP -Log Collection APIs' runs",
        )

    def _not_written(self, dest: Path, error: OSError) -> InvalidOption:
        return InvalidOption(
            f"{dest} cannot be written: {error.strerror or error}",
            host=self._host,
            option="dest",
            reason="file_not_written",
            remedy="Give a path in a directory that exists and has room, on the host where the task runs",
        )


def _other_door(cause: CucmError) -> _OtherDoor:
    refusal = _OtherDoor()
    refusal.__cause__ = cause
    return refusal


def _body_content(data: bytes) -> Any | None:
    """The element in the body of a SOAP envelope; None when it is none."""
    try:
        return soap.body_content(data)
    except soap.NotSoap:
        return None


def _items(parent: Any, name: str, texts: Sequence[str]) -> None:
    items = soap.element(parent, name)
    for text in texts:
        soap.element(items, "item", text)


def _minute(moment: datetime) -> str:
    """`05/23/15 08:05 PM`, whatever the locale of this process."""
    moment = moment.astimezone(UTC)
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment:%m/%d/%y} {(moment.hour - 1) % 12 + 1:02}:{moment:%M} {half}"
