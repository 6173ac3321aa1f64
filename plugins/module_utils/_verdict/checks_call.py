# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of calls: how they were routed, how they were sent, and what came of them."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    MUTUAL_BLOCKERS,
    PATTERN_PAGE,
    TRUNK_PAGE,
    Checks,
    Subject,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.traces import (
    CALL_AGAIN,
    SOURCE,
    Traces,
    is_outgoing,
    time_of,
    transport_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, words

#: Answers of the person called, or of the telephone, which say nothing against the trunk.
_OF_THE_CALLED = frozenset((480, 486, 487, 600, 603))
_CALL_CHECKS = {
    "digit_analysis": "the pattern to the peer",
    "call_over_tls": "TLS",
    "call_answered": "a 2xx answer",
}


def check_calls(traces: Traces, checks: Checks) -> None:
    """The last call decides."""
    direction = traces.direction
    here, there = direction.here.name, direction.there.name
    required = direction.asked("call")
    digits, over_tls, answered = (
        checks.about(
            check,
            object=f"calls of {here} to {there}",
            expected=", ".join(sorted(traces.patterns)) or expected
            if check == "digit_analysis"
            else expected,
            source=SOURCE,
            required=required,
        )
        for check, expected in _CALL_CHECKS.items()
    )
    calls = [call for call, _member in traces.records("calls") if is_outgoing(call)]
    calls = sorted([*calls, *_unsent(traces)], key=time_of)
    astray = _astray(traces)
    if astray is not None and (not calls or time_of(astray) > time_of(calls[-1])):
        _judge_astray(astray, traces, digits)
        for about in (over_tls, answered):
            about.missing("the last call did not go over this trunk", reason="earlier_step")
        return
    if not calls:
        for about in (digits, over_tls, answered):
            if traces.asked:
                about.missing(
                    traces.why_none or f"the traces show no call of {here} to {there}",
                    reason="no_call",
                    remedy=CALL_AGAIN,
                )
            else:
                about.moot("no traces were asked for")
        return
    _judge_digits(calls[-1], traces, digits)
    _judge_transport(calls[-1], traces, over_tls)
    _judge_answer(calls, traces, answered, strict=required)


def _unsent(traces: Traces) -> list[View]:
    """Calls to a pattern of this trunk that came to no INVITE."""
    return [
        call
        for log, _member in traces.direction.logs
        for call in log.calls
        if not call.get("address").text
        and is_outgoing(call)
        and call.get("digit_analysis", "pattern").text in traces.patterns
    ]


def _astray(traces: Traces) -> View | None:
    """The last call to a pattern of this trunk that went elsewhere, or nowhere."""
    found = [
        call
        for log, _member in traces.direction.logs
        for call in log.calls
        if not traces.concerns(call)
        and is_outgoing(call)
        and (
            (call.get("address").text and call.get("digit_analysis", "pattern").text in traces.patterns)
            or (
                call.get("digit_analysis", "matched").flag is False
                and call.get("called").text in traces.patterns
            )
        )
    ]
    return max(found, key=time_of) if found else None


def _judge_astray(call: View, traces: Traces, about: Subject) -> None:
    called = call.get("called").words
    trunk = ", ".join(repr(trunk.name) for trunk in traces.trunks)
    here = traces.direction.here.name
    if call.get("digit_analysis", "matched").flag is False:
        seen, reason = f"no pattern matches {called!r} ({time_of(call)})", "no_pattern_matches"
        remedy = (
            f"Add a route pattern for {called} on {here} ({PATTERN_PAGE}) that leads to the trunk {trunk}, in a"
            " partition of the caller's calling search space"
        )
    else:
        to = call.get("address").words or "elsewhere"
        seen, reason = f"the call to {called!r} went to {to} ({time_of(call)})", "call_went_elsewhere"
        remedy = f"Set Gateway/Route List of the route pattern on {here} to {trunk} ({PATTERN_PAGE})"
    about.failed(seen, reason=reason, remedy=remedy, causes=("route_pattern",))


def _judge_digits(call: View, traces: Traces, about: Subject) -> None:
    analysis = call.get("digit_analysis")
    pattern = analysis.get("pattern").text
    if not analysis.is_mapping or not pattern:
        about.missing("the traces do not show the digit analysis of the call", remedy=CALL_AGAIN)
    elif not traces.patterns or pattern in traces.patterns:
        about.passed(f"{call.get('called').words!r} matches {pattern!r} ({time_of(call)})")
    else:
        about.failed(
            f"{call.get('called').words!r} matches {pattern!r} ({time_of(call)})",
            reason="other_pattern",
            remedy=f"Look which route pattern of {traces.direction.here.name} comes before that of the inventory"
            f" ({PATTERN_PAGE}, and Cisco Unified Serviceability > Tools > Dialed Number Analyzer)",
            causes=("route_pattern",),
        )


def _judge_transport(call: View, traces: Traces, about: Subject) -> None:
    transport = transport_of(call)
    where = f"{call.get('address').words}:{call.get('port').integer or '?'}"
    security = call.get("tls_security").integer
    told = f", tls_security={security}" if security is not None else ""
    if not transport:
        about.missing("the traces do not show how the call was sent", remedy=CALL_AGAIN)
    elif transport == "TLS":
        about.passed(f"TLS to {where}{told}")
    else:
        trunk = ", ".join(repr(trunk.name) for trunk in traces.trunks)
        about.failed(
            f"{words(transport, 40)} to {where}{told}",
            reason="call_without_tls",
            remedy=f"Give the trunk {trunk} on {traces.direction.here.name} a profile with TLS ({TRUNK_PAGE}), and"
            " reset it",
            causes=("trunk_security", "trunk_reset"),
        )


def _judge_answer(calls: list[View], traces: Traces, about: Subject, *, strict: bool) -> None:
    last = calls[-1]
    final = last.get("final").integer
    phrase = next(
        (view.get("reason").words for view in last.get("responses") if view.get("status").integer == final),
        "",
    )
    seen = f"{final} {phrase}".strip() + f" for {last.get('called').words!r} ({time_of(last)})"
    if final is None and not last.get("address").text and strict:
        about.failed(
            f"the call to {last.get('called').words!r} was not sent ({time_of(last)})",
            reason="call_not_sent",
            remedy=f"Look at the failures in the SDL traces of {traces.direction.here.name} at that time",
            causes=BLOCKERS,
            across=MUTUAL_BLOCKERS,
        )
    elif final is None:
        about.missing(
            f"the traces show no end of the call to {last.get('called').words!r}", remedy=CALL_AGAIN
        )
    elif 200 <= final < 300:
        about.passed(seen)
    elif final in _OF_THE_CALLED and not strict:
        about.missing(f"not picked up: {seen}", reason="not_picked_up", remedy=CALL_AGAIN)
    else:
        there = traces.direction.there.name
        about.failed(
            seen,
            reason="call_failed",
            remedy=f"Look at the calling search space of the trunk on {there} ({TRUNK_PAGE}) and at the number there,"
            f" and into the SDL traces of {there} of that time",
            causes=("route_pattern", *BLOCKERS),
            across=MUTUAL_BLOCKERS,
        )
