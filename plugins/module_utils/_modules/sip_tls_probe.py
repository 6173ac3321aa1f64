# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_tls_probe: what the SIP port of a node shows, and whether a trunk over TLS can use it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import Endpoint, Words
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file, write_atomically
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    Finding,
    judge_chain,
    judge_leaf,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.throw_away import throw_away_identity
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    common_name,
    describe_certificate,
    find_extension,
    is_self_signed,
    load_certificates,
    order_chain,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.alerts import ABOUT_CERTIFICATE
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import (
    Answer,
    ask_options,
    printable,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import (
    TLS_VERSIONS,
    Broken,
    Connection,
    Failure,
    Identity,
    Seen,
    Target,
)

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NEGATIVE_PROBES = ("no_certificate", "throw_away_ca")
SERVICES = ("CallManager", "CallManager-ECDSA")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 5061},
    "timeout": {"type": "int", "default": 10},
    "ca_content": {"type": "str"},
    "ca_path": {"type": "path"},
    "expected_subject_names": {"type": "list", "elements": "str", "default": []},
    "service": {"type": "str", "choices": list(SERVICES), "default": "CallManager"},
    "client_certificate_path": {"type": "path"},
    "client_key_path": {"type": "path", "no_log": False},
    "send_options": {"type": "bool", "default": True},
    "negative_probes": {
        "type": "list",
        "elements": "str",
        "choices": list(NEGATIVE_PROBES),
        "default": [],
    },
    "min_tls_version": {"type": "str", "choices": list(TLS_VERSIONS), "default": "1.2"},
    "allow_legacy_tls": {"type": "bool", "default": False},
    "fail_on_findings": {"type": "bool", "default": False},
}

_WORDS = Words(kind="a Unified CM node or another SIP peer", service="the SIP port", has_legacy_option=False)

# Where the administrator mends things: the names of Unified CM's own pages and fields.
_TRACES = "Look into the node's SDL traces of that time"
_PROFILE = "SIP Trunk Security Profile Configuration"
_CERTIFICATES = "Cisco Unified OS Administration > Security > Certificate Management"
_SERVICES = "Cisco Unified Serviceability > Tools > Control Center - Feature Services"

#: Characters that part the names in the profile's field "X.509 Subject Name", so that no name has one.
_SEPARATORS = re.compile(r"[\s,;:]")


class ProbeFailed(CucmError):
    """The probe did not pass, and `fail_on_findings` asks for an error then."""

    reason = "probe_failed"


@dataclass(frozen=True)
class _Unmeasured:
    """One thing that could not be seen. `asked` says whether it was asked for, so that its lack counts."""

    reason: str
    text: str
    asked: bool

    def as_dict(self) -> dict[str, Any]:
        return {"reason": self.reason, "text": self.text, "asked": self.asked}


@dataclass
class _Verdict:
    """What is wrong, and what could not be seen."""

    host: str
    findings: list[Finding] = field(default_factory=list)
    not_measured: list[_Unmeasured] = field(default_factory=list)

    def find(self, reason: str, text: str, remedy: str) -> None:
        self.findings.append(Finding(reason, text, remedy))

    def miss(self, reason: str, text: str, *, asked: bool) -> None:
        self.not_measured.append(_Unmeasured(reason, text, asked))

    @property
    def passed(self) -> bool:
        return not self.findings and not any(missing.asked for missing in self.not_measured)


def run(params: Params, _context: Context) -> Result:
    """Probe the port. The verdict is part of the result, and an error only when that was asked for."""
    endpoint = _endpoint(params)
    trusted = _trusted(params)
    _check_versions(params)
    _check_names(params["expected_subject_names"])
    identity, own_name = _identity(params)
    target = Target(endpoint.bare_host, endpoint.port, endpoint.timeout, params["allow_legacy_tls"])
    verdict = _Verdict(endpoint.bare_host)

    seen, answer = _converse(target, identity, send_options=params["send_options"])
    late = answer.failure if answer is not None else None
    _judge_connection(seen, late, own_name, verdict)
    if seen.tls_version is not None:
        _judge_version(seen.tls_version, params["min_tls_version"], verdict)
    chain = _decode(seen.chain, verdict)
    matched = _judge_certificates(chain, trusted, params, verdict)
    _judge_demand(seen, identity is not None, verdict)
    options = _judge_options(seen, answer, identity is not None, params["send_options"], own_name, verdict)
    probes = _probe_negatively(target, seen, own_name, params, verdict)

    result: Result = {
        "changed": False,
        "reachable": seen.reachable,
        "tls": {"version": seen.tls_version, "cipher": seen.cipher, "established": seen.established}
        if seen.tls_version
        else None,
        "chain": [describe_certificate(certificate) for certificate in chain],
        "subject_match": matched,
        "client_certificate_demanded": seen.certificate_requested,
        "options": options,
        "probes": probes,
        "findings": [finding.as_dict() for finding in verdict.findings],
        "not_measured": [missing.as_dict() for missing in verdict.not_measured],
        "passed": verdict.passed,
    }
    if params["fail_on_findings"] and not verdict.passed:
        raise _as_error(verdict, endpoint, result)
    return result


def _as_error(verdict: _Verdict, endpoint: Endpoint, result: Result) -> ProbeFailed:
    texts = [finding.text for finding in verdict.findings]
    texts += [f"not measured: {missing.text}" for missing in verdict.not_measured if missing.asked]
    first = verdict.findings[0].remedy if verdict.findings else None
    return ProbeFailed(
        "; ".join(texts),
        host=endpoint.bare_host,
        operation=f"probe of SIP port {endpoint.port}",
        remedy=first,
        details={key: value for key, value in result.items() if key != "changed"},
    )


# What the options must be, before anything is sent.


def _endpoint(params: Params) -> Endpoint:
    endpoint = Endpoint(
        host=params["host"],
        port=params["port"],
        validate_certs=False,
        ca_path=None,
        tls_fingerprint=None,
        timeout=params["timeout"],
        words=_WORDS,
    )
    endpoint.check()
    return endpoint


def _trusted(params: Params) -> list[Certificate] | None:
    """The CAs of the trunk's trust store; None when none are given, so that trust is not judged."""
    if params["ca_path"] is not None:
        data = read_file(params["ca_path"], option="ca_path", largest=LARGEST_CERTIFICATES)
        return load_certificates(data, source=params["ca_path"])
    if params["ca_content"] is not None:
        return load_certificates(params["ca_content"], source="ca_content")
    return None


def _check_versions(params: Params) -> None:
    lowest = params["min_tls_version"]
    if TLS_VERSIONS.index(lowest) < TLS_VERSIONS.index("1.2") and not params["allow_legacy_tls"]:
        raise InvalidOption(
            f"TLS {lowest} is allowed for the trunk, but the probe does not speak it",
            option="min_tls_version",
            remedy="Set allow_legacy_tls: true too, or demand TLS 1.2",
        )


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if not name or _SEPARATORS.search(name):
            raise InvalidOption(
                f"{name!r} is not one X.509 subject name",
                option="expected_subject_names",
                remedy="Give each name as an item of the list, without spaces, commas, semicolons and colons",
            )


def _identity(params: Params) -> tuple[Identity | None, str]:
    """The identity to show, if there is one, and how it is spoken of."""
    path = params["client_certificate_path"]
    if path is None:
        return None, ""
    read_file(params["client_key_path"], option="client_key_path", largest=LARGEST_CERTIFICATES)
    data = read_file(path, option="client_certificate_path", largest=LARGEST_CERTIFICATES)
    leaf = load_certificates(data, source=path)[0]
    return Identity(path, params["client_key_path"]), common_name(leaf) or ""


# The conversation.

#: Seconds to wait for a refusal before OPTIONS is sent, whose answer is proof enough then.
_VERDICT_SECONDS = 1.0


def _converse(target: Target, identity: Identity | None, *, send_options: bool) -> tuple[Seen, Answer | None]:
    """Connect, shake hands, and ask OPTIONS or wait for the server's verdict on the certificate."""
    with Connection(target, identity) as connection:
        try:
            connection.open()
        except Broken:
            return connection.seen, None
        connection.wait_for_verdict(_VERDICT_SECONDS if send_options else None)
        if send_options and connection.seen.failure is None:
            return connection.seen, ask_options(connection)
        return connection.seen, None


def _refused_for_lack(seen: Seen) -> bool:
    """Whether the server ended the connection because no certificate was shown, as it must."""
    return (
        seen.certificate_requested is True
        and not seen.certificate_shown
        and not seen.answered
        and seen.failure is not None
        and seen.failure.reason in ("tls_alert", "connection_closed", "connection_reset")
    )


_UNREACHABLE: Mapping[str, str] = {
    "name_not_resolved": "Check the name, and the DNS servers of the host that the task runs on",
    "connection_refused": "Nothing listens there. See that Cisco CallManager runs ("
    + _SERVICES
    + "), that a SIP"
    " trunk uses a profile whose Incoming Port ("
    + _PROFILE
    + ") is this one, and that the trunk was reset since",
    "connect_timeout": "Look for a firewall between, and whether the node is up",
    "network_unreachable": "Check the address and the routes of the host that the task runs on",
    "tls_timeout": "The port may speak SIP without TLS: set Incoming Transport Type to TLS ("
    + _PROFILE
    + ") and reset"
    " the trunk. Else the node is overloaded, or large packets are lost on the way (MTU)",
    "not_tls": "Set Device Security Mode to Encrypted and Incoming Transport Type to TLS ("
    + _PROFILE
    + "), and reset"
    " the trunk; and check the port",
    "connection_reset": "Look for a firewall that inspects TLS, and for alarms of Cisco CallManager at that time",
    "connection_closed": "The port may speak SIP without TLS (Incoming Transport Type, "
    + _PROFILE
    + "); else look into"
    " the node's SDL traces of that time",
    "tls_version_not_shared": "Upgrade the node, or raise its highest TLS version (set tls server min-version shows"
    " it); for releases 9.1 and 10.5 set allow_legacy_tls: true to see more",
    "no_shared_cipher": "Compare Enterprise Parameters > TLS Ciphers of the node with what its peers offer",
}


def _judge_connection(seen: Seen, late: Failure | None, own_name: str, verdict: _Verdict) -> None:
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
    verdict.find(reason, text, _UNREACHABLE.get(reason, _TRACES))


def _remedy_of_refusal(number: int, host: str) -> str:
    return {
        43: "Use a certificate for the probe whose extended key usage has clientAuth",
        44: "Use a certificate that is not revoked",
        45: f"Renew the probe's certificate, and compare the clocks of {host} and of this host",
        48: f"Upload the CA of the probe's certificate, root and intermediates, to CallManager-trust of {host}"
        f" ({_CERTIFICATES}), and restart Cisco CallManager ({_SERVICES})",
        51: "Check that the probe's certificate is signed by the CA that it names",
    }.get(
        number,
        f"Check dates, key, usages and CA of the probe's certificate, and that its CA is in CallManager-trust of {host}"
        f" ({_CERTIFICATES})",
    )


def _judge_version(version: str, lowest: str, verdict: _Verdict) -> None:
    if TLS_VERSIONS.index(version) < TLS_VERSIONS.index(lowest):
        verdict.find(
            "tls_version_too_low",
            f"{verdict.host} speaks TLS {version} at best, the trunk demands {lowest}",
            f"Raise the TLS version of {verdict.host} (set tls server min-version on its command line), or upgrade it",
        )


# The certificates.

#: What no TLS peer that verifies certificates takes; of the other findings, releases and options decide.
_CERTAIN = frozenset(
    (
        "self_signed",
        "issuer_not_trusted",
        "expired",
        "not_yet_valid",
        "extended_key_usage_missing",
        "issuer_is_no_ca",
    )
)
#: A node's own self-signed certificate may sign, and is trusted as it is or not at all.
_MOOT_WHEN_SELF_SIGNED = frozenset(("is_a_ca", "hash_too_weak"))


def _decode(chain: Sequence[bytes], verdict: _Verdict) -> list[Certificate]:
    """The certificates as shown; one that cannot be read ends the list and is a finding."""
    decoded: list[Certificate] = []
    for der in chain:
        try:
            decoded += load_certificates(der, source="the handshake")
        except CucmError as error:
            verdict.find(
                "chain_unreadable",
                f"certificate {len(decoded) + 1} of {verdict.host} cannot be read ({error.what})",
                f"Have the certificate issued again (certificate CallManager, {_CERTIFICATES})",
            )
            break
    return decoded


def _judge_certificates(
    chain: Sequence[Certificate], trusted: list[Certificate] | None, params: Params, verdict: _Verdict
) -> dict[str, str] | None:
    """Judge the chain as the other end of the trunk would; gives the subject name that matches."""
    names = params["expected_subject_names"]
    if not chain:
        if not verdict.findings:
            verdict.miss("certificates", "the server showed no certificate", asked=True)
        elif trusted is not None or names:
            verdict.miss("certificates", "no certificate was seen that could be judged", asked=True)
        return None
    leaf, service = chain[0], params["service"]
    profile, now = profile_of(service), datetime.now(UTC)
    found = judge_leaf(leaf, csr=None, profile=profile, now=now)
    if is_self_signed(leaf):
        found = [finding for finding in found if finding.reason not in _MOOT_WHEN_SELF_SIGNED]
    if trusted is None:
        verdict.miss("trust", "no CA was given (ca_content or ca_path) to judge the chain with", asked=False)
    elif is_self_signed(leaf):
        if leaf not in trusted:
            found.append(
                Finding(
                    "self_signed",
                    f"the certificate {common_name(leaf)!r} is self-signed, and is not itself among the trusted ones",
                    "Install a certificate of the CA as identity, and restart Cisco CallManager",
                )
            )
    else:
        # What comes over the wire helps to build the path, and only a root of one's own ends it.
        helpers = [certificate for certificate in chain[1:] if not is_self_signed(certificate)]
        path = order_chain(leaf, [*trusted, *helpers])
        found += judge_chain(leaf, path, profile=profile, now=now)
    where = (
        f"Where: {verdict.host}, {_CERTIFICATES}, certificate {service};"
        " what its peers trust is in their CallManager-trust"
    )
    verdict.findings += [
        Finding(
            finding.reason,
            f"a peer {'would' if finding.reason in _CERTAIN else 'may'} refuse {verdict.host}: {finding.text}",
            f"{finding.remedy}. {where}",
        )
        for finding in found
    ]
    return _match_subject(leaf, names, verdict)


def _match_subject(leaf: Certificate, names: Sequence[str], verdict: _Verdict) -> dict[str, str] | None:
    """Find an expected name by CUCM's rule: the common name first, then the alternative names, exactly."""
    if not names:
        verdict.miss("subject", "no name was given (expected_subject_names) to compare with", asked=False)
        return None
    subject, alternatives = common_name(leaf), _alternative_names(leaf)
    if subject in names:
        return {"name": str(subject), "field": "common_name"}
    for name in names:
        if name in alternatives:
            return {"name": name, "field": "subject_alt_name"}
    shown = [*([subject] if subject else []), *alternatives]
    folded = {name.lower() for name in shown}
    near = [name for name in names if name.lower() in folded]
    text = (
        f"a peer would refuse {verdict.host}: its certificate is for {_listed(shown)}, X.509 Subject Name has"
        f" {_listed(names)}"
    )
    verdict.find(
        "subject_name_differs",
        text + (f" ({_listed(near)} differs in upper and lower case only)" if near else ""),
        f"Put {(shown or ['a name of the certificate'])[0]!r} into the field X.509 Subject Name of the peer's"
        f" profile ({_PROFILE}) and reset the trunk, or have the certificate issued for the expected name",
    )
    return None


def _alternative_names(leaf: Certificate) -> list[str]:
    """DNS names and addresses as the certificate writes them: the comparison is exact."""
    extension = find_extension(leaf, "2.5.29.17")
    if extension is None:
        return []
    wanted = (x509.DNSName, x509.IPAddress)
    return list(dict.fromkeys(str(name.value) for name in extension.value if isinstance(name, wanted)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(printable(name)) for name in names) or "no name"


# Mutual authentication, and the answer to OPTIONS.


def _judge_demand(seen: Seen, has_identity: bool, verdict: _Verdict) -> None:
    host = verdict.host
    if seen.certificate_requested is False:
        verdict.find(
            "client_certificate_not_demanded",
            f"{host} asks its peers for no certificate: anybody may speak SIP to it over TLS",
            f"Set Device Security Mode to Encrypted ({_PROFILE}) on {host}, and reset the trunk",
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
                f"Set Device Security Mode to Encrypted ({_PROFILE}) on {host}, and reset the trunk",
            )
        else:
            verdict.miss(
                "client_certificate_demand",
                "whether a peer without certificate is refused could not be seen",
                asked=True,
            )


def _judge_options(
    seen: Seen,
    answer: Answer | None,
    has_identity: bool,
    wanted: bool,
    own_name: str,
    verdict: _Verdict,
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
        reason, remedy = _OPTIONS_FAILURES.get(failure.reason, _OPTIONS_FAILURES["connection_closed"])
        verdict.find(reason, f"{host} did not answer OPTIONS: {failure.text}", remedy)
        return None
    response = answer.response
    if response is None:
        return None
    if not 200 <= response.status < 300:
        _judge_status(response.status, printable(response.reason), own_name, verdict)
    described: dict[str, Any] = {
        "status": response.status,
        "reason_phrase": printable(response.reason),
        "elapsed": round(answer.seconds, 4),
    }
    for key in ("server", "user-agent", "allow"):
        value = response.header(key)
        described[key.replace("-", "_")] = None if value is None else printable(value)
    return described


_OPTIONS_FAILURES: Mapping[str, tuple[str, str]] = {
    "answer_timeout": ("options_timeout", "See that Cisco CallManager is not overloaded. " + _TRACES),
    "not_sip": ("options_answer_malformed", "Check that the port is a SIP port"),
    "too_much_data": ("options_answer_malformed", "Check that the port is a SIP port"),
    "connection_closed": (
        "options_connection_ended",
        "The server may refuse the certificate or its names after the handshake. " + _TRACES,
    ),
}


def _judge_status(status: int, phrase: str, own_name: str, verdict: _Verdict) -> None:
    host = verdict.host
    remedy = _TRACES
    if status in (401, 407):
        remedy = f"Clear Enable Digest Authentication ({_PROFILE}), or ask by a peer that has the digest user"
    elif status == 403 and own_name:
        remedy = (
            f"Put {own_name!r} into the field X.509 Subject Name ({_PROFILE}) of {host}, and reset the trunk,"
            " if the probe's certificate is to be let in"
        )
    elif status == 503:
        remedy = (
            f"See that a SIP trunk of {host} has this host as a destination,"
            " and that Cisco CallManager is not busy"
        )
    verdict.find("options_refused", f"{host} answered OPTIONS with {status} {phrase}", remedy)


# What must be refused.


def _probe_negatively(
    target: Target, seen: Seen, own_name: str, params: Params, verdict: _Verdict
) -> list[dict[str, Any]]:
    probes = []
    for kind in dict.fromkeys(params["negative_probes"]):
        if seen.tls_version is None:
            verdict.miss(
                kind, f"the probe {kind} was not made: the port speaks no TLS with this host", asked=True
            )
            probes.append({"probe": kind, "refused": None, "how": "not made", "alert": None})
            continue
        with _wrong_identity(kind, own_name) as identity:
            result = _converse(target, identity, send_options=params["send_options"])[0]
        probes.append(_describe_probe(kind, result, verdict))
    return probes


@contextmanager
def _wrong_identity(kind: str, own_name: str) -> Iterator[Identity | None]:
    """No identity, or one of a CA that nobody trusts, with the right name, in files that vanish again."""
    if kind == "no_certificate":
        yield None
        return
    certificate, key = throw_away_identity(own_name or "sip-tls-probe")
    with tempfile.TemporaryDirectory(prefix="sip-tls-probe-") as directory:
        paths = [os.path.join(directory, name) for name in ("certificate.pem", "key.pem")]
        for path, data in zip(paths, (certificate, key), strict=True):
            write_atomically(path, data, mode=0o600)
        yield Identity(*paths)


def _describe_probe(kind: str, seen: Seen, verdict: _Verdict) -> dict[str, Any]:
    who = {"no_certificate": "no certificate", "throw_away_ca": "a certificate of a CA that nobody knows"}[
        kind
    ]
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
            f"Set Device Security Mode to Encrypted ({_PROFILE}) on {verdict.host}, and reset the trunk",
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


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("cryptography",),
    mutually_exclusive=(("ca_content", "ca_path"),),
    required_together=(("client_certificate_path", "client_key_path"),),
)
