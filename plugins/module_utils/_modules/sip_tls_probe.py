# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_tls_probe: what the SIP port of a node shows, and whether a trunk over TLS can use it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import Endpoint, Words
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import CLIENT_AUTH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._flows.sip_certificates import (
    decode,
    judge_certificates,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file, write_atomically
from ansible_collections.ucops.cucm.plugins.module_utils._pki.names import name_texts
from ansible_collections.ucops.cucm.plugins.module_utils._pki.throw_away import throw_away_identity
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    common_name,
    describe_certificate,
    key_type_and_size,
    load_certificates,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity
from ansible_collections.ucops.cucm.plugins.module_utils._sip.findings import (
    Verdict,
    describe_probe,
    judge_connection,
    judge_demand,
    judge_options,
    judge_tls,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.key_offers import KEY_TYPES, Shown, shown_for
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import Answer, ask_options
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import (
    Broken,
    Connection,
    Seen,
    Target,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.tls_messages import TLS_VERSIONS

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NEGATIVE_PROBES = ("no_certificate", "throw_away_ca")
SERVICES = ("CallManager", "CallManager-ECDSA")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str"},
    "port": {"type": "int", "default": 5061},
    "targets": {
        "type": "list",
        "elements": "dict",
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 5061},
        },
    },
    "side_by_side": {"type": "int", "default": 8},
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
    "key_types": {
        "type": "list",
        "elements": "str",
        "choices": list(KEY_TYPES),
        "default": list(KEY_TYPES),
    },
    "min_tls_version": {"type": "str", "choices": list(TLS_VERSIONS), "default": "1.2"},
    "allow_legacy_tls": {"type": "bool", "default": False},
    "fail_on_findings": {"type": "bool", "default": False},
    **CLIENT_AUTH_ARGUMENTS,
}

_WORDS = Words(kind="a Unified CM node or another SIP peer", service="the SIP port", has_legacy_option=False)

#: Characters that part the names in the profile's field "X.509 Subject Name", so that no name has one.
_SEPARATORS = re.compile(r"[\s,;:]")


class ProbeFailed(CucmError):
    """The probe did not pass, and `fail_on_findings` asks for an error then."""

    reason = "probe_failed"


def run(params: Params, _context: Context) -> Result:
    """Probe one port, or several side by side; a verdict is an error only when that was asked for."""
    if params["targets"] is None:
        return _probe(params)
    if params["side_by_side"] < 1:
        raise InvalidOption(
            f"{params['side_by_side']} probes at a time are none",
            option="side_by_side",
            remedy="Use 1 or more",
        )
    with ThreadPoolExecutor(params["side_by_side"], thread_name_prefix="probe") as pool:
        # Each with the secrets of this task, which messages must not show.
        started = [
            pool.submit(copy_context().run, _probe_one, {**params, **target}) for target in params["targets"]
        ]
        results = [each.result() for each in started]
    failed = [each for each in results if each.get("failed")]
    if failed and params["fail_on_findings"]:
        raise ProbeFailed(" ".join(each["msg"] for each in failed), details={"results": results})
    return {"changed": False, "results": results}


def _probe_one(params: Params) -> Result:
    """The result of one of several probes, with its target; a failure keeps nobody else from being probed."""
    target = {"host": params["host"], "port": params["port"]}
    try:
        return {**target, **_probe(params)}
    except CucmError as error:
        return {**target, "changed": False, "failed": True, **error.as_result()}


def _probe(params: Params) -> Result:
    endpoint = _endpoint(params)
    trusted = _trusted(params)
    _check_versions(params)
    _check_names(params["expected_subject_names"])
    identity, own_name = _identity(params)
    target = Target(endpoint.bare_host, endpoint.port, endpoint.timeout, params["allow_legacy_tls"])
    verdict = Verdict(endpoint.bare_host)

    seen, answer = _converse(target, identity, send_options=params["send_options"])
    late = answer.failure if answer is not None else None
    judge_connection(seen, late, own_name, verdict)
    judge_tls(seen, params["min_tls_version"], verdict)
    chain = decode(seen.chain, verdict)
    matched = judge_certificates(chain, trusted, params, verdict)
    judge_demand(seen, identity is not None, verdict)
    options = judge_options(seen, answer, identity is not None, params["send_options"], own_name, verdict)
    offers = _offers(target, seen, chain, params, verdict)
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
        "client_certificate_authorities": None if seen.authorities is None else name_texts(seen.authorities),
        "options": options,
        "probes": probes,
        "offers": offers,
        "findings": [finding.as_dict() for finding in verdict.findings],
        "not_measured": [missing.as_dict() for missing in verdict.not_measured],
        "notes": verdict.notes,
        "passed": verdict.passed,
    }
    if params["fail_on_findings"] and not verdict.passed:
        raise _as_error(verdict, endpoint, result)
    return result


def _as_error(verdict: Verdict, endpoint: Endpoint, result: Result) -> ProbeFailed:
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


# What is shown for each type of key.


def _offers(
    target: Target, seen: Seen, chain: Sequence[Certificate], params: Params, verdict: Verdict
) -> list[dict[str, Any]]:
    """What the port shows to a peer that takes keys of one type; one certificate is known from the handshake."""
    offers = []
    for key_type in KEY_TYPES:
        if key_type not in params["key_types"] or seen.tls_version is None:
            continue
        if chain and key_type_and_size(chain[0])[0] == key_type:
            offer = Shown(key_type, True, seen.tls_version, seen.chain)
        else:
            offer = shown_for(target, key_type)
        certificates = decode(offer.chain, verdict)
        if offer.is_shown is None:
            verdict.miss(
                "offers",
                f"which certificate is shown to a peer that takes {key_type.upper()} keys only could not be seen:"
                f" {offer.why}",
                asked=False,
            )
        elif certificates and certificates[0] not in chain[:1]:
            _note_other_name(certificates[0], params["expected_subject_names"], verdict)
        offers.append(
            {
                "key_type": key_type,
                "shown": offer.is_shown,
                "preferred": bool(certificates and certificates[0] in chain[:1]),
                "tls_version": offer.tls_version,
                "certificate": describe_certificate(certificates[0]) if certificates else None,
                "text": offer.why,
            }
        )
    return offers


def _note_other_name(certificate: Certificate, expected: Sequence[str], verdict: Verdict) -> None:
    name = common_name(certificate)
    if expected and name not in expected:
        verdict.note(
            "other_certificate_name",
            f"{verdict.host} has a second certificate on the port, for {name!r}, which X.509 Subject Name does not"
            " have: a peer would refuse it if the node preferred it (enterprise parameter TLS 1.3 Certificate"
            " Preference Order)",
        )


# What must be refused.


def _probe_negatively(
    target: Target, seen: Seen, own_name: str, params: Params, verdict: Verdict
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
        probes.append(describe_probe(kind, result, verdict))
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


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("cryptography",),
    mutually_exclusive=(("ca_content", "ca_path"), ("host", "targets")),
    required_one_of=(("host", "targets"),),
    required_together=(("client_certificate_path", "client_key_path"),),
)
