# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that a SIP port shows: with a wrong end of the chain, healthy ones are told as unreadable."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._flows import sip_certificates
from ansible_collections.ucops.cucm.plugins.module_utils._sip import findings
from ansible_collections.ucops.cucm.tests.support.builders import make_ca
from cryptography.hazmat.primitives import serialization

CA = make_ca()


def test_a_certificate_that_cannot_be_read_ends_the_chain():
    verdict = findings.Verdict("192.0.2.1")
    good = CA.certificate.public_bytes(serialization.Encoding.DER)
    assert sip_certificates.decode((good, b"\x30\x03junk", good), verdict) == [CA.certificate]
    assert [finding.reason for finding in verdict.findings] == ["chain_unreadable"]
    assert "certificate 2 of 192.0.2.1" in verdict.findings[0].text
