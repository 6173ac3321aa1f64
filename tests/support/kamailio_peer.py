# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kamailio as the SIP peer of a cluster, with a telephone behind it. Both run on loopback.

Kamailio runs with the configuration that the collection hands over, unchanged; its sizes are set on the command line.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Daemons lie where only root's PATH may lead.
_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
PROGRAM = shutil.which("kamailio", path=_PATH)
CONTROL = shutil.which("kamcmd", path=_PATH)
HAS_TLS = any(Path("/usr/lib").glob("*/kamailio/modules/tls.so"))
MISSING = "Kamailio with TLS is not installed (Debian: kamailio kamailio-tls-modules)"
INSTALLED = PROGRAM is not None and CONTROL is not None and HAS_TLS
#: Seconds; for what hangs, not for what is slow.
_PATIENCE = 300


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of loopback that is free."""
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check(configuration: Path) -> str:
    """What `kamailio -c` says of a configuration that it does not accept; empty when it does."""
    assert PROGRAM is not None
    done = subprocess.run(
        (PROGRAM, "-c", "-f", configuration),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    wrong = [line for line in done.stdout.splitlines() if re.search("CRITICAL|ERROR|WARNING", line)]
    return done.stdout if done.returncode or wrong else ""


@dataclass
class KamailioPeer:
    """A running Kamailio. `directory` has its configuration, its log and its control socket."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """Its log so far."""
        return (self.directory / "kamailio.log").read_text(encoding="utf-8", errors="replace")

    def command(self, *words: str) -> str:
        """What kamcmd answers."""
        assert CONTROL is not None
        done = subprocess.run(
            (CONTROL, "-s", f"unixs:{self.directory / 'run' / 'kamailio_ctl'}", *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return done.stdout

    def destinations(self) -> dict[str, str]:
        """Each node that it pings, with its flags: A active or I inactive, P probed."""
        listed = self.command("dispatcher.list")
        return dict(re.findall(r"URI: sip:([^;\s]+)\S*\s+FLAGS: (\w+)", listed))

    def wait_for_flags(self, wanted: str) -> dict[str, str]:
        """Wait until all nodes have these flags; returns what they have."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            seen = self.destinations()
            if seen and set(seen.values()) == {wanted}:
                return seen
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"{seen} in place of {wanted}:\n{self.log[-4000:]}")
            time.sleep(0.1)

    def wait_for_log(self, pattern: str) -> str:
        """Wait for a line of its log; returns what matched."""
        deadline = time.monotonic() + _PATIENCE
        while (found := re.search(pattern, self.log)) is None:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"no {pattern!r} in the log:\n{self.log[-4000:]}")
            time.sleep(0.05)
        return found[0]


@contextmanager
def kamailio_peer(configuration: Path, port: int) -> Iterator[KamailioPeer]:
    """Run Kamailio with a configuration that listens on that port of 127.0.0.1."""
    assert PROGRAM is not None
    directory = configuration.parent
    (directory / "run").mkdir(exist_ok=True)
    with (directory / "kamailio.log").open("wb") as log:
        # In the foreground, with its log on the screen, and as small as it gets.
        process = subprocess.Popen(
            (
                PROGRAM,
                "-DD",
                "-E",
                "-n",
                "1",
                "-N",
                "2",
                "-m",
                "32",
                "-M",
                "4",
                "-Y",
                directory / "run",
                "-f",
                configuration,
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    peer = KamailioPeer(directory, port, process)
    try:
        _wait_for_port(peer)
        yield peer
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own
            process.wait(10)


def _wait_for_port(peer: KamailioPeer) -> None:
    deadline = time.monotonic() + _PATIENCE
    while peer.process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", peer.port), 1).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"Kamailio did not start:\n{peer.log[-4000:]}")


@dataclass
class Message:
    """A SIP message: start line, headers in their order, body."""

    start: str
    headers: list[tuple[str, str]]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Message:
        """Read a datagram."""
        head, _blank, body = data.decode().partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, [(name.strip(), value.strip()) for name, _colon, value in pairs], body)

    def all(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        """The first value of a header, or empty text."""
        return next(iter(self.all(name)), "")

    @property
    def status(self) -> int:
        """The status of an answer; 0 of a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or the one that an answer is to."""
        return self.one("CSeq").split()[-1]

    def encoded(self) -> bytes:
        """The datagram."""
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", self.body]).encode()


@dataclass
class Telephone:
    """A telephone over UDP: answers every call, and calls through Kamailio. `seen` are the requests that came."""

    udp: socket.socket
    kamailio: tuple[str, int]
    seen: list[Message] = field(default_factory=list)
    _answers: dict[str, list[Message]] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.udp.getsockname()[1]
        return port

    @property
    def _sdp(self) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            "m=audio 30000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    def listen(self) -> None:
        """Take datagrams until the socket is closed."""
        while True:
            try:
                data, source = self.udp.recvfrom(65535)
            except OSError:
                return
            if not data.strip():
                continue
            message = Message.parse(data)
            with self._changed:
                if message.status:
                    self._answers.setdefault(message.one("Call-ID"), []).append(message)
                else:
                    self.seen.append(message)
                self._changed.notify_all()
            if not message.status and message.method != "ACK":
                self._answer(message, source)

    def _answer(self, request: Message, source: tuple[str, int]) -> None:
        copied = [
            (name, value)
            for name, value in request.headers
            if name.lower() in ("via", "from", "call-id", "cseq", "record-route")
        ]
        to = request.one("To")
        tagged = to if ";tag=" in to else f"{to};tag=telephone"
        invited = request.method == "INVITE"
        own = [("To", tagged), ("Contact", f"<sip:telephone@127.0.0.1:{self.port}>")]
        body = self._sdp if invited else ""
        if body:
            own.append(("Content-Type", "application/sdp"))
        self.udp.sendto(Message("SIP/2.0 200 OK", [*copied, *own], body).encoded(), source)

    def methods(self) -> list[str]:
        """The requests that came."""
        return [message.method for message in self.seen]

    def wait_for(self, method: str, number: int = 1) -> None:
        """Wait until so many requests of a method came."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self.methods().count(method) >= number, _PATIENCE)
        assert arrived, f"{number} {method} did not come: {self.methods()}"

    def call(self, number: str, calling: str = "7001") -> int:
        """Call a number through Kamailio and hang up; the status of the final answer."""
        address = f"{self.kamailio[0]}:{self.kamailio[1]}"
        dialog = {
            "From": f"<sip:{calling}@127.0.0.1:{self.port}>;tag=caller",
            "To": f"<sip:{number}@{address}>",
            "Call-ID": uuid.uuid4().hex,
        }
        contact = [("Contact", f"<sip:{calling}@127.0.0.1:{self.port}>"), ("Content-Type", "application/sdp")]
        invite = self._request("INVITE", f"sip:{number}@{address}", dialog, 1, contact)
        invite.body = self._sdp
        self.udp.sendto(invite.encoded(), self.kamailio)
        final = self._final(dialog["Call-ID"], "INVITE")
        dialog["To"] = final.one("To")
        routes = [("Route", value) for value in reversed(final.all("Record-Route"))]
        if final.status >= 300:
            # Of the same transaction as the INVITE.
            ack = Message(f"ACK sip:{number}@{address} SIP/2.0", [*invite.headers[:1]])
            ack.headers += [*dialog.items(), ("CSeq", "1 ACK"), ("Max-Forwards", "70")]
            self.udp.sendto(ack.encoded(), self.kamailio)
            return final.status
        target = re.sub(r"^.*<|>.*$", "", final.one("Contact")) or f"sip:{number}@{address}"
        for method, sequence in (("ACK", 1), ("BYE", 2)):
            request = self._request(method, target, dialog, sequence, routes)
            self.udp.sendto(request.encoded(), self.kamailio)
        assert self._final(dialog["Call-ID"], "BYE").status == 200
        return final.status

    def _request(
        self, method: str, uri: str, dialog: dict[str, str], sequence: int, more: list[tuple[str, str]]
    ) -> Message:
        via = ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{uuid.uuid4().hex}")
        headers = [via, *dialog.items(), ("CSeq", f"{sequence} {method}"), ("Max-Forwards", "70"), *more]
        return Message(f"{method} {uri} SIP/2.0", headers)

    def _final(self, call: str, method: str) -> Message:
        def found() -> Message | None:
            answers = self._answers.get(call, ())
            return next((each for each in answers if each.method == method and each.status >= 200), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, _PATIENCE)
        answer = found()
        assert answer is not None, f"no answer to {method}"
        return answer


@contextmanager
def telephone(port: int, kamailio_port: int) -> Iterator[Telephone]:
    """A telephone at that UDP port, which calls through the UDP port of Kamailio."""
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    one = Telephone(udp, ("127.0.0.1", kamailio_port))
    thread = threading.Thread(target=one.listen, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        # Wakes the thread, which a close alone would not.
        with suppress(OSError):
            udp.shutdown(socket.SHUT_RDWR)
        udp.close()
        thread.join(10)


@contextmanager
def s_server(identity: Path, port: int, *more: str) -> Iterator[None]:
    """OpenSSL's own server on a port of 127.0.0.1; `identity` is the path of its certificate and key without suffix."""
    process = subprocess.Popen(
        (
            *("openssl", "s_server", "-accept", f"127.0.0.1:{port}"),
            *("-cert", f"{identity}.pem", "-key", f"{identity}.key", *more),
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.communicate(timeout=_PATIENCE)
