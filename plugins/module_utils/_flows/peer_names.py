# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that the SIP ports of peers show, under a CA or a fingerprint that is known, and what was shown before.

What is remembered of a port stays what counts: another certificate name there is a finding, and is not followed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import judge_chain, profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    fingerprint,
    is_self_signed,
    load_certificates,
    order_chain,
    time_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Broken, Connection, Seen, Target

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

FORMAT = "ucops.cucm.peer_names/1"
#: What says nothing of who is shown: whether a CA is young, weak or short-lived, other checks say.
_NOT_OF_TRUST = frozenset(("outlives_issuer", "hash_too_weak", "key_too_small"))


@dataclass(frozen=True)
class Place:
    """A port of a peer to read. `trusted` are CA certificates, or the peer's own."""

    peer: str
    node: str
    place: str
    target: Target
    trusted: tuple[Certificate, ...]
    tls_fingerprint: str = ""


@dataclass(frozen=True)
class Shown:
    """What a port shows: the names to accept, all names, and the fingerprint; or why they are not known."""

    names: tuple[str, ...] = ()
    all_names: tuple[str, ...] = ()
    fingerprint: str = ""
    status: str = "read"
    text: str = ""


def shown_at(place: Place, now: datetime) -> Shown:
    """Connect to a port, and judge who answers."""
    seen = _seen(place.target)
    if not seen.chain:
        return Shown(
            status="not_reached", text=seen.failure.text if seen.failure else "no certificate was shown"
        )
    if not seen.established and seen.alert is None:
        # Only a handshake that goes on proves that the peer has the key of what it shows.
        return Shown(
            status="not_proven", text=seen.failure.text if seen.failure else "the handshake did not end"
        )
    try:
        chain = [one for der in seen.chain for one in load_certificates(der, source="the handshake")]
    except CucmError as error:
        return Shown(status="not_trusted", text=f"its certificate cannot be read ({error.what})")
    why = _why_not_trusted(chain, place, now)
    leaf = chain[0]
    if why:
        return Shown(fingerprint=fingerprint(leaf), status="not_trusted", text=why)
    name = common_name(leaf)
    alternative = sorted(each[4:] for each in alt_names(leaf) if each.startswith("DNS:"))
    accepted = [name] if name and "*" not in name else [each for each in alternative if "*" not in each]
    every = tuple(dict.fromkeys([*([name] if name else []), *alternative]))
    if not accepted:
        return Shown(
            all_names=every, fingerprint=fingerprint(leaf), status="no_name", text="it has no exact name"
        )
    return Shown(tuple(accepted), every, fingerprint(leaf))


def _seen(target: Target) -> Seen:
    with Connection(target) as connection:
        try:
            connection.open()
            connection.wait_for_verdict(1.0)
        except Broken:
            pass
        return connection.seen


def _why_not_trusted(chain: Sequence[Certificate], place: Place, now: datetime) -> str:
    """Why the certificate is not that of the peer; empty when it is."""
    leaf = chain[0]
    if place.tls_fingerprint:
        if _bare(fingerprint(leaf)) == _bare(place.tls_fingerprint):
            return ""
        return (
            f"its certificate has the fingerprint {fingerprint(leaf)}, and tls_fingerprint is"
            f" {place.tls_fingerprint}"
        )
    if leaf in place.trusted:
        return ""
    if is_self_signed(leaf):
        return "its certificate is self-signed, and is not itself among ca_certificate_paths"
    helpers = [each for each in chain[1:] if not is_self_signed(each)]
    path = order_chain(leaf, [*place.trusted, *helpers])
    profile = profile_of("CallManager")
    found = [
        each for each in judge_chain(leaf, path, profile=profile, now=now) if each.reason not in _NOT_OF_TRUST
    ]
    return "; ".join(each.text for each in found)


def _bare(text: str) -> str:
    return text.upper().replace(":", "").replace(" ", "").removeprefix("SHA256")


def compared(place: Place, shown: Shown, remembered: Mapping[str, Any] | None, where: str) -> dict[str, Any]:
    """What a port shows beside what it showed before, as the module returns it. `where` is the file that remembers."""
    result: dict[str, Any] = {
        "peer": place.peer,
        "node": place.node,
        "place": place.place,
        **asdict(shown),
        "finding": "",
    }
    result["names"], result["all_names"] = list(shown.names), list(shown.all_names)
    if remembered is None:
        return result
    before = [str(name) for name in remembered.get("names") or ()]
    since = str(remembered.get("since") or "")
    if shown.status != "read":
        # Who answers there now is not known, so what was known of the peer counts.
        result["names"] = before
        result["finding"] = (
            f"its port could not be read ({shown.text}); what it showed at {since} counts: {_listed(before)}"
        )
    elif not {name.lower() for name in before} & {name.lower() for name in shown.all_names}:
        result["status"] = "changed"
        result["names"] = before
        result["finding"] = (
            f"its port shows {_listed(shown.all_names)} now, and showed {_listed(before)} at {since}. The trunk still"
            f" accepts what was remembered. If the change is meant, remove {place.place} from {where}, or give"
            " server_names"
        )
    else:
        result["names"] = before
    return result


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "no name"


def read_memory(data: bytes | None, path: str) -> dict[str, Any]:
    """What is remembered of ports, by place; empty without a file. InvalidOption for a file of another kind."""
    if data is None:
        return {}
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    places = document.get("places") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("format") != FORMAT or not isinstance(places, dict):
        raise InvalidOption(
            f"{path} is no file of remembered names",
            option="state_path",
            remedy="Name another file, or remove this one, so that the names are read again",
        )
    return {str(place): value for place, value in places.items() if isinstance(value, dict)}


def memory_with(
    memory: Mapping[str, Any], results: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """What to remember after this reading: what was not known before is added, and nothing is replaced."""
    added = {
        str(each["place"]): {
            "names": list(each["names"]),
            "fingerprint_sha256": each["fingerprint"],
            "since": time_text(now),
        }
        for each in results
        if each["status"] == "read" and each["place"] not in memory
    }
    return {**memory, **added}


def document_of(memory: Mapping[str, Any]) -> bytes:
    """The content of the file that remembers."""
    return (json.dumps({"format": FORMAT, "places": memory}, indent=1, sort_keys=True) + "\n").encode()


def utc_now() -> datetime:
    """The time at which this is."""
    return datetime.now(UTC)
