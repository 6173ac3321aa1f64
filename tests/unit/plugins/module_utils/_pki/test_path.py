# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a chain that TLS stacks refuse may be signed, uploaded or passed, or a good one is refused.

A zoo of chains is judged by `openssl verify` for both purposes and by `judge_identity`: what OpenSSL refuses must
be refused, and what it accepts may be refused only for a rule that is stricter on purpose.
"""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    AuthorityUnusable,
    complete_authority,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    judge_authorities,
    judge_identity,
    judge_trust,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.chains import (
    EXPECTED,
    make_chain,
    make_zoo,
)

#: Rules of ours that are stricter than OpenSSL's, and why: what CUCM wants, and what is no longer safe.
POLICY = {
    "extended_key_usage_missing",
    "key_usage_missing",
    "is_a_ca",
    "critical_extension",
    "wildcard",
    "hash_too_weak",
    "outlives_issuer",
    "issuer_is_no_ca",
    # OpenSSL does not check the signature of a root. A root that was changed is nothing to trust, even so.
    "root_signature_wrong",
}
ZOO = make_zoo()


def ours(chain):
    findings = judge_identity(chain[0], csr=None, trusted=chain[1:], service="CallManager-ECDSA", now=NOW)
    return {finding.reason for finding in findings}


def purposes_of(faults):
    """Both where the usages are changed; elsewhere one stands for both, since nothing else depends on it."""
    changed = any(word in fault for fault in faults.values() for word in ("usage", "only", "netscape"))
    return ("sslserver", "sslclient") if changed else ("sslserver",)


def theirs(chain, directory, purposes):
    """What OpenSSL says against the chain for these purposes; empty where it accepts it."""
    leaf, above = directory / "leaf.pem", directory / "above.pem"
    leaf.write_text(pem(chain[0]))
    above.write_text("".join(map(pem, chain[1:])))
    for purpose in purposes:
        run = subprocess.run(
            ["openssl", "verify", "-purpose", purpose, "-CAfile", above, leaf],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            return f"{purpose}: {run.stderr}"
    return ""


def test_the_verdicts_on_the_zoo_are_those_of_openssl(tmp_path):
    assert len(ZOO) >= 200
    accepted_wrongly, refused_wrongly = [], []
    accepted = 0
    for faults in ZOO:
        chain = make_chain(faults)
        found, against = ours(chain), theirs(chain, tmp_path, purposes_of(faults))
        accepted += not against
        if against and not found:
            accepted_wrongly.append((faults, against))
        if not against and not found <= POLICY:
            refused_wrongly.append((faults, found))
    assert accepted_wrongly == []
    assert refused_wrongly == []
    assert 40 < accepted < len(ZOO) - 100  # both kinds are in it


@pytest.mark.parametrize(("where", "reason"), EXPECTED.items(), ids=list(map("-".join, EXPECTED)))
def test_the_reason_is_named(where, reason):
    place, fault = where
    assert reason in ours(make_chain({place: fault}))


@pytest.mark.parametrize(
    ("leaf", "fault"),
    [("registered id", "excludes registered id"), ("principal", "permits principal")],
)
def test_constraints_that_nobody_can_compare_are_named(leaf, fault):
    chain = make_chain({"leaf": leaf, "issuing": fault})
    (finding,) = judge_identity(chain[0], csr=None, trusted=chain[1:], service="CallManager-ECDSA", now=NOW)
    assert finding.reason == "name_constraints"
    assert "which TLS libraries cannot compare" in finding.text


def test_a_root_that_was_changed_is_told_from_one_that_is_missing():
    chain = make_chain({"root": "forged"})
    found = judge_identity(chain[0], csr=None, trusted=chain[1:], service="CallManager-ECDSA", now=NOW)
    assert [finding.reason for finding in found] == ["root_signature_wrong"]
    assert "'Test Root'" in found[0].text
    assert [finding.reason for finding in judge_trust(chain[-1], now=NOW)] == ["root_signature_wrong"]
    with pytest.raises(AuthorityUnusable, match="signature of CN=Test Root,O=Example does not fit"):
        complete_authority(chain[1:], option="x")


def test_good_chain_is_accepted():
    assert ours(make_chain({})) == set()


def test_the_dot_at_the_end_of_a_node_name_is_not_compared():
    chain = make_chain({"upper": "permits example.com"})[1:]
    profile = profile_of("CallManager-ECDSA")
    assert judge_authorities(chain, profile=profile, now=NOW, host_names=["cucm-pub.example.com."]) == []


def test_host_names_that_a_ca_may_not_certify_are_told_before_there_is_a_csr():
    chain = make_chain({"upper": "permits corp.example"})[1:]
    profile = profile_of("CallManager-ECDSA")
    found = judge_authorities(chain, profile=profile, now=NOW, host_names=["cucm-pub.example.com"])
    assert [finding.reason for finding in found] == ["name_constraints"]
    assert "corp.example" in found[0].text
    assert "cucm-pub.example.com" in found[0].text
    assert judge_authorities(chain, profile=profile, now=NOW, host_names=["cucm-pub.corp.example"]) == []
