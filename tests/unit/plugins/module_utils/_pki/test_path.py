# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a chain that TLS stacks refuse may be signed, uploaded or passed, or a good one is refused.

A zoo of chains is judged by `openssl verify` for both purposes and by `judge_identity`: what OpenSSL refuses must
be refused, and what it accepts may be refused only for a rule that is stricter on purpose.
"""

from __future__ import annotations

import itertools
import subprocess
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    judge_authorities,
    judge_identity,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    extended_key_usage,
    key,
    key_usage,
    name,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.name import _ASN1Type

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
}
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
LEAF_SUBJECT = name("cucm-pub.example.com", C="DE", O="Example")


def constraints(permitted=None, excluded=None):
    return {"nc": x509.NameConstraints(permitted, excluded)}


def dns(*names):
    return [x509.DNSName(text) for text in names]


def directory(subject):
    return [x509.DirectoryName(subject)]


def spaced(common_name, kind):
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example", _type=kind),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name, _type=kind),
        ]
    )


LEAF = {
    "good": {},
    "no eku": {"eku": None},
    "server only": {"eku": ("serverAuth",)},
    "client only": {"eku": ("clientAuth",)},
    "no key usage": {"ku": None},
    "encipherment only": {"ku": ("keyEncipherment",)},
    "expired": {"start": -20, "end": -1},
    "not yet": {"start": 2},
    "key identifier of another": {"aki": x509.AuthorityKeyIdentifier(b"12345678", None, None)},
    "no key identifier": {"aki": None},
    "critical unknown": {"more": [(UNKNOWN, True)]},
    "forged": {"signer": "ec256-forger"},
    "is a ca": {"bc": (True, None)},
    "says no ca": {"bc": (False, None)},
    "issuer in capitals": {"issuer_name": spaced("TEST  ISSUING", _ASN1Type.PrintableString)},
    "issuer of another name": {"issuer_name": name("Test Other", O="Example")},
    "no dns name": {"san": None},
    "address": {"san": [x509.IPAddress(ip_address("192.0.2.7"))]},
    "mail": {"san": [*dns("cucm-pub.example.com"), x509.RFC822Name("root@example.com")]},
    "uri": {
        "san": [
            *dns("cucm-pub.example.com"),
            x509.UniformResourceIdentifier("https://www.example.com:8443/x"),
        ]
    },
    "sha224": {"digest": hashes.SHA224()},
}
AUTHORITY = {
    "good": {},
    "not a ca": {"bc": (False, None)},
    "no basic constraints": {"bc": None},
    "no certificate signing": {"ku": ("cRLSign",)},
    "no key usage": {"ku": None},
    "no path length": {"bc": (True, 0)},
    "path length 1": {"bc": (True, 1)},
    "server only": {"eku": ("serverAuth",)},
    "any usage": {"eku": ("anyExtendedKeyUsage",)},
    "both usages": {"eku": BOTH},
    "expired": {"start": -20, "end": -1},
    "not yet": {"start": 2},
    "critical unknown": {"more": [(UNKNOWN, True)]},
    "unknown": {"more": [(UNKNOWN, False)]},
    "critical policies": {
        "more": [
            (
                x509.CertificatePolicies(
                    [x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.55555.2"), None)]
                ),
                True,
            )
        ]
    },
    "critical key identifier": {"aki_critical": True},
    "serial number of another": {"aki": x509.AuthorityKeyIdentifier(None, directory(name("Test Root")), 99)},
    "sha224": {"digest": hashes.SHA224()},
    "permits example.com": constraints(dns("example.com")),
    "permits hosts of example.com": constraints(dns(".example.com")),
    "permits corp.example": constraints(dns("corp.example")),
    "permits ample.com": constraints(dns("ample.com")),
    "excludes example.com": constraints(None, dns("EXAMPLE.com")),
    "excludes corp.example": constraints(None, dns("corp.example")),
    "permits addresses": constraints([x509.IPAddress(ip_network("198.51.100.0/24"))]),
    "excludes addresses": constraints(None, [x509.IPAddress(ip_network("192.0.2.0/24"))]),
    "permits mail": constraints([x509.RFC822Name("example.com")]),
    "excludes mail": constraints(None, [x509.RFC822Name(".com")]),
    "permits uri": constraints([x509.UniformResourceIdentifier("www.example.com")]),
    "excludes uri": constraints(None, [x509.UniformResourceIdentifier(".example.com")]),
    "permits subject": constraints(directory(name(None, C="DE"))),
    "permits other subject": constraints(directory(name(None, C="US"))),
    "excludes subject": constraints(None, directory(name(None, C="DE", O="EXAMPLE"))),
}
#: What is wrong with a single fault, where it is a matter of the path.
EXPECTED = {
    ("leaf", "key identifier of another"): "authority_key_identifier_differs",
    ("issuing", "critical unknown"): "critical_extension_unknown",
    ("issuing", "critical key identifier"): "critical_extension_unknown",
    ("issuing", "serial number of another"): "authority_key_identifier_differs",
    ("issuing", "any usage"): "issuer_limits_usage",
    ("issuing", "permits corp.example"): "name_constraints",
    ("issuing", "permits ample.com"): "name_constraints",
    ("issuing", "excludes example.com"): "name_constraints",
    ("issuing", "permits other subject"): "name_constraints",
    ("issuing", "excludes subject"): "name_constraints",
    ("upper", "permits corp.example"): "name_constraints",
    ("upper", "no path length"): "path_too_long",
    ("root", "permits corp.example"): "name_constraints",
    ("root", "path length 1"): "path_too_long",
}


def make(subject, own, issuer, issuer_key, *, issuer_certificate=None, **fault):
    """One certificate; faults are keywords of this function."""
    public = key(own).public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(fault.get("issuer_name", issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=fault.get("start", -5)))
        .not_valid_after(NOW + timedelta(days=fault.get("end", 300)))
    )
    bc, ku, eku = fault.get("bc"), fault.get("ku"), fault.get("eku")
    if bc is not None:
        builder = builder.add_extension(x509.BasicConstraints(*bc), True)
    if ku is not None:
        builder = builder.add_extension(key_usage(ku), True)
    if eku is not None:
        builder = builder.add_extension(extended_key_usage(eku), False)
    if fault.get("san"):
        builder = builder.add_extension(x509.SubjectAlternativeName(fault["san"]), False)
    if "nc" in fault:
        builder = builder.add_extension(fault["nc"], True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    aki = fault.get("aki", x509.AuthorityKeyIdentifier.from_issuer_public_key(key(issuer_key).public_key()))
    if aki is not None:
        builder = builder.add_extension(aki, fault.get("aki_critical", False))
    for extension, critical in fault.get("more", ()):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key(fault.get("signer", issuer_key)), fault.get("digest", hashes.SHA256()))


LEAF_DEFAULTS = {"ku": ("digitalSignature",), "eku": BOTH, "san": dns("cucm-pub.example.com")}
CA_DEFAULTS = {"ku": ("keyCertSign", "cRLSign"), "bc": (True, None), "end": 900, "start": -30}


def make_chain(faults):
    """Leaf, issuing CA, upper CA and root with the named faults."""
    root_name, upper_name, issuing_name = (
        name(f"Test {kind}", O="Example") for kind in ("Root", "Upper", "Issuing")
    )
    settings = {
        place: {**CA_DEFAULTS, **AUTHORITY[faults.get(place, "good")]}
        for place in ("root", "upper", "issuing")
    }
    upper_subject = root_name if faults.get("self-issued") else upper_name
    return [
        make(
            LEAF_SUBJECT,
            "ec256-leaf",
            issuing_name,
            "ec256-issuing",
            **{**LEAF_DEFAULTS, **LEAF[faults.get("leaf", "good")]},
        ),
        make(issuing_name, "ec256-issuing", upper_subject, "ec256-upper", **settings["issuing"]),
        make(upper_subject, "ec256-upper", root_name, "ec256-root", **settings["upper"]),
        make(root_name, "ec256-root", root_name, "ec256-root", **settings["root"]),
    ]


def make_zoo():
    """Each fault at each place, each fault of a leaf under constrained CAs, and some pairs of faults."""
    zoo = [{}, {"self-issued": "yes"}, {"self-issued": "yes", "root": "path length 1"}]
    zoo += [{"leaf": fault} for fault in LEAF]
    zoo += [{place: fault} for place in ("issuing", "upper", "root") for fault in AUTHORITY]
    named = [fault for fault in AUTHORITY if fault.startswith(("permits", "excludes"))]
    zoo += [
        {"leaf": leaf, "issuing": fault}
        for leaf, fault in itertools.product(("no dns name", "address", "mail", "uri", "server only"), named)
    ]
    others = [fault for fault in AUTHORITY if fault not in named]
    zoo += [
        {"issuing": one, "upper": other}
        for number, (one, other) in enumerate(itertools.combinations(others, 2))
        if not number % 3
    ]
    return zoo


ZOO = make_zoo()


def ours(chain):
    findings = judge_identity(chain[0], csr=None, trusted=chain[1:], service="CallManager-ECDSA", now=NOW)
    return {finding.reason for finding in findings}


def purposes_of(faults):
    """Both where the usages are changed; elsewhere one stands for both, since nothing else depends on it."""
    changed = any("usage" in fault or "only" in fault for fault in faults.values())
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


def test_good_chain_is_accepted():
    assert ours(make_chain({})) == set()


def test_host_names_that_a_ca_may_not_certify_are_told_before_there_is_a_csr():
    chain = make_chain({"upper": "permits corp.example"})[1:]
    profile = profile_of("CallManager-ECDSA")
    found = judge_authorities(chain, profile=profile, now=NOW, host_names=["cucm-pub.example.com"])
    assert [finding.reason for finding in found] == ["name_constraints"]
    assert "corp.example" in found[0].text
    assert "cucm-pub.example.com" in found[0].text
    assert judge_authorities(chain, profile=profile, now=NOW, host_names=["cucm-pub.corp.example"]) == []
