# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of what a node of the peer shows alive: service, clock, and its SIP port.

The steps of a probe build upon each other. When one fails, those after it are not measured.
"""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.ucops.cucm.plugins.module_utils._facts.ciphers import suite_named
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip import REMEDIES_OF_REFUSAL, UNAVAILABLE
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    CALL_PROCESSING,
    PROFILE_PAGE,
    Checks,
    Subject,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import is_ip
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import Captured, Probe, Wire
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View

_PROBE = (Wire.PROBE,)
_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
_NOT_OPEN = ("connection_refused", "connect_timeout", "network_unreachable", "network_error")
#: Ends of a connection on which no TLS was seen.
_NO_TLS = ("not_tls", "tls_timeout", "connection_reset", "connection_closed", "too_much_data")
_NO_VERSION = ("tls_version_not_shared",)
_NO_CIPHER = ("no_shared_cipher", "tls_refused", "tls_error")
_WEAK_CIPHER = ("cipher_weak",)
_ANYBODY = ("client_certificate_not_demanded", "client_certificate_optional")
#: What keeps the port closed or without TLS, in the direction back.
_OF_THEIR_TRUNK = ("trunk_configured", "trunk_security")
_OPTIONS = (
    "options_refused",
    "options_timeout",
    "options_answer_malformed",
    "options_connection_ended",
    "client_certificate_refused",
)


def check_services(direction: Direction, checks: Checks) -> None:
    """Call processing of each node of the peer, and its clock."""
    for member in direction.there.members:
        _service(member, checks)
        _clock(member, direction, checks)


def _service(member: Member, checks: Checks) -> None:
    about = checks.about(
        "service_running",
        object=f"{CALL_PROCESSING} on {member.name}",
        expected="Started",
        source=("Control Center",),
        node=member.name,
    )
    why = _why_no_info(member)
    services = member.document.node_info.view.get("services") if member.document else View()
    row = next((view for view in services if view.get("name").text == CALL_PROCESSING), View())
    status = row.get("status").text
    if why or not status:
        about.missing(why or f"{CALL_PROCESSING} is not among the services of {member.name}")
    elif row.get("activated").flag is False:
        about.failed(
            "not activated",
            reason="service_not_activated",
            remedy=f"Activate {CALL_PROCESSING} on {member.name} (Cisco Unified Serviceability > Tools > Service"
            " Activation), or leave the node out of the trunk",
        )
    elif status == "Started":
        about.passed(status)
    else:
        about.failed(
            status,
            reason="service_not_running",
            remedy=f"Start {CALL_PROCESSING} on {member.name} ({SERVICE_PAGE})",
        )


def _why_no_info(member: Member) -> str:
    if member.document is None:
        return f"there is no evidence of {member.name}"
    section = member.document.node_info
    return f"services and clock of {member.name}: {section.missing}" if section.missing else ""


def _clock(member: Member, direction: Direction, checks: Checks) -> None:
    allowed = direction.expected.max_clock_skew
    about = checks.about(
        "clock",
        object=f"clock of {member.name}",
        expected=f"at most {allowed:g} s from the clock of this run",
        source=("HTTP Date",),
        node=member.name,
    )
    clock = member.document.node_info.view.get("clock") if member.document else View()
    skew = clock.get("skew_seconds").number
    why = _why_no_info(member)
    if why or clock.get("measured").flag is not True or skew is None:
        about.missing(why or clock.get("text").words or f"the clock of {member.name} was not read")
    elif abs(skew) <= allowed + (clock.get("accuracy_seconds").number or 0):
        about.passed(f"{abs(skew):.1f} s {'ahead' if skew > 0 else 'behind'}")
    else:
        about.failed(
            f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}",
            reason="clock_differs",
            remedy=f"Check that {member.name} follows its NTP servers (utils ntp status on its command line; Cisco"
            " Unified OS Administration > Settings > NTP Servers), and that this machine does",
        )


def check_ports(direction: Direction, checks: Checks) -> None:
    """What the probes of the peer's SIP ports found."""
    probed = set()
    for probe in direction.probes:
        member = direction.probed(probe)
        if member is not None:
            probed.add(member.name)
        _Steps(probe, member, direction, checks).check()
    if direction.offline:
        for member in direction.there.members:
            _from_captures(member, direction, checks)
        return
    named = {node.name for peer in direction.peers for node in peer.nodes}
    if direction.is_from_external:
        named = {member.name for member in direction.there.members if member.document}
    names = named - probed
    for name in sorted(names) or ([] if direction.probes else [""]):
        for check, (_step, expected) in _STEPS.items():
            about = checks.about(
                check,
                object=f"SIP port of {name or direction.there.name}",
                expected=expected,
                source=_PROBE,
                node=name,
            )
            if check in _OPTIONAL and not direction.asked(_OPTIONAL[check]):
                about.moot("it was not asked for")
            else:
                about.missing(f"no probe of {name or direction.there.name} was made", causes=BLOCKERS)


class _Steps:
    """The checks of one probe, one upon the other. Each says whether the next one can be measured."""

    def __init__(self, probe: Probe, member: Member | None, direction: Direction, checks: Checks) -> None:
        self.probe = probe
        self.member = member
        self.direction = direction
        self.checks = checks
        self.label = f"{member.name if member else direction.there.name}, {probe.destination}"

    def check(self) -> None:
        broken = self.probe.missing
        for check, (step, expected) in _STEPS.items():
            about = self.checks.about(
                check,
                object=f"SIP port of {self.label}",
                expected=expected,
                source=_PROBE,
                node=self.member.name if self.member else "",
            )
            if check in _OPTIONAL and not self.direction.asked(_OPTIONAL[check]):
                about.moot("it was not asked for")
            elif broken:
                about.missing(broken, reason="earlier_step", causes=BLOCKERS)
            elif not step(self, about) and check in _GATES:
                broken = f"the step before failed or was not measured: {check}"

    def _found(self, reasons: tuple[str, ...]) -> tuple[str, View] | None:
        return next(
            ((reason, self.probe.findings[reason]) for reason in reasons if reason in self.probe.findings),
            None,
        )

    def _fails(
        self,
        about: Subject,
        reasons: tuple[str, ...],
        *,
        causes: tuple[str, ...] = (),
        across: tuple[str, ...] = (),
        hint: str = "",
    ) -> bool:
        """Whether the probe found one of these."""
        found = self._found(reasons)
        if found is None:
            return False
        reason, finding = found
        where = self.member.name if self.member else self.probe.destination
        remedy = finding.get("remedy").words or "Look into the SDL traces of the node"
        about.failed(
            finding.get("text").words or reason,
            reason=reason,
            remedy=f"On {where}: {remedy}{hint}",
            causes=causes,
            across=across,
        )
        return True

    def name(self, about: Subject) -> bool:
        if is_ip(self.probe.address):
            about.moot(f"{self.probe.address} is an address and no name")
        elif "name_not_resolved" in self.probe.findings:
            about.failed(
                self.probe.findings["name_not_resolved"].get("text").words or "the name is not known",
                reason="name_not_resolved",
                remedy=f"Add {self.probe.address} to DNS, or correct the Destination Address of the trunk"
                f" {', '.join(repr(peer.trunk) for peer in self.direction.peers)} on {self.direction.here.name}",
                causes=("trunk_destinations",),
            )
            return False
        elif self.probe.result.get("reachable").flag is None:
            about.missing("whether the name was resolved was not recorded")
            return False
        else:
            about.passed(f"{self.probe.address} is resolved by the host that probes")
        return True

    def open(self, about: Subject) -> bool:
        off_plan = self.direction.peer_node(self.probe.address, self.probe.port) is None or not any(
            self.probe.port == node.port for peer in self.direction.peers for node in peer.nodes
        )
        causes = ("service_running", "trunk_destinations") if off_plan else ("service_running",)
        if self._fails(about, _NOT_OPEN, causes=causes, across=_OF_THEIR_TRUNK, hint=self._listens()):
            return False
        if self.probe.result.get("reachable").flag is True:
            about.passed("a TCP connection was made")
            return True
        about.missing("whether the port is open could not be seen")
        return False

    def _listens(self) -> str:
        """Where the profiles of the other side listen, when that is not where the trunk of this side sends."""
        back = self.direction.back
        trunks = [Trunk(back, peer) for peer in back.peers]
        others = [
            trunk
            for trunk in trunks
            if trunk.profile.get("incoming_port").port not in (None, self.probe.port)
        ]
        if not others or len(others) < len(trunks):
            return ""
        profile = others[0].profile
        return (
            f". The profile {profile.get('name').text!r} on {back.here.name} has Incoming Port"
            f" {profile.get('incoming_port').port}, the trunk sends to {self.probe.port}: set one like the other"
            f" ({PROFILE_PAGE}), and reset the trunk"
        )

    def tls(self, about: Subject) -> bool:
        causes = ("service_running",)
        if not self.probe.version and self._fails(about, _NO_TLS, causes=causes, across=("trunk_security",)):
            return False
        if self.probe.version or self._found((*_NO_VERSION, *_NO_CIPHER)):
            about.passed(f"TLS {self.probe.version}" if self.probe.version else "it answered in TLS")
            return True
        about.missing("whether TLS is spoken could not be seen")
        return False

    def version(self, about: Subject) -> bool:
        lowest, version = self.direction.expected.min_tls_version, self.probe.version
        if self._fails(about, _NO_VERSION):
            return False
        if version not in _VERSIONS or lowest not in _VERSIONS:
            # A server that refuses for the ciphers has not chosen a version.
            about.missing("the server chose no version of TLS", required=not self._found(_NO_CIPHER))
            return bool(self._found(_NO_CIPHER))
        if _VERSIONS.index(version) < _VERSIONS.index(lowest):
            where = self.member.name if self.member else self.probe.destination
            about.failed(
                f"TLS {version} at best, the trunk demands {lowest}",
                reason="tls_version_too_low",
                remedy=f"Raise the TLS version of {where} (set tls server min-version on its command line), or upgrade"
                " it; or allow the lower one (cucm_verify_min_tls_version)",
            )
        else:
            about.passed(f"TLS {version}, at least {lowest}")
        return True

    def cipher(self, about: Subject) -> bool:
        if self._fails(about, _NO_CIPHER):
            return False
        if self._fails(about, _WEAK_CIPHER):
            return True
        return _judge_cipher(about, self.probe.cipher, self.label)

    def demanded(self, about: Subject) -> bool:
        if self._fails(about, _ANYBODY, across=("trunk_security",)):
            return True
        if self.probe.result.get("client_certificate_demanded").flag is True and (
            "client_certificate_demand" not in self.probe.unmeasured
        ):
            about.passed("it asks for one")
        else:
            about.missing("whether it asks for one could not be seen")
        return True

    def strangers(self, about: Subject) -> bool:
        probes = {view.get("probe").text: view for view in self.probe.result.get("probes")}
        if self._fails(
            about, tuple(reason for reason in self.probe.findings if reason.endswith("_accepted"))
        ):
            return True
        if not probes or any(view.get("refused").flag is not True for view in probes.values()):
            accepted = [name for name, view in probes.items() if view.get("refused").flag is False]
            if accepted:
                about.failed(
                    f"let in: {', '.join(accepted)}",
                    reason=f"{accepted[0]}_accepted",
                    remedy=f"Set Device Security Mode to Encrypted in the profile of the trunk on {self.label}"
                    f" ({PROFILE_PAGE}), and reset the trunk",
                )
            else:
                about.missing("whether strangers are refused could not be seen")
        else:
            about.passed("refused: " + ", ".join(sorted(probes)))
        return True

    def options(self, about: Subject) -> bool:
        if self._fails(about, _OPTIONS):
            return True
        status = self.probe.result.get("options", "status").integer
        if status is not None and status not in UNAVAILABLE and status not in REMEDIES_OF_REFUSAL:
            about.passed(f"{status} {self.probe.result.get('options', 'reason_phrase').words}".strip())
        else:
            about.missing("OPTIONS was not answered, or not sent")
        return True


def _judge_cipher(about: Subject, cipher: str, label: str) -> bool:
    if not cipher:
        about.missing("the server chose no cipher")
        return False
    suite = suite_named(cipher)
    if suite is None:
        about.missing(f"the strength of the cipher {cipher} is not known")
    elif suite.weakness is not None:
        about.failed(
            f"{cipher}: {suite.weakness}",
            reason="cipher_broken",
            remedy="Choose a stronger setting in System > Enterprise Parameters > TLS Ciphers on the cluster of"
            f" {label}",
        )
    else:
        about.passed(cipher)
    return True


_Step = Callable[[_Steps, Subject], bool]
_STEPS: dict[str, tuple[_Step, str]] = {
    "name_resolved": (_Steps.name, "the destination address of the trunk is known"),
    "port_open": (_Steps.open, "a TCP connection"),
    "tls_spoken": (_Steps.tls, "TLS"),
    "tls_version": (_Steps.version, "a TLS version that the trunk may use"),
    "tls_cipher": (_Steps.cipher, "a cipher that protects"),
    "client_certificate_demanded": (_Steps.demanded, "a demand for the peer's certificate"),
    "strangers_refused": (_Steps.strangers, "no entry without a certificate of a trusted CA"),
    "options_answered": (_Steps.options, "an answer to OPTIONS that counts as alive"),
}
#: Steps without which those after them cannot be measured.
_GATES = ("name_resolved", "port_open", "tls_spoken", "tls_version", "tls_cipher")
#: Steps that are only measured when the user asks, and what for.
_OPTIONAL = {"strangers_refused": "negative_probes", "options_answered": "client_identity"}


def _from_captures(member: Member, direction: Direction, checks: Checks) -> None:
    """What captures alone tell of a port."""
    seen = [connection for connection, _client, server in direction.captured if server is member]
    last = seen[-1] if seen else None
    source = (last.source,) if last else ("packet capture",)

    def about(check: str) -> Subject:
        return checks.about(
            check,
            object=f"SIP port of {member.name}",
            expected=_STEPS[check][1],
            source=source,
            node=member.name,
            required=False,
        )

    if "capture" not in direction.case.given or last is None:
        for check in ("tls_spoken", "tls_cipher", "client_certificate_demanded"):
            about(check).missing("no capture shows it")
        return
    _spoken(about("tls_spoken"), last)
    if last.view.get("cipher").text:
        _judge_cipher(about("tls_cipher"), last.view.get("cipher").text, member.name)
    else:
        about("tls_cipher").missing("the capture does not show it")
    request = last.view.get("client_certificate_request").text
    if request == "requested":
        about("client_certificate_demanded").passed("it asks for one")
    elif request == "not_requested":
        about("client_certificate_demanded").failed(
            "it asks for none",
            reason="client_certificate_not_demanded",
            remedy=f"Set Device Security Mode to Encrypted ({PROFILE_PAGE}) on {member.name}, and reset the trunk",
        )
    else:
        about("client_certificate_demanded").missing("the capture does not show it")


def _spoken(about: Subject, connection: Captured) -> None:
    protocol, version = connection.view.get("protocol").text, connection.view.get("version").words
    if protocol == "tls" and version:
        about.passed(version)
    elif protocol in ("sip", "other"):
        about.failed(
            "SIP without TLS" if protocol == "sip" else "neither TLS nor SIP",
            reason="not_tls",
            remedy=connection.view.get("broke", "remedy").words
            or f"Set both transport types to TLS ({PROFILE_PAGE}), and reset the trunk",
        )
    else:
        about.missing("the capture does not show what is spoken")
