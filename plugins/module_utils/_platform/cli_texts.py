# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate commands of the `admin:` shell print, read without a node.

Wording, labels and blanks differ between releases, so only this is read: file names in lists, PEM
blocks, and a few words that say success or failure. What cannot be read raises UnexpectedAnswer;
nothing is guessed.
"""

from __future__ import annotations

import itertools
import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Literal

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer

CERTIFICATE = "CERTIFICATE"
CSR = "CERTIFICATE REQUEST"

#: `unit/name.pem: text`, as `show cert list` prints it on 10.x to 15.
_CERTIFICATE_ROW = re.compile(r"(?P<unit>[^\s/:]+)/(?P<name>[^/:]*[^\s/:]\.pem)\s*(?::.*)?")
#: `unit/name.csr`, as `show csr list own` prints it.
_CSR_ROW = re.compile(r"(?P<unit>[^\s/:]+)/(?P<name>[^/:]*[^\s/:]\.csr)\s*(?::.*)?")
_MARKER = re.compile(r"-----(?P<which>BEGIN|END) (?:NEW )?(?P<label>CERTIFICATE(?: REQUEST)?)-----")

#: Two blanks or one, with a full stop or without one.
_CSR_MADE = re.compile(
    r"Successfully\s+Generated\s+CSR\s+for\s+(?P<unit>\S+?)\.?\s*$", re.IGNORECASE | re.MULTILINE
)
_IMPORTED = re.compile(r"Successfully\s+imported\s+certificate", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class StoredFile:
    """A row of a list: the unit (`tomcat`, `CallManager-trust`) and the file name in it."""

    unit: str
    name: str

    @property
    def path(self) -> str:
        """As the commands that show one take it."""
        return f"{self.unit}/{self.name}"


def certificate_rows(text: str) -> list[StoredFile]:
    """The rows of `show cert list own` and `show cert list trust`."""
    return _rows(text, _CERTIFICATE_ROW, ".pem", "certificates")


def certificate_lines(text: str) -> list[StoredFile | str]:
    """The same rows; a line that cannot be read stays as it is, at its place."""
    found: list[StoredFile | str] = []
    for line in text.splitlines():
        try:
            found += certificate_rows(line)
        except UnexpectedAnswer:
            found.append(line.strip())
    return found


def csr_rows(text: str) -> list[StoredFile]:
    """The rows of `show csr list own`; none when no CSR is pending, whatever the words for that."""
    return _rows(text, _CSR_ROW, ".csr", "CSRs")


def _rows(text: str, pattern: re.Pattern[str], suffix: str, what: str) -> list[StoredFile]:
    rows = []
    for line in text.splitlines():
        found = pattern.fullmatch(line.strip())
        if found:
            rows.append(StoredFile(found["unit"], found["name"]))
        elif suffix in line.lower():
            raise UnexpectedAnswer(f"a line of the list of {what} cannot be read: {line.strip()[:200]!r}")
    return rows


def pem_of(text: str, kind: Literal["CERTIFICATE", "CERTIFICATE REQUEST"]) -> str:
    """The one PEM block of that kind, with lines of 64 characters; raises UnexpectedAnswer.

    The block is glued to the last bracket of the dump before it (`]-----BEGIN`). A block whose
    data is not whole is told apart from a good one by the length that its DER begins with.
    """
    # Marker by marker and not by one expression, which would look for each END from each BEGIN on.
    markers = [marker for marker in _MARKER.finditer(text) if marker["label"] == kind]
    found = {
        re.sub(r"\s", "", text[begin.end() : end.start()])
        for begin, end in itertools.pairwise(markers)
        if (begin["which"], end["which"]) == ("BEGIN", "END")
    }
    if not any(marker["which"] == "BEGIN" for marker in markers):
        raise UnexpectedAnswer(f"the node printed no {kind.lower()}")
    if len(found) != 1:
        what = f"{len(found)} different ones" if found else "one without its end"
        raise UnexpectedAnswer(f"the node was to print one {kind.lower()}, and printed {what}")
    body = found.pop()
    if not _is_whole(body):
        raise UnexpectedAnswer(f"the {kind.lower()} that the node printed is not whole")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


def _is_whole(body: str) -> bool:
    """Whether this is base64 of one DER value of the length that it states."""
    try:
        der = b64decode(body, validate=True)
    except (Base64Error, ValueError):
        return False
    if len(der) < 2 or der[0] != 0x30:
        return False
    octets = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + octets], "big") if octets else der[1]
    return octets <= 4 and len(der) == 2 + octets + length


def made_csr_for(text: str) -> str | None:
    """The unit for which `set csr gen` says that it has succeeded."""
    found = _CSR_MADE.search(text)
    return found["unit"] if found else None


def says_imported(text: str) -> bool:
    """Whether `set cert import` says that it has succeeded."""
    return _IMPORTED.search(text) is not None


@dataclass(frozen=True)
class Failure:
    """A known failure: the words it is known by (lower case, all of them), a code, and the way out."""

    words: tuple[str, ...]
    reason: str
    remedy: str


_SIGN_THE_PENDING = "Sign the CSR that is pending now: a newer CSR makes certificates of older ones useless"
#: Texts of the administration pages (Cisco's document on regenerating certificates). That the command
#: line has the same words is inferred; the last three are assumed.
_FAILURES = (
    Failure(
        ("ca certificate", "not available"),
        "ca_not_trusted",
        "Upload the CA's certificates with purpose trust first, root before intermediates",
    ),
    Failure(
        (".csr", "does not exist"), "no_pending_csr", "Generate a CSR (cucm_csr) and have that one signed"
    ),
    Failure(("public key", "do not match"), "key_differs", _SIGN_THE_PENDING),
    Failure(
        ("san", "does not match"),
        "alt_names_differ",
        "Have the CA keep the subject alternative names of the CSR, all of them and no others",
    ),
    Failure(
        ("could not be uploaded",),
        "not_uploaded",
        "Releases that say no more mean a missing CA certificate, or a certificate that does not belong to the"
        " pending CSR: upload the CA first, and sign the CSR that is pending now",
    ),
    Failure(
        ("not in pem format",),
        "not_pem",
        "Run again: characters may have been lost on the way to the node",
    ),
    Failure(
        ("no space left",),
        "disk_full",
        "Free space on the node's common partition (show status, show diskusage), and run again",
    ),
    Failure(
        ("disk", "full"),
        "disk_full",
        "Free space on the node's common partition (show status, show diskusage), and run again",
    ),
    Failure(
        ("not allowed",),
        "not_allowed",
        "Wait for the end of an upgrade that runs (utils system upgrade status), and see that the account has"
        " privilege level 1 (show account)",
    ),
)


def known_failure(text: str) -> Failure | None:
    """The failure that the words of a command are known for."""
    lowered = " ".join(text.lower().split())
    return next((each for each in _FAILURES if all(word in lowered for word in each.words)), None)
