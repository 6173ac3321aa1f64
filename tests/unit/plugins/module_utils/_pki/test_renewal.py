# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, an unattended renewal would install a certificate with less than the one that it replaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.renewal import judge_renewal, much_shorter
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca, make_csr, make_leaf, reasons
from cryptography import x509

CA = make_ca()
NODE = "cucma-pub.example.com"
DAY = timedelta(days=1)


def certificate(
    common_name: str = NODE,
    names: tuple[str, ...] = (f"DNS:{NODE}",),
    *,
    with_key: str = "rsa2048",
    days: float = 200,
    **changes: Any,
) -> x509.Certificate:
    csr = make_csr(common_name, names=names, with_key=with_key)
    return make_leaf(csr, CA, start=NOW, end=NOW + days * DAY, **changes)


OLD = certificate(days=47)


@pytest.mark.parametrize(
    "new",
    [
        certificate(),
        certificate(NODE.upper()),
        certificate(names=(f"DNS:{NODE}", "DNS:more.example.com")),
        certificate(extended=None),
    ],
    ids=["the same", "case", "more names", "no restriction"],
)
def test_what_may_follow(new: x509.Certificate) -> None:
    assert judge_renewal(OLD, new) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (OLD, certificate(extended=("serverAuth",)), "client_authentication_lost"),
        (
            certificate(extended=None, days=47),
            certificate(extended=("serverAuth",)),
            "client_authentication_lost",
        ),
        (OLD, certificate("other.example.com", names=(f"DNS:{NODE}",)), "names_lost"),
        (
            certificate(names=("DNS:a.example.com",), days=47),
            certificate(names=("DNS:b.example.com",)),
            "names_lost",
        ),
        (certificate(with_key="rsa2048", days=47), certificate(with_key="rsa1024"), "key_strength_lost"),
        (OLD, certificate(days=46), "ends_no_later"),
        (OLD, certificate(days=47), "ends_no_later"),
    ],
)
def test_what_must_not_be_lost(old: x509.Certificate, new: x509.Certificate, reason: str) -> None:
    assert reasons(judge_renewal(old, new)) == [reason]
    assert all(found.remedy for found in judge_renewal(old, new))


def test_what_the_old_one_lacked_is_not_missed() -> None:
    assert (
        judge_renewal(certificate(extended=("serverAuth",), days=47), certificate(extended=("serverAuth",)))
        == []
    )


def test_a_key_of_another_type_is_for_another_judge() -> None:
    assert judge_renewal(OLD, certificate(with_key="ec256")) == []


@pytest.mark.parametrize(
    ("days", "told"), [(47, ""), (24, ""), (20, "for 20 days, the one before was for 47 days")]
)
def test_a_ca_that_gives_far_less_is_told(days: float, told: str) -> None:
    found = much_shorter(OLD, certificate(days=days))
    assert told in found
    assert bool(told) == bool(found)
