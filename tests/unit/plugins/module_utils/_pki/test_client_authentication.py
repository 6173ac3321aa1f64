# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data about the end of client authentication, and its use in a judgement."""

from __future__ import annotations

from datetime import date

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.client_authentication import (
    CISCO_NOTICE,
    GENERAL,
    RECORDS,
    end_for,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import judge_leaf, profile_of
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    make_ca,
    make_csr,
    make_leaf,
    name,
)
from cryptography import x509


@pytest.mark.parametrize(
    ("organization", "who", "starts"),
    [
        ("Let's Encrypt", "Let's Encrypt", date(2026, 7, 8)),  # the last of its two dates
        ("DigiCert Inc", "DigiCert", date(2026, 5, 1)),
        ("DigiCert, Inc.", "DigiCert", date(2026, 5, 1)),
        ("SECTIGO LIMITED", "Sectigo", date(2026, 5, 15)),
        ("Example", "Chrome", date(2027, 3, 15)),
        ("DigiCert Incorporated of Example", "Chrome", date(2027, 3, 15)),
    ],
)
def test_the_record_follows_the_organization_of_the_issuer(organization, who, starts):
    record = end_for(name("Some CA", O=organization))
    assert who in record.who
    assert record.starts == starts


def test_an_issuer_without_an_organization_gets_the_general_record():
    assert end_for(x509.Name([])) is GENERAL


def test_every_record_can_be_said_in_a_message():
    assert GENERAL in RECORDS
    for record in RECORDS:
        assert record.words.isprintable()
        assert str(record.starts) in record.words and record.source in record.words


def finding_of(organization, *, extended):
    csr = make_csr()
    ca = make_ca(organization=organization)
    leaf = make_leaf(csr, ca, extended=extended)
    findings = judge_leaf(leaf, csr=csr, profile=profile_of("CallManager"), now=NOW)
    (finding,) = [found for found in findings if found.reason == "extended_key_usage_missing"]
    return finding


def test_the_judgement_of_a_public_certificate_tells_who_when_and_where_to_read():
    finding = finding_of("Let's Encrypt", extended=["serverAuth"])
    assert "lacks clientAuth" in finding.text
    assert "Let's Encrypt" in finding.text and "2026-07-08" in finding.text
    assert CISCO_NOTICE.title in finding.remedy


def test_the_judgement_of_any_other_certificate_tells_the_general_rule():
    finding = finding_of("Example", extended=["serverAuth"])
    assert "Chrome Root Program Policy 1.8" in finding.text and "2027-03-15" in finding.text


def test_a_missing_server_authentication_has_nothing_to_do_with_it():
    finding = finding_of("Let's Encrypt", extended=["clientAuth"])
    assert "Let's Encrypt" not in finding.text
    assert CISCO_NOTICE.title not in finding.remedy
