# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with what a probe of a SIP port has seen, and what could not be seen: in words, with their remedies.

The certificates are judged in `_flows.sip_certificates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE, SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons import remedy_of
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip import REMEDIES_OF_REFUSAL, UNAVAILABLE
from ansible_collections.ucops.cucm.plugins.module_utils._sip.alerts import ABOUT_CERTIFICATE
from ansible_collections.ucops.cucm.plugins.module_utils._sip.ciphers import is_known, weakness
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import Answer, printable
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Failure, Seen
from ansible_collections.ucops.cucm.plugins.module_utils._sip.tls_messages import TLS_VERSIONS

# Where the administrator fixes things: the names of Unified CM's own pages and fields.
_TRACES = "Look into the node's SDL traces of that time"
PROFILE = "SIP Trunk Security Profile Configuration"


@dataclass(frozen=True)
class _Unmeasured:
    """One thing that could not be seen. `asked` says whether it was asked for, so that its lack counts."""

    reason: str
    text: str
    asked: bool

    def as_dict(self) -> dict[str, Any]:
        return {"reason": self.reason, "text": self.text, "asked": self.asked}


@dataclass
class Verdict:
    """What is wrong, what could not be seen, and what is worth a note and no fault."""

    host: str
    findings: list[Finding] = field(default_factory=list)
    not_measured: list[_Unmeasured] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    def find(self, reason: str, text: str, remedy: str) -> None:
        self.findings.append(Finding(reason, text, remedy))

    def miss(self, reason: str, text: str, *, asked: bool) -> None:
        self.not_measured.append(_Unmeasured(reason, text, asked))

    def note(self, reason: str, text: str) -> None:
        self.notes.append({"reason": reason, "text": text})

    @property
    def passed(self) -> bool:
        return not self.findings and not any(missing.asked for missing in self.not_measured)


def _refused_for_lack(seen: Seen) -> bool:
    """Whether the server ended the connection because no certificate was shown, as it must."""
    return (
        seen.certificate_requested is True
        and not seen.certificate_shown
        and not seen.answered
        and seen.failure is not None
        and seen.failure.reason in ("tls_alert", "connection_closed", "connection_reset")
    )


def judge_connection(seen: Seen, late: Failure | None, own_name: str, verdict: Verdict) -> None:
    """Say how the connection failed, if it did, unless the failure is the right thing for the server to do."""
    failure = seen.failure
    if failure is None or _refused_for_lack(seen):
        return
    host = verdict.host
    if seen.certificate_shown and not seen.answered and failure.alert is not None:
        number = failure.alert.number
        if number in ABOUT_CERTIFICATE or number == 40:
            verdict.find(
                "client_certificate_refused",
                f"{host} refused the probe's certificate {own_name!r} with {failure.alert}: {failure.alert.meaning}",
                _remedy_of_refusal(number, host),
            )
            return
    if failure is late:
        return  # a matter of the answer to OPTIONS
    reason, text = failure.reason, failure.text
    if failure.alert is not None:
        reason = {40: "no_shared_cipher", 70: "tls_version_not_shared", 71: "no_shared_cipher"}.get(
            failure.alert.number, "tls_refused"
        )
        text = f"{host} refused the probe's offer with {failure.alert}: {failure.alert.meaning}"
    else:
        text = f"{host}: {text}"
    if seen.established and reason in ("connection_closed", "connection_reset"):
        verdict.find(
            reason, text, f"The server may refuse the probe's certificate without saying so. {_TRACES}"
        )
        return
    verdict.find(reason, text, remedy_of(reason))


def _remedy_of_refusal(number: int, host: str) -> str:
    return {
        43: "Use a certificate for the probe whose extended key usage has clientAuth",
        44: "Use a certificate that is not revoked",
        45: f"Renew the probe's certificate, and compare the clocks of {host} and of this host",
        48: f"Upload the CA of the probe's certificate, root and intermediates, to CallManager-trust of {host}"
        f" ({CERTIFICATE_PAGE}), and restart Cisco CallManager ({SERVICE_PAGE})",
        51: "Check that the probe's certificate is signed by the CA that it names",
    }.get(
        number,
        f"Check dates, key, usages and CA of the probe's certificate, and that its CA is in CallManager-trust of {host}"
        f" ({CERTIFICATE_PAGE})",
    )


def judge_tls(seen: Seen, lowest: str, verdict: Verdict) -> None:
    """Version and cipher that the server chose, as far as it came to that."""
    host, version = verdict.host, seen.tls_version
    if version is not None and TLS_VERSIONS.index(version) < TLS_VERSIONS.index(lowest):
        verdict.find(
            "tls_version_too_low",
            f"{host} speaks TLS {version} at best, the trunk demands {lowest}",
            remedy_of("tls_version_too_low", host=host),
        )
    if seen.cipher and not is_known(seen.cipher):
        verdict.miss(
            "cipher", f"{host} chose the cipher {seen.cipher}, whose strength is not known", asked=True
        )
    why = weakness(seen.cipher or "")
    if why is not None:
        verdict.find(
            "cipher_weak",
            f"{host} chose the cipher {seen.cipher}, which does not protect the trunk: {why}",
            remedy_of("cipher_weak", host=host),
        )


# Mutual authentication, and the answer to OPTIONS.


def judge_demand(seen: Seen, has_identity: bool, verdict: Verdict) -> None:
    host = verdict.host
    if seen.certificate_requested is False:
        verdict.find(
            "client_certificate_not_demanded",
            f"{host} asks its peers for no certificate: anybody may speak SIP to it over TLS",
            remedy_of("client_certificate_not_demanded", host=host),
        )
    elif seen.certificate_requested is None:
        if seen.established:
            verdict.miss(
                "client_certificate_demand", "this Python does not show what the server asked for", asked=True
            )
        elif seen.tls_version is not None:
            verdict.miss(
                "client_certificate_demand", "the handshake ended before the server could ask", asked=True
            )
    elif not has_identity and not _refused_for_lack(seen):
        if seen.accepted and not (seen.failure and not seen.answered and seen.failure.alert):
            verdict.find(
                "client_certificate_optional",
                f"{host} asks for a certificate, and takes a peer that shows none",
                remedy_of("client_certificate_optional", host=host),
            )
        else:
            verdict.miss(
                "client_certificate_demand",
                "whether a peer without certificate is refused could not be seen",
                asked=True,
            )


def judge_options(
    seen: Seen,
    answer: Answer | None,
    has_identity: bool,
    wanted: bool,
    own_name: str,
    verdict: Verdict,
) -> dict[str, Any] | None:
    if not wanted:
        return None
    host = verdict.host
    failure = answer.failure if answer is not None else None
    refused_before = seen.failure is not None and seen.failure.alert is not None and not seen.answered
    if answer is None or _refused_for_lack(seen) or refused_before:
        why = "the server did not let the probe in"
        if not has_identity and seen.certificate_requested:
            why += ", which shows no certificate (client_certificate_path, client_key_path)"
        verdict.miss("options", f"OPTIONS was not answered: {why}", asked=has_identity)
        return None
    if failure is not None:
        reason = _OPTIONS_FAILURES.get(failure.reason, "options_connection_ended")
        verdict.find(reason, f"{host} did not answer OPTIONS: {failure.text}", remedy_of(reason))
        return None
    response = answer.response
    if response is None:
        return None
    phrase = printable(response.reason)
    if response.status in REMEDIES_OF_REFUSAL or response.status in UNAVAILABLE:
        _judge_status(response.status, phrase, own_name, verdict)
    elif not 200 <= response.status < 300:
        verdict.note(
            "options_answer",
            f"{host} answered OPTIONS with {response.status} {phrase}, which counts as alive for Unified CM",
        )
    described: dict[str, Any] = {
        "status": response.status,
        "reason_phrase": phrase,
        "elapsed": round(answer.seconds, 4),
    }
    for key in ("server", "user-agent", "allow"):
        value = response.header(key)
        described[key.replace("-", "_")] = None if value is None else printable(value)
    return described


#: How an answer to OPTIONS failed, and the reason of the finding.
_OPTIONS_FAILURES: Mapping[str, str] = {
    "answer_timeout": "options_timeout",
    "not_sip": "options_answer_malformed",
    "too_much_data": "options_answer_malformed",
    "connection_closed": "options_connection_ended",
}


def _judge_status(status: int, phrase: str, own_name: str, verdict: Verdict) -> None:
    host = verdict.host
    remedy = _TRACES
    if status in (401, 407):
        remedy = (
            f"Clear Enable Digest Authentication ({PROFILE}), or probe from a peer that has the digest user"
        )
    elif status == 403 and own_name:
        remedy = (
            f"Put {own_name!r} into the field X.509 Subject Name ({PROFILE}) of {host}, and reset the trunk,"
            " if the probe's certificate should be accepted"
        )
    elif status == 503:
        remedy = (
            f"Check that a SIP trunk of {host} has this host as a destination,"
            " and that Cisco CallManager is not busy"
        )
    verdict.find("options_refused", f"{host} answered OPTIONS with {status} {phrase}", remedy)


def describe_probe(kind: str, seen: Seen, verdict: Verdict) -> dict[str, Any]:
    who = {"no_certificate": "no certificate", "throw_away_ca": "a certificate of an unknown CA"}[kind]
    failure = seen.failure
    ended = failure is not None and failure.reason in ("tls_alert", "connection_closed", "connection_reset")
    refused: bool | None = None
    if ended and not seen.answered and seen.tls_version is not None:
        refused = True
    elif seen.accepted:
        refused = False
        verdict.find(
            f"{kind}_accepted",
            f"{verdict.host} took a peer that showed {who}; its trunk is open to anybody",
            remedy_of(f"{kind}_accepted", host=verdict.host),
        )
    else:
        verdict.miss(kind, f"whether a peer with {who} is refused could not be seen", asked=True)
    if refused:
        how = failure.text if failure is not None else ""
    elif refused is False:
        how = "it was let in" if seen.answered else "the server completed the handshake"
    else:
        how = failure.text if failure is not None else "the server said neither yes nor no"
    return {
        "probe": kind,
        "refused": refused,
        "how": how,
        "alert": failure.alert.name if failure is not None and failure.alert is not None else None,
    }
