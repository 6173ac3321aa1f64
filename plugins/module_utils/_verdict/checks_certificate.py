# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of certificates: names, trust, dates, usage, strength, and whether it is the installed one.

Signatures are not verified here. That judgement comes with the evidence (see `Judgement`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE, SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    CALL_PROCESSING,
    FAIL,
    NOT_APPLICABLE,
    NOT_MEASURED,
    PASS,
    PROFILE_PAGE,
    Checks,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Certificate
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import Wire
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, moment_text, words

STORE = "certificate store"


class Judgement:
    """What was found out of certificates by their signatures and extensions, as plain data.

    `trust` has an entry for each node and each certificate of its peers: truster_cluster,
    truster_node, fingerprint_sha256, trusted, reason, text, missing. `certificates` has one for each
    certificate: fingerprint_sha256, names (common name first, as written), alternative_names, findings, each with the
    check that it belongs to, reason, text and remedy, and notes, each with its check and text.
    """

    def __init__(self, trust: Sequence[Mapping[str, Any]], certificates: Sequence[Mapping[str, Any]]) -> None:
        self._trust = {
            (
                view.get("truster_cluster").text,
                view.get("truster_node").text,
                view.get("fingerprint_sha256").text.upper(),
            ): view
            for view in map(View, trust)
        }
        self._certificates = {
            view.get("fingerprint_sha256").text.upper(): view for view in map(View, certificates)
        }

    def trust(self, truster: Member, certificate: Certificate) -> View:
        return self._trust.get((truster.cluster, truster.name, certificate.fingerprint), View())

    def names(self, certificate: Certificate) -> tuple[str, ...] | None:
        """Its names letter by letter, the common name first; None when it could not be decoded."""
        view = self._certificates.get(certificate.fingerprint)
        return None if view is None or not view.get("names").is_list else view.get("names").texts

    def alternative_names(self, certificate: Certificate) -> tuple[str, ...]:
        """Its subject alternative names letter by letter."""
        return self._certificates.get(certificate.fingerprint, View()).get("alternative_names").texts

    def findings(self, certificate: Certificate, check: str) -> list[View] | None:
        """What is wrong in the eyes of a check; None when it could not be judged."""
        view = self._certificates.get(certificate.fingerprint)
        if view is None or not view.get("findings").is_list:
            return None
        return [finding for finding in view.get("findings") if finding.get("check").text == check]

    def notes(self, certificate: Certificate, check: str) -> list[str]:
        """What is no fault and still worth knowing."""
        view = self._certificates.get(certificate.fingerprint, View())
        return [note.get("text").words for note in view.get("notes") if note.get("check").text == check]


@dataclass(frozen=True)
class _Held:
    """A certificate of a node, and who says that it is the node's."""

    certificate: Certificate
    source: str
    at: datetime | None = None


def held_by(member: Member) -> list[_Held]:
    """The certificates of a node: the installed one, and what it shows instead."""
    wires = [*([member.live] if member.live else []), *member.captured]
    held = []
    installed = member.installed_like(wires[0].certificate if wires else None)
    if installed is None and member.installed:
        installed = member.installed[0]
    if installed is not None:
        held.append(_Held(installed, STORE))
    for wire in wires:
        if all(wire.certificate.fingerprint != one.certificate.fingerprint for one in held):
            held.append(_Held(wire.certificate, wire.source, wire.at))
    return held


def check_names(direction: Direction, judgement: Judgement, checks: Checks) -> None:
    """Whether the profile of this side has a name of each node of the peer."""
    for peer in direction.peers:
        trunk = Trunk(direction, peer)
        own = {node.name for node in peer.nodes}
        for member in direction.there.members:
            # A peer that is no cluster may have a trunk to each of its nodes.
            if peer.external.is_mapping and member.name not in own:
                continue
            _name(trunk, member, direction, judgement, checks)


def _name(trunk: Trunk, member: Member, direction: Direction, judgement: Judgement, checks: Checks) -> None:
    here = direction.here.name
    certificate = direction.expected_of(member)
    names = judgement.names(certificate) if certificate else None
    if names is None and certificate is not None:
        names = (certificate.common_name,)
    about = checks.about(
        "subject_names",
        object=f"{trunk.profile_label} on {here}",
        expected=" or ".join(map(words, names or ())) or f"a name of the certificate of {member.name}",
        source=("AXL", STORE if member.installed else "live probe"),
        node=member.name,
    )
    accepted = trunk.profile.get("x509_subject_names")
    if not trunk.exists or not accepted.is_list:
        about.missing(
            trunk.why if not trunk.exists else "the security profile of the trunk was not read",
            causes=("trunk_configured",),
        )
        return
    if certificate is None:
        about.missing(member.why_no_certificates)
        return
    has = [name for name in accepted.texts if name]
    match = next((name for name in names or () if name in has), None)
    dotless = {without_root(name) for name in has}
    near_match = next((name for name in names or () if name and without_root(name) in dotless), None)
    found = match or near_match
    if found is not None:
        where = "common name" if found == certificate.common_name else "subject alternative name"
        compared = "" if match else ", compared without the dot at the end of a name"
        about.passed(f"{found!r} ({where}{compared})")
    elif not any(names or ()):
        about.missing(f"the certificate of {member.name} has no name")
    else:
        folded = {name.lower() for name in names or ()}
        near = [name for name in has if name.lower() in folded]
        wanted = next(name for name in names or () if name)
        step = f"Replace {near[0]!r} with" if near else "Add"
        about.failed(
            (", ".join(map(repr, has)) or "no name")
            + (f"; {near[0]!r} differs in upper and lower case" if near else ""),
            reason="subject_name_differs",
            remedy=f"{step} {wanted!r} {'in' if near else 'to'} X.509 Subject Name of the"
            f" {trunk.profile_label} on {here} ({PROFILE_PAGE}), then reset the trunk {trunk.name!r}",
        )


def check_trust(direction: Direction, judgement: Judgement, checks: Checks) -> None:
    """Whether each node of this side trusts the certificate of each node of the peer."""
    for truster in direction.here.members:
        for member in direction.there.members:
            _trust(truster, member, judgement, checks)


def _trust(truster: Member, member: Member, judgement: Judgement, checks: Checks) -> None:
    about = checks.about(
        "certificate_trusted",
        object=f"CallManager-trust of {truster.name}, certificate of {member.name}",
        expected=f"the chain of the certificate of {member.name} ends at a CA that is trusted",
        source=(STORE,),
        node=truster.name,
        peer=member.name,
    )
    if truster.document is None or truster.document.certificates.missing:
        about.missing(truster.why_no_certificates)
        return
    held = held_by(member)
    if not held:
        about.missing(member.why_no_certificates)
        return
    for place, one in enumerate(held):
        view = judgement.trust(truster, one.certificate)
        trusted = view.get("trusted").flag
        if trusted is None:
            about.missing(
                view.get("text").words or f"the certificate {one.certificate.label} could not be judged"
            )
            return
        if not trusted:
            missing = view.get("missing").words
            first = f"Upload {missing!r} to" if missing else f"Upload the CA of {member.name} to"
            about.failed(
                view.get("text").words or f"{one.certificate.label} is not trusted ({one.source})",
                reason=view.get("reason").words or "not_trusted",
                remedy=view.get("remedy").words
                or f"{first} CallManager-trust on {truster.name} ({CERTIFICATE_PAGE}), then restart {CALL_PROCESSING}"
                f" there ({SERVICE_PAGE})",
                # What is installed is trusted, and only what still runs is not.
                causes=("certificate_running",) if place else (),
            )
            return
    about.passed(f"{held[0].certificate.label}, issued by {held[0].certificate.issuer_name}")


@dataclass(frozen=True)
class _Outcome:
    """What one certificate is found to be. Without a result of its own, `seen` says why it is right."""

    seen: str
    result: str = PASS
    reason: str = ""
    remedy: str = ""


_Judge = Callable[[_Held], _Outcome]


def check_certificates(direction: Direction, judgement: Judgement, now: datetime, checks: Checks) -> None:
    """Dates, usage and strength of the certificates of the peer, and whether the installed ones run."""
    days = timedelta(days=min(max(direction.expected.expires_within, 0), 36500))

    def dates(held: _Held) -> _Outcome:
        return _dates(held.certificate, _judged_at(held, direction, now))

    def expiry(held: _Held) -> _Outcome:
        return _expiry(held.certificate, _judged_at(held, direction, now), days)

    def strength(held: _Held) -> _Outcome:
        found = _findings(held.certificate, "certificate_strength", judgement)
        if found.result != FAIL or not direction.allows_weak_certificates:
            return found
        return _Outcome(f"{found.seen}, which the inventory allows")

    def findings(check: str) -> _Judge:
        return lambda held: _findings(held.certificate, check, judgement)

    judges: tuple[tuple[str, str, _Judge], ...] = (
        ("certificate_dates", "valid now", dates),
        ("certificate_expiry", f"valid for more than {days.days} days", expiry),
        ("certificate_usage", "serverAuth and clientAuth, digitalSignature", findings("certificate_usage")),
        (
            "certificate_strength",
            "RSA of 2048 to 4096 bits or EC, signed with SHA-256 or better",
            strength,
        ),
    )
    for member in direction.there.members:
        for check, expected, judge in judges:
            _each(check, expected, member, judge, checks)
        if not direction.offline:
            _running(member, checks)


def _judged_at(held: _Held, direction: Direction, now: datetime) -> datetime:
    """Now; for a capture that somebody gave, the time that it is of."""
    return min(held.at, now) if direction.offline and held.at else now


def _each(check: str, expected: str, member: Member, judge: _Judge, checks: Checks) -> None:
    """Judge the installed certificate, and another one that the node shows instead."""
    held = held_by(member)
    about = checks.about(
        check,
        object=f"certificate of {member.name}" + (f", {held[0].certificate.label}" if held else ""),
        expected=expected,
        source=tuple(dict.fromkeys(one.source for one in held)) or (STORE,),
        node=member.name,
    )
    if not held:
        about.missing(member.why_no_certificates)
        return
    outcomes = [(one, judge(one)) for one in held]
    for place, (one, outcome) in enumerate(outcomes):
        if outcome.result == FAIL:
            about.failed(
                f"{outcome.seen} ({one.source})",
                reason=outcome.reason,
                remedy=outcome.remedy.format(node=member.name),
                # What is installed is right, and only what still runs is not.
                causes=("certificate_running",) if place else (),
            )
            return
    for one, outcome in outcomes:
        if outcome.result == NOT_MEASURED:
            about.missing(f"{outcome.seen} ({one.source})")
            return
    if any(outcome.result == NOT_APPLICABLE for _held, outcome in outcomes):
        about.moot(outcomes[0][1].seen)
        return
    about.passed("; ".join(dict.fromkeys(outcome.seen for _held, outcome in outcomes)))


_RENEW = (
    "Renew the certificate CallManager of {node} (playbook ucops.cucm.pair_clusters; or a new CSR in"
    f" {CERTIFICATE_PAGE}), then restart {CALL_PROCESSING} there"
)


def _dates(certificate: Certificate, now: datetime) -> _Outcome:
    start, end = certificate.not_before, certificate.not_after
    if start is None or end is None:
        return _Outcome("its dates cannot be read", NOT_MEASURED)
    if now > end:
        return _Outcome(f"expired at {moment_text(end)}", FAIL, "expired", _RENEW)
    if now < start:
        return _Outcome(
            f"not valid before {moment_text(start)}",
            FAIL,
            "not_yet_valid",
            "Compare the clocks of {node}, of the CA and of this machine; the certificate is of the future",
        )
    return _Outcome(f"valid from {moment_text(start)} to {moment_text(end)}")


def _expiry(certificate: Certificate, now: datetime, days: timedelta) -> _Outcome:
    end = certificate.not_after
    if end is None:
        return _Outcome("its end cannot be read", NOT_MEASURED)
    if now > end:
        return _Outcome("it has expired already, see certificate_dates", NOT_APPLICABLE)
    left = f"{(end - now).days} days left, until {moment_text(end)}"
    if end - now <= days:
        return _Outcome(left, FAIL, "expires_soon", _RENEW)
    return _Outcome(left)


def _findings(certificate: Certificate, check: str, judgement: Judgement) -> _Outcome:
    found = judgement.findings(certificate, check)
    if found is None:
        return _Outcome(f"the certificate {certificate.label} could not be judged", NOT_MEASURED)
    if not found:
        return _Outcome("; ".join((certificate.label, *judgement.notes(certificate, check))))
    remedies = "; ".join(dict.fromkeys(view.get("remedy").words for view in found))
    return _Outcome(
        "; ".join(view.get("text").words for view in found),
        FAIL,
        found[0].get("reason").words,
        # Braces of a text are no place to fill in.
        remedies.replace("{", "{{").replace("}", "}}")
        + f". Then upload the new certificate to CallManager on {{node}} ({CERTIFICATE_PAGE}) and restart"
        f" {CALL_PROCESSING} there",
    )


def _running(member: Member, checks: Checks) -> None:
    """Whether the certificate that the port shows is the installed one."""
    live = member.live
    installed = member.installed_like(live.certificate if live else None)
    about = checks.about(
        "certificate_running",
        object=f"{CALL_PROCESSING} on {member.name}",
        expected=installed.label if installed else "the installed certificate",
        source=(STORE, Wire.PROBE),
        node=member.name,
    )
    if not member.installed:
        about.missing(member.why_no_certificates)
    elif live is None:
        about.missing(f"no probe saw a certificate of {member.name}", causes=BLOCKERS)
    elif installed is None:
        about.missing(
            f"the port shows {live.certificate.label} with a key of another type ({live.certificate.key_type}) than"
            " those that were read",
            reason="other_key_type",
        )
    elif live.certificate.fingerprint == installed.fingerprint:
        about.passed(installed.label)
    else:
        about.failed(
            live.certificate.label,
            reason="not_the_installed_one",
            remedy=f"Restart {CALL_PROCESSING} on {member.name} ({SERVICE_PAGE}): it still shows the certificate"
            f" {live.certificate.number}, installed is {installed.number}",
        )
