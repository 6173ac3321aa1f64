# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures as they occur in the field: without these, half a capture tells that a healthy link has failed."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import read_capture
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_trunk_verdict
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    ACK,
    CLIENT,
    MACS,
    SERVER,
    START,
    SYN,
    Tcp,
    frame,
    ip_packet,
    mutual,
    only,
    pcap,
    read,
    segments,
    written,
)

FILES = Path(__file__).parent / "files"
#: A Client Hello as OpenSSL sends it.
HELLO = mutual("TLSv1.2")[0][1]


def told(name: str, ports: tuple[int, ...] = ()) -> Any:
    with (FILES / f"{name}.pcap").open("rb") as stream:
        return read_capture(stream, source=name, ports=ports)


def reasons(connection: dict[str, Any]) -> list[str]:
    return [lack["reason"] for lack in connection["not_measured"]]


def judged(*paths: Path) -> dict[str, Any]:
    return execute(sip_trunk_verdict.DEFINITION, {"captures": [str(path) for path in paths], "ports": []})[0]


def results(result: dict[str, Any], name: str) -> set[str]:
    """What was found of a check; the way back, which no capture shows, is not measured."""
    return {
        check["result"]
        for link in result["report"]["links"]
        for direction in link["directions"]
        for check in direction["checks"]
        if check["id"] == name and check["result"] != "not_measured"
    }


@pytest.mark.parametrize(
    "name",
    [
        "c1-oneway-client-tls12",
        "c1-oneway-client-tls13",
        "c2-last-flight-lost-server",
        "c2-all-server-data-lost",
    ],
)
def test_what_was_acknowledged_and_is_not_there_is_a_gap(name):
    (connection,) = told(name).connections
    assert (connection["handshake"], connection["broke"], reasons(connection)) == (
        "not_measured",
        None,
        ["gap"],
    )
    assert judged(FILES / f"{name}.pcap")["verdict"] == "not_measured"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("side", [CLIENT, SERVER])
@pytest.mark.parametrize("closing", ["fin", "reset", None])
def test_one_direction_alone_is_not_measured(version, side, closing):
    made = [one for one in segments(mutual(version), closing=closing) if one.side == side]
    connection = only(written(made))
    assert (connection["handshake"], reasons(connection)) == ("not_measured", ["gap"])


def test_an_end_that_is_seen_is_no_gap():
    connection = only(written(segments([(CLIENT, HELLO)])))
    assert connection["broke"]["reason"] == "closed_by_client"


@pytest.mark.parametrize("others", list(permutations(["c1-oneway-client-tls12", "full-tls12"])))
def test_the_complete_capture_of_a_connection_settles_it(others):
    result = judged(*(FILES / f"{name}.pcap" for name in others))
    assert results(result, "handshake_complete") == {"pass"}


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.0"])
@pytest.mark.parametrize("order", [(CLIENT, SERVER), (SERVER, CLIENT)])
def test_two_halves_of_one_connection_are_joined(tmp_path, version, order):
    made, paths = segments(mutual(version)), []
    for side in order:
        paths.append(tmp_path / f"{side}.pcap")
        paths[-1].write_bytes(written([one for one in made if one.side == side]))
    assert results(judged(*paths), "handshake_complete") == {"pass"}


def test_two_halves_of_tls_1_3_show_what_is_not_encrypted(tmp_path):
    made, paths = segments(mutual("TLSv1.3")), []
    for side in (CLIENT, SERVER):
        paths.append(tmp_path / f"{side}.pcap")
        paths[-1].write_bytes(written([one for one in made if one.side == side]))
    result = judged(*paths)
    (shown,) = [one for link in result["report"]["links"] for one in _handshakes(link)]
    assert (shown["handshake"], shown["version"]) == ("not_visible", "TLSv1.3")


def _handshakes(link: dict[str, Any]) -> list[dict[str, Any]]:
    return [shown for direction in link["directions"] for shown in direction["handshakes"]]


def test_the_same_ports_an_hour_later_are_another_connection(tmp_path):
    paths = [tmp_path / name for name in ("first.pcap", "second.pcap")]
    paths[0].write_bytes(written(segments(mutual("TLSv1.2"))))
    paths[1].write_bytes(written(segments([(CLIENT, HELLO)], closing="reset", start=START + 3600 * 10**9)))
    assert results(judged(*paths), "handshake_complete") == {"fail"}
    assert results(judged(*reversed(paths)), "handshake_complete") == {"fail"}


def _checks(result: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [
        (check["result"], check["seen"])
        for link in result["report"]["links"]
        for direction in link["directions"]
        for check in direction["checks"]
        if check["id"] == name
    ]


def test_a_certificate_without_extended_key_usage_is_a_note():
    result = judged(FILES / "c5-no-eku.pcap")
    found = _checks(result, "certificate_usage")
    assert [outcome for outcome, _seen in found] == ["pass", "pass"]
    assert all("no extended key usage" in seen for _outcome, seen in found)


@pytest.mark.parametrize(("seconds", "outcome"), [(1, "not_measured"), (5, "fail")])
def test_an_answer_is_only_missed_when_it_was_due(tmp_path, seconds, outcome):
    """The client sends a request, and the capture ends so long after it."""
    exchange = list(mutual("TLSv1.2", requests=0))
    request = b"\x17\x03\x03\x00\x20" + bytes(32)
    *made, last = segments([*exchange[:4], (CLIENT, request)], closing=None)
    path = tmp_path / "silent.pcap"
    path.write_bytes(written([*made, replace(last, time=last.time + seconds * 10**9)]))
    assert [one for one, seen in _checks(judged(path), "application_data") if "1 records" in seen] == [
        outcome
    ]


@pytest.mark.parametrize(
    ("number", "outcome", "words"),
    [
        (0xC030, "pass", "AES_256_GCM"),
        (0x0003, "fail", "so short"),
        (0x0000, "fail", "encrypts nothing"),
        (0x0008, "fail", "so short"),
        (0xFF85, "not_measured", "0xFF85 is not known"),
    ],
)
def test_the_strength_of_a_cipher_is_that_of_its_number(tmp_path, number, outcome, words):
    exchange = list(mutual("TLSv1.2", ciphers="ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"))
    side, data = exchange[1]
    exchange[1] = (side, data.replace(b"\xc0\x30\x00", number.to_bytes(2) + b"\x00", 1))
    path = tmp_path / "cipher.pcap"
    path.write_bytes(written(segments(exchange)))
    result = judged(path)
    (found,) = [one for one in _checks(result, "tls_cipher") if words in one[1]]
    assert found[0] == outcome


@pytest.mark.parametrize(("name", "kind"), [("c6-gre", "gre"), ("c6-vxlan", "vxlan")])
def test_tunnels_are_told(name, kind):
    reading = told(name)
    assert reading.connections == []
    assert reading.ignored == {f"tunnel_{kind}": 19}
    assert kind.upper() in reading.incomplete[0]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (struct.pack(">BBHHHBBH", 0x45, 0, 60, 1, 0, 64, 4, 0), "ip_in_ip"),
        (struct.pack(">BBHHHBBH", 0x45, 0, 60, 1, 0, 64, 50, 0), "esp"),
    ],
)
def test_other_tunnels_are_told(content, kind):
    packet = content + bytes((192, 0, 2, 1, 192, 0, 2, 2)) + bytes(40)
    assert read(pcap([(START, frame(packet))])).ignored == {f"tunnel_{kind}": 1}


def test_a_tunnel_of_labels_is_told():
    packet = MACS + bytes.fromhex("8847") + bytes(60)
    assert read(pcap([(START, packet)])).ignored == {"tunnel_mpls": 1}


@pytest.mark.parametrize("name", ["hello-answered-http", "hello-answered-garbage", "hello-answered-sip"])
@pytest.mark.parametrize("ports", [(), (5061,)])
def test_a_hello_that_is_answered_without_tls(name, ports):
    (connection,) = told(name, ports).connections
    assert (connection["broke"]["reason"], connection["broke"]["fault"]) == ("not_tls", "server")


def test_a_client_without_tls_at_a_server_with_it():
    alert = bytes.fromhex("15030100020250")
    connection = only(written(segments([(CLIENT, b"GET / HTTP/1.1\r\nHost: b\r\n\r\n"), (SERVER, alert)])))
    assert (connection["broke"]["reason"], connection["broke"]["fault"]) == ("not_tls", "client")


@pytest.mark.parametrize(
    "text", [b"GET / HTTP/1.1\r\nHost: b\r\n\r\n", b"EHLO mail.example.com and more\r\n"]
)
def test_other_protocols_that_nobody_asked_for_are_no_failures(tmp_path, text):
    data = written(segments([(CLIENT, text)]))
    connection = only(data)
    assert (connection["handshake"], reasons(connection)) == ("not_measured", ["other_protocol"])
    assert only(data, ports=[5061])["handshake"] == "failed"
    path = tmp_path / "mail.pcap"
    path.write_bytes(data)
    assert judged(path)["report"]["links"] == []


def test_a_version_of_sip_in_lower_case_is_sip():
    connection = only(written(segments([(CLIENT, b"sip/2.0 200 OK\r\n\r\n")])))
    assert connection["protocol"] == "sip"


def test_a_capture_of_other_ports_is_told():
    reading = read(written(segments(mutual("TLSv1.2"))), ports=[5060])
    assert reading.connections == []
    assert reading.ignored == {"filtered": reading.packets}
    assert (
        "of those of port 5060" in reading.incomplete[0] or "than those of port 5060" in reading.incomplete[0]
    )


def test_filtered_packets_beside_a_connection_are_counted_alone():
    made = segments(mutual("TLSv1.2"))
    other = [(one.time, frame(ip_packet(one, (("192.0.2.1", 40000), ("192.0.2.2", 443))))) for one in made]
    data = pcap([*((one.time, frame(ip_packet(one))) for one in made), *other])
    reading = read(data, ports=[5061])
    assert (reading.ignored, reading.incomplete) == ({"filtered": len(other)}, [])


@pytest.mark.parametrize("accepted", [0, 1])
def test_a_second_syn_ack_with_another_number(accepted):
    """The client takes the one or the other; the server's direction counts from that one."""
    made = segments(mutual("TLSv1.2"))
    strange = replace(made[1], sequence=123_456_789)
    order = [made[0], strange, *made[1:]] if accepted else [made[0], made[1], strange, *made[2:]]
    connection = only(written(order))
    assert (connection["handshake"], reasons(connection)) == ("complete", [])
    assert connection["server_chain"]


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def _inserted(record: bytes, place: int = 1) -> list[tuple[int, bytes]]:
    """A good handshake in which the server sends one record more."""
    exchange = list(mutual("TLSv1.2"))
    side, data = exchange[place]
    exchange[place] = (side, record + data)
    return exchange


def test_heartbeats_do_not_end_the_reading():
    connection = only(written(segments(_inserted(_record(24, b"\1\0\0")))))
    assert (connection["handshake"], reasons(connection)) == ("complete", [])
    assert "Heartbeat" in [step["message"] for step in connection["steps"]]


@pytest.mark.parametrize(
    "message",
    [
        b"\x0d\0\0\1\7",  # a certificate request that is too short
        b"\x0d\1\0\1" + bytes(65537),  # one that is longer than is read, over several records
    ],
    ids=["malformed", "too long"],
)
def test_after_a_message_that_cannot_be_read_the_reading_goes_on(message):
    records = b"".join(_record(22, message[at : at + 16384]) for at in range(0, len(message), 16384))
    connection = only(written(segments(_inserted(records))))
    assert connection["handshake"] == "complete"
    assert reasons(connection) == ["malformed_message"]
    assert connection["server_chain"]


def test_an_unknown_message_has_its_number():
    connection = only(written(segments(_inserted(_record(22, b"\x63\0\0\1\7")))))
    assert connection["handshake"] == "complete"
    assert "Handshake message 99" in [step["message"] for step in connection["steps"]]


def test_a_draft_of_tls_1_3_is_tls_1_3():
    exchange = [
        (side, data.replace(b"\x00\x2b\x00\x02\x03\x04", b"\x00\x2b\x00\x02\x7f\x1c"))
        for side, data in mutual("TLSv1.3")
    ]
    connection = only(written(segments(exchange)))
    assert (connection["handshake"], connection["version"]) == ("not_visible", "TLSv1.3 (draft 28)")
    assert connection["broke"] is None


def test_a_silent_connection_that_was_open_before_has_no_gap():
    """Both sides acknowledge what came before the capture, and nothing of it is missed."""
    made = [Tcp(CLIENT, 5000, 7000, ACK), Tcp(SERVER, 7000, 5000, ACK)]
    assert reasons(only(written(made))) == ["nothing_sent"]


def test_an_attempt_whose_answer_was_not_captured_is_no_silence():
    made = [Tcp(CLIENT, 1000, 0, SYN), Tcp(CLIENT, 1001, 900_001, ACK)]
    connection = only(written(made))
    assert (connection["handshake"], reasons(connection)) == ("not_measured", ["gap"])


def test_a_phone_in_a_capture_is_no_subject_of_the_verdict():
    certificate = {"subject": {"CN": "SEP001122334455"}, "fingerprint_sha256": "AA:" * 31 + "AA"}
    connection = {
        "client": {"address": "192.0.2.57", "port": 50000},
        "server": {"address": "192.0.2.200", "port": 5061},
        "handshake": "complete",
        "client_chain": [certificate],
    }
    case = Case([], [{"path": "a.pcap", "result": {"connections": [connection]}}], [])
    assert case.links == []
