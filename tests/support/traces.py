# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SDL traces for the tests: the lines of Cisco's documents, and the guide's listing as it was printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import read_traces

PEER = "10.106.95.200"
HOST = "10.106.95.203"
CALL_ID = "94fffc00-57415541-7-cb5f6a0a@10.106.95.203"

#: The guide's listing, with the breaks within records and the characters of its translated copy.
LISTING = """\
++ Digit analysis

```
04530161.009 |19:59:21.185 |AppInfo |Digit analysis: match(pi="2", fqcn="1018",
cn="1018",plv="5", pss="", TodFilteredPss="", dd="9898",dac="0")
04530161.010 |19:59:21.185 |AppInfo |Digit analysis: analysis results
04530161.011 |19:59:21.185 |AppInfo ||PretransformCallingPartyNumber=1018
|CallingPartyNumber=1018
|DialingPartition=
|DialingPattern=9898
|FullyQualifiedCalledPartyNumber=9898
```

++ SIP TLS is in use on port 5061 for this call.

```
04530191.034 |19:59:21.189 |AppInfo |//SIP/SIPHandler/ccbId=0/scbId=0/SIP_PROCESS_ENQUEUE:
createConnMsg tls_security=3
04530204.002 |19:59:21.224 |AppInfo
|//SIP/Stack/Transport/0x0/sipConnectionManagerProcessConnCreated: gConnTab=0xb444c150,
addr=10.106.95.200, port=5061, connid=12, transport=TLS Over TCP
04530208.001 |19:59:21.224 |AppInfo |SIPtcp - wait_SdlSPISignal: Outgoing SIP TCP message to
10.106.95.200 on port 5061 index 12
[131,NET]
INVITE sip:9898@10.106.95.200:5061 SIP/2.0
Via: SIP/2.0/TLS 10.106.95.203:5061;branch=z9hG4bK144f49a43a
From: <sip:1018@10.106.95.203>;tag=34-4bd244e4-0988-4929-9df2-2824063695f5-19024196
To: <sip:9898@10.106.95.200>
```

Call-ID: 94fffc00-57415541-7-cb5f6a0a@10.106.95.203

User-Agent: Cisco-CUCM9.1

++ SIPCertificateInd tells the subject and the connection.

```
04530218.000 |19:59:21.323 |SdlSig |SIPCertificateInd |wait
|SIPHandler(1,100,72,1) |SIPTcp(1,100,64,1)
|1,100,17,11.3^^^* | [T:N-H:0,N:1,L:0,V:0,Z:0,D:0] connIdx= 12 --
remoteIP=10.106.95.200 --remotePort = 5061 --X509SubjectName
/C=IN/ST=cisco/L=cisco/O=cisco/OU=cisco/CN=CUCM10 --Cipher AES128-SHA --SubjectAltname =
04530219.000 |19:59:21.324 |SdlSig |SIPCertificateInd
|restart0 |SIPD(1,100,74,16)
|SIPHandler(1,100,72,1) |1,100,17,11.3^^^* |[R:N-
H:0,N:0,L:0,V:0,Z:0,D:0] connIdx= 12 --remoteIP=10.106.95.200 --remotePort = 5061 --
X509SubjectName /C=IN/ST=cisco/L=cisco/O=cisco/OU=cisco/CN=CUCM10 --Cipher AES128-SHA --
SubjectAltname =
```
"""


class Lines:
    """Writes a trace; `at` is the time of day of what follows."""

    def __init__(self, host: str | None = HOST, date: str = "2026/11/24", at: str = "10:00:00.000") -> None:
        self.at = at
        self.number = 4530160
        self.text = ""
        if host:
            self.add(
                f"|Cisco CallManager Version: 9.1 Node: CUCMA Date: {date} HostIPAddress: ::ffff:{host}",
                kind="FileHead",
            )

    def add(self, text: str, *, kind: str = "AppInfo", at: str | None = None) -> Lines:
        self.at = at or self.at
        self.number += 1
        self.text += f"{self.number:08d}.000 |{self.at} |{kind} {text}\n"
        return self

    def dialled(self, called: str, calling: str = "1018", at: str | None = None) -> Lines:
        return self.add(
            f'|Digit analysis: match(pi="2", fqcn="{calling}", cn="{calling}",plv="5", pss="", dd="{called}",dac="0")',
            at=at,
        )

    def routed(self, pattern: str, calling: str = "1018", partition: str = "") -> Lines:
        self.add("|Digit analysis: analysis results")
        return self.add(
            f"||PretransformCallingPartyNumber={calling}\n|CallingPartyNumber={calling}\n"
            f"|DialingPartition={partition}\n|DialingPattern={pattern}\n|FullyQualifiedCalledPartyNumber=x"
        )

    def wanted(self, security: int = 3) -> Lines:
        return self.add(f"|//SIP/SIP_PROCESS_ENQUEUE: createConnMsg tls_security={security}")

    def created(self, connid: int = 12, peer: str = PEER, at: str | None = None, port: int = 5061) -> Lines:
        return self.add(
            "|//SIP/Stack/Transport/0x0/sipConnectionManagerProcessConnCreated: gConnTab=0xb444c150,"
            f" addr={peer}, port={port}, connid={connid}, transport=TLS Over TCP",
            at=at,
        )

    def certificate(self, name: str = "CUCM10", connid: int = 12, peer: str = PEER, names: str = "") -> Lines:
        for how in ("wait |SIPHandler(1,100,72,1)", "restart0 |SIPD(1,100,74,16)"):
            self.add(
                f"|SIPCertificateInd |{how} |1,100,17,11.3^*^* |[T:N-H:0] connIdx= {connid} --remoteIP={peer}"
                f" --remotePort = 5061 --X509SubjectName /C=IN/O=cisco/CN={name} --Cipher AES128-SHA"
                f" --SubjectAltname ={names}",
                kind="SdlSig",
            )
        return self

    def message(
        self,
        text: str,
        *,
        outgoing: bool = True,
        connid: int = 12,
        peer: str = PEER,
        port: int = 5061,
        at: str | None = None,
    ) -> Lines:
        head = (
            f"wait_SdlSPISignal: Outgoing SIP TCP message to {peer} on port {port} index {connid} "
            if outgoing
            else f"wait_SdlReadRsp: Incoming SIP TCP message from {peer} on port {port} index {connid} with 9 bytes:"
        )
        return self.add(f"|SIPTcp - {head}\n[131,NET]\n{text}\n", at=at)

    def request(
        self, method: str, called: str = "9898", calling: str = "1018", call_id: str = "c@a", **how: Any
    ) -> Lines:
        to_tag = how.pop("to_tag", "")
        number = how.pop("number", 101)
        return self.message(
            f"{method} sip:{called}@{PEER}:5061 SIP/2.0\nVia: SIP/2.0/TLS {HOST}:5061;branch=z9\n"
            f"From: <sip:{calling}@{HOST}>;tag=1\nTo: <sip:{called}@{PEER}>{to_tag}\nCall-ID: {call_id}\n"
            f"CSeq: {number} {method}",
            **how,
        )

    def answer(
        self, status: str, method: str = "INVITE", call_id: str = "c@a", number: int = 101, **how: Any
    ) -> Lines:
        how.setdefault("outgoing", False)
        return self.message(
            f"SIP/2.0 {status}\nVia: SIP/2.0/TLS {HOST}:5061\nFrom: <sip:1018@{HOST}>;tag=1\n"
            f"To: <sip:9898@{PEER}>;tag=2\nCall-ID: {call_id}\nCSeq: {number} {method}",
            **how,
        )


def read(tmp_path: Path, *texts: str | bytes | Lines, **how: Any) -> dict[str, Any]:
    """Read texts as files of one directory, in this order."""
    paths = []
    for number, text in enumerate(texts, 1):
        data = text.text if isinstance(text, Lines) else text
        path = tmp_path / f"SDL001_100_{number:06d}.txt"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        paths.append(path)
    return read_traces(paths, **how)
