# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store over the command line, and the certificate modules on it, over real SSH."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    HostUnreachable,
    InvalidOption,
    UnexpectedAnswer,
    UnsupportedByRelease,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cert_info,
    cucm_cert_upload,
    cucm_csr,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform import shell
from ansible_collections.ucops.cucm.plugins.module_utils._platform.cli import CliCertificateStore, Sessions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.rest import RestCertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import HungUp
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    CsrRequest,
    TrustedCertificate,
    write_and_confirm,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.support import tls_server
from ansible_collections.ucops.cucm.tests.support.ssh_server import (
    DUMP,
    PASSWORD,
    USERNAME,
    Node,
    SshServer,
    Style,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    Wire,
    plug_in,
)

CN = "cucm-pub.example.com"
SELF_SIGNED = made.pem(made.self_signed())
ROOT, ISSUING = made.pem(made.root()), made.pem(made.intermediate())
NOTHING_ASKED = CsrRequest("CallManager", "this-server", None, None, "rsa", None, None)
CSRS = tuple(made.pem(made.csr(key_label=f"csr{number}")) for number in range(6))


def node_of(**changes: Any) -> Node:
    made_csrs = iter(CSRS)
    node = Node(
        identities={"CallManager": SELF_SIGNED, "tomcat": SELF_SIGNED, "tomcat-ECDSA": SELF_SIGNED},
        trust={"tomcat-trust": {"Example_Issuing_CA.pem": ISSUING}},
        make_csr=lambda _unit: next(made_csrs),
    )
    return replace(node, **changes)


def leaf_for(csr_pem: str, **changes: Any) -> str:
    number = CSRS.index(csr_pem)
    return made.pem(made.certificate(CN, key_label=f"csr{number}", **changes))


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    # The node of these tests is near: it needs no fiftieth of a second to go on.
    monkeypatch.setattr(shell, "SETTLE", 0.01)
    with SshServer(node_of()) as server:
        yield server


@pytest.fixture(name="open_one")
def _open_one(server: SshServer) -> Iterator[Callable[[], CliCertificateStore]]:
    opened: list[Sessions] = []

    def open_one() -> CliCertificateStore:
        options = SshOptions(
            "127.0.0.1", server.port, USERNAME, PASSWORD, host_key=server.fingerprint, timeout=300
        )
        opened.append(Sessions(options))
        return CliCertificateStore(opened[-1])

    yield open_one
    for sessions in opened:
        sessions.__exit__()


Open = Callable[[], CliCertificateStore]


class TestReads:
    def test_only_what_is_asked_for_and_once(self, server: SshServer, open_one: Open) -> None:
        server.node.csrs["tomcat"] = CSRS[0]
        server.node.trust["CallManager-trust"] = {"Example_Root_CA.pem": ROOT, "b.pem": ISSUING}
        store = open_one()
        for _turn in range(2):
            assert store.services() == ["CallManager", "tomcat", "tomcat-ECDSA"]
            assert store.identity("CallManager") == SELF_SIGNED
            assert store.pending_csr("CallManager") is None
            assert store.pending_csr("tomcat") == CSRS[0]
            assert store.pending_csrs() == {"tomcat": CSRS[0]}
            assert store.trust("CallManager-ECDSA") == [
                TrustedCertificate("CallManager", "Example_Root_CA.pem", ROOT),
                TrustedCertificate("CallManager", "b.pem", ISSUING),
            ]
        assert server.node.commands == [
            "set cli pagination off",
            "show cert list own",
            "show cert own CallManager",
            "show csr list own",
            "show csr own tomcat/tomcat.csr",
            "show cert list trust",
            "show cert trust CallManager-trust/Example_Root_CA.pem",
            "show cert trust CallManager-trust/b.pem",
        ]
        assert (server.node.log_ons, server.node.passwords) == (1, 1)
        assert server.node.journal == []

    def test_every_trust_store(self, server: SshServer, open_one: Open) -> None:
        server.node.trust["CallManager-trust"] = {"Example_Root_CA.pem": ROOT}
        assert [entry.service for entry in open_one().trust()] == ["tomcat", "CallManager"]

    def test_an_empty_store(self, open_one: Open) -> None:
        assert open_one().trust("CallManager") == []

    @pytest.mark.parametrize("read", ["identity", "pending_csr", "trust"])
    def test_an_unknown_service(self, open_one: Open, read: str) -> None:
        with pytest.raises(InvalidOption, match="no certificate service 'tomcta'") as error:
            getattr(open_one(), read)("tomcta")
        assert error.value.reason == "unknown_service"

    def test_a_csr_by_the_unit_alone(self, server: SshServer, open_one: Open) -> None:
        server.node.style.csr_by_path = False
        server.node.csrs["tomcat"] = CSRS[0]
        assert open_one().pending_csr("tomcat") == CSRS[0]

    def test_half_a_certificate(self, server: SshServer, open_one: Open) -> None:
        server.node.style.instead = {"show cert own": DUMP + SELF_SIGNED[:500]}
        store = open_one()
        with pytest.raises(UnexpectedAnswer, match="without its end") as error:
            store.identity("CallManager")
        assert error.value.operation == "show cert own CallManager"
        assert error.value.host == "127.0.0.1"
        assert "-----BEGIN CERTIFICATE" in error.value.details["transcript"]
        server.node.style.instead = {}
        assert store.identity("CallManager") == SELF_SIGNED

    def test_a_list_without_rows(self, server: SshServer, open_one: Open) -> None:
        server.node.style.instead = {"show cert list own": "Cannot read the certificates"}
        with pytest.raises(UnexpectedAnswer, match="lists no certificate of its own"):
            open_one().services()

    @pytest.mark.parametrize(
        "style", [Style(page=5), Style(splits=7), Style(newline="\n"), Style(keystrokes=20)]
    )
    def test_terminals(self, server: SshServer, open_one: Open, style: Style) -> None:
        server.node.style = style
        assert open_one().identity("CallManager") == SELF_SIGNED

    def test_contents_go_on_behind_what_cannot_be_read(self, server: SshServer, open_one: Open) -> None:
        server.node.identities["Vipr-QuetzalCoatl"] = SELF_SIGNED
        server.node.trust["Phone-SAST-trust"] = {"a_b.pem": ROOT}
        server.node.style.instead = {"show cert own tomcat-ECDSA": DUMP + SELF_SIGNED[:500]}
        contents = open_one().contents()
        found = {each.service: each for each in contents.identities}
        assert list(found) == ["CallManager", "tomcat", "tomcat-ECDSA", "Vipr-QuetzalCoatl"]
        assert [name for name, each in found.items() if each.certificate == SELF_SIGNED] == [
            *("CallManager", "tomcat", "Vipr-QuetzalCoatl")
        ]
        assert "without its end" in found["tomcat-ECDSA"].why
        assert {(each.service, each.file_name, each.certificate) for each in contents.trust} == {
            ("tomcat", "Example_Issuing_CA.pem", ISSUING),
            ("Phone-SAST", "a_b.pem", ROOT),
        }
        assert server.node.journal == []

    def test_contents_keep_a_line_that_is_no_row(self, server: SshServer, open_one: Open) -> None:
        rows = "tomcat/tomcat.pem: Self-signed\r\na/b/c.pem: what is that\r\n"
        server.node.style.instead = {"show cert list own": rows, "show cert list trust": "nothing"}
        contents = open_one().contents()
        assert [(each.service, bool(each.certificate)) for each in contents.identities] == [
            ("tomcat", True),
            ("a", False),
        ]
        assert "a/b/c.pem: what is that" in contents.identities[1].why
        assert contents.trust == ()

    def test_contents_of_a_list_without_rows(self, server: SshServer, open_one: Open) -> None:
        server.node.style.instead = {"show cert list own": "Cannot read the certificates"}
        with pytest.raises(UnexpectedAnswer, match="lists no certificate of its own"):
            open_one().contents()

    def test_lost_and_read_again(self, server: SshServer, open_one: Open) -> None:
        server.node.hang_up_at = 6
        assert open_one().identity("CallManager") == SELF_SIGNED
        assert server.node.log_ons == 2

    def test_lost_again_and_again(self, server: SshServer, open_one: Open) -> None:
        class Always(Node):
            def checkpoint(self, name: str) -> None:
                self.hang_up_at = len(self.points) if name == "before show cert list own" else None
                super().checkpoint(name)

        server.node = Always(identities=server.node.identities)
        with pytest.raises(AnswerLost):
            open_one().services()
        assert server.node.log_ons == 2


class TestGenerate:
    @pytest.mark.parametrize("asks_ou", [False, True])
    @pytest.mark.parametrize(
        "words",
        [
            "Successfully Generated CSR  for {unit}",
            "Successfully Generated CSR for {unit}.",
            "\nSuccessfully generated CSR for {unit}.\n\n",
        ],
    )
    def test_a_csr(self, server: SshServer, open_one: Open, asks_ou: bool, words: str) -> None:
        server.node.style = Style(asks_ou=asks_ou, csr_made=words)
        assert open_one().generate_csr(NOTHING_ASKED) == CSRS[0]
        assert server.node.journal == ["set csr gen CallManager"]

    @pytest.mark.parametrize(
        ("asked", "option"),
        [
            ({"distribution": "multi-server"}, "distribution"),
            ({"common_name": CN}, "common_name"),
            ({"subject_alt_names": ("a.example.com",)}, "subject_alt_names"),
            ({"key_length": 2048}, "key_length"),
            ({"hash_algorithm": "sha256"}, "hash_algorithm"),
        ],
    )
    def test_what_cannot_be_asked_for(
        self, server: SshServer, open_one: Open, asked: dict[str, Any], option: str
    ) -> None:
        with pytest.raises(UnsupportedByRelease, match=r"Generate CSR.*transport: rest") as error:
            open_one().generate_csr(replace(NOTHING_ASKED, **asked))
        assert error.value.option == option
        assert error.value.reason == "unsupported_by_transport"
        assert server.node.log_ons == 0

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ("", "certificate_refused"),
            ("Error: could not generate CSR", "certificate_refused"),
            ("Successfully Generated CSR for tomcat", "certificate_refused"),
            ("No space left on device", "disk_full"),
            ("set csr gen is not allowed during upgrade", "not_allowed"),
            ("Executed command unsuccessfully", "certificate_refused"),
        ],
    )
    def test_no_success(self, server: SshServer, open_one: Open, words: str, reason: str) -> None:
        server.node.style.instead = {"set csr gen": words}
        with pytest.raises(CertificateRefused) as error:
            open_one().generate_csr(NOTHING_ASKED)
        assert error.value.reason == reason
        assert words in error.value.message
        assert "set csr gen CallManager" in error.value.details["transcript"]

    def test_a_success_without_a_csr(self, server: SshServer, open_one: Open) -> None:
        server.node.style.instead = {"set csr gen": "Successfully Generated CSR for CallManager"}
        with pytest.raises(UnexpectedAnswer, match="lists none"):
            open_one().generate_csr(NOTHING_ASKED)


class TestImport:
    def test_trust_one_at_a_time(self, server: SshServer, open_one: Open) -> None:
        open_one().import_trust("CallManager-ECDSA", [ROOT, ISSUING], None)
        assert server.node.trust["CallManager-trust"] == {
            "Example_Root_CA.pem": ROOT,
            "Example_Issuing_CA.pem": ISSUING,
        }
        assert server.node.journal == ["set cert import trust CallManager"] * 2

    def test_a_description_is_not_dropped(self, server: SshServer, open_one: Open) -> None:
        with pytest.raises(UnsupportedByRelease) as error:
            open_one().import_trust("CallManager", [ROOT], "of the peer")
        assert error.value.option == "description"
        assert server.node.log_ons == 0

    @pytest.mark.parametrize(
        "style",
        [
            Style(keystrokes=16),
            Style(keystrokes=7),
            Style(splits=3),
            Style(echo_paste=False),
            Style(echo_paste=False, newline="\n"),
            Style(paste_prompt="Paste the Certificate and Hit Enter :"),
            Style(blank_lines=1),
            Style(needs_end_of_file=True),
        ],
    )
    def test_ways_to_take_a_paste(
        self, server: SshServer, open_one: Open, style: Style, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shell, "PASTE_SILENCE", 0.2)
        monkeypatch.setattr(shell, "ECHO", 0.2)
        monkeypatch.setattr(shell, "PACE", 0.02)
        server.node.style = style
        open_one().import_trust("CallManager", [ROOT], None)
        assert server.node.trust["CallManager-trust"] == {"Example_Root_CA.pem": ROOT}

    def test_an_identity(self, server: SshServer, open_one: Open) -> None:
        server.node.trust["CallManager-trust"] = {"Example_Root_CA.pem": ROOT}
        store = open_one()
        leaf = leaf_for(store.generate_csr(NOTHING_ASKED))
        store.import_identity("CallManager", leaf, "Example_Root_CA.pem")
        assert store.identity("CallManager") == leaf
        assert store.pending_csr("CallManager") is None
        assert server.node.journal[-1] == "set cert import own CallManager"

    def test_a_node_that_wants_the_name_of_the_ca(self, server: SshServer, open_one: Open) -> None:
        server.node.style.wants_ca_file = True
        server.node.trust["CallManager-trust"] = {"Example_Root_CA.pem": ROOT}
        store = open_one()
        leaf = leaf_for(store.generate_csr(NOTHING_ASKED))
        with pytest.raises(CertificateRefused) as error:
            store.import_identity("CallManager", leaf)
        assert error.value.reason == "ca_not_trusted"
        store.import_identity("CallManager", leaf, "Example_Root_CA.pem")
        assert server.node.journal[-1] == "set cert import own CallManager Example_Root_CA.pem"

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ("CA Certificate is Not Available in the Trust-Store", "ca_not_trusted"),
            ("CSR Public Key and Certificate Public Key Do Not Match", "key_differs"),
            ("The disk is full", "disk_full"),
            ("Command not allowed", "not_allowed"),
            ("Please restart services", "certificate_refused"),
        ],
    )
    def test_refused(self, server: SshServer, open_one: Open, words: str, reason: str) -> None:
        server.node.style.instead = {"set cert import": words}
        with pytest.raises(CertificateRefused) as error:
            open_one().import_trust("CallManager", [ROOT], None)
        assert error.value.reason == reason
        assert words in error.value.message
        assert error.value.remedy


class TestDelete:
    ENTRY = TrustedCertificate("tomcat", "Example_Issuing_CA.pem", ISSUING)

    @pytest.mark.parametrize("question", [None, "Continue (y/n)?", "Do you want to delete it (yes|no)?"])
    @pytest.mark.parametrize("suffix", ["-trust", ""])
    def test_removed(self, server: SshServer, open_one: Open, question: str | None, suffix: str) -> None:
        server.node.style = Style(delete_question=question, delete_unit_suffix=suffix)
        open_one().delete_trust(self.ENTRY)
        assert server.node.trust["tomcat-trust"] == {}
        assert server.node.journal == [f"set cert delete tomcat{suffix} Example_Issuing_CA.pem"]

    @pytest.mark.parametrize("words", ["Done", "Executed command unsuccessfully"])
    def test_still_there(self, server: SshServer, open_one: Open, words: str) -> None:
        server.node.style.instead = {"set cert delete": words}
        with pytest.raises(CertificateRefused, match=words):
            open_one().delete_trust(self.ENTRY)
        assert server.node.trust["tomcat-trust"] != {}

    def test_an_entry_without_a_name(self, open_one: Open) -> None:
        with pytest.raises(CertificateRefused, match="no file name"):
            open_one().delete_trust(replace(self.ENTRY, file_name=None))


def call(
    server: SshServer, definition: ModuleDefinition, context: Context | None = None, **options: Any
) -> dict[str, Any]:
    """Run a module's function against the node, with the defaults of its argument spec."""
    params = {name: spec.get("default") for name, spec in definition.argument_spec.items()} | {
        "host": "127.0.0.1",
        "username": USERNAME,
        "password": PASSWORD,
        "transport": "cli",
        "ssh_port": server.port,
        "ssh_host_key": server.fingerprint,
        "timeout": 10,
        **options,
    }
    return definition.run(params, context or Context())


def cycle(server: SshServer) -> dict[str, Any]:
    """What the guide does with one node: look, trust, CSR, upload."""
    call(server, cucm_cert_info.DEFINITION, service="CallManager", kind=["identity"])
    call(server, cucm_cert_upload.DEFINITION, purpose="trust", certificate_content=ROOT)
    request = call(server, cucm_csr.DEFINITION, issuer=ROOT)
    if request["csr"] is None:
        return request
    leaf = leaf_for(request["csr"])
    return call(server, cucm_cert_upload.DEFINITION, purpose="identity", certificate_content=leaf)


class TestModules:
    def test_a_whole_cycle_and_again(self, server: SshServer) -> None:
        result = cycle(server)
        assert result["changed"] is True
        assert server.node.identities["CallManager"] == result["certificate"]["certificate"]
        assert server.node.journal == [
            "set cert import trust CallManager",
            "set csr gen CallManager",
            "set cert import own CallManager",
        ]
        assert server.node.log_ons == 4
        again = cycle(server)
        assert (again["changed"], again["status"]) == (False, "installed")
        assert len(server.node.journal) == 3

    def test_check_mode_changes_nothing_and_predicts(self, server: SshServer) -> None:
        context = Context(check_mode=True)
        result = call(server, cucm_csr.DEFINITION, context)
        assert (result["status"], result["csr"]) == ("generated", None)
        assert result["diff"]["after"]["pending_csr"]["key_length"] == "(as the node decides)"
        with pytest.raises(UnsupportedByRelease, match="asked for: key_length"):
            call(server, cucm_csr.DEFINITION, context, key_length=4096)
        assert call(server, cucm_cert_upload.DEFINITION, context, purpose="trust", certificate_content=ROOT)[
            "changed"
        ]
        assert server.node.journal == []

    @pytest.mark.parametrize(
        ("definition", "options", "command"),
        [
            (cucm_csr.DEFINITION, {}, "set csr gen CallManager"),
            (cucm_cert_info.DEFINITION, {}, "show cert list trust"),
            (
                cucm_cert_upload.DEFINITION,
                {"purpose": "trust", "certificate_content": ROOT},
                "set cert import trust CallManager",
            ),
        ],
    )
    def test_the_dialogue_on_request(
        self, server: SshServer, definition: ModuleDefinition, options: dict[str, Any], command: str
    ) -> None:
        assert "transcript" not in call(server, definition, Context(check_mode=True), **options)
        transcript = call(server, definition, return_transcript=True, **options)["transcript"]
        assert f"admin:{command}" in transcript
        assert PASSWORD not in transcript

    def test_no_dialogue_where_nothing_was_asked(self, server: SshServer) -> None:
        options = {"purpose": "identity", "return_transcript": True}
        result = call(server, cucm_cert_upload.DEFINITION, Context(check_mode=True), **options)
        assert result["transcript"] is None
        assert server.node.log_ons == 0

    def test_a_csr_of_the_administration_page_is_taken(self, server: SshServer) -> None:
        server.node.csrs["CallManager"] = made.pem(
            made.csr(size=3072, names=("a.example.com",), key_label="gui")
        )
        result = call(server, cucm_csr.DEFINITION, key_length=3072, subject_alt_names=["a.example.com"])
        assert (result["status"], result["changed"]) == ("pending", False)

    def test_what_the_node_makes_of_an_open_request_is_taken(self, server: SshServer) -> None:
        weak = made.pem(made.csr(size=1024, key_label="weak"))
        server.node.make_csr = lambda _unit: weak
        result = call(server, cucm_csr.DEFINITION)
        assert (result["csr"], result["csr_details"]["public_key"]["size"]) == (weak, 1024)
        assert call(server, cucm_csr.DEFINITION)["status"] == "pending"

    def test_a_certificate_is_removed_from_trust(self, server: SshServer) -> None:
        options = {"service": "tomcat", "purpose": "trust", "certificate_content": ISSUING, "state": "absent"}
        assert call(server, cucm_cert_upload.DEFINITION, **options)["changed"] is True
        assert call(server, cucm_cert_upload.DEFINITION, **options)["changed"] is False

    def test_another_administrator_makes_a_csr_in_between(self, server: SshServer) -> None:
        """The certificate of the first CSR is refused before it is sent, and the second CSR survives."""
        call(server, cucm_cert_upload.DEFINITION, purpose="trust", certificate_content=ROOT)
        request = call(server, cucm_csr.DEFINITION)
        server.node.csrs["CallManager"] = CSRS[5]
        journal = list(server.node.journal)
        with pytest.raises(CucmError, match="another key than the CSR") as error:
            call(
                server,
                cucm_cert_upload.DEFINITION,
                purpose="identity",
                certificate_content=leaf_for(request["csr"]),
            )
        assert error.value.reason == "key_differs"
        assert server.node.journal == journal
        assert call(server, cucm_csr.DEFINITION)["csr"] == CSRS[5]

    def test_another_administrator_is_faster(self, server: SshServer) -> None:
        """Between the judgement and the upload: the node says no, and that is what is said."""
        call(server, cucm_cert_upload.DEFINITION, purpose="trust", certificate_content=ROOT)
        leaf = leaf_for(call(server, cucm_csr.DEFINITION)["csr"])

        def meanwhile(command: str) -> None:
            if command.startswith("set cert import own"):
                server.node.csrs["CallManager"] = CSRS[5]

        server.node.meanwhile = meanwhile
        with pytest.raises(CertificateRefused, match="Do Not Match") as error:
            call(server, cucm_cert_upload.DEFINITION, purpose="identity", certificate_content=leaf)
        assert error.value.reason == "key_differs"
        assert server.node.identities["CallManager"] == SELF_SIGNED

    def test_a_success_that_is_none(self, server: SshServer) -> None:
        server.node.style.instead = {"set cert import": "Successfully imported certificate for CallManager."}
        with pytest.raises(CertificateRefused, match="trust store lacks"):
            call(server, cucm_cert_upload.DEFINITION, purpose="trust", certificate_content=ROOT)

    def test_a_wrong_password_is_tried_once(self, server: SshServer) -> None:
        for definition in (cucm_cert_info.DEFINITION, cucm_csr.DEFINITION):
            server.node.passwords = 0
            with pytest.raises(AuthenticationFailed):
                call(server, definition, password="wrong-password-1")
            assert server.node.passwords == 1


def _points_of_the_cycle() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shell, "SETTLE", 0.01)
        with SshServer(node_of(style=Style(asks_ou=True))) as server:
            cycle(server)
            return server.node.points


POINTS = _points_of_the_cycle()


def _in_every_run(number: int) -> bool:
    """Every step that writes, and each fifth of those that read or type."""
    label = POINTS[number]
    writes = ("is made", "the import", "paste", "set csr", "set cert")
    return number % 5 == 0 or any(words in label for words in writes)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(
            number,
            id=f"{number}-{label}",
            marks=[] if _in_every_run(number) else [pytest.mark.long],  # its neighbours are run
        )
        for number, label in enumerate(POINTS)
    ],
)
def test_the_cycle_survives_a_hang_up_anywhere(server: SshServer, point: int) -> None:
    """Before or after any step takes effect: the task goes on, or the next run finishes the work.

    Whatever happens, nothing is done twice that would do harm: the installed certificate is that of
    the CSR that was made last.
    """
    server.node.style = Style(asks_ou=True)
    server.node.hang_up_at = point
    try:
        result = cycle(server)
    except (HungUp, AnswerLost):
        result = cycle(server)
    assert server.node.points[point] == POINTS[point]
    assert server.node.identities["CallManager"] != SELF_SIGNED
    assert "CallManager" not in server.node.csrs
    assert server.node.journal.count("set cert import own CallManager") == 1
    assert server.node.journal.count("set csr gen CallManager") <= 2
    assert result["certificate"]["self_signed"] is False
    assert cycle(server)["changed"] is False


def test_a_write_whose_answer_was_lost_is_looked_for(server: SshServer, open_one: Open) -> None:
    """write_and_confirm over a lost session: a new log-on finds what the first has done."""
    store = open_one()
    store.services()

    def lose(command: str) -> None:
        if command.startswith("set cert import") and server.node.log_ons == 1:
            steps = [f"before {command}", "paste", "before the import", "after the import"]
            server.node.hang_up_at = len(server.node.points) + steps.index("after the import")

    server.node.meanwhile = lose
    found = write_and_confirm(
        lambda: store.import_trust("CallManager", [ROOT], None), lambda: store.trust("CallManager") or None
    )
    assert found is not None
    assert server.node.journal == ["set cert import trust CallManager"]
    assert server.node.log_ons == 2


class TestTransport:
    def params(self, server: SshServer | None, **changes: Any) -> dict[str, Any]:
        return {
            **CONNECTION,
            "transport": "auto",
            "ssh_port": server.port if server else 22,
            "ssh_host_key": server.fingerprint if server else None,
            "ssh_known_hosts": None,
            "ssh_allow_legacy_algorithms": False,
            **changes,
        }

    @pytest.fixture(name="wire")
    def _wire(self, monkeypatch: pytest.MonkeyPatch) -> Wire:
        return plug_in(monkeypatch)

    def test_rest_where_the_node_has_it(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed()))
        with open_store(self.params(None)) as store:
            assert isinstance(store, RestCertificateStore)
            assert store.services() == ["CallManager"]
        assert len(wire.sent) == 1

    @pytest.mark.parametrize("kind", ["text/html", "application/json"])
    def test_the_command_line_where_the_node_has_no_rest(
        self, wire: Wire, server: SshServer, kind: str
    ) -> None:
        wire.raw(b"<html></html>" if "html" in kind else b'{"messages": []}', kind, 404)
        options = {"host": "127.0.0.1", "username": USERNAME, "password": PASSWORD}
        with open_store(self.params(server, **options)) as store:
            assert isinstance(store, CliCertificateStore)
            assert "CallManager" in store.services()
        assert len(wire.sent) == 1

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, AuthenticationFailed), (403, CucmError), (500, CertificateRefused), (503, CucmError)],
    )
    def test_no_command_line_for_another_reason(
        self, wire: Wire, server: SshServer, status: int, kind: type[CucmError]
    ) -> None:
        for _turn in range(5):
            wire.raw(b"{}", "application/json", status)
        with (
            pytest.raises(kind),
            open_store(self.params(server, host="127.0.0.1", username=USERNAME, password=PASSWORD)),
        ):
            pass
        assert (server.node.log_ons, server.node.passwords) == (0, 0)

    def test_no_command_line_when_https_is_down(
        self, server: SshServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ansible_collections.ucops.cucm.plugins.module_utils._common import http

        monkeypatch.setattr(http, "BACK_OFF", ())
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        params = self.params(server, host="127.0.0.1", port=port, username=USERNAME, password=PASSWORD)
        with pytest.raises(HostUnreachable), open_store(params):
            pass
        assert server.node.passwords == 0

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
    @pytest.mark.parametrize("trusted", [True, False])
    def test_https_of_yesterday(self, server: SshServer, tmp_path: Path, trusted: bool) -> None:
        """TLS 1.0 leads to the command line; a certificate that is not trusted does not."""
        chain = tls_server.certificate("node.example.com", names=["127.0.0.1"]).write(tmp_path, "node")

        def old(context: ssl.SSLContext) -> None:
            if trusted:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1

        with TlsServer(chain, configure=old) as web:
            params = self.params(
                server,
                host="127.0.0.1",
                port=web.port,
                username=USERNAME,
                password=PASSWORD,
                validate_certs=True,
            )
            if trusted:
                with open_store(params) as store:
                    assert isinstance(store, CliCertificateStore)
                    assert store.identity("CallManager") == SELF_SIGNED
            else:
                with pytest.raises(UntrustedServer), open_store(params):
                    pass
                assert server.node.passwords == 0

    def test_opening_the_command_line_sends_nothing(self, server: SshServer) -> None:
        with open_store(self.params(server, transport="cli")) as store:
            assert isinstance(store, CliCertificateStore)
        assert server.node.log_ons == 0

    def test_options_are_checked_at_once(self, server: SshServer) -> None:
        with pytest.raises(InvalidOption), open_store(self.params(server, transport="cli", ssh_host_key="x")):
            pass

    @pytest.mark.parametrize(
        "option", ["transport", "ssh_port", "ssh_host_key", "ssh_known_hosts", "ssh_allow_legacy_algorithms"]
    )
    def test_every_option_has_an_environment_variable(self, option: str) -> None:
        assert CERTIFICATE_ARGUMENTS[option]["fallback"][1] == [f"CUCM_{option.upper()}"]
