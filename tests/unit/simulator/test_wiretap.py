# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packets that a node records of its own connections, judged by tshark and by the collection's reader."""

from __future__ import annotations

import io
import shutil
import ssl
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import read_capture
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.node_files import CAPTURE_DIRECTORY
from ansible_collections.ucops.cucm.tests.simulator.packets import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    Address,
    Packet,
    Screen,
    frame,
    segment_size,
)
from ansible_collections.ucops.cucm.tests.simulator.wiretap import WHOLE, Recording, Tap, Wiretap
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 18, 46, 11, 313121, tzinfo=UTC)
US, PEER = ("10.106.95.203", 33135), ("10.106.95.200", 5061)
US_6, PEER_6 = ("2001:db8::203", 33135), ("2001:db8::200", 5061)
SYN_ACK, FIN_ACK, RST_ACK, PSH_ACK = SYN | ACK, FIN | ACK, RST | ACK, PSH | ACK


class Clock:
    """A clock that goes on by a millisecond with every look."""

    def __init__(self) -> None:
        self._time = NOW

    def now(self) -> datetime:
        self._time += timedelta(milliseconds=1)
        return self._time


def node(*sip_ports: tuple[str, int]) -> Any:
    """What of a node a wiretap needs; `sip_ports` are those of the simulated nodes."""
    nodes = [
        SimpleNamespace(topology=SimpleNamespace(address=address), sip=SimpleNamespace(port=port))
        for address, port in sip_ports
    ]
    return SimpleNamespace(
        clock=Clock(), cluster=SimpleNamespace(world=SimpleNamespace(nodes=lambda: iter(nodes)))
    )


@pytest.fixture
def wiretap() -> Wiretap:
    return Wiretap(node())


def everything(wiretap: Wiretap, name: str = "packets") -> Recording:
    return wiretap.record(name, size=WHOLE, count=100_000)


def flags(recording: Recording) -> list[tuple[bool, int]]:
    """Of each packet: whether it is ours, and its flags."""
    return [(packet.source.port == US[1], packet.flags) for _moment, packet in recording.packets]


def only_file(wiretap: Wiretap) -> bytes:
    (file,) = wiretap.files()
    return file.data


def read(data: bytes) -> list[dict[str, Any]]:
    reading = read_capture(io.BytesIO(data), source="test")
    assert reading.incomplete == []
    return reading.connections


# A real handshake


def identity(name: str, directory: Path, size: int) -> tuple[Path, str]:
    """A self-signed certificate with its key in a file, and its PEM. 40 names make it long."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=size)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(f"{name.lower()}-{number}.node.example.com") for number in range(60)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1000))
        .not_valid_after(NOW + timedelta(days=1000))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = pki.pem(certificate)
    path = directory / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + text.encode())
    return path, text


def mutual(tap: Tap, directory: Path, version: ssl.TLSVersion) -> tuple[str, str]:
    """Shake hands over memory, as the client; returns the certificates of server and client."""
    (client_path, client_pem), (server_path, server_pem) = (
        identity(name, directory, 2048) for name in ("CUCMA", "CUCM10")
    )
    sides, buffers = [], []
    for path, trusted, server in ((client_path, server_pem, False), (server_path, client_pem, True)):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_REQUIRED
        made.minimum_version = made.maximum_version = version
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT
        made.load_cert_chain(path)
        made.load_verify_locations(cadata=trusted)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        sides.append(made.wrap_bio(incoming, outgoing, server_side=server))
        buffers.append((incoming, outgoing))
    (client_in, client_out), (server_in, server_out) = buffers
    done: set[int] = set()
    for _round in range(10):
        for number, side in enumerate(sides):
            if number not in done:
                try:
                    side.do_handshake()
                    done.add(number)
                    if number == 0:
                        side.write(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
                except ssl.SSLWantReadError:
                    pass
            if data := client_out.read():
                tap.sent(data)
                server_in.write(data)
            if data := server_out.read():
                tap.received(data)
                client_in.write(data)
    assert done == {0, 1}
    sides[1].read()
    sides[1].write(b"SIP/2.0 200 OK\r\n\r\n")
    tap.received(server_out.read())
    return server_pem, client_pem


def tshark(path: Path, display: str, *fields: str) -> list[list[str]]:
    if shutil.which("tshark") is None:
        pytest.skip("tshark, the independent judge, is not installed: apt-get install tshark")
    command = ["tshark", "-n", "-r", str(path), "-d", "tcp.port==5061,tls"]
    for preference in ("tcp.check_checksum", "ip.check_checksum"):
        command += ["-o", f"{preference}:TRUE"]
    command += ["-Y", display, "-T", "fields", *(part for field in fields for part in ("-e", field))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("us", "peer"), [(US, PEER), (US_6, PEER_6)])
def test_tshark_and_the_reader_see_the_same_mutual_handshake(
    wiretap: Wiretap, tmp_path: Path, us: tuple[str, int], peer: tuple[str, int]
) -> None:
    recording = everything(wiretap)
    tap = wiretap.connection(us, peer, opened_by_us=True)
    server, client = mutual(tap, tmp_path, ssl.TLSVersion.TLSv1_2)
    tap.closed(by_us=True)
    tap.closed(by_us=False)
    recording.stop()
    path = tmp_path / "packets.cap"
    path.write_bytes(only_file(wiretap))

    (connection,) = read(path.read_bytes())
    assert connection["handshake"] == "complete"
    assert (connection["client"]["address"], connection["client"]["port"]) == us
    assert (connection["server"]["address"], connection["server"]["port"]) == peer
    assert connection["server_chain"][0].split() == server.split()
    assert connection["client_chain"][0].split() == client.split()

    serials = [
        int(number.replace(":", ""), 16)
        for (numbers,) in tshark(path, "tls.handshake.certificate", "x509af.serialNumber")
        for number in numbers.split(",")
    ]
    expected = [x509.load_pem_x509_certificate(text.encode()).serial_number for text in (server, client)]
    assert serials == expected
    types = [row[0] for row in tshark(path, "tls.handshake", "tls.handshake.type")]
    assert ",".join(types).split(",")[:3] == ["1", "2", "11"]
    assert len(tshark(path, "tls.app_data", "frame.number")) >= 1


@pytest.mark.parametrize(("us", "peer"), [(US, PEER), (US_6, PEER_6)])
def test_tshark_finds_nothing_wrong_with_the_packets(
    wiretap: Wiretap, tmp_path: Path, us: tuple[str, int], peer: tuple[str, int]
) -> None:
    recording = everything(wiretap)
    for by_us in (True, False):
        tap = wiretap.connection(us, (peer[0], peer[1] + by_us), opened_by_us=by_us)
        tap.sent(bytes(range(256)) * 40)
        tap.received(b"x" * 1461)
        tap.closed(by_us=False)
        tap.sent(b"still")
        tap.closed(by_us=True)
    wiretap.refused((us[0], us[1] + 1), peer)
    recording.stop()
    path = tmp_path / "packets.cap"
    path.write_bytes(only_file(wiretap))
    assert tshark(path, "tcp.analysis.flags || _ws.malformed", "frame.number") == []
    states = tshark(path, "tcp", "tcp.checksum.status", "ip.checksum.status", "frame.len", "tcp.len")
    assert len(states) == len(recording.packets)
    assert {row[0] for row in states} == {"1"}
    assert {row[1] for row in states} == ({"1"} if "." in us[0] else {""})
    assert max(int(row[2]) for row in states) == 1514
    assert max(int(row[3]) for row in states) == (1460 if "." in us[0] else 1440)


def test_certificates_span_segments(wiretap: Wiretap, tmp_path: Path) -> None:
    recording = everything(wiretap)
    mutual(wiretap.connection(US, PEER, opened_by_us=True), tmp_path, ssl.TLSVersion.TLSv1_2)
    whole = [packet for _moment, packet in recording.packets if len(packet.payload) == 1460]
    assert {packet.source.port for packet in whole} == {US[1], PEER[1]}


def test_tls_1_3_hides_certificates(wiretap: Wiretap, tmp_path: Path) -> None:
    recording = everything(wiretap)
    mutual(wiretap.connection(US, PEER, opened_by_us=True), tmp_path, ssl.TLSVersion.TLSv1_3)
    recording.stop()
    (connection,) = read(only_file(wiretap))
    assert connection["handshake"] == "not_visible"
    assert connection["server_chain"] == []


def test_connection_that_was_open_before_shows_no_handshake(wiretap: Wiretap, tmp_path: Path) -> None:
    tap = wiretap.connection(US, PEER, opened_by_us=True)
    mutual(tap, tmp_path, ssl.TLSVersion.TLSv1_2)
    recording = everything(wiretap)
    tap.sent(b"\x17\x03\x03\x00\x10" + b"x" * 16)
    recording.stop()
    (connection,) = read(only_file(wiretap))
    assert connection["handshake"] == "not_measured"
    assert flags(recording) == [(True, PSH_ACK), (False, ACK)]


# The life of a connection


def test_packets_of_a_whole_connection(wiretap: Wiretap) -> None:
    recording = everything(wiretap)
    tap = wiretap.connection(US, PEER, opened_by_us=True)
    tap.sent(b"a" * 3000)
    tap.closed(by_us=True)
    tap.received(b"bye")
    tap.closed(by_us=False)
    assert flags(recording) == [
        *((True, SYN), (False, SYN_ACK), (True, ACK)),
        *((True, ACK), (True, ACK), (False, ACK), (True, PSH_ACK), (False, ACK)),
        *((True, FIN_ACK), (False, ACK)),
        *((False, PSH_ACK), (True, ACK)),
        *((False, FIN_ACK), (True, ACK)),
    ]


def test_connection_that_the_peer_opens_begins_with_its_syn(wiretap: Wiretap) -> None:
    recording = everything(wiretap)
    wiretap.connection(PEER, US, opened_by_us=False)
    assert flags(recording) == [(True, SYN), (False, SYN_ACK), (True, ACK)]


def test_nothing_comes_after_the_end(wiretap: Wiretap) -> None:
    tap = wiretap.connection(US, PEER, opened_by_us=True)
    recording = everything(wiretap)
    tap.closed(by_us=True)
    tap.closed(by_us=True)
    tap.sent(b"too late")
    tap.reset(by_us=False)
    tap.received(b"too late")
    tap.reset(by_us=True)
    tap.closed(by_us=False)
    assert flags(recording) == [(True, FIN_ACK), (False, ACK), (False, RST_ACK)]


def test_refused_connection(wiretap: Wiretap) -> None:
    recording = everything(wiretap)
    wiretap.refused(US, PEER)
    assert flags(recording) == [(True, SYN), (False, RST_ACK)]
    (_moment, syn), (_later, refusal) = recording.packets
    assert refusal.acknowledged == syn.sequence + 1
    recording.stop()
    (connection,) = read(only_file(wiretap))
    assert connection["handshake"] != "complete"


@given(
    chunks=st.lists(st.tuples(st.booleans(), st.binary(max_size=4000)), max_size=12),
    first=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
)
def test_any_data_comes_back_in_order_and_sequence_numbers_wrap(
    chunks: list[tuple[bool, bytes]], first: tuple[int, int]
) -> None:
    wiretap = Wiretap(node())
    recording = everything(wiretap)
    tap = Tap(wiretap, US, PEER, opened_by_us=True, first=first)
    tap.open()
    for by_us, data in chunks:
        (tap.sent if by_us else tap.received)(data)
    tap.closed(by_us=True)
    tap.closed(by_us=False)
    for side, start in zip((US, PEER), first, strict=True):
        sent = [packet for _moment, packet in recording.packets if packet.source == side]
        expected = start
        for packet in sent:
            assert packet.sequence == expected
            used = len(packet.payload) + bool(packet.flags & (SYN | FIN))
            expected = (expected + used) % 2**32
        wanted = b"".join(data for by_us, data in chunks if by_us == (side == US))
        assert b"".join(packet.payload for packet in sent) == wanted


# Recordings


def test_file_is_there_when_the_recording_ends(wiretap: Wiretap) -> None:
    recording = everything(wiretap, "ucops1")
    assert wiretap.recording
    wiretap.refused(US, PEER)
    assert wiretap.files() == []
    recording.stop()
    recording.stop()
    assert not wiretap.recording
    (file,) = wiretap.files()
    assert (file.name, file.path) == ("ucops1.cap", f"{CAPTURE_DIRECTORY}ucops1.cap")
    assert recording.ended.is_set()
    wiretap.refused(US, PEER)
    assert len(recording.packets) == 2
    assert wiretap.delete(file.path)
    assert not wiretap.delete(file.path)
    assert wiretap.files() == []


def test_recording_without_packets_is_a_head_of_24_bytes(wiretap: Wiretap) -> None:
    everything(wiretap).stop()
    data = only_file(wiretap)
    assert struct.unpack("<IHHiIII", data) == (0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def test_count_ends_the_recording(wiretap: Wiretap) -> None:
    recording = wiretap.record("few", count=2)
    wiretap.connection(US, PEER, opened_by_us=True)
    assert recording.ended.is_set()
    assert len(recording.packets) == 2
    assert len(wiretap.files()) == 1


def test_size_cuts_packets_and_tells_their_length(wiretap: Wiretap) -> None:
    recording = wiretap.record("cut")
    wiretap.connection(US, PEER, opened_by_us=True).sent(b"x" * 1000)
    recording.stop()
    data, at, lengths = only_file(wiretap), 24, []
    while at < len(data):
        seconds, microseconds, kept, length = struct.unpack_from("<IIII", data, at)
        assert datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds) > NOW
        lengths.append((kept, length))
        at += 16 + kept
    assert at == len(data)
    assert lengths == [(58, 58), (58, 58), (54, 54), (128, 1054), (54, 54)]
    (connection,) = read_capture(io.BytesIO(data), source="test").connections
    assert connection["handshake"] == "not_measured"


def test_screen_recording_leaves_no_file(wiretap: Wiretap) -> None:
    recording = wiretap.record("")
    wiretap.refused(US, PEER)
    recording.stop()
    assert wiretap.files() == []


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ({"port": 5061}, True),
        ({"port": 33135}, True),
        ({"port": 5062}, False),
        ({"host": PEER[0]}, True),
        ({"host": US[0]}, True),
        ({"host": "192.0.2.1"}, False),
        ({"port": 5061, "host": "192.0.2.1"}, False),
    ],
)
def test_filters(wiretap: Wiretap, filters: dict[str, Any], seen: bool) -> None:
    recording = wiretap.record("filtered", **filters)
    wiretap.refused(US, PEER)
    assert len(recording.packets) == (2 if seen else 0)


def test_source_and_destination_are_of_one_direction(wiretap: Wiretap) -> None:
    recordings = [wiretap.record("a", source=US[0]), wiretap.record("b", destination=US[0])]
    wiretap.refused(US, PEER)
    assert [flags(recording) for recording in recordings] == [[(True, SYN)], [(False, RST_ACK)]]


def test_5061_stands_for_the_real_sip_port_of_a_node() -> None:
    peer = ("127.0.0.2", 40123)
    wiretap = Wiretap(node(peer))
    recording, other = wiretap.record("a", port=5061), wiretap.record("b", port=40123)
    wiretap.refused(US, peer)
    wiretap.refused(US, ("127.0.0.2", 40124))
    assert len(recording.packets) == len(other.packets) == 2


def test_two_recordings_at_a_time(wiretap: Wiretap) -> None:
    first = everything(wiretap, "first")
    wiretap.refused(US, PEER)
    second = everything(wiretap, "second")
    wiretap.refused(US, PEER)
    first.stop()
    second.stop()
    assert {file.name: len(file.data) for file in wiretap.files()} == {
        "first.cap": 24 + 2 * (16 + 58) + 2 * (16 + 54),
        "second.cap": 24 + (16 + 58) + (16 + 54),
    }


# The screen


def test_lines_of_the_guide() -> None:
    screen = Screen()
    us, peer = Address(*US), Address(*PEER)

    def line(source: Address, sequence: int, acknowledged: int, kinds: int, size: int = 0) -> str:
        destination = peer if source == us else us
        names = {us: "CUCMA.33135", peer: "10.106.95.200.sip-tls"}
        packet = Packet(source, destination, sequence, acknowledged, kinds, b"x" * size)
        return screen.line(packet, names[source], names[destination])

    assert line(us, 790302485, 3661485150, PSH_ACK, 1146) == (
        "IP CUCMA.33135 > 10.106.95.200.sip-tls: P 790302485:790303631(1146) ack 3661485150 win 14600"
    )
    assert line(peer, 3661485150, 790303631, ACK) == (
        "IP 10.106.95.200.sip-tls > CUCMA.33135: . ack 1146 win 14600"
    )
    assert line(peer, 3661485151, 790303631, PSH_ACK, 426) == (
        "IP 10.106.95.200.sip-tls > CUCMA.33135: P 1:427(426) ack 1146 win 14600"
    )


def test_checksums_without_tshark() -> None:
    whole = frame(Packet(Address("192.0.2.1", 1), Address("192.0.2.2", 2), 1, 0, PSH_ACK, b"odd"))
    ip, segment = whole[14:34], whole[34:]
    pseudo = ip[12:20] + struct.pack("!II", len(segment), 6)
    for covered in (ip, pseudo + segment + b"\0"):
        total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
        assert total % 0xFFFF == 0
    assert segment_size(Address("::1", 1)) == 1440
