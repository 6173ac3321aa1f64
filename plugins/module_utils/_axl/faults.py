# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AXL says when it does not do something, as typed errors.

The code decides what a fault is, never the text: that of 5007 names sometimes the kind of the object,
sometimes the object.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import LONGEST, foreign_text

try:
    from lxml import etree
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from requests import Response

#: "Item not valid: The specified … was not found": the object, or one that it refers to.
NOT_FOUND = 5007
#: A unique index refused an object that exists already.
DUPLICATE = -239

_MEMORY = "Maximum AXL Memory Allocation Consumed"
_ACCEPTED = re.compile(r"(?:Supported axl versions|Available versions) are ([^<\n]+)", re.IGNORECASE)
_VERSION = re.compile(r"\d+\.(?:\d+|x)")


class AxlFault(CucmError):
    """A SOAP fault. `code` is the axlcode, None when the fault has none; `text` are the server's words."""

    reason = "axl_fault"
    usual_remedy = "Change what the server's words name; the log of the Cisco AXL Web Service has the request"

    def __init__(
        self,
        text: str,
        *,
        code: int | None,
        host: str,
        operation: str,
        what: str | None = None,
        option: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.code = code
        self.text = text
        words = foreign_text(text)
        known = "" if code is None else f" (AXL code {code})"
        super().__init__(
            what or f"AXL refused this: {words.rstrip('.')}{known}",
            host=host,
            operation=operation,
            option=option,
            remedy=remedy or self.usual_remedy,
            details={"axl_code": code, "axl_message": words},
        )


class AxlNotFound(AxlFault):
    """The object, or an object that the request refers to, does not exist."""

    reason = "not_found"
    usual_remedy = "Make sure that everything exists that the options name"

    def names(self, name: str) -> bool:
        """Whether the server's words have the name; often they have only the kind of the object."""
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text) is not None


class AxlDuplicate(AxlFault):
    """There is such an object already."""

    reason = "duplicate"
    usual_remedy = (
        "Use another name: this one is taken, perhaps by an object of another kind, since devices share one"
        " set of names"
    )


class MissingReference(InvalidOption):
    """An option names an object that the cluster does not have."""

    reason = "missing_reference"


class VersionNotAccepted(CucmError):
    """The server does not speak the AXL version; `accepted` are those that it named."""

    reason = "version_not_accepted"

    def __init__(self, version: str, accepted: tuple[str, ...], *, host: str, operation: str) -> None:
        self.accepted = accepted
        named = f"; it accepts {', '.join(accepted)}" if accepted else ""
        super().__init__(
            f"the server does not accept AXL version {version}{named}",
            host=host,
            operation=operation,
            option="axl_version",
            remedy="Leave axl_version out to have it found, or use one that the server accepts",
            details={"accepted_versions": list(accepted)},
        )


def memory_fault(response: Response) -> str | None:
    """Why a reply means "try again later" although it is not HTTP 503; None when it does not."""
    if response.status_code == 500 and _MEMORY.encode() in response.content:
        return _MEMORY
    return None


def accepted_versions(page: str) -> tuple[str, ...]:
    """The versions that the page of an HTTP 599 names, as it names them ('12.x' included)."""
    found = _ACCEPTED.search(page)
    return tuple(_VERSION.findall(found.group(1)[:LONGEST])) if found else ()


def check(response: Response, *, host: str, operation: str, version: str) -> etree._Element:
    """The reply's root element, or the error that the reply stands for.

    This happens before zeep sees anything: it would hide the HTTP status, and fail obscurely on
    what is not XML.
    """
    if response.status_code == 599:
        raise VersionNotAccepted(version, accepted_versions(response.text), host=host, operation=operation)
    if response.status_code not in {200, 500}:
        raise UnexpectedAnswer(
            f"HTTP {response.status_code} {_title(response)}".rstrip(),
            host=host,
            operation=operation,
            remedy="Check that the node's service Cisco AXL Web Service is activated, and host and port",
        )
    root = _parse(response, host, operation)
    fault = root.find(".//{*}Body/{*}Fault")
    if fault is not None:
        raise typed_fault(fault, host=host, operation=operation)
    if response.status_code == 500:
        raise UnexpectedAnswer(
            "HTTP 500 without a SOAP fault",
            host=host,
            operation=operation,
            remedy="Run again; if it stays so, look at the log of the node's Cisco AXL Web Service",
        )
    return root


def typed_fault(fault: etree._Element, *, host: str, operation: str) -> AxlFault:
    """The error for a SOAP fault; axlError comes with and without a namespace."""
    code = _number(fault.findtext(".//{*}axlError/{*}axlcode"))
    text = (fault.findtext(".//{*}axlError/{*}axlmessage") or fault.findtext("faultstring") or "").strip()
    kinds = {NOT_FOUND: AxlNotFound, DUPLICATE: AxlDuplicate}
    kind = AxlFault if code is None else kinds.get(code, AxlFault)
    return kind(text or "no reason given", code=code, host=host, operation=operation)


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _parse(response: Response, host: str, operation: str) -> etree._Element:
    body = response.content
    why = None
    if not body.strip():
        why = "an empty reply"
    elif "html" in response.headers.get("Content-Type", "").lower():
        why = f"a web page instead of a SOAP reply: {_title(response)}"
    else:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError as error:
            why = f"a reply that is not XML ({foreign_text(error.msg or '')})"
        else:
            if etree.QName(root).localname == "Envelope":
                return root
            why = f"a reply that is not SOAP (its root is {foreign_text(etree.QName(root).localname, limit=80)})"
    raise UnexpectedAnswer(
        f"HTTP {response.status_code} with {why}",
        host=host,
        operation=operation,
        remedy="Check that host and port name a Unified CM node and that nothing stands between",
    )


def _title(response: Response) -> str:
    """The few words of an error page that help."""
    found = re.search(r"<title>\s*(.*?)\s*</title>", response.text, re.IGNORECASE | re.DOTALL)
    return f"'{foreign_text(found.group(1), limit=120)}'" if found else ""
