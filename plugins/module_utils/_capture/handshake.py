# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capture tells of each TLS connection: the steps of the handshake, and where it broke.

The verdict of a connection (`handshake`) is `complete` only when the capture shows it. In TLS 1.3
certificates and alerts are encrypted: `not_visible`. What the capture lacks is `not_measured`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from ansible_collections.ucops.cucm.plugins.module_utils._capture.capture import Capture
from ansible_collections.ucops.cucm.plugins.module_utils._capture.tcp import (
    TUNNEL,
    Connection,
    Connections,
    Endpoint,
    Stream,
)
from ansible_collections.ucops.cucm.plugins.module_utils._capture.tls import (
    ClientHello,
    Event,
    Pool,
    ServerHello,
    TlsReader,
)
from ansible_collections.ucops.cucm.plugins.module_utils._capture.tls_names import (
    alert_meaning,
    alert_name,
    cipher_name,
    cipher_openssl,
    is_tls_1_3,
    signature_algorithm_name,
    version_name,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.captures import lack

_TUNNEL_NAMES = {f"{TUNNEL}ip_in_ip": "IP in IP", f"{TUNNEL}mac_in_mac": "MAC in MAC"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FATAL = 2
#: Bytes of an encrypted alert in TLS 1.3: two, the type, and the tag of 16 bytes, or of 8 with CCM_8 (RFC 8446, 5.2).
_ALERT_SIZE, _ALERT_SIZE_CCM_8 = 19, 11
_CCM_8 = 0x1305


@dataclass(frozen=True)
class Reading:
    """A capture as plain data. `incomplete` says in words why it does not show everything."""

    connections: list[dict[str, Any]]
    packets: int
    ignored: dict[str, int]
    left_out: int
    incomplete: list[str]


def read_capture(
    stream: BinaryIO,
    *,
    source: str,
    ports: Sequence[int] = (),
    address: str | None = None,
    most: int = 500,
) -> Reading:
    """Read an open capture; CaptureUnreadable when it is none. Without ports, those of all connections."""
    capture, pool = Capture(stream, source=source), Pool()
    connections = Connections(
        lambda: TlsReader(pool=pool), ports=frozenset(ports), address=address, most=most
    )
    for packet in capture:
        connections.add(packet)
    found = connections.finish()
    incomplete = [capture.damage] if capture.damage else []
    if connections.ignored["cut_off"]:
        incomplete.append(f"{connections.ignored['cut_off']} packets are cut off within their headers")
    if connections.ignored["fragments"]:
        incomplete.append(f"{connections.ignored['fragments']} IP fragments were not put together")
    if connections.ignored["link_type"]:
        incomplete.append(f"{connections.ignored['link_type']} packets are of a link type that is not read")
    tunnels = {kind: count for kind, count in sorted(connections.ignored.items()) if kind.startswith(TUNNEL)}
    for kind, count in tunnels.items():
        name = _TUNNEL_NAMES.get(kind, kind.removeprefix(TUNNEL).upper())
        incomplete.append(
            f"{count} packets are inside a tunnel ({name}) and were not unpacked: capture at its end"
        )
    if connections.filtered:
        connections.ignored["filtered"] = connections.filtered
        if not found:
            wanted = " and ".join(
                [f"port {', '.join(map(str, ports))}"] * bool(ports) + [f"address {address}"] * bool(address)
            )
            incomplete.append(
                f"{connections.filtered} TCP packets are of other connections than those of {wanted}, and none is"
                " of these"
            )
    if connections.left_out:
        incomplete.append(f"{connections.left_out} connections more than the first {most} were left out")
    return Reading(
        connections=[_View(connection, ports).as_dict() for connection in found],
        packets=capture.packets,
        ignored=dict(sorted(connections.ignored.items())),
        left_out=connections.left_out,
        incomplete=incomplete,
    )


class _View:
    """A connection with its sides named."""

    def __init__(self, connection: Connection, ports: Sequence[int]) -> None:
        self.connection = connection
        self.is_asked_for = bool({port for _address, port in connection.endpoints} & set(ports))
        side = _client_side(connection, ports)
        self.endpoints = (connection.endpoints[side], connection.endpoints[1 - side])
        self.streams = (connection.streams[side], connection.streams[1 - side])
        self.client, self.server = (_reader(stream) for stream in self.streams)
        for reader in (self.client, self.server):
            reader.end()
        self.names = tuple(
            f"the {role} {endpoint[0]}"
            for role, endpoint in zip(("client", "server"), self.endpoints, strict=True)
        )

    @property
    def hello(self) -> ClientHello | None:
        return self.client.client_hello

    @property
    def answer(self) -> ServerHello | None:
        answer = self.server.server_hello
        return None if answer is None or answer.retry else answer

    @property
    def is_tls_1_3(self) -> bool:
        return self.answer is not None and is_tls_1_3(self.answer.version)

    @property
    def resumed(self) -> bool | None:
        """Whether an earlier session went on, which shows no certificates; None when that is not known."""
        if self.answer is None:
            return None
        if self.is_tls_1_3:
            return self.answer.resumes
        if self.server.chain is not None or self.server.names & {"Server Key Exchange", "Server Hello Done"}:
            return False
        return True if self.server.changed_cipher else None

    @property
    def is_complete(self) -> bool:
        """Up to TLS 1.2: both sides sent their Finished message, and no alert before it."""
        return self.client.finished and self.server.finished and self.answer is not None

    def as_dict(self) -> dict[str, Any]:
        lacks = self._lacks()
        broke = self._broke(lacks)
        state = self._state(broke)
        if state == "not_measured":
            lacks = lacks or ["ends_early" if self.hello or self.server.server_hello else "nothing_sent"]
        if state == "not_visible":
            lacks = ["encrypted", *lacks]
            if self._may_be_refused():
                lacks.append("maybe_refused")
        hello, answer = self.hello, self.answer
        return {
            "client": _endpoint(self.endpoints[0]),
            "server": _endpoint(self.endpoints[1]),
            "start": _time_text(self.connection.first),
            "end": _time_text(self.connection.last),
            "packets": self.connection.packets,
            "protocol": self._protocol(),
            "handshake": state,
            "broke": broke,
            "not_measured": [lack(reason) for reason in dict.fromkeys(lacks)],
            "version": version_name(answer.version) if answer else None,
            "cipher": cipher_name(answer.cipher) if answer else None,
            "cipher_openssl": cipher_openssl(answer.cipher) if answer else None,
            "offered": _offered(hello),
            "server_name": hello.server_name if hello else None,
            "hello_retry": self.server.retried,
            "resumed": self.resumed,
            "steps": self._steps(),
            "server_chain": [_pem(der) for der in self.server.chain or ()],
            "client_chain": [_pem(der) for der in self.client.chain or ()],
            "client_certificate_request": self._request(),
            "client_certificate": self._client_certificate(),
            "request": _request(self.server),
            "alerts": self._alerts(),
            "application_data": {
                "client": {"records": self.client.data_records, "bytes": self.client.data_bytes},
                "server": {"records": self.server.data_records, "bytes": self.server.data_bytes},
            },
            "closed": self._closed(),
        }

    def _protocol(self) -> str | None:
        known = {self.client.protocol, self.server.protocol} - {None}
        if "sip" not in known and self._side_without_tls() is not None:
            return "other"
        for protocol in ("sip", "tls", "other"):
            if protocol in known:
                return protocol
        return None

    def _state(self, broke: dict[str, Any] | None) -> str:
        if broke is not None:
            return "failed"
        if self.is_complete:
            return "complete"
        if self.is_tls_1_3 and self.client.data_records and self.server.data_records:
            return "not_visible"
        return "not_measured"

    def _lacks(self) -> list[str]:
        """Reasons for `lack`: what of this connection the capture does not show."""
        found = []
        for stream, reader in zip(self.streams, (self.client, self.server), strict=True):
            has_hello = reader.client_hello or reader.server_hello
            if stream.syn is None and stream.position is not None and not has_hello:
                found.append("started_later")
            elif reader.lost:
                found.append("cut_off" if reader.lost == "gap" and stream.cut_off else reader.lost)
            elif (stream.missing or stream.unseen) and not self.is_complete:
                found.append("gap")
            if reader.unread:
                found.append(reader.unread)
        if not (self.is_tls_1_3 or self.is_complete) and (
            self.client.data_records or self.server.data_records
        ):
            # Application data follow the handshake: the end of it was there, and is not in the capture.
            found.append("gap")
        if self._protocol() == "other" and self._side_without_tls() is None and not self.is_asked_for:
            found.append("other_protocol")
        if self.connection.given_up:
            found.append("given_up")
        return list(dict.fromkeys(found))

    def _broke(self, lacks: list[str]) -> dict[str, Any] | None:
        if self._protocol() == "sip":
            return self._failure(
                "not_tls",
                "client" if self.client.protocol == "sip" else "server",
                "plain SIP is spoken on this port, without TLS",
                "Set Device Security Mode to Encrypted and both transport types to TLS in the security profile of"
                " the trunk, on both sides, and reset the trunk",
            )
        role = self._side_without_tls()
        if role is not None:
            return self._not_tls(role)
        alert = self._fatal_alert()
        if alert is not None:
            return alert
        if self.is_complete or lacks:
            return None
        if self._protocol() == "other":
            return self._not_tls("client" if self.client.protocol == "other" else "server")
        return self._broke_off()

    def _side_without_tls(self) -> str | None:
        """The side that, seen from its first byte on, does not speak TLS where the other one does."""
        for role, stream, reader, peer in (
            ("client", self.streams[0], self.client, self.server),
            ("server", self.streams[1], self.server, self.client),
        ):
            is_whole = stream.syn is not None and not stream.missing
            if reader.protocol == "other" and peer.protocol == "tls" and is_whole:
                return role
        return None

    def _not_tls(self, role: str) -> dict[str, Any]:
        return self._failure(
            "not_tls",
            role,
            "what is spoken on this port is neither TLS nor SIP",
            "Check the destination port of the trunk and what listens there",
        )

    def _broke_off(self) -> dict[str, Any] | None:
        """A connection that ended, without an alert in clear, before its handshake was through."""
        client, server = self.streams
        if client.syn is not None and server.syn is None and not self.client.events:
            if server.reset:
                return self._failure(
                    "connection_refused",
                    "server",
                    f"{self.names[1]} refused the TCP connection: nothing listens on port {self.endpoints[1][1]}",
                    f"Check that Cisco CallManager runs on {self.names[1]}, and that a trunk there has a security"
                    " profile with this port and was reset",
                )
            if self.connection.packets > 1:
                return self._failure(
                    "no_answer",
                    "both",
                    f"{self.names[1]} did not answer: {self.connection.packets} packets went unanswered",
                    "Check the address, the routes and the firewalls between the two",
                )
            return None
        if self.is_tls_1_3 and self.client.data_records and self.server.data_records:
            # The first encrypted record of a client is its certificate or its Finished message. Both are longer.
            resumes = self.hello is not None and self.hello.resumes
            if self.client.first_data == self._alert_size() and not resumes:
                return self._failure(
                    "refused_by_client",
                    "both",
                    f"{self.names[0]} refused the handshake with an alert, which is encrypted in TLS 1.3",
                    f"Check that the CA of {self.names[1]} is in CallManager-trust of {self.names[0]}, and look into"
                    " its SDL trace",
                )
            return None
        closed = self._closed()
        if closed["by"] is None:
            return None
        last = self._events()[-1:]
        after = last[0][1].name if last else "the TCP connection was opened"
        who = self.names[0] if closed["by"] == "client" else self.names[1]
        how = "reset" if closed["how"] == "reset" else "closed"
        return self._failure(
            f"{how}_by_{closed['by']}",
            closed["by"] if not self.client.events else "both",
            f"{who} {how} the connection before the handshake was complete, without an alert, after: {after}",
            f"Look into the SDL trace of {who} at this time",
        )

    def _fatal_alert(self) -> dict[str, Any] | None:
        for side, event in self._events():
            if event.alert is not None and event.alert.level == _FATAL:
                return self._alert_failure(side, event.alert.number)
        return None

    def _alert_failure(self, side: int, number: int) -> dict[str, Any]:
        meaning = alert_meaning(number)
        words = {"sender": self.names[side], "peer": self.names[1 - side]}
        by_server = side == 1
        if number == 40 and by_server and self.client.chain == ():
            return self._failure(
                "no_client_certificate",
                "client",
                f"{words['peer']} sent no certificate, which {words['sender']} demands",
                f"Give {words['peer']} a CallManager certificate with clientAuth whose CA {words['sender']} names in"
                " its request, and restart Cisco CallManager there",
            )
        if number == 40 and by_server and self.server.server_hello is None:
            return self._failure(
                "no_common_cipher",
                "both",
                f"{words['sender']} accepts none of the cipher suites that {words['peer']} offers",
                "Compare the TLS ciphers of both (System > Enterprise Parameters, Security Parameters), and the kinds"
                " of their keys (RSA, ECDSA)",
            )
        reason, text = alert_name(number), meaning.meaning.format(**words)
        if number == 70:
            reason = "no_common_version"
            offered = ", ".join(_offered(self.hello)["versions"])
            text += f" (offered: {offered})" if offered else ""
        at = meaning.fault
        fault = {"sender": ("client", "server")[side], "peer": ("server", "client")[side]}.get(at, at)
        return self._failure(reason, fault, text, meaning.remedy.format(**words))

    def _failure(self, reason: str, fault: str, text: str, remedy: str) -> dict[str, Any]:
        steps = [event.name for _side, event in self._events() if event.alert is None]
        return {
            "reason": reason,
            "fault": fault,
            "after": steps[-1] if steps else None,
            "text": text[:1].upper() + text[1:],
            "remedy": remedy,
        }

    def _alert_size(self) -> int:
        ccm_8 = self.answer is not None and self.answer.cipher == _CCM_8
        return _ALERT_SIZE_CCM_8 if ccm_8 else _ALERT_SIZE

    def _may_be_refused(self) -> bool:
        return self._closed()["by"] is not None and self._alert_size() in (
            self.client.last_data,
            self.server.last_data,
        )

    def _request(self) -> str:
        """Whether the server asked for a certificate of the client."""
        if self.server.request is not None:
            return "requested"
        if self.is_tls_1_3:
            return "not_visible"
        if self.resumed:
            return "resumed"
        return "not_requested" if "Server Hello Done" in self.server.names else "not_measured"

    def _client_certificate(self) -> str:
        if self.client.chain is not None:
            return "sent" if self.client.chain else "empty"
        if self.is_tls_1_3:
            return "not_visible"
        if self.resumed:
            return "resumed"
        # A client that goes on without one has sent its key exchange.
        return "not_sent" if "Client Key Exchange" in self.client.names else "not_measured"

    def _events(self) -> list[tuple[int, Event]]:
        """The messages of both sides, as they followed from each other: side (0 = client) and message.

        Who had received what is told by the acknowledgements, whatever the order of the packets in the
        capture. What neither side knew of the other is ordered by time.
        """
        merged: list[tuple[int, Event]] = []
        queues = (self.client.events, self.server.events)
        at = [0, 0]
        while at[0] < len(queues[0]) and at[1] < len(queues[1]):
            first, second = queues[0][at[0]], queues[1][at[1]]
            side = 0 if _is_before(first, second) else 1
            merged.append((side, (first, second)[side]))
            at[side] += 1
        for side in (0, 1):
            merged += [(side, event) for event in queues[side][at[side] :]]
        return merged

    def _steps(self) -> list[dict[str, Any]]:
        steps = []
        for side, event in self._events():
            name = event.name
            if event.alert is not None:
                name = f"Alert ({alert_name(event.alert.number)})"
            elif name == "Application Data" and self.is_tls_1_3:
                name = "Encrypted (handshake or application data)"
            steps.append(
                {
                    "time": _time_text(event.mark.time),
                    "from": ("client", "server")[side],
                    "message": name,
                }
            )
        return steps

    def _alerts(self) -> list[dict[str, Any]]:
        alerts = []
        for side, event in self._events():
            if event.alert is None:
                continue
            meaning = alert_meaning(event.alert.number)
            words = {"sender": self.names[side], "peer": self.names[1 - side]}
            alerts.append(
                {
                    "time": _time_text(event.mark.time),
                    "from": ("client", "server")[side],
                    "fatal": event.alert.level == _FATAL,
                    "number": event.alert.number,
                    "name": alert_name(event.alert.number),
                    "text": meaning.meaning.format(**words),
                    "remedy": meaning.remedy.format(**words),
                }
            )
        return alerts

    def _closed(self) -> dict[str, str | None]:
        """Who ended the connection; a reset tells more than the FIN of the other side."""
        for name in ("reset", "fin"):
            sides = [
                role
                for role, stream in zip(("client", "server"), self.streams, strict=True)
                if getattr(stream, name)
            ]
            if sides:
                first = self._first_fin() if len(sides) > 1 else sides[0]
                return {"by": first, "how": "reset" if name == "reset" else "closed"}
        return {"by": None, "how": None}

    def _first_fin(self) -> str:
        client, server = (stream.closed_at for stream in self.streams)
        return "server" if server is not None and (client is None or server < client) else "client"


def _is_before(one: Event, other: Event) -> bool:
    one_first = other.mark.acknowledged is not None and other.mark.acknowledged >= one.end
    other_first = one.mark.acknowledged is not None and one.mark.acknowledged >= other.end
    if one_first != other_first:
        return one_first
    return (one.mark.time or 0) <= (other.mark.time or 0)


def _reader(stream: Stream) -> TlsReader:
    reader = stream.reader
    if not isinstance(reader, TlsReader):
        raise TypeError(type(reader).__name__)
    return reader


def _client_side(connection: Connection, ports: Sequence[int]) -> int:
    """Who is the client: by the hellos, else by who opened the connection, else by the ports."""
    readers = [_reader(stream) for stream in connection.streams]
    for side in (0, 1):
        if readers[side].client_hello or readers[1 - side].server_hello:
            return side
    if connection.opener is not None:
        return connection.opener
    (_address, first), (_other, second) = connection.endpoints
    if (first in ports) != (second in ports):
        return 1 if first in ports else 0
    return 0 if first >= second else 1


def _offered(hello: ClientHello | None) -> dict[str, list[str]]:
    if hello is None:
        return {"versions": [], "ciphers": [], "signature_algorithms": []}
    return {
        "versions": [version_name(number) for number in hello.versions],
        "ciphers": [cipher_name(number) for number in hello.ciphers],
        "signature_algorithms": [signature_algorithm_name(number) for number in hello.signature_algorithms],
    }


def _request(server: TlsReader) -> dict[str, Any] | None:
    if server.request is None:
        return None
    return {
        "authorities": [base64.b64encode(name).decode("ascii") for name in server.request.authorities],
        "signature_algorithms": [
            signature_algorithm_name(number) for number in server.request.signature_algorithms
        ],
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {"address": endpoint[0], "port": endpoint[1]}


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode("ascii")
    lines = [text[n : n + 64] for n in range(0, len(text), 64)]
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


def _time_text(time: int | None) -> str | None:
    """ISO 8601 in UTC, to the microsecond; None for what is no time of this calendar."""
    if time is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=time // 1000)
    except OverflowError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
