# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store over the command line, which every release has.

The commands are those of Cisco's "Command Line Interface Reference Guide"; all need privilege level
1. Reads are kept until the next write, and only what is asked for is read: each certificate costs a
command. A write counts as done when the node says so and the caller then finds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._platform import cli_texts
from ansible_collections.ucops.cucm.plugins.module_utils._platform.cli_texts import StoredFile
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    Answer,
    CommandRefused,
    HungUp,
    Result,
    Shell,
    TypingLost,
    open_shell,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    Contents,
    CsrRequest,
    StoredCertificate,
    TrustedCertificate,
    trust_store_of,
    unknown_service,
)

#: Seconds for a command that makes a key or stores a certificate; an old node needs its time.
WRITE_TIMEOUT = 120
#: Log-ons of one task: the first, and one after each of the two losses that `write_and_confirm` survives.
LOG_ONS = 3

_LIST_OWN = "show cert list own"
_PASTE = r"Paste\s+the\s+Certificate\s+and\s+Hit\s+Enter\W*"
_INCLUDE_OU = r"Include\s+OU\s+in\s+CSR\s*\(yes\s*\|\s*no\)\s*\?"
#: What a removal may ask. Assumed: no transcript of one is public.
_SURE = (Answer(r"\(yes\s*\|\s*no\)\s*\?", "yes"), Answer(r"\(y\s*/\s*n\)\s*\?", "y"))
_GUI = "Cisco Unified OS Administration > Security > Certificate Management > Generate CSR"


class CliCertificateStore:
    """`CertificateStore` over the shell; see there for what the methods promise."""

    #: `set csr gen` takes the unit and nothing else.
    csr_is_fixed = True

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._host = sessions.options.host
        self._read: dict[str, Result] = {}

    @property
    def transcript(self) -> str:
        """The dialogue so far."""
        return self._sessions.transcript

    def services(self) -> list[str]:
        return sorted({row.unit for row in self._own()})

    def identity(self, service: str) -> str | None:
        self._known(service)
        return self._show(f"show cert own {service}", cli_texts.CERTIFICATE)

    def pending_csr(self, service: str) -> str | None:
        self._known(service)
        row = next((row for row in self._waiting() if row.unit == service), None)
        return self._show_csr(row) if row else None

    def pending_csrs(self) -> dict[str, str]:
        return {row.unit: self._show_csr(row) for row in sorted(self._waiting())}

    def trust(self, service: str | None = None) -> list[TrustedCertificate]:
        rows = self._trusted()
        if service is not None:
            store = trust_store_of(service)
            rows = [row for row in rows if _store(row) == store]
            if not rows and store not in self.services():
                # An empty store is not listed; a service that has an identity has a store.
                raise unknown_service(service, {_store(row) for row in self._trusted()}, self._host)
        return [
            TrustedCertificate(
                _store(row), row.name, self._show(f"show cert trust {row.path}", cli_texts.CERTIFICATE)
            )
            for row in rows
        ]

    def contents(self) -> Contents:
        own = cli_texts.certificate_lines(self._ask(_LIST_OWN).output)
        trusted = cli_texts.certificate_lines(self._ask("show cert list trust").output)
        if not own:
            self._own()  # which says that the list is empty
        units = Counter(row.unit for row in own if isinstance(row, StoredFile))
        return Contents(
            # The unit alone is what working scripts send; several files of one need the path.
            tuple(
                self._stored(row, f"show cert own {row.unit if units[row.unit] == 1 else row.path}")
                if isinstance(row, StoredFile)
                else _unread(row)
                for row in own
            ),
            tuple(
                self._stored(row, f"show cert trust {row.path}")
                if isinstance(row, StoredFile)
                else _unread(row)
                for row in trusted
            ),
        )

    def _stored(self, row: StoredFile, command: str) -> StoredCertificate:
        try:
            return StoredCertificate(_store(row), row.name, self._show(command, cli_texts.CERTIFICATE))
        except (CommandRefused, UnexpectedAnswer) as error:
            return StoredCertificate(_store(row), row.name, None, error.what)

    def check_csr(self, request: CsrRequest) -> None:
        asked = {
            "distribution": request.distribution if request.distribution != "this-server" else None,
            "common_name": request.common_name,
            "subject_alt_names": request.subject_alt_names or None,
            "key_length": request.key_length,
            "hash_algorithm": request.hash_algorithm,
        }
        options = [name for name, value in asked.items() if value is not None]
        if options:
            raise UnsupportedByRelease(
                "over the command line, a node makes a CSR with the names, key and hash of its own choice"
                f" (set csr gen takes the service only); asked for: {', '.join(options)}",
                host=self._host,
                operation=f"generate CSR for {request.service}",
                option=", ".join(options),
                remedy=f"Leave these out; or generate the CSR in {_GUI}, after which this module returns it as it"
                " is; or, on release 14 and later, use transport: rest",
                reason="unsupported_by_transport",
            )

    def generate_csr(self, request: CsrRequest) -> str:
        self.check_csr(request)
        operation = f"generate CSR for {request.service}"
        result = self._write(f"set csr gen {request.service}", operation, [Answer(_INCLUDE_OU, "yes")])
        if cli_texts.made_csr_for(result.output) != request.service:
            self._refuse(operation, result.output)
        text = self.pending_csr(request.service)
        if text is None:
            raise self._unexpected(
                UnexpectedAnswer("the node said that it has made a CSR, and lists none"), operation
            )
        return text

    def import_trust(self, service: str, certificates: list[str], description: str | None) -> None:
        store = trust_store_of(service)
        operation = f"upload to {store}-trust"
        if description:
            raise UnsupportedByRelease(
                "a certificate gets no description over the command line",
                host=self._host,
                operation=operation,
                option="description",
                remedy="Leave it out; or, on release 14 and later, use transport: rest",
                reason="unsupported_by_transport",
            )
        for certificate in certificates:
            self._import(f"set cert import trust {store}", operation, certificate)

    def import_identity(self, service: str, certificate: str, ca_file_name: str | None = None) -> None:
        operation = f"upload {service} certificate"
        command = f"set cert import own {service}"
        try:
            self._import(command, operation, certificate)
        except CertificateRefused as error:
            # The third word, the CA's file name, is optional by the document. Which releases want it
            # is not known, so the node decides: it is given to one that does not find the CA.
            if error.reason not in ("ca_not_trusted", "not_uploaded") or not ca_file_name:
                raise
            self._import(f"{command} {ca_file_name}", operation, certificate)

    def delete_trust(self, entry: TrustedCertificate) -> None:
        operation = f"remove from {entry.service}-trust"
        if entry.file_name is None:
            raise CertificateRefused("the certificate has no file name", host=self._host, operation=operation)
        row = StoredFile(f"{entry.service}-trust", entry.file_name)
        words = []
        # The unit is spelt as in the list; that a node wants it without "-trust" cannot be excluded.
        # No text that says success is known, so the list decides.
        for unit in (row.unit, entry.service):
            try:
                output = self._write(f"set cert delete {unit} {row.name}", operation, _SURE).output
            except CertificateRefused as error:
                output = str(error.details["output"])
            words.append(output)
            if row not in self._trusted():
                return
        self._refuse(operation, "\n".join(dict.fromkeys(words)))

    def _own(self) -> list[StoredFile]:
        rows = self._rows(_LIST_OWN, cli_texts.certificate_rows)
        if not rows:
            error = UnexpectedAnswer("the node lists no certificate of its own")
            self._read.clear()
            raise self._unexpected(error, _LIST_OWN)
        return rows

    def _trusted(self) -> list[StoredFile]:
        return self._rows("show cert list trust", cli_texts.certificate_rows)

    def _waiting(self) -> list[StoredFile]:
        return self._rows("show csr list own", cli_texts.csr_rows)

    def _rows(self, command: str, parse: Callable[[str], list[StoredFile]]) -> list[StoredFile]:
        with self._explained(command):
            return parse(self._ask(command).output)

    def _show_csr(self, row: StoredFile) -> str:
        try:
            return self._show(f"show csr own {row.path}", cli_texts.CSR)
        except (CommandRefused, UnexpectedAnswer):
            # Cisco's document has the path, and scripts that work have the unit alone.
            return self._show(f"show csr own {row.unit}", cli_texts.CSR)

    def _show(self, command: str, kind: Any) -> str:
        with self._explained(command):
            return cli_texts.pem_of(self._ask(command).output, kind)

    def _known(self, service: str) -> None:
        services = set(self.services())
        if service not in services:
            raise unknown_service(service, services, self._host)

    def _import(self, command: str, operation: str, certificate: str) -> None:
        result = self._write(command, operation, [Answer(_PASTE, certificate.strip(), paste=True)])
        if not cli_texts.says_imported(result.output):
            self._refuse(operation, result.output)

    def _ask(self, command: str) -> Result:
        """A command that only reads: sent once more, over a new session, when its answer is lost."""
        if command not in self._read:
            try:
                self._read[command] = self._sessions.shell().run(command)
            except (AnswerLost, HungUp, TypingLost):
                if not self._sessions.left:
                    raise
                self._read[command] = self._sessions.shell().run(command)
        return self._read[command]

    def _write(self, command: str, operation: str, answers: Sequence[Answer]) -> Result:
        """A command that changes something: sent once, and again only when it was not sent at all."""
        # The names of the services outlive a write; nothing else does.
        self._read = {key: result for key, result in self._read.items() if key == _LIST_OWN}
        timeout = max(WRITE_TIMEOUT, self._sessions.options.timeout)
        while True:
            try:
                return self._sessions.shell().run(command, answers=answers, timeout=timeout)
            except (HungUp, TypingLost):
                if not self._sessions.left:
                    raise
            except CommandRefused as error:
                self._refuse(operation, error.output)

    def _refuse(self, operation: str, output: str) -> NoReturn:
        known = cli_texts.known_failure(output)
        words = " ".join(output.split())
        raise CertificateRefused(
            f"the node did not say that it has done it; it said: {words[-400:] or '(nothing)'}",
            host=self._host,
            operation=operation,
            remedy=known.remedy
            if known
            else "See the node's words; the account needs privilege level 1 (show account), and more is in the"
            " node's Cisco Certificate Manager logs",
            reason=known.reason if known else None,
            details={"output": output[-4000:], "transcript": self.transcript},
        )

    @contextmanager
    def _explained(self, command: str) -> Iterator[None]:
        """Say of what a parser could not read where it came from; do not keep it."""
        try:
            yield
        except UnexpectedAnswer as error:
            self._read.pop(command, None)
            raise self._unexpected(error, command) from None

    def _unexpected(self, error: UnexpectedAnswer, operation: str) -> UnexpectedAnswer:
        error.host = self._host
        error.operation = error.operation or operation
        error.remedy = error.remedy or "Run again; if it stays so, report it with the transcript"
        error.details.setdefault("transcript", self.transcript)
        return error


def _unread(line: str) -> StoredCertificate:
    unit = line.partition("/")[0].removesuffix("-trust")
    return StoredCertificate(
        unit, None, None, f"a line of the node's list cannot be read: {foreign_text(line)}"
    )


def _store(row: StoredFile) -> str:
    return row.unit.removesuffix("-trust")


class Sessions:
    """One session after the other with one node: a new one only when the last was lost."""

    def __init__(self, options: SshOptions) -> None:
        self.options = options
        self.left = LOG_ONS
        self._shell: Shell | None = None
        self._open = ExitStack()
        self._before = ""

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._open.close()

    @property
    def transcript(self) -> str:
        """The dialogues of the task, one after the other."""
        now = self._shell.transcript if self._shell else ""
        return "\n".join(text for text in (self._before, now) if text)

    def shell(self) -> Shell:
        """The session that is open, or a new one; raises what `open_shell` raises."""
        if self._shell is None or not self._shell.usable:
            if not self.left:
                raise HungUp(
                    f"the session was lost {LOG_ONS} times",
                    host=self.options.host,
                    operation="log on by SSH",
                    remedy="Look at the network and at the load of the node, and run again",
                    details={"transcript": self.transcript},
                )
            self._before = self.transcript
            self._shell = None
            self._open.close()
            self.left -= 1
            self._shell = self._open.enter_context(open_shell(self.options))
        return self._shell
