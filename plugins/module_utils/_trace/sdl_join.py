# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the lines of SDL traces to connections, calls and failures.

A connection is known by its node and its number; the number comes back after a restart, so an opening
begins another connection. A call is known by its node and its Call-ID. Digit analysis has neither: it
belongs to the INVITE with the same numbers that comes next, or came just before from the trunk.
All that is kept is bounded; the oldest goes first, and is counted.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Generic, TypeVar

from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_failures import (
    FIRST_ALERT,
    GENERAL,
    SPECIFIC,
    Failure,
    Recovery,
    failure_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_records import (
    ConnectionCreated,
    ConnectionWanted,
    Dialled,
    Event,
    PeerCertificate,
    Routed,
    SipMessage,
    Unmatched,
    event_of,
    line_of,
    message_of,
    peer_of,
    transmission_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_stream import Record

#: An INVITE comes this soon after digit analysis, and digit analysis this soon after an INVITE from a trunk.
_ROUTED_WITHIN = timedelta(seconds=30)
_ANALYSED_WITHIN = timedelta(seconds=5)
#: A connection that was wanted comes about within this time, or not at all.
_OPENED_WITHIN = timedelta(seconds=30)
#: Several lines about one failure come within this time.
_ONE_FAILURE = timedelta(seconds=5)
#: Answers of one call that are kept, calls of one connection, and what is remembered to be joined.
_MOST_RESPONSES = 20
_MOST_CALLS = 1000
_REMEMBERED = 256
_TLS = 3
#: Digits that two numbers have in common at least, to be taken for one that was transformed.
_SHORTEST_END = 3
#: The first status that says that a call failed.
_FAILED = 300

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """The latest so many of one kind, under keys; `lost` counts those that had to go."""

    def __init__(self, most: int, forget: Callable[[_T], None] | None = None) -> None:
        self.lost = 0
        self._most = most
        self._forget = forget
        self._items: OrderedDict[object, _T] = OrderedDict()
        self._next = 0

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: object) -> _T | None:
        return self._items.get(key)

    def add(self, item: _T, key: object = None) -> _T:
        self._next += 1
        self._items[self._next if key is None else key] = item
        if len(self._items) > self._most:
            _oldest, gone = self._items.popitem(last=False)
            self.lost += 1
            if self._forget:
                self._forget(gone)
        return item


@dataclass(slots=True, eq=False)
class Node:
    """What is remembered of one node while its traces are read."""

    key: str
    host: str | None
    wanted: deque[tuple[datetime, int]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    current: OrderedDict[int, Connection] = field(default_factory=OrderedDict)
    dialled: deque[Attempt] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    arrived: deque[Call] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    failures: deque[Failed] = field(default_factory=lambda: deque(maxlen=16))
    recovered: Recovered | None = None


@dataclass(slots=True, eq=False)
class Connection:
    """A connection; `opened` is whether the trace shows how it was opened."""

    node: Node
    connid: int
    address: str
    port: int
    first: datetime
    last: datetime
    opened: bool
    transport: str | None = None
    tls_security: int | None = None
    certificate: PeerCertificate | None = None
    calls: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_CALLS))


@dataclass(slots=True, eq=False)
class Attempt:
    """Digits that were analysed.

    `call` is the call that came in with them from a trunk or a SIP phone, `sent` the one that went
    out. `unmatched` is whether the trace says that no pattern matches; without it and without a
    pattern, the trace does not show what was found.
    """

    node: Node
    time: datetime
    calling: str
    called: str
    pattern: str | None = None
    partition: str = ""
    unmatched: bool = False
    call: Call | None = None
    sent: Call | None = None


@dataclass(slots=True, eq=False)
class Call:
    """An INVITE and its answers."""

    node: Node
    time: datetime
    invite: SipMessage
    connection: Connection
    attempt: Attempt | None = None
    responses: deque[tuple[datetime, int, str]] = field(default_factory=lambda: deque(maxlen=_MOST_RESPONSES))
    final: int | None = None

    @property
    def answered(self) -> bool:
        return self.final is not None and 200 <= self.final < 300


@dataclass(slots=True, eq=False)
class Ping:
    """An OPTIONS and its answer."""

    node: Node
    time: datetime
    request: SipMessage
    status: int | None = None


@dataclass(slots=True, eq=False)
class Failed:
    """A failure, and the connection it belongs to."""

    node: Node
    time: datetime
    failure: Failure
    connection: Connection | None = None


@dataclass(slots=True, eq=False)
class Recovered:
    """A trunk that came back."""

    node: Node
    time: datetime
    recovery: Recovery


class Joiner:
    """Takes the records of all files, node by node and in the order of time.

    `addresses` are the only peers that count, all of them when there are none; `most` bounds each list.
    """

    def __init__(self, *, addresses: Collection[str] = (), most: int) -> None:
        self.connections: Kept[Connection] = Kept(most, _forget_connection)
        self.attempts: Kept[Attempt] = Kept(most)
        self.calls: Kept[Call] = Kept(most)
        self.pings: Kept[Ping] = Kept(most)
        self.failures: Kept[Failed] = Kept(most)
        self.recoveries: Kept[Recovered] = Kept(most)
        self._addresses = frozenset(addresses)

    def take(self, node: Node, record: Record) -> None:
        """Take the next record of a node."""
        sent = transmission_of(record)
        if sent is not None:
            message = message_of(record, sent) if self._is_wanted(peer_of(sent)) else None
            if message is not None:
                self._message(node, record.time, message)
            return  # words in a message are the peer's and no lines of the trace
        line = line_of(record)
        failure = failure_of(line)
        if isinstance(failure, Failure):
            self._failed(node, record.time, failure)
        elif failure is not None:
            self._recovered(node, record.time, failure)
        else:
            event = event_of(line)
            if event is not None:
                self._event(node, record.time, event)

    def _is_wanted(self, address: str | None) -> bool:
        return not self._addresses or address is None or address in self._addresses

    def _event(self, node: Node, time: datetime, event: Event) -> None:
        if isinstance(event, Dialled):
            self._dialled(node, time, event)
        elif isinstance(event, Routed):
            _routed(node, time, event)
        elif isinstance(event, Unmatched):
            _unmatched(node, time)
        elif isinstance(event, ConnectionWanted):
            node.wanted.append((time, event.tls_security))
        elif isinstance(event, ConnectionCreated):
            self._created(node, time, event)
        else:
            self._certificate(node, time, event)

    # Connections

    def _created(self, node: Node, time: datetime, event: ConnectionCreated) -> None:
        security = _security(node, time, event.transport)
        if not self._is_wanted(event.address):
            node.current.pop(event.connid, None)
            return
        connection = self._open(node, time, event.connid, event.address, event.port, opened=True)
        connection.transport = event.transport
        connection.tls_security = security

    def _open(
        self, node: Node, time: datetime, connid: int, address: str, port: int, *, opened: bool
    ) -> Connection:
        made = Connection(node, connid, address, port, time, time, opened)
        node.current[connid] = made
        node.current.move_to_end(connid)
        return self.connections.add(made)

    def _connection(self, node: Node, time: datetime, connid: int, address: str, port: int) -> Connection:
        """The connection that a line is about; one that was open before is only known from now on."""
        known = node.current.get(connid)
        if known is not None and known.address == address:
            known.last = time
            return known
        return self._open(node, time, connid, address, port, opened=False)

    def _certificate(self, node: Node, time: datetime, event: PeerCertificate) -> None:
        if self._is_wanted(event.address):
            connection = self._connection(node, time, event.connid, event.address, event.port)
            connection.certificate = event

    # Calls

    def _dialled(self, node: Node, time: datetime, event: Dialled) -> None:
        for known in reversed(node.dialled):
            if time - known.time > _ANALYSED_WITHIN:
                break
            if (known.calling, known.called) == (event.calling, event.called):
                return
        attempt = self.attempts.add(Attempt(node, time, event.calling, event.called))
        node.dialled.append(attempt)
        for call in reversed(node.arrived):
            if time - call.time > _ANALYSED_WITHIN:
                break
            if call.attempt is None and call.invite.called == event.called:
                call.attempt, attempt.call = attempt, call
                break

    def _message(self, node: Node, time: datetime, message: SipMessage) -> None:
        connection = self._connection(node, time, message.connid, message.address, message.port)
        if message.method == "INVITE":
            self._invite(node, time, message, connection)
            return
        key = (node.key, message.call_id, message.sequence)
        ping = self.pings.get(key)
        if message.status is None:
            if ping is None:  # else it was sent again
                self.pings.add(Ping(node, time, message), key)
        elif ping is not None and ping.request.outgoing != message.outgoing:
            ping.status = message.status

    def _invite(self, node: Node, time: datetime, message: SipMessage, connection: Connection) -> None:
        key = (node.key, message.call_id)
        call = self.calls.get(key)
        if message.status is not None:
            if call is not None and call.invite.outgoing != message.outgoing:
                _answer(call, time, message)
            return
        if call is not None:
            if call.final is None and not message.in_dialog:
                call.connection = connection  # the next destination of the trunk
                _remember(connection, message.call_id)
            return
        if message.in_dialog:
            return  # of a call that is older than the trace
        call = self.calls.add(Call(node, time, message, connection), key)
        _remember(connection, message.call_id)
        if message.outgoing:
            call.attempt = _attempt_of(node, time, message)
            if call.attempt:
                call.attempt.sent = call
        else:
            node.arrived.append(call)

    # Failures

    def _recovered(self, node: Node, time: datetime, recovery: Recovery) -> None:
        """Keep a recovery once: the alarm, its text and the line of the RIS tell the same."""
        known = node.recovered
        if (
            known is not None
            and known.recovery.kind == recovery.kind
            and time - known.time <= _ONE_FAILURE
            and (known.recovery.trunk == recovery.trunk or not (known.recovery.trunk and recovery.trunk))
        ):
            known.recovery.trunk = known.recovery.trunk or recovery.trunk
            return
        node.recovered = self.recoveries.add(Recovered(node, time, recovery))

    def _failed(self, node: Node, time: datetime, failure: Failure) -> None:
        earlier = _same_failure(node, time, failure)
        if not self._is_wanted(failure.address):
            if earlier is not None and earlier.failure.address is None:
                # Now it is told whose it was: of a peer that does not count.
                _complete(earlier.failure, failure)
            return
        if earlier is not None:
            _complete(earlier.failure, failure)
            failed = earlier
        else:
            failed = self.failures.add(Failed(node, time, failure))
            node.failures.append(failed)
        if failed.connection is None:
            failed.connection = _connection_of(node, time, failed.failure)


def _forget_connection(connection: Connection) -> None:
    current = connection.node.current
    if current.get(connection.connid) is connection:
        del current[connection.connid]


def _security(node: Node, time: datetime, transport: str) -> int | None:
    """What was ordered for a connection that is there now: the oldest order that fits, and is not stale."""
    while node.wanted and time - node.wanted[0][0] > _OPENED_WITHIN:
        node.wanted.popleft()
    over_tls = transport.upper().startswith("TLS")
    for order in node.wanted:
        if (order[1] == _TLS) == over_tls:
            node.wanted.remove(order)
            return order[1]
    return None


def _routed(node: Node, time: datetime, event: Routed) -> None:
    for attempt in reversed(node.dialled):
        if time - attempt.time > _ANALYSED_WITHIN:
            return
        if attempt.pattern is None and event.calling in ("", attempt.calling):
            attempt.pattern, attempt.partition = event.pattern, event.partition
            return


def _unmatched(node: Node, time: datetime) -> None:
    for attempt in reversed(node.dialled):
        if time - attempt.time > _ANALYSED_WITHIN:
            return
        if attempt.pattern is None:
            attempt.unmatched = True
            return


def _attempt_of(node: Node, time: datetime, invite: SipMessage) -> Attempt | None:
    """Digit analysis of an outgoing call: the same numbers, or what transformations leave of them.

    A pattern may strip digits of the called number or prefix some, and a mask may change the
    beginning of the caller's. An analysis leads to one call, and to the next one when that failed.
    """
    free = [
        attempt
        for attempt in reversed(node.dialled)
        if attempt.pattern is not None
        and time - attempt.time <= _ROUTED_WITHIN
        and (attempt.sent is None or (attempt.sent.final or 0) >= _FAILED)
    ]
    for fits in (
        lambda attempt: (attempt.calling, attempt.called) == (invite.calling, invite.called),
        lambda attempt: attempt.called == invite.called,
        lambda attempt: attempt.calling == invite.calling,
        lambda attempt: (
            _have_one_end(attempt.called, invite.called) and _have_one_end(attempt.calling, invite.calling)
        ),
        lambda attempt: _have_one_end(attempt.called, invite.called),
        lambda attempt: _have_one_end(attempt.calling, invite.calling),
    ):
        found = next(filter(fits, free), None)
        if found is not None:
            return found
    return None


def _have_one_end(one: str, other: str) -> bool:
    """Whether one number is the end of the other, as after a prefix, a stripped digit or a mask."""
    shorter, longer = sorted((one.lstrip("+"), other.lstrip("+")), key=len)
    return len(shorter) >= _SHORTEST_END and longer.endswith(shorter)


def _remember(connection: Connection, call_id: str) -> None:
    if call_id not in connection.calls:
        connection.calls.append(call_id)


def _answer(call: Call, time: datetime, message: SipMessage) -> None:
    status = message.status or 0
    call.responses.append((time, status, message.reason))
    if status >= 200 and not call.answered:
        call.final = status


def _same_failure(node: Node, time: datetime, failure: Failure) -> Failed | None:
    """The failure that a more general line repeats, or another form of the same alarm."""
    if failure.kind.startswith("trunk_"):
        return _same_alarm(node, time, failure)
    if failure.kind not in GENERAL or _is_alert(failure):
        return None
    for earlier in reversed(node.failures):
        if time - earlier.time > _ONE_FAILURE:
            return None
        known = earlier.failure
        same_place = None in (known.address, failure.address) or known.address == failure.address
        if same_place and (
            known.kind in SPECIFIC
            or (known.kind == "tls_error" and failure.kind == "connection_failure")
            or (known.kind == failure.kind == "connection_failure" and known.number == failure.number)
        ):
            return earlier
    return None


def _same_alarm(node: Node, time: datetime, failure: Failure) -> Failed | None:
    """The alarm of a trunk that another line told: its text, its parameters or the line of the RIS."""
    for earlier in reversed(node.failures):
        known = earlier.failure
        if time - earlier.time > _ONE_FAILURE:
            return None
        if known.kind == failure.kind and all(
            one == other or None in (one, other)
            for one, other in (
                (known.trunk, failure.trunk),
                (known.address, failure.address),
                (known.number, failure.number),
            )
        ):
            return earlier
    return None


def _is_alert(failure: Failure) -> bool:
    """Whether the peer refused: that is another matter than what this node did not like."""
    return failure.kind == "tls_error" and failure.number is not None and failure.number >= FIRST_ALERT


def _complete(known: Failure, more: Failure) -> None:
    known.address = known.address or more.address
    known.port = known.port or more.port
    known.connid = known.connid if known.connid is not None else more.connid
    known.trunk = known.trunk or more.trunk
    if known.number is None and more.number is not None and known.kind == more.kind:
        known.text, known.remedy, known.received = more.text, more.remedy, more.received
    known.number = known.number if known.number is not None else more.number


def _connection_of(node: Node, time: datetime, failure: Failure) -> Connection | None:
    """The open connection that failed: by its number, or the latest one with that peer."""
    if failure.kind.startswith("trunk_") or failure.kind == "connection_refused":
        return None
    if failure.connid is not None:
        return node.current.get(failure.connid)
    if failure.address is None:
        return None
    for connection in islice(reversed(node.current.values()), _REMEMBERED):
        same_port = failure.port in (None, connection.port)
        if connection.address == failure.address and same_port:
            return connection if time - connection.last <= _OPENED_WITHIN else None
    return None
