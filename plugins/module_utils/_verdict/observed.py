# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What probes, captures and traces observed, as the checks look at it."""

from __future__ import annotations

import os.path
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._facts.captures import lack
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Certificate, canonical
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, words


@dataclass(frozen=True)
class Wire:
    """A certificate that a node showed, and who saw it."""

    PROBE: ClassVar[str] = "live probe"

    certificate: Certificate
    source: str
    at: datetime | None = None


class Probe:
    """The probe of one destination of a trunk."""

    def __init__(self, view: View) -> None:
        self.address = view.get("address").text
        self.port = view.get("port").port
        #: The node of the cluster itself whose port it looked at, where it was one.
        self.node = view.get("node").text
        self.result = view.get("result")

    @property
    def destination(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return words(f"{host}:{self.port}")

    @property
    def missing(self) -> str:
        """Why there is no result; empty when there is one."""
        if isinstance(self.result.get("findings").value, list):
            return ""
        return self.result.get("msg").words or "the probe gave no result"

    @cached_property
    def findings(self) -> dict[str, View]:
        """What is wrong, by reason."""
        return {view.get("reason").text: view for view in self.result.get("findings")}

    @property
    def unmeasured(self) -> frozenset[str]:
        return frozenset(view.get("reason").text for view in self.result.get("not_measured"))

    @property
    def version(self) -> str:
        return self.result.get("tls", "version").text

    @property
    def cipher(self) -> str:
        return self.result.get("tls", "cipher").text

    @cached_property
    def certificate(self) -> Certificate | None:
        return next((Certificate.of(view) for view in self.result.get("chain")), None)

    @cached_property
    def offered(self) -> dict[str, Certificate]:
        """What it showed to a peer that takes keys of one type only, by that type."""
        found = {
            view.get("key_type").text: Certificate.of(view.get("certificate"))
            for view in self.result.get("offers")
        }
        return {key_type: one for key_type, one in found.items() if one is not None}


@dataclass(frozen=True)
class Captured:
    """A connection of a packet capture."""

    source: str
    client: tuple[str, int]
    server: tuple[str, int]
    view: View
    #: The nodes that captured it: cluster and name.
    nodes: frozenset[tuple[str, str]] = frozenset()

    @property
    def state(self) -> str:
        """`complete`, `failed`, `not_visible` or `not_measured`."""
        state = self.view.get("handshake").text
        return state if state in _RANK else "not_measured"

    @property
    def start(self) -> datetime | None:
        return self.view.get("start").moment

    @property
    def lasted(self) -> timedelta | None:
        """How long the capture shows it; None when it does not tell."""
        end = self.view.get("end").moment
        return end - self.start if end is not None and self.start is not None else None

    @property
    def order(self) -> tuple[str, tuple[str, int], tuple[str, int]]:
        """By time; what has the same time, by its ends."""
        return self.view.get("start").text, self.client, self.server

    @property
    def lacks(self) -> View:
        """The first thing that the capture does not show of it, with its remedy."""
        return next(iter(self.view.get("not_measured")), View())

    @cached_property
    def server_certificate(self) -> Certificate | None:
        return next((Certificate.of(view) for view in self.view.get("server_chain")), None)

    @cached_property
    def client_certificate(self) -> Certificate | None:
        return next((Certificate.of(view) for view in self.view.get("client_chain")), None)

    @property
    def is_of_phone(self) -> bool:
        """Whether a phone opened it, by the name in its certificate."""
        return bool(self.client_certificate and _PHONE.match(self.client_certificate.common_name))

    def records(self, role: str) -> int:
        return self.view.get("application_data", role, "records").integer or 0


#: The better a state tells of a handshake, the higher.
_RANK = {"not_measured": 0, "not_visible": 1, "failed": 2, "complete": 3}
#: How far the clocks of two nodes that captured one connection may be apart.
_CLOCKS_APART = timedelta(minutes=10)


def captured_of(results: Iterable[View], node: tuple[str, str] | None = None) -> Iterator[Captured]:
    """The connections of captures, each `{path, result}`, of a node."""
    nodes = frozenset((node,) if node else ())
    for capture in results:
        name = words(os.path.basename(capture.get("path").text), 80)
        for view in capture.get("result", "connections"):
            sides = []
            if view.get("protocol").text == "other" and not view.get("broke").is_mapping:
                continue  # it is no trunk's, and was not asked for
            for role in ("client", "server"):
                address, port = view.get(role, "address").text, view.get(role, "port").port
                if address and port:
                    sides.append((canonical(address), port))
            if len(sides) == 2:
                yield Captured(f"packet capture {name}", sides[0], sides[1], view, nodes)


def distinct(connections: Iterable[Captured]) -> list[Captured]:
    """Each connection once, in order of time: of one that several captures show, what they tell together."""
    by_ends: dict[tuple[tuple[str, int], tuple[str, int]], list[Captured]] = defaultdict(list)
    for connection in connections:
        ends = (connection.client, connection.server)
        twin = next((one for one in by_ends[ends] if _is_twin(one, connection)), None)
        if twin is None:
            by_ends[ends].append(connection)
            continue
        by_ends[ends].remove(twin)
        by_ends[ends].append(replace(_together(twin, connection), nodes=twin.nodes | connection.nodes))
    return sorted(chain(*by_ends.values()), key=lambda one: one.order)


def _is_twin(one: Captured, other: Captured) -> bool:
    """Whether two captures show one connection, and not one that used the same ports at another time."""
    if one.source == other.source or one.nodes & other.nodes:
        return False
    if one.start is None or other.start is None:
        return True
    first, second = sorted((one, other), key=lambda connection: connection.order)
    end = first.view.get("end").moment or first.start
    return second.start is None or end is None or second.start - end <= _CLOCKS_APART


def _together(one: Captured, other: Captured) -> Captured:
    """The capture that tells more; of two that each have a part of the connection, both parts joined."""
    best, second = sorted((one, other), key=lambda connection: (-_RANK[connection.state], connection.source))
    if best.state != "not_measured":
        return best
    joined = dict(second.view.value) | {key: value for key, value in best.view.value.items() if value}
    joined["steps"], names = [], {}
    for role in ("client", "server"):
        steps = max(
            (
                [step for step in part.view.get("steps") if step.get("from").text == role]
                for part in (best, second)
            ),
            key=len,
        )
        joined["steps"] += [step.value for step in steps]
        names[role] = {step.get("message").text for step in steps}
    joined["steps"].sort(key=lambda step: View(step).get("time").text)
    for key in ("client_certificate_request", "client_certificate"):
        told = [part.view.get(key).text for part in (best, second)]
        joined[key] = next((text for text in told if text != "not_measured"), "not_measured")
    joined["application_data"] = {
        role: max(
            (part.view.get("application_data", role) for part in (best, second)),
            key=lambda data: data.get("records").integer or 0,
        ).value
        for role in ("client", "server")
    }
    whole = replace(best, source=f"{best.source} and {second.source}", view=View(joined))
    if all("Finished" in found for found in names.values()) and joined.get("version"):
        joined |= {"handshake": "complete", "not_measured": []}
    elif (
        str(joined.get("version")).startswith("TLSv1.3")
        and whole.records("client")
        and whole.records("server")
    ):
        joined |= {"handshake": "not_visible", "not_measured": [lack("encrypted")]}
    return whole


@dataclass
class Log:
    """What the traces of one node tell."""

    host: str
    #: Why it does not tell everything; empty when it does.
    truncated: str = ""
    calls: list[View] = field(default_factory=list)
    connections: list[View] = field(default_factory=list)
    failures: list[View] = field(default_factory=list)
    recoveries: list[View] = field(default_factory=list)
    options: list[View] = field(default_factory=list)

    @property
    def addresses(self) -> list[str]:
        """The peers of trunks over TLS that it tells of.

        Peers that were only spoken to without TLS are phones and gateways, and a phone is known by the
        name in its certificate.
        """
        found: dict[str, bool | None] = {}
        for record in chain(self.calls, self.connections, self.failures, self.options):
            address = record.get("address").text
            if address:
                found[address] = _more_of(found.get(address), _is_trunk(record))
        return [address for address, is_trunk in found.items() if is_trunk is not False]


_PHONE = re.compile(r"(?:[\w-]{0,40}[-.])?(?:SEP|ATA)[0-9A-F]{12}", re.IGNORECASE)
#: Failures that only a connection over TLS can have.
_OF_TLS = frozenset(
    ("tls_error", "verification_error", "name_mismatch", "certificate_not_in_store", "connection_failure")
)


def _is_trunk(record: View) -> bool | None:
    """Whether a record is of a trunk over TLS: not that of a phone or without TLS; None when it is not told."""
    if _PHONE.match(record.get("certificate", "common_name").text):
        return False
    if record.get("certificate").is_mapping or record.get("kind").text in _OF_TLS:
        return True
    told = [record.get(key).text.upper() for key in ("transport", "via_transport")]
    told = [text for text in told if text]
    return all("TLS" in text for text in told) if told else None


def _more_of(known: bool | None, found: bool | None) -> bool | None:
    """What two records of one address tell together: TLS in one of them is enough."""
    if known is None or found is None:
        return found if known is None else known
    return known or found


_RECORDS = ("calls", "connections", "failures", "recoveries", "options")


def logs_of(results: View) -> list[Log]:
    """The results of cucm_trace_info, parted by the nodes whose traces they are."""
    logs: dict[str, Log] = {}
    for result in results:
        hosts = [view.get("host").text for view in result.get("files")]
        only = next(iter(set(hosts)), "") if len(set(hosts)) == 1 else ""
        because = result.get("truncated_because")
        why = "; ".join(view.words for view in because if view.words) or because.words
        truncated = (
            why or "not all of the traces was read" if result.get("truncated").flag is not False else ""
        )
        for host in hosts:
            log = logs.setdefault(host, Log(host))
            log.truncated = log.truncated or truncated
        for kind in _RECORDS:
            if not result.get(kind).is_list:
                for host in hosts:
                    logs[host].truncated = logs[host].truncated or f"the {kind} are missing"
            for record in result.get(kind):
                host = record.get("host").text or only
                if host in logs:
                    getattr(logs[host], kind).append(record)
    return list(logs.values())
