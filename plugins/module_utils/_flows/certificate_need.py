# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a node needs another certificate for a service, and whether a pending CSR can be signed as it is."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    WEAKEST_RSA_BITS,
    identity_of,
    pending_csr_of,
    readable,
    utc_now,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    CertificateProfile,
    judge_leaf,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import profile_for
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    is_issued_by,
    is_self_signed,
    key_type_and_size,
    order_chain,
    signature_hash,
    time_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import CertificateStore, CsrRequest

if TYPE_CHECKING:
    from cryptography import x509

KEY_LENGTHS = {"rsa": (2048, 3072, 4096), "ec": (256, 384, 521)}
DEFAULT_KEY_LENGTH = {"rsa": 2048, "ec": 384}
#: The node offers no hash for an EC key that is weaker than the key (Security Guide, 12.5 and later).
DEFAULT_HASH = {256: "sha256", 384: "sha384", 521: "sha512"}
HASHES = ("sha256", "sha384", "sha512")

#: What is asked of a certificate, in every module that judges or requests one.
WANTED_ARGUMENTS: dict[str, dict[str, Any]] = {
    "service": {"type": "str", "default": "CallManager"},
    "distribution": {"type": "str", "choices": ["this-server", "multi-server"], "default": "this-server"},
    "common_name": {"type": "str"},
    "subject_alt_names": {"type": "list", "elements": "str"},
    "key_type": {"type": "str", "choices": ["rsa", "ec"]},
    "key_length": {"type": "int", "choices": [256, 384, 521, 2048, 3072, 4096]},
    "hash_algorithm": {"type": "str", "choices": list(HASHES)},
    "renew_before": {"type": "int", "default": 30},
}


@dataclass(frozen=True)
class Wanted:
    """What the user asks of the certificate; None where anything will do."""

    service: str
    distribution: str
    common_name: str | None
    subject_alt_names: frozenset[str] | None
    key_type: str
    key_length: int | None
    hash_algorithm: str | None
    renew_before: timedelta

    def request(self) -> CsrRequest:
        """The request to the node, with None where the user left it open."""
        names = self.subject_alt_names
        return CsrRequest(
            service=self.service,
            distribution=self.distribution,
            common_name=self.common_name,
            subject_alt_names=None
            if names is None
            else tuple(sorted(name.partition(":")[2] for name in names)),
            key_type=self.key_type,
            key_length=self.key_length,
            hash_algorithm=self.hash_algorithm,
        )


def with_defaults(request: CsrRequest, common_name: str) -> CsrRequest:
    """The request with everything said that the user left open."""
    length = request.key_length or DEFAULT_KEY_LENGTH[request.key_type]
    strength = DEFAULT_HASH[length] if request.key_type == "ec" else "sha256"
    return replace(
        request,
        common_name=request.common_name or common_name,
        subject_alt_names=request.subject_alt_names or (),
        key_length=length,
        hash_algorithm=request.hash_algorithm or strength,
    )


@dataclass(frozen=True)
class Reason:
    """Why what is there is not enough. `about` is "installed", "pending" or "options"."""

    about: str
    reason: str
    text: str

    def as_dict(self) -> dict[str, str]:
        return {"about": self.about, "reason": self.reason, "text": self.text}


@dataclass(frozen=True)
class Need:
    """What lies on the node, and why it is not enough. `status` is "installed", "pending" or "missing".

    `smallest` is the size in bits that an RSA key must have, None for that of the service's profile.
    """

    status: str
    installed: x509.Certificate | None
    pending: x509.CertificateSigningRequest | None
    reasons: Sequence[Reason]
    smallest: int | None


def need_of(
    store: CertificateStore,
    wanted: Wanted,
    params: Mapping[str, Any],
    issuers: Sequence[x509.Certificate],
    context: Context,
    *,
    force: bool = False,
) -> Need:
    """Judge the installed certificate, and the pending CSR where that certificate is not enough.

    `params` has the host and the options of client authentication.
    """
    host = params["host"]
    installed = identity_of(store, wanted.service, host)
    trusted = _trusted(store, wanted.service, installed, issuers, host, context)
    # Where the node alone decides on the key, a small one is no reason for another of the same kind.
    smallest = WEAKEST_RSA_BITS if store.csr_is_fixed and not wanted.key_length else None
    profile = profile_for(wanted.service, params)
    reasons = why_not_installed(installed, wanted, issuers, trusted, utc_now(), smallest, profile)
    if force:
        reasons = [Reason("options", "forced", "force is set")]
    if not reasons:
        return Need("installed", installed, None, (), smallest)
    pending = pending_csr_of(store, wanted.service, host)
    reasons = [*reasons, *(() if force else why_not_pending(pending, wanted, smallest))]
    fits = pending is not None and not any(each.about in ("pending", "options") for each in reasons)
    return Need("pending" if fits else "missing", installed, pending, reasons, smallest)


def _trusted(
    store: CertificateStore,
    service: str,
    installed: x509.Certificate | None,
    issuers: Sequence[x509.Certificate],
    host: str,
    context: Context,
) -> list[x509.Certificate]:
    """The CAs through which the installed certificate may come from a wanted one.

    Read only when they matter: over the command line, each certificate costs a command.
    """
    if installed is None or not issuers or any(is_issued_by(installed, issuer) for issuer in issuers):
        return []
    entries = store.trust(None if not store.csr_is_fixed else service)
    return [certificate for _entry, certificate in readable(entries, host, context)]


def request_of(store: CertificateStore, wanted: Wanted, need: Need, host: str) -> CsrRequest:
    """The request that the node would get; raises what keeps it from being made through this door."""
    request = wanted.request()
    store.check_csr(request)
    if store.csr_is_fixed:
        return request
    # With the name that the service has now, everything that knows the node by it goes on working.
    installed = need.installed
    name = wanted.common_name or (common_name(installed) if installed is not None else None)
    if not name:
        raise InvalidOption(
            "no certificate is installed from which the common name could be taken",
            host=host,
            option="common_name",
            remedy="Set common_name",
        )
    return with_defaults(request, str(name))


def why_not_installed(
    installed: x509.Certificate | None,
    wanted: Wanted,
    issuers: Sequence[x509.Certificate],
    trusted: Sequence[x509.Certificate],
    now: datetime,
    smallest: int | None = None,
    profile: CertificateProfile | None = None,
) -> list[Reason]:
    """What the installed certificate lacks; empty when no CSR is needed.

    `smallest` is the size in bits that an RSA key has to have, unless that of the service's profile; `profile` what
    the service needs where that is not its usual one.
    """
    if installed is None:
        return [Reason("installed", "no_certificate", "no certificate is installed")]
    if is_self_signed(installed):
        return [Reason("installed", "self_signed", "the installed certificate is self-signed")]
    profile = profile or profile_of(wanted.service)
    if smallest is not None:
        profile = replace(profile, min_rsa_bits=smallest)
    reasons = [
        Reason("installed", finding.reason, f"the installed certificate: {finding.text}")
        for finding in judge_leaf(installed, csr=None, profile=profile, now=now)
    ]
    reasons += _differences("installed", "the installed certificate", installed, wanted)
    if issuers and not _comes_from(installed, issuers, trusted):
        text = f"the installed certificate comes from another CA: {installed.issuer.rfc4514_string()}"
        reasons.append(Reason("installed", "other_issuer", text))
    end = installed.not_valid_after_utc
    if now <= end <= now + wanted.renew_before:
        text = f"the installed certificate ends at {time_text(end)}, within {wanted.renew_before.days} days"
        reasons.append(Reason("installed", "expires_soon", text))
    return reasons


def why_not_pending(
    pending: x509.CertificateSigningRequest | None, wanted: Wanted, smallest: int | None = None
) -> list[Reason]:
    """What the pending CSR lacks; empty when it can be signed as it is. `smallest` as above."""
    if pending is None:
        return [Reason("pending", "no_csr", "no CSR is pending")]
    reasons = _differences("pending", "the pending CSR", pending, wanted)
    key_type, size = key_type_and_size(pending)
    if key_type != "rsa" or smallest is None:
        smallest = KEY_LENGTHS[key_type][0] if key_type in KEY_LENGTHS else 0
    if key_type == wanted.key_type and size < smallest:
        text = f"the key of the pending CSR has only {size} bits"
        reasons.append(Reason("pending", "key_too_small", text))
    if wanted.hash_algorithm and signature_hash(pending) != wanted.hash_algorithm:
        text = f"the pending CSR is signed with {signature_hash(pending)}, not {wanted.hash_algorithm}"
        reasons.append(Reason("pending", "hash_differs", text))
    return reasons


def _differences(
    about: str, label: str, obj: x509.Certificate | x509.CertificateSigningRequest, wanted: Wanted
) -> list[Reason]:
    """Compare names and key, as far as the user set them."""
    reasons = []
    name = common_name(obj)
    if wanted.common_name and without_root(name or "").lower() != without_root(wanted.common_name).lower():
        text = f"{label} has the common name {name}, not {wanted.common_name}"
        reasons.append(Reason(about, "common_name_differs", text))
    missing, added = _name_differences(obj, wanted)
    if missing or added:
        text = f"{label} has other subject alternative names (missing: {_list(missing)}; too many: {_list(added)})"
        reasons.append(Reason(about, "alt_names_differ", text))
    key_type, size = key_type_and_size(obj)
    if key_type != wanted.key_type or (wanted.key_length and size != wanted.key_length):
        asked = f"{wanted.key_type} {wanted.key_length or ''}".strip()
        text = f"{label} has a key {key_type} {size}, not {asked}"
        reasons.append(Reason(about, "key_differs", text))
    return reasons


def _name_differences(
    obj: x509.Certificate | x509.CertificateSigningRequest, wanted: Wanted
) -> tuple[frozenset[str], frozenset[str]]:
    """Names that are missing and names that nobody asked for.

    A multi-server request gets the names of the cluster's nodes from the node itself; the common
    name may be repeated among the alternative names.
    """
    if wanted.subject_alt_names is None:
        return frozenset(), frozenset()
    got = frozenset(map(without_root, alt_names(obj)))
    own = frozenset({f"DNS:{without_root((common_name(obj) or '').lower())}"})
    added = frozenset() if wanted.distribution == "multi-server" else got - wanted.subject_alt_names - own
    return wanted.subject_alt_names - got, added


def _comes_from(
    leaf: x509.Certificate, issuers: Sequence[x509.Certificate], trusted: Sequence[x509.Certificate]
) -> bool:
    """Whether one of the wanted CAs stands above the certificate, be it through an intermediate."""
    return any(is_issued_by(leaf, issuer) for issuer in issuers) or any(
        authority in issuers for authority in order_chain(leaf, [*issuers, *trusted])
    )


def wanted_of(params: Mapping[str, Any]) -> Wanted:
    """Options → Wanted; raises InvalidOption for what no node can do."""
    service = params["service"]
    key_type = profile_of(service).key_type
    length, hash_algorithm = params["key_length"], params["hash_algorithm"]
    if params["key_type"] not in (None, key_type):
        other = f"{service}-ECDSA" if params["key_type"] == "ec" else service.removesuffix("-ECDSA")
        raise InvalidOption(
            f"the service {service} has a key of the type {key_type}",
            option="key_type",
            remedy=f"Leave it out, or use service: {other}",
        )
    if length is not None and length not in KEY_LENGTHS[key_type]:
        raise InvalidOption(
            f"a key of the type {key_type} cannot have {length} bits",
            option="key_length",
            remedy=f"Use one of {', '.join(map(str, KEY_LENGTHS[key_type]))}",
        )
    weakest = DEFAULT_HASH[length or DEFAULT_KEY_LENGTH["ec"]] if key_type == "ec" else "sha256"
    if hash_algorithm and HASHES.index(hash_algorithm) < HASHES.index(weakest):
        raise InvalidOption(
            f"{hash_algorithm} is too weak for an EC key of this length",
            option="hash_algorithm",
            remedy=f"Use {weakest} or a stronger one, or a shorter key",
        )
    if params["renew_before"] < 0:
        raise InvalidOption(
            f"renew_before is {params['renew_before']}, which is not 0 or more",
            option="renew_before",
            remedy="Use a number of days",
        )
    names = params["subject_alt_names"]
    _refuse_wildcards([*(names or ()), params["common_name"] or ""])
    return Wanted(
        service=service,
        distribution=params["distribution"],
        common_name=params["common_name"] or None,
        subject_alt_names=None if names is None else frozenset(map(typed_name, names)),
        key_type=key_type,
        key_length=length,
        hash_algorithm=hash_algorithm,
        renew_before=timedelta(days=params["renew_before"]),
    )


def _refuse_wildcards(names: Iterable[str]) -> None:
    for name in names:
        if "*" in name:
            raise InvalidOption(
                f"'{name}' is a wildcard, which Unified CM does not support",
                option="subject_alt_names or common_name",
                remedy="Give the names of the nodes",
                reason="wildcard",
            )


def typed_name(name: str) -> str:
    """A subject alternative name with its type: a host name or an address needs none to be told."""
    kind, colon, rest = name.strip().partition(":")
    if colon and kind.upper() in ("DNS", "IP"):
        name = rest
    name = name.strip()
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{without_root(name.lower())}"


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
