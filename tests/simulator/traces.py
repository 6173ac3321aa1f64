# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDL trace of a node: what call processing writes down of calls, connections and failures.

The lines are those of Cisco's SIP TLS guide and of its notes on failures. What is made up is listed
in FIDELITY.md, section "Traces".
"""

from __future__ import annotations

import gzip
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.axl import versions
from ansible_collections.ucops.cucm.tests.simulator.node_files import TRACE_DIRECTORY, NodeFile
from cryptography import x509

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: A file is closed and compressed when it is larger than this, in bytes. A real one has 2 MB and more.
DEFAULT_LIMIT = 256 * 1024
#: How many closed files a node keeps.
KEPT = 30
#: What `Reason code` of a ConnectionFailure stands for.
NAME_MISMATCH = 2
#: The transport's own numbers of OpenSSL 1.0, which Cisco's note shows in this place.
_VERIFY_FAILED = "certificate verify failed [134]"
_FUNCTION = "SSL3_GET_SERVER_CERTIFICATE [144]"
_SEVERITY = {"SIPTrunkISV": "Notice", "SIPTrunkPartiallyISV": "Warning"}
_SHORT_NAMES = {
    x509.NameOID.COUNTRY_NAME: "C",
    x509.NameOID.STATE_OR_PROVINCE_NAME: "ST",
    x509.NameOID.LOCALITY_NAME: "L",
    x509.NameOID.ORGANIZATION_NAME: "O",
    x509.NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    x509.NameOID.COMMON_NAME: "CN",
}


@dataclass(frozen=True)
class _ClosedFile:
    number: int
    compressed: bytes
    modified: datetime


class Trace:
    """One stream of lines, cut into files. `limit` is the size of a file in bytes before compression.

    A new file begins as well when the date changes, since lines have the time of day only.
    """

    def __init__(self, node: Node, limit: int = DEFAULT_LIMIT) -> None:
        self._node = node
        self.limit = limit
        self._index = 1 + [known.name for known in node.cluster.topology.nodes].index(node.name)
        self._closed: list[_ClosedFile] = []
        self._number = 0
        self._open = bytearray()
        self._begun: date | None = None
        self._modified = node.clock.now()
        self._sequence = 1000 + secrets.randbelow(1000)
        self._step = 0
        self._message = 0
        self._connid = 0
        self._table = f"0x{secrets.randbits(24) | 0xB4000000:08x}"

    # What happens

    def next_connid(self) -> int:
        """A number for a new connection."""
        self._connid += 1
        return self._connid

    def digit_analysis(self, calling: str, called: str, pattern: str | None, partition: str = "") -> None:
        """Digits were dialled; a pattern matches them, or none does."""
        self._begin()
        self._info(
            f'Digit analysis: match(pi="2", fqcn="{calling}", cn="{calling}",plv="5", pss="",'
            f' TodFilteredPss="", dd="{called}",dac="0")'
        )
        if pattern is None:
            self._info("Digit analysis: potentialMatches=NoPotentialMatchesExist")
            return
        self._info("Digit analysis: analysis results")
        self._info(
            f"|PretransformCallingPartyNumber={calling}\n"
            f"|CallingPartyNumber={calling}\n"
            f"|DialingPartition={partition}\n"
            f"|DialingPattern={pattern}\n"
            f"|FullyQualifiedCalledPartyNumber={called}"
        )

    def connection_wanted(self) -> None:
        """A TLS connection was ordered."""
        self._begin()
        self._info("//SIP/SIPHandler/ccbId=0/scbId=0/SIP_PROCESS_ENQUEUE: createConnMsg tls_security=3")

    def connection_created(self, connid: int, address: str, port: int) -> None:
        """The TCP connection is there."""
        self._begin()
        self._info(
            "//SIP/Stack/Transport/0x0/sipConnectionManagerProcessConnCreated:"
            f" gConnTab={self._table}, addr={address}, port={port}, connid={connid},"
            " transport=TLS Over TCP"
        )

    def certificate(
        self, connid: int, address: str, port: int, certificate: x509.Certificate, cipher: str
    ) -> None:
        """The peer's certificate. The signal is written twice: when it is sent, and when it is received."""
        names = ",".join(_alt_names(certificate))
        content = (
            f"connIdx= {connid} --remoteIP={address} --remotePort = {port}"
            f" --X509SubjectName {_one_line(certificate.subject)} --Cipher {cipher} --SubjectAltname ={names}"
        )
        node = self._index
        tail = f"{node},100,17,{connid}.3^*^*"
        self._signal(
            f"|SIPCertificateInd |wait |SIPHandler({node},100,72,1) |SIPTcp({node},100,64,1)"
            f" |{tail} |[T:N-H:0,N:1,L:0,V:0,Z:0,D:0] {content}"
        )
        self._signal(
            f"|SIPCertificateInd |restart0 |SIPD({node},100,74,16) |SIPHandler({node},100,72,1)"
            f" |{tail} |[R:N-H:0,N:0,L:0,V:0,Z:0,D:0] {content}"
        )

    def message(self, connid: int, address: str, port: int, text: str, *, outgoing: bool) -> None:
        """A SIP message, whole. Also over TLS it is called a SIP TCP message."""
        self._begin()
        self._message += 1
        if outgoing:
            head = f"wait_SdlSPISignal: Outgoing SIP TCP message to {address} on port {port} index {connid} "
        else:
            size = len(text.encode())
            head = (
                f"wait_SdlReadRsp: Incoming SIP TCP message from {address} on port {port}"
                f" index {connid} with {size} bytes:"
            )
        body = text.replace("\r\n", "\n").rstrip("\n")
        self._info(f"SIPTcp - {head}\n[{self._message},NET]\n{body}\n")

    def name_mismatch(
        self, address: str, port: int, received: str | Iterable[str], expected: str | Iterable[str]
    ) -> None:
        """The peer's certificate has none of the X.509 subject names: its CN is tried, then its SANs."""
        self._begin()
        got, wanted = _joined(received), _joined(expected)
        word = "validTLSConnection:TLS InvalidX509NameInCertificate"
        self._info(f"{word}, Rcvd={got} , Expected={wanted}. Will check SAN the next")
        self._info(f"{word} Error , did not find matching SAN either, Rcvd={got}, Expected={wanted}")
        self._connection_failure(address, port, NAME_MISMATCH)

    def verification_error(self, address: str, port: int, number: int, text: str) -> None:
        """The peer's chain was not accepted; `number` is OpenSSL's X509_V_ERR."""
        self._begin()
        self._info(
            "HandleSSLError - Certificate verification failed:"
            f"(Verification error:{number})- {text} for {_place(address, port)}"
        )
        self._ssl_error(address, port, _VERIFY_FAILED)

    def tls_error(self, address: str, port: int, text: str) -> None:
        """The handshake failed for another reason, or the peer refused it by an alert."""
        self._begin()
        self._ssl_error(address, port, text)

    def connection_refused(self, address: str, port: int) -> None:
        """No TCP connection came about."""
        self._begin()
        self._info(f"SIPTcp - Connection refused: connect to {address} on port {port} failed, errno=111")

    def trunk_alarm(self, name: str, trunk: str, available: str, unavailable: str) -> None:
        """What call processing tells the RIS of a trunk, and then the alarm; both lists as the alarm writes them."""
        self._begin()
        self._info(
            f"RISCMAccess::{name} ::deviceName={trunk} ::availList={available} ::unAvailList={unavailable}"
        )
        lists = {"AvailableRemotePeers": available, "UnavailableRemotePeersWithReasonCode": unavailable}
        self.alarm(name, DeviceName=trunk, **{key: text for key, text in lists.items() if text})

    def alarm(self, name: str, **parameters: object) -> None:
        """An alarm of call processing; the parameters are the alarm's own, such as DeviceName."""
        own = {
            "AppID": "Cisco CallManager",
            "ClusterID": self._node.cluster.name,
            "NodeID": self._node.topology.hostname,
        }
        listed = ", ".join(f"{key}:{value}" for key, value in {**parameters, **own}.items())
        self._begin()
        self._line(
            "AlarmErr",
            f"|AlarmClass: CallManager, AlarmName: {name}, AlarmSeverity: {_SEVERITY.get(name, 'Error')},"
            f" AlarmMessage: , AlarmDescription: , AlarmParameters:  {listed}",
        )

    # What the files are

    def files(self) -> list[NodeFile]:
        """The closed files, compressed, and the open one as .gzo, which comes decompressed."""
        found = [
            self._file(f"{self._name(closed.number)}.txt.gz", closed.compressed, closed.modified)
            for closed in self._closed
        ]
        if self._open:
            text = bytes(self._open)
            name = f"{self._name(self._number)}.txt.gzo"
            found.append(self._file(name, text, self._modified, stored=_unfinished(text)))
        return found

    def delete(self, path: str) -> bool:
        """Remove a closed file."""
        kept = [file for file in self._closed if path != f"{TRACE_DIRECTORY}{self._name(file.number)}.txt.gz"]
        found = len(kept) < len(self._closed)
        self._closed = kept
        return found

    def rotate(self) -> None:
        """Close the open file; the next line begins another one."""
        if self._open:
            compressed = gzip.compress(bytes(self._open), mtime=0)
            self._closed = [
                *self._closed[1 - KEPT :],
                _ClosedFile(self._number, compressed, self._modified),
            ]
            self._open.clear()

    def _name(self, number: int) -> str:
        return f"SDL{self._index:03d}_100_{number:06d}"

    @staticmethod
    def _file(name: str, data: bytes, modified: datetime, *, stored: bytes | None = None) -> NodeFile:
        return NodeFile(name, TRACE_DIRECTORY + name, data, modified, stored)

    # Lines

    def _begin(self) -> None:
        """The lines that follow belong to the next signal."""
        self._sequence += 1
        self._step = 0

    def _info(self, text: str) -> None:
        self._step += 1
        self._line("AppInfo", f"|{text}")

    def _signal(self, text: str) -> None:
        self._begin()
        self._line("SdlSig", text)

    def _line(self, kind: str, text: str) -> None:
        now = self._node.clock.now()
        if self._open and (len(self._open) > self.limit or now.date() != self._begun):
            self.rotate()
        if not self._open:
            self._number += 1
            self._begun = now.date()
            self._write(0, 0, now, "FileHead", f"|{self._head(now)}")
        self._write(self._sequence, self._step, now, kind, text)
        self._modified = now

    def _head(self, now: datetime) -> str:
        topology = self._node.topology
        address = topology.address if ":" in topology.address else f"::ffff:{topology.address}"
        version = versions.release(self._node.cluster.topology.release).ccm_version
        return (
            f"Cisco CallManager Version: {version} Node: {topology.hostname}"
            f" Date: {now:%Y/%m/%d} HostIPAddress: {address}"
        )

    def _write(self, sequence: int, step: int, now: datetime, kind: str, text: str) -> None:
        stamp = f"{now:%H:%M:%S}.{now.microsecond // 1000:03d}"
        self._open += f"{sequence:08d}.{step:03d} |{stamp} |{kind} {text}\n".encode()

    def _ssl_error(self, address: str, port: int, reason: str) -> None:
        self._info(
            f"HandleSSLError - TLS protocol error(ssl reason code={reason}),lib=SSL routines [20],"
            f"fun={_FUNCTION}, errno=0 for {_place(address, port)}"
        )

    def _connection_failure(self, address: str, port: int, reason: int) -> None:
        self._info(
            "ConnectionFailure - Unified CM failed to open a TLS connection for the indicated device"
            f" Device Name: IP Address:{address} Device Port:{port} Reason code:{reason}"
        )
        self.alarm("ConnectionFailure", DeviceName="", IPAddress=address, DevicePort=port, Reason=reason)


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _joined(names: str | Iterable[str]) -> str:
    return names if isinstance(names, str) else ",".join(names)


def _alt_names(certificate: x509.Certificate) -> list[str]:
    """DNS names and addresses, in their order and as they are written."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress)]


def _one_line(name: x509.Name) -> str:
    """The name in its own order, as OpenSSL's X509_NAME_oneline prints it."""
    return "".join(
        f"/{_SHORT_NAMES.get(attribute.oid, attribute.oid.dotted_string)}={attribute.value!s}"
        for attribute in name
    )


def _unfinished(text: bytes) -> bytes:
    """A gzip stream that is still open: everything is there but its end."""
    compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)
