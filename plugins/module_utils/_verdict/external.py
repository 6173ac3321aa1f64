# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a link to a peer that is no cluster: as far as can be seen from the cluster, and no further.

Such a peer gives no evidence. What only its administrator can show is not measured, says so, and says what to ask for.
The direction from the peer to the cluster is judged by what the cluster's own port takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    GENERIC,
    PEER_KINDS,
    PeerKind,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    FAIL,
    NOT_APPLICABLE,
    NOT_MEASURED,
    PASS,
    PROFILE_PAGE,
    Check,
    Checks,
    Subject,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_certificate import Judgement
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Peer
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import words

#: Reasons of checks, for programs.
NOT_ASKED, THEIRS = "peer_does_not_ask", "theirs_to_show"
#: Of the direction to the peer: what only a cluster has.
_OF_CLUSTERS = ("service_running", "clock", "certificate_running")
#: Of the direction to the peer: what its administrator does when the check fails.
_REMEDIES: Mapping[str, str] = {
    "port_open": "let {node} listen for SIP over TLS on the port of the trunk, and open the firewalls between",
    "tls_spoken": "let {node} speak TLS on the port of the trunk",
    "tls_version": "set a TLS version on {node} that the cluster speaks",
    "tls_cipher": "allow a cipher on {node} that the cluster offers, for the type of its key",
    "options_answered": "let {node} answer OPTIONS of the cluster's nodes",
    "certificate_dates": "renew the certificate of {node}",
    "certificate_expiry": "renew the certificate of {node}",
    "certificate_usage": "have the certificate of {node} issued again, with the usages that are named",
    "certificate_strength": "have the certificate of {node} issued again, with a stronger key or hash",
}
#: Of the direction from the peer: what only its administrator can show. The others are its configuration.
_SHOWN_BY_THEM = ("trunk_configured", "handshake_complete")
_ITS_CONFIGURATION = (
    *("trunk_security", "trunk_destinations", "srtp", "route_pattern", "options_ping", "trunk_status"),
    *("trunk_reset", "application_data", "digit_analysis", "call_over_tls", "certificate_in_trace"),
    *("call_answered", "trace_failures"),
)


def kind_of(peer: Peer) -> PeerKind:
    """The kind of a peer that is no cluster."""
    return PEER_KINDS.get(peer.external.get("kind").text, GENERIC)


def asks_for_our_certificate(direction: Direction) -> bool | None:
    """Whether the peer asked the probes for a certificate; None where that could not be seen."""
    asked = []
    for probe in direction.probes:
        if "client_certificate_demand" in probe.unmeasured:
            continue
        flag = probe.result.get("client_certificate_demanded").flag
        accepted = {view.get("probe").text: view.get("refused").flag for view in probe.result.get("probes")}
        # Who asks and lets in whoever shows nothing proves nobody.
        asked.append(False if flag and accepted.get("no_certificate") is False else flag)
    if False in asked:
        return False
    return True if True in asked and None not in asked else None


def adapt(direction: Direction, judgement: Judgement, checks: Checks) -> None:
    """Rewrite the checks of a direction, one end of which is no cluster."""
    peer = direction.external
    if peer is None:
        return
    if direction.is_from_external:
        _from_peer(direction, peer, judgement, checks)
    else:
        _to_peer(direction, peer, checks)


# To the peer


def _to_peer(direction: Direction, peer: Peer, checks: Checks) -> None:
    title = kind_of(peer).title
    asks = asks_for_our_certificate(direction)
    adapted = []
    for check in checks.found:
        if check.id in _OF_CLUSTERS:
            adapted.append(_moot(check, f"a {title} tells the cluster nothing of it"))
        elif check.id == "certificate_agreement" and check.result != FAIL:
            adapted.append(
                check if check.result == PASS else _moot(check, "only the wire tells its certificate")
            )
        elif check.id in ("client_certificate_demanded", "strangers_refused"):
            adapted.append(_demanded(check, peer, title, asks))
        elif check.result == FAIL and check.id in _REMEDIES:
            what = _REMEDIES[check.id].format(node=check.node or peer.cluster)
            adapted.append(
                replace(check, remedy=f"Ask the administrator of {peer.cluster} ({title}): {what}")
            )
        else:
            adapted.append(check)
    checks.found = adapted
    _client_names(direction, peer, checks)


def _demanded(check: Check, peer: Peer, title: str, asks: bool | None) -> Check:
    """Whether the peer asks for our certificate is its choice, unless its kind always does."""
    if asks is not False or check.result not in (FAIL, PASS, NOT_MEASURED):
        missing = check.result == NOT_MEASURED
        return replace(check, required=False) if missing else check
    seen = f"{peer.cluster} does not ask for our certificate, so nobody proves us"
    if peer.external.get("settings", "asks_our_certificate").text != "always":
        return replace(check, result=NOT_APPLICABLE, required=False, seen=seen, reason=NOT_ASKED, remedy="")
    return replace(
        check,
        result=FAIL,
        seen=seen,
        reason=NOT_ASKED,
        remedy=f"Ask the administrator of {peer.cluster} ({title}): switch mutual TLS on for connections of the"
        " cluster; or write asks_our_certificate: never, if that is meant",
    )


def _client_names(direction: Direction, peer: Peer, checks: Checks) -> None:
    """Whether the profile accepts the names that the peer shows when it calls, as the inventory gives them."""
    for one in direction.peers:
        trunk = Trunk(direction, one)
        accepted = trunk.profile.get("x509_subject_names")
        for node in one.nodes:
            names = _given(peer, node.name, "client_names")
            if not names:
                continue
            about = checks.about(
                "subject_names",
                object=f"{trunk.profile_label} on {direction.here.name}, as the peer calls",
                expected=" or ".join(map(words, names)),
                source=("AXL", "inventory"),
                node=node.name,
            )
            has = [name for name in accepted.texts if name]
            found = next((name for name in names if name in has), None)
            if not trunk.exists or not accepted.is_list:
                about.missing(
                    trunk.why if not trunk.exists else "the security profile of the trunk was not read",
                    causes=("trunk_configured",),
                )
            elif found is not None:
                about.passed(f"{found!r}")
            else:
                about.failed(
                    ", ".join(map(repr, has)) or "no name",
                    reason="subject_name_differs",
                    remedy=f"Add {names[0]!r} to X.509 Subject Name of the {trunk.profile_label} on"
                    f" {direction.here.name} ({PROFILE_PAGE}), then reset the trunk {trunk.name!r}",
                )


def _given(peer: Peer, node: str, role: str) -> tuple[str, ...]:
    return peer.external.get("names", node, role).texts


# From the peer


def _from_peer(direction: Direction, peer: Peer, judgement: Judgement, checks: Checks) -> None:
    kind = kind_of(peer)
    ask = (
        f"Ask the administrator of {peer.cluster} ({kind.title}) for {kind.ask}, while the trunk is in use; or capture"
        f" on {direction.there.name} (cucm_verify_capture: true) while the peer calls"
    )
    told: set[str] = set()
    adapted = []
    for check in checks.found:
        if check.id in _SHOWN_BY_THEM:
            if check.result in (PASS, FAIL):
                adapted.append(check)
            elif check.id not in told:
                told.add(check.id)
                adapted.append(_theirs(check, peer, ask))
        elif check.id in _ITS_CONFIGURATION:
            if check.result in (PASS, FAIL):
                adapted.append(check)
            elif check.id not in told:
                told.add(check.id)
                adapted.append(_moot(check, f"it is the configuration of the {kind.title}"))
        elif check.id == "certificate_trusted":
            if check.id not in told:
                told.add(check.id)
                adapted.append(_their_trust(check, peer, kind, direction))
        elif check.id == "subject_names":
            continue
        elif check.result == NOT_MEASURED and check.id in ("strangers_refused", "options_answered"):
            adapted.append(replace(check, required=False))
        else:
            adapted.append(check)
    checks.found = adapted
    _our_names(direction, peer, kind, judgement, checks)


def _theirs(check: Check, peer: Peer, ask: str) -> Check:
    """Not measured, since only the other side can show it."""
    return replace(
        check,
        object=f"{peer.cluster}, as it calls",
        node="",
        result=NOT_MEASURED,
        required=False,
        seen="theirs to show: what the peer does when it calls is not seen from the cluster",
        reason=THEIRS,
        remedy=ask,
        causes=(),
        across=(),
    )


def _their_trust(check: Check, peer: Peer, kind: PeerKind, direction: Direction) -> Check:
    issuers = sorted(
        {member.known.issuer_name for member in direction.there.members if member.known is not None}
    )
    given = (
        "the CTL file of the cluster"
        if peer.external.get("settings", "trust_source").text == "ctl_tftp"
        else f"the CA certificates above {', '.join(issuers) or 'the certificates of the cluster'}"
    )
    return replace(
        check,
        object=f"trust store of {peer.cluster}",
        node="",
        peer="",
        expected=f"the {kind.title} trusts {given}",
        result=NOT_MEASURED,
        required=False,
        seen="theirs to show: its trust store is not seen from the cluster",
        reason=THEIRS,
        remedy=f"Ask the administrator of {peer.cluster} ({kind.title}) to show that it trusts {given}",
        causes=(),
        across=(),
    )


def _our_names(
    direction: Direction, peer: Peer, kind: PeerKind, judgement: Judgement, checks: Checks
) -> None:
    """Whether the peer finds the name that it looks for in the certificate of each of our nodes."""
    looks = peer.external.get("settings", "verifies_our_name").text
    for member in direction.there.members:
        title = f"{peer.cluster} finds the name that it looks for in the certificate of {member.name}"
        found = len(checks.found)
        about = checks.about(
            "subject_names",
            object=f"certificate of {member.name}",
            expected=" or ".join(_expected(direction, peer, member)),
            source=("certificate store", "inventory"),
            node=member.name,
        )
        if looks == "none":
            about.moot(f"the {kind.title} looks for no name, by the inventory")
        elif looks == "script":
            about.missing(
                f"theirs to show: the script of the {kind.title} decides about names",
                reason=THEIRS,
                remedy=f"Ask the administrator of {peer.cluster} ({kind.title}) which names its script accepts",
                required=False,
            )
        else:
            _judge_name(direction, peer, kind, member, judgement, looks, about)
        checks.found[found:] = [replace(check, title=words(title)) for check in checks.found[found:]]


def _judge_name(
    direction: Direction,
    peer: Peer,
    kind: PeerKind,
    member: Member,
    judgement: Judgement,
    looks: str,
    about: Subject,
) -> None:
    certificate = member.known
    names = judgement.names(certificate) if certificate else None
    if certificate is None or names is None:
        about.missing(member.why_no_certificates)
        return
    searched = names if looks == "cn_or_san" else judgement.alternative_names(certificate)
    expected = _expected(direction, peer, member)
    match = next((name for name in searched for one in expected if _is_same(one, name)), None)
    if match is not None:
        about.passed(repr(match))
        return
    where = "names" if looks == "cn_or_san" else "subject alternative names"
    about.failed(
        f"its {where}: {', '.join(map(repr, searched)) or 'none'}",
        reason="our_name_missing",
        remedy=f"Have the certificate of {member.name} signed with {expected[0]!r}"
        f" (cucm_certificate_subject_alt_names), or let the {kind.title} dial a name that is in it (cucm_sip_address)",
    )


def _expected(direction: Direction, peer: Peer, member: Member) -> list[str]:
    """The names that the peer looks for: as the inventory says, else what it dials."""
    given = peer.external.get("settings", "our_names_expected").texts
    dialled = [probe.address for probe in direction.probes if probe.node == member.name and probe.address]
    return list(dict.fromkeys(given or dialled[:1] or (member.name,)))


def _is_same(expected: str, name: str) -> bool:
    one, other = without_root(expected).lower(), without_root(name).lower()
    if one.startswith("*."):
        return other.partition(".")[2] == one[2:]
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return one == other


def _moot(check: Check, why: str) -> Check:
    return replace(
        check, result=NOT_APPLICABLE, required=False, seen=why, reason="", remedy="", causes=(), across=()
    )


# The report


def described(direction: Direction, checks: tuple[Check, ...]) -> dict[str, object] | None:
    """What a report says of the peer: its kind, how far it was judged, and what to ask its administrator for."""
    peer = direction.external
    if peer is None:
        return None
    kind = kind_of(peer)
    states = [check.seen for check in checks if check.reason == NOT_ASKED]
    asks = [check.remedy for check in checks if check.reason == THEIRS]
    return {
        "name": words(peer.cluster),
        "kind": kind.name,
        "title": kind.title,
        "release": words(peer.external.get("release").text),
        "states": [words(text) for text in dict.fromkeys(states)],
        "theirs_to_show": [words(text) for text in dict.fromkeys(asks)],
    }
