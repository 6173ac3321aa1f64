# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of SDL traces: certificates, failures and what runs, as call processing itself tells of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip import REMEDIES_OF_REFUSAL, UNAVAILABLE
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    MUTUAL_BLOCKERS,
    TRUNK_PAGE,
    Checks,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_call import check_calls
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import canonical
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import Log
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.traces import (
    CALL_AGAIN,
    SOURCE,
    Traces,
    is_outgoing,
    time_of,
    transport_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, words

_FORBIDDEN = 403
#: The first final status, and the first one that says that the server failed.
_FINAL, _SERVER_FAILED = 200, 500
#: What causes each kind of failure, before the usual suspects.
_CAUSES = {
    "name_mismatch": ("subject_names",),
    "verification_error": ("certificate_trusted", "certificate_dates", "certificate_usage"),
    "connection_refused": ("service_running", "port_open"),
}


def check_traces(direction: Direction, checks: Checks) -> None:
    """All checks of the traces of this side."""
    traces = Traces(direction)
    check_calls(traces, checks)
    _certificates(traces, checks)
    _failures(traces, checks)
    _reset(traces, checks)


def _certificates(traces: Traces, checks: Checks) -> None:
    """Whether the certificates in the traces are those of the other side's nodes."""
    direction = traces.direction
    seen = last_subjects(direction)
    for member in direction.there.members:
        known = direction.expected_of(member)
        names = {one.common_name for one in member.installed} or ({known.common_name} if known else set())
        about = checks.about(
            "certificate_in_trace",
            object=f"certificate of {member.name} in the traces of {direction.here.name}",
            expected=known.common_name if known else "the common name of its certificate",
            source=SOURCE,
            node=member.name,
            required=False,
        )
        record = seen.get(member.name)
        if not traces.asked and record is None:
            about.moot("no traces were asked for")
        elif record is None:
            about.missing(
                traces.why_none or f"the traces show no certificate of {member.name}",
                reason="not_traced",
                remedy="Reset the trunk, make a call, and gather the traces after it: only a new connection shows it",
            )
        elif known is None:
            about.missing(member.why_no_certificates)
        elif _subject(record) in names:
            cipher = record.get("certificate", "cipher").words
            about.passed(f"{_subject(record)} ({time_of(record)}{', ' + cipher if cipher else ''})")
        else:
            about.failed(
                f"{_subject(record)} ({time_of(record)})",
                reason="other_certificate",
                remedy=f"See which certificate {member.name} shows: restart Cisco CallManager there if it is not the"
                " installed one, and check the address for another device",
                causes=("certificate_running",),
            )


def _subject(record: View) -> str:
    certificate = record.get("certificate")
    return certificate.get("common_name").text or certificate.get("subject").text


def last_subjects(direction: Direction) -> Mapping[str, View]:
    """For each node of the other side, the last record with its certificate in the traces of this one."""
    found: dict[str, View] = {}
    for kind in ("connections", "calls"):
        for record, _member in Traces(direction).records(kind):
            member = direction.peer_at(record.get("address").text, record.get("port").port)
            if member is None or not _subject(record):
                continue
            if member.name not in found or time_of(record) >= time_of(found[member.name]):
                found[member.name] = record
    return found


def _failures(traces: Traces, checks: Checks) -> None:
    direction = traces.direction
    logs: dict[str, list[Log]] = {}
    for log, member in direction.logs:
        logs.setdefault(member.name, []).append(log)
    for member in direction.here.members:
        if member.name in logs or member.document:
            _failures_of(member, logs.get(member.name, []), traces, checks)
    if not any(member.name in logs or member.document for member in direction.here.members):
        _failures_of(None, [], traces, checks)


def _number_of(failures: Sequence[View]) -> str:
    return "1 failure" if len(failures) == 1 else f"{len(failures)} failures"


def _remedy_of(failure: View, here: str, there: str) -> str:
    """The remedy of a trace speaks of this node and the peer; in a report of many nodes these need names."""
    remedy = failure.get("remedy").words.rstrip(".")
    if not remedy:
        return f"Look into the SDL trace of {here} at {time_of(failure)}"
    address = failure.get("address").words
    peer = f"{address} of {there}" if address and address != there else there
    return f"{remedy} (this node is {here}, the peer {peer})"


def _failures_of(member: Member | None, logs: list[Log], traces: Traces, checks: Checks) -> None:
    direction = traces.direction
    name = member.name if member else ""
    about = checks.about(
        "trace_failures",
        object=f"traces of {name or direction.here.name} about {direction.there.name}",
        expected="none that lasts",
        source=SOURCE,
        node=name,
        required=traces.asked,
    )
    if not logs:
        if traces.asked:
            about.missing(traces.why_none or f"there are no traces of {name}", remedy=CALL_AGAIN)
        else:
            about.moot("no traces were asked for")
        return
    failures = [one for log in logs for one in log.failures if traces.concerns(one)]
    lasting = [one for one in failures if not _is_over(one, logs, traces)]
    if lasting:
        last = max(lasting, key=time_of)
        kind = last.get("kind").text
        about.failed(
            f"{_number_of(lasting)}, the last one at {time_of(last)}: {last.get('text').words or kind}",
            reason=kind or "trace_failure",
            remedy=_remedy_of(last, name or direction.here.name, direction.there.name),
            causes=(*_CAUSES.get(kind, ()), *BLOCKERS),
            across=MUTUAL_BLOCKERS,
        )
        return
    refused = _refused_options(logs, traces)
    if refused is not None:
        status = refused.get("status").integer
        about.failed(
            f"OPTIONS was answered with {status} ({time_of(refused)}): calls would be refused as well",
            reason="options_refused",
            remedy=REMEDIES_OF_REFUSAL[status or 0].format(
                here=name or direction.here.name, there=direction.there.name
            ),
            causes=("subject_names",) if status == _FORBIDDEN else (),
        )
        return
    truncated = next((log.truncated for log in logs if log.truncated), "")
    nameless = [one for log in logs for one in log.failures if _is_nameless(one)]
    lasting = [one for one in nameless if not _is_over(one, logs, traces)]
    if lasting:
        last = max(lasting, key=time_of)
        about.missing(
            f"{len(lasting)} failures do not say with whom, the last one at {time_of(last)}:"
            f" {last.get('text').words or last.get('kind').words}",
            reason="peer_not_told",
            remedy=last.get("remedy").words or f"Look into the SDL trace of {name} at {time_of(last)}",
        )
    elif truncated:
        about.missing(f"none was found, but {truncated}", reason="truncated")
    else:
        about.passed(f"{_number_of(failures)}, all of them over" if failures else "none")


def _refused_options(logs: Iterable[Log], traces: Traces) -> View | None:
    """The last answer to OPTIONS of this side, when it refuses the sender and not the method."""
    answers = [
        record
        for log in logs
        for record in log.options
        if is_outgoing(record) and record.get("status").integer is not None and traces.concerns(record)
    ]
    last = max(answers, key=time_of, default=None)
    return last if last is not None and last.get("status").integer in REMEDIES_OF_REFUSAL else None


def _is_nameless(failure: View) -> bool:
    """Whether it tells neither the address nor the trunk, so that it may be about any peer."""
    return not failure.get("address").text and not failure.get("trunk").text


def _is_over(failure: View, logs: Iterable[Log], traces: Traces) -> bool:
    """Whether the same trunk or address did well after it.

    Unified CM takes a destination for available with any answer to OPTIONS but 408 and 503. A call that
    the peer refuses for reasons of its own (busy, no such number) has gone over the trunk as well.
    """
    address, trunk = canonical(failure.get("address").text), failure.get("trunk").text
    for log in logs:
        for record in log.recoveries:
            if trunk and record.get("trunk").text == trunk and time_of(record) > time_of(failure):
                return True
        for kind, key in (("calls", "final"), ("options", "status")):
            for record in getattr(log, kind):
                status = record.get(key).integer
                if (
                    status is not None
                    and is_outgoing(record)
                    and status >= _FINAL
                    and status not in UNAVAILABLE
                    and (kind == "options" or status < _SERVER_FAILED)
                    and time_of(record) > time_of(failure)
                    and traces.concerns(record)
                    and (not address or canonical(record.get("address").text) == address)
                ):
                    return True
    return False


#: What parts the names in the field X.509 Subject Name.
_NAMES = re.compile(r"[\s,;]+")


def _reset(traces: Traces, checks: Checks) -> None:
    for trunk in traces.trunks:
        _reset_of(trunk, traces, checks)
    if not traces.trunks:
        direction = traces.direction
        about = checks.about(
            "trunk_reset",
            object=f"trunk to {direction.there.name} on {direction.here.name}",
            expected="the configuration of the database",
            source=SOURCE,
            required=False,
        )
        about.moot("the configuration of the trunk is not known")


def _reset_of(trunk: Trunk, traces: Traces, checks: Checks) -> None:
    """Compare what runs, as the traces show it, with what is configured."""
    here = traces.direction.here.name
    about = checks.about(
        "trunk_reset",
        object=f"trunk {trunk.name!r} on {here}",
        expected="the traces show the configuration of the database",
        source=("SDL trace", "AXL"),
        required=False,
    )
    if not traces.asked and not traces.direction.logs:
        about.moot("no traces were asked for")
        return
    if not trunk.exists:
        about.missing(trunk.why, causes=("trunk_configured",))
        return
    differs = _running_names(trunk, traces) or _running_transport(trunk, traces)
    if differs:
        about.failed(
            differs,
            reason="not_reset",
            remedy=f"Reset the trunk {trunk.name!r} on {here} ({TRUNK_PAGE} > Reset): it still runs with its former"
            " configuration",
        )
        return
    ports = {view.get("port").port for view in trunk.view.get("destinations")}
    for record in reversed(_outgoing(traces)):
        if transport_of(record) == "TLS" and record.get("port").port in ports and trunk.is_secure:
            about.passed(
                f"TLS to {record.get('address').words}:{record.get('port').port} ({time_of(record)})"
            )
            return
    about.missing(
        traces.why_none or "the traces show no connection of this trunk",
        reason="not_traced",
        remedy=CALL_AGAIN,
    )


def _outgoing(traces: Traces) -> list[View]:
    """Connections and calls to the other side, in order of time."""
    found = [record for kind in ("connections", "calls") for record, _member in traces.records(kind)]
    return sorted(filter(is_outgoing, found), key=time_of)


def _running_names(trunk: Trunk, traces: Traces) -> str:
    """What the last refusal that lasts says that it expected, when that is not what is configured.

    The trace need not print all the names. So a difference is a name that is no longer configured, or
    a refused one that is configured by now.
    """
    configured = set(trunk.profile.get("x509_subject_names").texts)
    logs = [log for log, _member in traces.direction.logs]
    refusals = [
        failure
        for failure, _member in traces.records("failures")
        if failure.get("kind").text == "name_mismatch" and not _is_over(failure, logs, traces)
    ]
    if not refusals or not configured:
        return ""
    last = refusals[-1]
    running = set(filter(None, _NAMES.split(last.get("expected").text)))
    received = last.get("received").text
    if running <= configured and received not in configured:
        return ""
    return (
        f"it still expects {', '.join(sorted(running))} and refuses {received} ({time_of(last)}), configured is"
        f" {', '.join(sorted(configured))}"
    )


def _running_transport(trunk: Trunk, traces: Traces) -> str:
    """How the last call or connection went, when that is not what is configured."""
    records = [record for record in _outgoing(traces) if transport_of(record)]
    if not records or not trunk.is_secure:
        return ""
    transport = transport_of(records[-1])
    return "" if transport == "TLS" else f"it still uses {words(transport, 40)} ({time_of(records[-1])})"
