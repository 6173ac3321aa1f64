# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trace of a node, line by line, and its files. The collection's reader must understand it too."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import read_traces
from ansible_collections.ucops.cucm.tests.simulator.node_files import TRACE_DIRECTORY
from ansible_collections.ucops.cucm.tests.simulator.traces import KEPT, Trace
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime(2015, 5, 23, 19, 59, 21, 185000, tzinfo=UTC)
PEER = ("10.106.95.200", 5061)
LINE = re.compile(r"\d{8}\.\d{3} \|\d\d:\d\d:\d\d\.\d{3} \|(\w+) (\|.*)")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def of_node(clock: Clock, address: str = "10.106.95.203", release: str = "9.1") -> Any:
    names = ("cucma-pub", "cucma-sub1")
    cluster = SimpleNamespace(
        name="CUCMA",
        topology=SimpleNamespace(nodes=[SimpleNamespace(name=name) for name in names], release=release),
    )
    topology = SimpleNamespace(address=address, hostname="CUCMA")
    return SimpleNamespace(clock=clock, cluster=cluster, name="cucma-pub", topology=topology)


@pytest.fixture
def trace(clock: Clock) -> Trace:
    return Trace(of_node(clock))


def text(trace: Trace) -> str:
    """The open file."""
    return trace.files()[-1].data.decode()


def records(trace: Trace) -> list[tuple[str, str]]:
    """Kind and text of every line but the file's head and the lines that continue one."""
    found = [LINE.fullmatch(line) for line in text(trace).splitlines()]
    return [(match[1], match[2]) for match in found if match][1:]


def infos(trace: Trace) -> list[str]:
    return [line for kind, line in records(trace) if kind == "AppInfo"]


def certificate(
    *attributes: tuple[x509.ObjectIdentifier, str], names: Sequence[str] = ()
) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(key, hashes.SHA256())


GUIDE_SUBJECT = (
    (x509.NameOID.COUNTRY_NAME, "IN"),
    (x509.NameOID.STATE_OR_PROVINCE_NAME, "cisco"),
    (x509.NameOID.LOCALITY_NAME, "cisco"),
    (x509.NameOID.ORGANIZATION_NAME, "cisco"),
    (x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "cisco"),
    (x509.NameOID.COMMON_NAME, "CUCM10"),
)


# Lines


def test_file_begins_with_date_and_host(trace: Trace) -> None:
    assert trace.files() == []
    trace.connection_wanted()
    head = text(trace).splitlines()[0]
    assert head.startswith("00000000.000 |19:59:21.185 |FileHead |")
    assert head.endswith(" Date: 2015/05/23 HostIPAddress: ::ffff:10.106.95.203")


def test_ipv6_address_of_the_node(clock: Clock) -> None:
    trace = Trace(of_node(clock, "2001:db8::1"))
    trace.connection_wanted()
    assert text(trace).splitlines()[0].endswith(" HostIPAddress: 2001:db8::1")


def test_digit_analysis_of_the_guide(trace: Trace) -> None:
    trace.digit_analysis("1018", "9898", "9898")
    lines = text(trace).splitlines()[1:]
    match = 'pi="2", fqcn="1018", cn="1018",plv="5", pss="", TodFilteredPss="", dd="9898",dac="0"'
    assert [line.partition("|AppInfo ")[2] for line in lines[:3]] == [
        f"|Digit analysis: match({match})",
        "|Digit analysis: analysis results",
        "||PretransformCallingPartyNumber=1018",
    ]
    assert lines[3:] == [
        "|CallingPartyNumber=1018",
        "|DialingPartition=",
        "|DialingPattern=9898",
        "|FullyQualifiedCalledPartyNumber=9898",
    ]
    numbers = [line.split(" ")[0] for line in lines[:3]]
    assert [number[-3:] for number in numbers] == ["001", "002", "003"]
    assert len({number[:8] for number in numbers}) == 1


def test_digits_that_match_nothing_have_no_results(trace: Trace) -> None:
    trace.digit_analysis("1018", "7777", None)
    assert 'dd="7777"' in text(trace)
    assert "analysis results" not in text(trace)
    assert "DialingPattern" not in text(trace)


def test_partition(trace: Trace) -> None:
    trace.digit_analysis("1018", "9898", "98XX", "Trunks")
    assert "|DialingPartition=Trunks\n|DialingPattern=98XX\n" in text(trace)


def test_connection_of_the_guide(trace: Trace) -> None:
    assert [trace.next_connid(), trace.next_connid()] == [1, 2]
    trace.connection_wanted()
    trace.connection_created(12, *PEER)
    wanted, created = infos(trace)
    assert wanted == "|//SIP/SIPHandler/ccbId=0/scbId=0/SIP_PROCESS_ENQUEUE: createConnMsg tls_security=3"
    assert re.fullmatch(
        r"\|//SIP/Stack/Transport/0x0/sipConnectionManagerProcessConnCreated: gConnTab=0x[0-9a-f]{8},"
        r" addr=10\.106\.95\.200, port=5061, connid=12, transport=TLS Over TCP",
        created,
    )


def test_certificate_is_written_twice_as_in_the_guide(trace: Trace) -> None:
    trace.certificate(12, *PEER, certificate(*GUIDE_SUBJECT), "AES128-SHA")
    first, second = records(trace)
    assert [kind for kind, _line in (first, second)] == ["SdlSig", "SdlSig"]
    tail = (
        "connIdx= 12 --remoteIP=10.106.95.200 --remotePort = 5061 --X509SubjectName"
        " /C=IN/ST=cisco/L=cisco/O=cisco/OU=cisco/CN=CUCM10 --Cipher AES128-SHA --SubjectAltname ="
    )
    assert first[1].startswith("|SIPCertificateInd |wait |SIPHandler(1,100,72,1) |SIPTcp(1,100,64,1) |")
    assert first[1].endswith(f"|[T:N-H:0,N:1,L:0,V:0,Z:0,D:0] {tail}")
    assert second[1].startswith("|SIPCertificateInd |restart0 |SIPD(1,100,74,16) |SIPHandler(1,100,72,1) |")
    assert second[1].endswith(f"|[R:N-H:0,N:0,L:0,V:0,Z:0,D:0] {tail}")
    numbers = [line.split(" ")[0] for line in text(trace).splitlines()[1:]]
    assert [number[-4:] for number in numbers] == [".000", ".000"]
    assert int(numbers[1][:8]) == int(numbers[0][:8]) + 1


def test_alternative_names_keep_case_and_order(trace: Trace) -> None:
    common_name = (x509.NameOID.COMMON_NAME, "CUCM10-ms.example.com")
    shown = certificate(common_name, names=["Sub1.example.com", "CUCM10"])
    trace.certificate(1, *PEER, shown, "ECDHE-RSA-AES256-GCM-SHA384")
    assert text(trace).count("/CN=CUCM10-ms.example.com --Cipher") == 2
    assert text(trace).count("--SubjectAltname =Sub1.example.com,CUCM10\n") == 2


def test_messages_of_the_guide(trace: Trace) -> None:
    trace.message(12, *PEER, "INVITE sip:9898@10.106.95.200:5061 SIP/2.0\r\nVia: x\r\n\r\n", outgoing=True)
    trace.message(12, "10.106.95.200", 33135, "SIP/2.0 200 OK\r\nVia: x\r\n\r\n", outgoing=False)
    lines = text(trace).splitlines()[1:]
    assert lines[0].endswith(
        "|AppInfo |SIPTcp - wait_SdlSPISignal: Outgoing SIP TCP message to 10.106.95.200 on port 5061 index 12 "
    )
    assert lines[1:5] == ["[1,NET]", "INVITE sip:9898@10.106.95.200:5061 SIP/2.0", "Via: x", ""]
    assert lines[5].endswith(
        "|AppInfo |SIPTcp - wait_SdlReadRsp: Incoming SIP TCP message from 10.106.95.200 on port 33135"
        " index 12 with 26 bytes:"
    )
    assert lines[6:] == ["[2,NET]", "SIP/2.0 200 OK", "Via: x", ""]


# Failures


def test_name_mismatch_tries_cn_then_san_then_fails(trace: Trace) -> None:
    trace.name_mismatch(*PEER, "CUCM10", ["CUCM11", "cucm11.example.com"])
    first, second, third = infos(trace)
    mismatch = "|validTLSConnection:TLS InvalidX509NameInCertificate"
    assert first == (f"{mismatch}, Rcvd=CUCM10 , Expected=CUCM11,cucm11.example.com. Will check SAN the next")
    assert second == (
        f"{mismatch} Error , did not find matching SAN either, Rcvd=CUCM10, Expected=CUCM11,cucm11.example.com"
    )
    assert third.startswith("|ConnectionFailure - Unified CM failed to open a TLS connection")
    assert third.endswith("Reason code:2")
    kind, alarm = records(trace)[-1]
    assert kind == "AlarmErr"
    assert "AlarmName: ConnectionFailure," in alarm


def test_verification_error(trace: Trace) -> None:
    trace.verification_error(*PEER, 18, "self signed certificate")
    first, second = infos(trace)
    assert first == (
        "|HandleSSLError - Certificate verification failed:(Verification error:18)-"
        " self signed certificate for 10.106.95.200:5061"
    )
    assert re.fullmatch(
        r"\|HandleSSLError - TLS protocol error\(ssl reason code=.+\),lib=SSL routines \[20\],fun=.+,"
        r" errno=0 for 10\.106\.95\.200:5061",
        second,
    )


def test_other_failures(trace: Trace) -> None:
    trace.tls_error(*PEER, "tlsv1 alert unknown ca [1048]")
    trace.connection_refused("2001:db8::5", 5061)
    handshake, refused = infos(trace)
    assert "(ssl reason code=tlsv1 alert unknown ca [1048])," in handshake
    assert "Connection refused: connect to 2001:db8::5 on port 5061" in refused


def test_alarms(trace: Trace) -> None:
    trace.alarm(
        "SIPTrunkOOS", DeviceName="CUCM10", UnavailableRemotePeersWithReasonCode="10.106.95.200 Local=2"
    )
    trace.alarm("SIPTrunkISV", DeviceName="CUCM10")
    (kind, out), (_other, back) = records(trace)
    assert kind == "AlarmErr"
    assert "AlarmName: SIPTrunkOOS, AlarmSeverity: Error," in out
    assert "DeviceName:CUCM10, UnavailableRemotePeersWithReasonCode:10.106.95.200 Local=2, AppID:" in out
    assert "AlarmName: SIPTrunkISV, AlarmSeverity: Notice," in back


def test_the_alarm_of_a_trunk_comes_after_what_the_ris_is_told(trace: Trace) -> None:
    trace.trunk_alarm("SIPTrunkOOS", "CUCM10", "", "10.106.95.200:5061 Local=2")
    trace.trunk_alarm("SIPTrunkISV", "CUCM10", "10.106.95.200:5061", "")
    (told, out), (first, alarm), (_told, back), (_second, over) = records(trace)
    assert (told, first) == ("AppInfo", "AlarmErr")
    assert out.endswith(
        "RISCMAccess::SIPTrunkOOS ::deviceName=CUCM10 ::availList= ::unAvailList=10.106.95.200:5061 Local=2"
    )
    assert (
        "DeviceName:CUCM10, UnavailableRemotePeersWithReasonCode:10.106.95.200:5061 Local=2, AppID:" in alarm
    )
    assert back.endswith("::SIPTrunkISV ::deviceName=CUCM10 ::availList=10.106.95.200:5061 ::unAvailList=")
    assert "DeviceName:CUCM10, AvailableRemotePeers:10.106.95.200:5061, AppID:" in over


# Files


def test_open_file_is_gzip_without_an_end_on_the_disk(trace: Trace) -> None:
    trace.connection_wanted()
    (file,) = trace.files()
    assert (file.name, file.path) == (
        "SDL001_100_000001.txt.gzo",
        f"{TRACE_DIRECTORY}SDL001_100_000001.txt.gzo",
    )
    assert file.on_disk[:2] == b"\x1f\x8b"
    unpacked = zlib.decompressobj(wbits=31)
    assert unpacked.decompress(file.on_disk) == file.data
    assert not unpacked.eof
    with pytest.raises(EOFError):
        gzip.decompress(file.on_disk)
    assert not trace.delete(file.path)


def test_large_file_is_closed_and_compressed(clock: Clock) -> None:
    trace = Trace(of_node(clock), limit=500)
    for number in range(20):
        clock.time += timedelta(seconds=1)
        trace.connection_created(number, *PEER)
    *closed, last = trace.files()
    assert len(closed) >= 3
    assert [file.name for file in closed] == [
        f"SDL001_100_{number:06d}.txt.gz" for number in range(1, len(closed) + 1)
    ]
    assert last.name == f"SDL001_100_{len(closed) + 1:06d}.txt.gzo"
    whole = [gzip.decompress(file.data).decode() for file in closed] + [last.data.decode()]
    assert all("|FileHead |" in part.splitlines()[0] for part in whole)
    assert re.findall(r"connid=(\d+)", "".join(whole)) == [str(number) for number in range(20)]
    assert [file.modified for file in closed] == sorted(file.modified for file in closed)
    assert closed[0].modified < last.modified == clock.time
    assert trace.delete(closed[0].path)
    assert trace.files()[0].name == closed[1].name


def test_old_files_go(trace: Trace) -> None:
    for _number in range(KEPT + 3):
        trace.connection_wanted()
        trace.rotate()
    names = [file.name for file in trace.files()]
    assert len(names) == KEPT
    assert names[0] == "SDL001_100_000004.txt.gz"


def test_new_day_new_file(clock: Clock, trace: Trace) -> None:
    trace.connection_wanted()
    clock.time += timedelta(hours=5)
    trace.connection_wanted()
    closed, opened = trace.files()
    assert b"Date: 2015/05/23" in gzip.decompress(closed.data)
    assert b"Date: 2015/05/24" in opened.data


# The collection's own reader


def test_reader_of_the_collection_joins_a_call(clock: Clock, trace: Trace, tmp_path: Path) -> None:
    connid = trace.next_connid()
    invite = (
        "INVITE sip:9898@10.106.95.200:5061 SIP/2.0\r\nVia: SIP/2.0/TLS 10.106.95.203:5061;branch=z9hG4bK1\r\n"
        "From: <sip:1018@10.106.95.203>;tag=1\r\nTo: <sip:9898@10.106.95.200>\r\nCall-ID: a-1@10.106.95.203\r\n"
        "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    )
    answer = invite.replace("INVITE sip:9898@10.106.95.200:5061 SIP/2.0", "SIP/2.0 200 OK", 1)
    trace.digit_analysis("1018", "9898", "9898")
    trace.connection_wanted()
    trace.connection_created(connid, *PEER)
    trace.message(connid, *PEER, invite, outgoing=True)
    trace.certificate(connid, *PEER, certificate(*GUIDE_SUBJECT, names=["sub1.example.com"]), "AES128-SHA")
    trace.message(connid, *PEER, answer, outgoing=False)
    trace.rotate()
    clock.time += timedelta(seconds=5)
    trace.name_mismatch(*PEER, "CUCM10", "CUCM11")
    trace.verification_error(*PEER, 19, "self signed certificate in certificate chain")
    trace.connection_refused(*PEER)
    trace.alarm(
        "SIPTrunkOOS", DeviceName="CUCM10", UnavailableRemotePeersWithReasonCode="10.106.95.200:5061 Local=2"
    )
    paths = []
    for file in trace.files():
        path = tmp_path / file.name
        path.write_bytes(file.on_disk)
        paths.append(str(path))

    found = read_traces(paths)
    (call,) = found["calls"]
    assert (call["calling"], call["called"], call["final"], call["answered"]) == ("1018", "9898", 200, True)
    assert call["digit_analysis"]["pattern"] == "9898"
    assert (call["tls_security"], call["via_transport"], call["connid"]) == (3, "TLS", connid)
    assert call["certificate"]["common_name"] == "CUCM10"
    assert call["certificate"]["subject_alt_names"] == ["sub1.example.com"]
    kinds = {failure["kind"] for failure in found["failures"]}
    assert {"name_mismatch", "verification_error", "connection_refused", "trunk_out_of_service"} <= kinds
