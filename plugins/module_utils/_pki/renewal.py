# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a renewed certificate must not lose, compared with the one that it follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    extended_key_usage,
    key_type_and_size,
    time_text,
)

if TYPE_CHECKING:
    from cryptography import x509

#: A renewed certificate that is valid for less than this part of the old one's validity is warned of.
_MUCH_SHORTER = 0.5


def judge_renewal(old: x509.Certificate, new: x509.Certificate) -> list[Finding]:
    """What the new certificate has less than the old one; empty when it can take its place."""
    return list(_losses(old, new))


def _losses(old: x509.Certificate, new: x509.Certificate) -> Iterator[Finding]:
    if _may_be_client(old) and not _may_be_client(new):
        yield Finding(
            "client_authentication_lost",
            "the renewed certificate has no client authentication (clientAuth), the installed one has it",
            "Have it issued by a CA, or with a template, that gives both serverAuth and clientAuth: a SIP trunk shows"
            " its certificate as a client too",
        )
    lost = sorted(_names(old) - _names(new))
    if (common_name(old) or "").lower() != (common_name(new) or "").lower():
        lost.insert(0, f"the common name {common_name(old)}")
    if lost:
        yield Finding(
            "names_lost",
            f"the renewed certificate lacks names that the installed one has: {', '.join(lost)}",
            "Ask for them (cucm_certificate_common_name, cucm_certificate_subject_alt_names), and let the CA keep them:"
            " peers know the node by these names",
        )
    (old_type, old_size), (new_type, new_size) = key_type_and_size(old), key_type_and_size(new)
    if old_type == new_type and new_size < old_size:
        yield Finding(
            "key_strength_lost",
            f"the renewed certificate has a key of {new_size} bits, the installed one of {old_size} bits",
            f"Ask for a key of {old_size} bits (cucm_certificate_key_length)",
        )
    if new.not_valid_after_utc <= old.not_valid_after_utc:
        yield Finding(
            "ends_no_later",
            f"the renewed certificate ends at {time_text(new.not_valid_after_utc)}, no later than the installed one",
            "See why the CA gives so little: its own certificate may end, or its policy may have changed",
        )


def much_shorter(old: x509.Certificate, new: x509.Certificate) -> str:
    """A sentence where the CA gives far less validity than before; otherwise nothing."""
    before, after = (each.not_valid_after_utc - each.not_valid_before_utc for each in (old, new))
    if after >= before * _MUCH_SHORTER:
        return ""
    day = timedelta(days=1)
    return (
        f"the CA has issued a certificate for {after / day:.0f} days, the one before was for {before / day:.0f} days:"
        " it is renewed so much more often"
    )


def _may_be_client(certificate: x509.Certificate) -> bool:
    """A certificate without the extension is not restricted by it."""
    usages = extended_key_usage(certificate)
    return not usages or "clientAuth" in usages


def _names(certificate: x509.Certificate) -> frozenset[str]:
    """The common name and the alternative names, as peers compare them."""
    own = without_root((common_name(certificate) or "").lower())
    names = {without_root(name.lower()) for name in alt_names(certificate)}
    return frozenset({*names, *({f"dns:{own}"} if own else ())})
