# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_packet_capture over real SSH and TLS: what comes home, and that nothing stays on the node."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
    TimedOut,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_packet_capture import (
    DEFINITION,
    READY_MARK,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture, shell, ssh
from ansible_collections.ucops.cucm.plugins.module_utils._platform.capture_texts import file_name
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    CommandRefused,
    CommandUnfinished,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import log_collection
from ansible_collections.ucops.cucm.tests.support import log_answers
from ansible_collections.ucops.cucm.tests.support.capturing_node import (
    LINE,
    CapturingNode,
    CapturingServer,
    capture_file,
    files_over_https,
)
from ansible_collections.ucops.cucm.tests.support.ssh_server import PASSWORD, USERNAME, Style
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, answer, certificate

HTTPS_PASSWORD = "https-secret"
SFTP_PASSWORD = "sftp-secret"
NAME = r"ucops\d{14}[0-9a-f]{8}"


@pytest.fixture(scope="module", name="identity")
def _identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    made = certificate("node")
    return made.write(tmp_path_factory.mktemp("certificates"), "node"), made.fingerprint


@pytest.fixture(name="server")
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturingServer]:
    monkeypatch.setattr(shell, "SETTLE", 0.01)
    monkeypatch.setattr(shell, "AFTER_CTRL_C", 0.05)
    monkeypatch.setattr(capture, "START_SILENCE", 0.05)
    monkeypatch.setattr(http, "BACK_OFF", ())
    with CapturingServer() as server:
        yield server


@pytest.fixture(name="web")
def _web(server: CapturingServer, identity: tuple[Path, str]) -> Iterator[TlsServer]:
    with TlsServer(identity[0]) as web:
        web.script = [files_over_https(server.node, web)]
        yield web


@pytest.fixture(name="local")
def _local(tmp_path: Path) -> Path:
    (tmp_path / "local").mkdir()
    return tmp_path / "local"


@pytest.fixture(name="asked")
def _asked(
    server: CapturingServer, web: TlsServer, identity: tuple[Path, str], local: Path
) -> dict[str, Any]:
    """Options with which a capture ends by its count of packets and is fetched over HTTPS."""
    return {
        "host": "127.0.0.1",
        "port": web.port,
        "tls_fingerprint": identity[1],
        "ssh_port": server.port,
        "ssh_host_key": server.fingerprint,
        "username": USERNAME,
        "password": PASSWORD,
        "serviceability_username": "axluser",
        "serviceability_password": HTTPS_PASSWORD,
        "timeout": 30,
        "count": 3,
        "dest": str(local / "packets.cap"),
        "ready_path": str(local / "running"),
    }


@pytest.fixture(name="sftp")
def _sftp(server: CapturingServer, tmp_path: Path) -> dict[str, Any]:
    """Options of an SFTP server whose root is a directory here."""
    server.node.sftp_root = tmp_path / "sftp"
    (tmp_path / "sftp" / "captures").mkdir(parents=True)
    return {
        "host": "192.0.2.20",
        "username": "collector",
        "password": SFTP_PASSWORD,
        "directory": "/captures",
        "local_directory": str(tmp_path / "sftp" / "captures"),
    }


def validated(asked: dict[str, Any]) -> dict[str, Any]:
    validator = ArgumentSpecValidator(dict(DEFINITION.argument_spec), **DEFINITION.rules())
    validation = validator.validate(asked)
    assert validation.error_messages == []
    return dict(validation.validated_parameters)


def run(asked: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
    context = context or Context()
    result = DEFINITION.run(validated(asked), context)
    shown = json.dumps([result, context.warnings])
    assert not [secret for secret in (PASSWORD, HTTPS_PASSWORD, SFTP_PASSWORD) if secret in shown]
    return result


def fails(kind: type[BaseException], asked: dict[str, Any], context: Context | None = None) -> Any:
    with pytest.raises(kind) as error:
        run(asked, context)
    if isinstance(error.value, CucmError):
        shown = json.dumps(error.value.as_result())
        assert not [secret for secret in (PASSWORD, HTTPS_PASSWORD, SFTP_PASSWORD) if secret in shown]
    return error.value


def captures(node: CapturingNode) -> list[str]:
    return [command for command in node.commands if command.startswith("utils network capture")]


class TestFile:
    def test_over_https(self, server: CapturingServer, web: TlsServer, asked: dict[str, Any]) -> None:
        context = Context()
        result = run(asked, context)
        dest = Path(asked["dest"])
        assert dest.read_bytes() == capture_file(3)
        assert stat.S_IMODE(dest.stat().st_mode) == 0o600
        path = re.fullmatch(rf"/var/log/active/platform/cli/({NAME})\.cap", result["node_path"])
        assert path
        assert result == {
            "changed": False,
            "command": f"utils network capture eth0 file {path[1]} count 3 size all port 5061",
            "path": str(dest),
            "bytes": 24 + 3 * 76,
            "packets": 3,
            "lines": [],
            "node_path": result["node_path"],
            "deleted": True,
            "fetched_by": "https",
            "ended_by": "count",
            "deleted_leftovers": [],
            "waited": result["waited"],
            "would_do": [],
        }
        assert captures(server.node) == [result["command"]]
        assert server.node.files == {}
        assert server.node.interrupted == 0
        assert server.node.log_ons == 1
        assert context.warnings == []
        assert list(dest.parent.iterdir()) == [dest]
        assert [log_answers.asked(request) for request in web.requests] == [
            "listNodeServiceLogs",
            result["node_path"],
        ]

    def test_by_its_duration(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        began = time.monotonic()
        result = run({**asked, "count": 100, "duration": 1})
        assert time.monotonic() - began >= 1
        assert (result["ended_by"], result["packets"]) == ("duration", 3)
        assert server.node.interrupted == 1
        assert server.node.files == {}

    def test_the_command(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        run({**asked, "interface": "eth1", "capture_port": 5062, "address": "2001:DB8::1"})
        run({**asked, "capture_port": 0})
        first, second = captures(server.node)
        assert re.fullmatch(
            rf"utils network capture eth1 file {NAME} count 3 size all port 5062 host all 2001:db8::1", first
        )
        assert re.fullmatch(rf"utils network capture eth0 file {NAME} count 3 size all", second)

    def test_the_file_of_readiness(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        ready, seen = Path(asked["ready_path"]), []
        checkpoint = server.node.checkpoint

        def note(name: str) -> None:
            seen.append((name, ready.exists()))
            checkpoint(name)

        server.node.checkpoint = note  # type: ignore[method-assign]
        ready.write_text(f"{READY_MARK}of a run that was killed\n")
        attend = shell.Shell.attend
        while_running: list[str] = []

        def watched(self: shell.Shell, seconds: float, until: str | None = None) -> str | None:
            if seconds == 1:
                while_running.append(ready.read_text())
                assert stat.S_IMODE(ready.stat().st_mode) == 0o600
            return attend(self, seconds, until)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shell.Shell, "attend", watched)
            result = run({**asked, "count": 100, "duration": 1})
        assert while_running == [f"{READY_MARK}{result['node_path']}\n"]
        assert ("capturing", False) in seen
        assert not ready.exists()

    def test_it_stays_when_that_is_wanted(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        result = run({**asked, "keep_on_node": True})
        assert result["deleted"] is False
        assert list(server.node.files) == [result["node_path"].rpartition("/")[2]]

    def test_an_empty_capture(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        server.node.packets = 0
        result = run({**asked, "duration": 1})
        assert (result["packets"], result["bytes"]) == (0, 24)

    @pytest.mark.parametrize(
        "question",
        [
            None,
            ('Enter "y" followed by return to continue: ', "y"),
            ("Delete the file (y/n)? ", "y"),
            ("Are you sure [y/n]:", "y"),
            ("Do you want to delete it (yes|no)? ", "yes"),
            ("Sure (yes/no)?", "yes"),
        ],
    )
    def test_however_it_asks_before_it_deletes(
        self, server: CapturingServer, asked: dict[str, Any], question: tuple[str, str] | None
    ) -> None:
        server.node.delete_question = question
        assert run(asked)["deleted"] is True
        assert server.node.files == {}

    def test_a_file_that_cannot_be_deleted(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        server.node.deletes = False
        context = Context()
        result = run(asked, context)
        assert result["deleted"] is False
        name = result["node_path"].rpartition("/")[2]
        assert f"by hand: file delete activelog platform/cli/{name}" in context.warnings[0]

    @pytest.mark.parametrize("deletes", [True, False])
    def test_a_node_that_does_not_list(
        self, server: CapturingServer, asked: dict[str, Any], deletes: bool
    ) -> None:
        server.node.lists = False
        if not deletes:
            server.node.style = Style(instead={"file delete": "Executed command unsuccessfully"})
        assert run(asked)["deleted"] is deletes


class TestLeftOver:
    def test_what_killed_runs_left_is_deleted(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        old = f"{file_name(now - timedelta(minutes=61), 'c0ffee42')}.cap"
        foreign = {
            f"{file_name(now - timedelta(minutes=59), 'c0ffee42')}.cap": b"of a run that is on",
            "packets.cap": b"of somebody",
            f"x{old}": b"of somebody",
            f"{old}0": b"of somebody",
            "ucops99999999999999c0ffee42.cap": b"no moment",
        }
        server.node.files = {old: b"", **foreign}
        assert run(asked)["deleted_leftovers"] == [old]
        assert server.node.files == foreign


class TestScreen:
    def test_lines(self, server: CapturingServer, web: TlsServer, asked: dict[str, Any]) -> None:
        asked = {name: value for name, value in asked.items() if not name.startswith("serviceability")}
        result = run({**asked, "dest": None, "to_screen": True})
        assert result["lines"] == [LINE] * 3
        assert (result["packets"], result["path"], result["node_path"]) == (3, None, None)
        assert result["command"] == "utils network capture eth0 count 3 port 5061"
        assert web.requests == []
        assert not [command for command in server.node.commands if command.startswith("file delete")]

    def test_by_its_duration(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        result = run({**asked, "to_screen": True, "count": 10, "duration": 1})
        assert result["lines"] == [LINE] * 3
        assert result["ended_by"] == "duration"
        assert not Path(asked["dest"]).exists()


class TestCheckMode:
    def test_nothing_is_asked(
        self,
        server: CapturingServer,
        web: TlsServer,
        asked: dict[str, Any],
        sftp: dict[str, Any],
        local: Path,
    ) -> None:
        result = run({**asked, "sftp": sftp}, Context(check_mode=True))
        command, fetch, delete = result["would_do"]
        assert re.fullmatch(
            rf"utils network capture eth0 file {NAME} count 3 .* \(for 30 s at most\)", command
        )
        assert re.fullmatch(rf"fetch \S+/{NAME}\.cap to {asked['dest']} \(https, else sftp\)", fetch)
        assert re.fullmatch(rf"file delete activelog platform/cli/{NAME}\.cap", delete)
        assert (result["packets"], result["path"], result["changed"]) == (None, None, False)
        result = run({**asked, "to_screen": True}, Context(check_mode=True))
        assert len(result["would_do"]) == 1
        assert (server.node.log_ons, web.connections, list(local.iterdir())) == (0, 0, [])


class TestFetch:
    def test_by_sftp(
        self, server: CapturingServer, web: TlsServer, asked: dict[str, Any], sftp: dict[str, Any]
    ) -> None:
        result = run({**asked, "sftp": sftp, "fetch": "sftp"})
        assert (result["fetched_by"], result["packets"], result["deleted"]) == ("sftp", 3, True)
        assert Path(asked["dest"]).read_bytes() == capture_file(3)
        assert stat.S_IMODE(Path(asked["dest"]).stat().st_mode) == 0o600
        assert server.node.answers[:7] == [
            *("y", "192.0.2.20", "22", "collector", SFTP_PASSWORD, "/captures", "yes")
        ]
        assert web.connections == 0
        assert [path for path in Path(sftp["local_directory"]).rglob("*") if path.is_file()] == []

    def test_by_sftp_where_https_is_refused(
        self, server: CapturingServer, web: TlsServer, asked: dict[str, Any], sftp: dict[str, Any]
    ) -> None:
        web.script = [answer(403, b"no")]
        context = Context()
        assert run({**asked, "sftp": sftp}, context)["fetched_by"] == "sftp"
        assert "by sftp, since https failed" in context.warnings[0]
        assert "Standard RealtimeAndTraceCollection" in context.warnings[0]

    def test_by_sftp_where_the_download_fails(
        self, server: CapturingServer, web: TlsServer, asked: dict[str, Any], sftp: dict[str, Any]
    ) -> None:
        web.script = [log_answers.services(), log_answers.fault("Out of order")]
        context = Context()
        assert run({**asked, "sftp": sftp}, context)["fetched_by"] == "sftp"
        assert "Out of order" in context.warnings[0]

    def test_a_listing_that_is_out_of_order_is_no_obstacle(
        self, server: CapturingServer, web: TlsServer, asked: dict[str, Any]
    ) -> None:
        web.script = [log_answers.fault("The service is not running"), files_over_https(server.node, web)]
        assert run(asked)["fetched_by"] == "https"

    @pytest.mark.parametrize(
        ("status", "kind", "words"),
        [
            (401, AuthenticationFailed, "not the OS administrator"),
            (403, PermissionDenied, "Standard RealtimeAndTraceCollection"),
        ],
    )
    def test_a_wrong_account_is_known_before_the_capture(
        self,
        server: CapturingServer,
        web: TlsServer,
        asked: dict[str, Any],
        status: int,
        kind: type[CucmError],
        words: str,
    ) -> None:
        web.script = [answer(status, b"no")]
        error = fails(kind, asked)
        assert words in error.message
        assert "serviceability_username" in error.message
        assert server.node.log_ons == 0

    def test_a_download_that_fails(
        self,
        server: CapturingServer,
        web: TlsServer,
        asked: dict[str, Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(log_collection, "FILE_WAIT", 0.0)
        web.script = [log_answers.services(), log_answers.fault("Out of order")]
        error = fails(CucmError, asked)
        assert error.reason == "serviceability_fault"
        assert error.details["deleted"] is True
        assert re.search(NAME, error.details["node_path"])
        assert server.node.files == {}
        assert not Path(asked["dest"]).exists()

    def test_what_is_fetched_is_no_capture(
        self, server: CapturingServer, web: TlsServer, asked: dict[str, Any]
    ) -> None:
        web.script = [log_answers.services(), log_answers.file(b"<html>")]
        error = fails(CucmError, asked)
        assert error.reason == "capture_unreadable"
        assert server.node.files == {}

    @pytest.mark.parametrize(
        "words", ["Authentication failed for the SFTP server", "Executed command unsuccessfully", ""]
    )
    def test_an_sftp_server_that_refuses(
        self, server: CapturingServer, asked: dict[str, Any], sftp: dict[str, Any], words: str
    ) -> None:
        server.node.sent_words = words
        error = fails(capture.NotSent, {**asked, "sftp": sftp, "fetch": "sftp"})
        assert words in error.message
        assert error.option == "sftp"
        assert server.node.files == {}

    def test_a_local_directory_that_is_another(
        self, server: CapturingServer, asked: dict[str, Any], sftp: dict[str, Any], local: Path
    ) -> None:
        error = fails(
            InvalidOption, {**asked, "sftp": {**sftp, "local_directory": str(local)}, "fetch": "sftp"}
        )
        assert error.option == "sftp.local_directory"
        assert error.reason == "file_not_found"
        assert server.node.files == {}


class TestOptions:
    @pytest.mark.parametrize(
        ("changes", "option"),
        [
            ({"count": 0}, "count"),
            ({"count": 100_001}, "count"),
            ({"count": 10_001, "to_screen": True}, "count"),
            ({"duration": 0}, "duration"),
            ({"duration": 601}, "duration"),
            ({"capture_port": -1}, "capture_port"),
            ({"capture_port": 65_536}, "capture_port"),
            ({"interface": "eth0; reboot"}, "interface"),
            ({"interface": "ETH0"}, "interface"),
            ({"address": "cucm10.example.com"}, "address"),
            ({"dest": "/nowhere/packets.cap"}, "dest"),
            ({"dest": "/"}, "dest"),
            ({"ready_path": "/nowhere/running"}, "ready_path"),
            ({"ready_path": __file__}, "ready_path"),
            ({"fetch": "sftp"}, "sftp"),
            (
                {"serviceability_username": None, "serviceability_password": None},
                "serviceability_username or sftp",
            ),
            (
                {"serviceability_username": None, "serviceability_password": None, "fetch": "https"},
                "serviceability_username",
            ),
            ({"serviceability_username": "a:b"}, "serviceability_username"),
            ({"sftp": {"local_directory": "/nowhere"}}, "sftp.local_directory"),
            ({"sftp": {"port": 0}}, "sftp.port"),
            ({"sftp": {"directory": "a\nb"}}, "sftp.directory"),
            ({"sftp": {"password": ""}}, "sftp.password"),
            ({"ssh_port": 0}, "ssh_port"),
        ],
    )
    def test_what_can_never_work(
        self,
        server: CapturingServer,
        web: TlsServer,
        asked: dict[str, Any],
        sftp: dict[str, Any],
        changes: dict[str, Any],
        option: str,
    ) -> None:
        """It is refused before anything is asked, in check mode too, unless a task before may make it right."""
        made_before = "/nowhere" in str(changes)
        if "sftp" in changes:
            changes = {"sftp": {**sftp, **changes["sftp"]}}
        if made_before:
            assert run({**asked, **changes}, Context(check_mode=True))["would_do"]
        for check_mode in (False,) if made_before else (False, True):
            error = fails(InvalidOption, {**asked, **changes}, Context(check_mode=check_mode))
            assert error.option == option
            assert error.remedy
        assert (server.node.log_ons, web.connections) == (0, 0)
        assert Path(__file__).exists()


class TestBroken:
    def test_a_capture_that_is_refused(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        server.node.style = Style(instead={"utils network": "Executed command unsuccessfully"})
        error = fails(CommandRefused, asked)
        assert "privilege level 1" in error.message
        assert error.details["deleted"] is True
        assert not Path(asked["ready_path"]).exists()

    def test_a_node_that_does_not_say_that_it_captures(
        self, server: CapturingServer, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(capture, "START", 0.2)
        server.node.head = "Something else\n"
        error = fails(TimedOut, {**asked, "count": 100})
        assert error.reason == "capture_not_started"
        assert "Something else" in error.details["transcript"]
        assert server.node.interrupted == 1
        assert server.node.files == {}

    def test_a_session_that_breaks(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        """The file is deleted in a session of its own."""
        run(asked)
        lost_at = server.node.points.index("capturing")
        server.node.points.clear()
        server.node.hang_up_at = lost_at
        error = fails(CommandUnfinished, {**asked, "count": 100})
        assert error.details["deleted"] is True
        assert server.node.files == {}
        assert not Path(asked["ready_path"]).exists()

    def test_a_node_that_is_gone_for_good(self, server: CapturingServer, asked: dict[str, Any]) -> None:
        checkpoint = server.node.checkpoint

        def gone(name: str) -> None:
            if name == "capturing":
                server.node.hang_up_at = len(server.node.points)
                server.methods = ()
            checkpoint(name)

        server.node.checkpoint = gone  # type: ignore[method-assign]
        context = Context()
        error = fails(CommandUnfinished, {**asked, "count": 100}, context)
        assert error.details["deleted"] is False
        assert "may still be on the node" in context.warnings[0]

    def test_interrupted_anywhere(
        self, server: CapturingServer, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """KeyboardInterrupt at one wait for the node after another: nothing is left, here or there."""
        read, reads, strike, begun = ssh.SshTerminal.read, 0, 1, 0

        def struck(self: ssh.SshTerminal, timeout: float) -> bytes:
            nonlocal reads
            reads += 1
            if reads == strike:
                raise KeyboardInterrupt
            return read(self, timeout)

        monkeypatch.setattr(ssh.SshTerminal, "read", struck)
        while strike:
            reads = 0
            server.node.commands.clear()
            try:
                run(asked)
            except KeyboardInterrupt:
                strike += 3
            else:
                strike = 0  # a whole run has fewer waits
            begun += bool(captures(server.node))
            assert server.node.files == {}, strike
            assert not server.node.capturing.is_set(), strike
            assert not Path(asked["ready_path"]).exists(), strike
        assert begun > 1

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_told_to_end(
        self, server: CapturingServer, asked: dict[str, Any], number: signal.Signals, local: Path
    ) -> None:
        """A process of its own, as Ansible ends it: it cleans up, and then dies by that signal."""
        script = (
            "import json, signal, sys\n"
            "from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context\n"
            "from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_packet_capture import DEFINITION\n"
            # Under nohup the tests ignore SIGHUP, and so would their children.
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            "DEFINITION.execute(json.load(sys.stdin), Context())\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin
            process.stdin.write(json.dumps(validated({**asked, "count": 100, "duration": 60})))
            process.stdin.close()
            try:
                deadline = time.monotonic() + 600
                while not Path(asked["ready_path"]).exists():
                    assert time.monotonic() < deadline
                    assert process.poll() is None
                    time.sleep(0.02)
                assert server.node.capturing.is_set()
                process.send_signal(number)
                assert process.wait(60) == -number
            finally:
                process.kill()
        assert server.node.interrupted == 1
        assert server.node.files == {}
        assert list(local.iterdir()) == []
