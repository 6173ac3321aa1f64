# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The effect of an upload on a trust store, before it is sent.

A trust store of Unified CM keeps one certificate of a common name. One that begins to be valid later replaces the
one there; another is dropped without a word (OS administration guide, troubleshooting of certificates).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    canonical_name,
    common_name,
    fingerprint,
    is_issued_by,
    is_same_key,
    is_self_signed,
    matches_identifier,
    time_text,
)

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass


@dataclass(frozen=True)
class Effect:
    """What an upload would do: the certificates it displaces, and what forbids it."""

    displaced: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]


def effect_of_upload(
    held: Iterable[x509.Certificate],
    missing: Sequence[x509.Certificate],
    *,
    wanted: Iterable[x509.Certificate],
    identities: Iterable[x509.Certificate] = (),
) -> Effect:
    """Foresee the upload of `missing`, the part of `wanted` that the store does not hold.

    `identities` are certificates of services that must stay verifiable.
    """
    before = list(held)
    to_keep = list(wanted)
    findings: list[Finding] = []
    displaced: list[x509.Certificate] = []
    for number, certificate in enumerate(missing):
        for other in [*missing[:number], *(one for one in before if one in to_keep)]:
            if _store_name(other) == _store_name(certificate):
                findings.append(_cannot_be_both(other, certificate))
                break
        else:
            for other in before:
                if _store_name(other) != _store_name(certificate):
                    continue
                displaced.append(other)
                findings += _judge_displacement(other, certificate, missing, before, identities)
    return Effect(tuple(displaced), tuple(findings))


def _judge_displacement(
    old: x509.Certificate,
    new: x509.Certificate,
    missing: Sequence[x509.Certificate],
    before: Sequence[x509.Certificate],
    identities: Iterable[x509.Certificate],
) -> Iterable[Finding]:
    if new.not_valid_before_utc <= old.not_valid_before_utc:
        yield Finding(
            "not_stored",
            f"the trust store would not take {_label(new)}: it has {_label(old)}, which begins to be valid no earlier,"
            " and it keeps one certificate of a common name",
            "Remove the old one first (state: absent) if it is no longer needed, or leave this one out",
        )
    elif is_self_signed(old) and not is_self_signed(new):
        yield Finding(
            "root_displaced",
            f"the upload would displace the root {_label(old)} by {_label(new)}, which is not self-signed",
            "Leave the cross-signed certificate out: the self-signed root verifies the same certificates",
        )
    else:
        after = [*(one for one in before if one != old), *missing]
        orphans = [
            one
            for one in dict.fromkeys([*after, *identities])
            if one != old and _verifies(one, old) and not any(_verifies(one, other) for other in after)
        ]
        if orphans:
            yield Finding(
                "issuer_displaced",
                f"the upload would displace {_label(old)} by {_label(new)}, {_difference(old, new)}; the former is the"
                f" issuer of {', '.join(map(_label, orphans))}",
                "Replace the certificates of the old CA first, then remove it (state: absent)",
            )


def _verifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer is one that TLS libraries take for the certificate."""
    return is_issued_by(certificate, issuer) and matches_identifier(certificate, issuer)


def _difference(old: x509.Certificate, new: x509.Certificate) -> str:
    """Why a CA certificate does not stand for another one of the same common name."""
    if not is_same_key(old, new):
        return "which has another key"
    if canonical_name(old.subject) != canonical_name(new.subject):
        return "which has the same key and another name"
    return "which has another serial number, and certificates of this CA name that of their issuer"


def _cannot_be_both(one: x509.Certificate, other: x509.Certificate) -> Finding:
    return Finding(
        "common_name_collision",
        f"the trust store keeps one certificate of a common name, so it cannot keep both {_label(one)} and"
        f" {_label(other)}",
        "Give one of them only; of a CA that was signed twice, the self-signed root",
    )


def _store_name(certificate: x509.Certificate) -> str:
    return common_name(certificate) or certificate.subject.rfc4514_string()


def _label(certificate: x509.Certificate) -> str:
    return (
        f"{certificate.subject.rfc4514_string()} (issued by {certificate.issuer.rfc4514_string()}, valid from"
        f" {time_text(certificate.not_valid_before_utc)}, {fingerprint(certificate)})"
    )
