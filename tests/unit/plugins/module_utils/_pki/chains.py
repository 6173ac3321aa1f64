# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zoo of certificate chains: a leaf, two CAs and a root, each good or with one of many faults."""

from __future__ import annotations

import itertools
from datetime import timedelta
from ipaddress import ip_address, ip_network

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


def netscape_type(bits):
    """The extension netscape-cert-type, a BIT STRING of eight bits."""
    return x509.UnrecognizedExtension(
        x509.ObjectIdentifier("2.16.840.1.113730.1.1"), bytes((0x03, 0x02, 0x00, bits))
    )


#: A user's name in Active Directory, and the mail address of RFC 9598.
PRINCIPAL = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")


def other_name(kind, text="x"):
    return x509.OtherName(kind, bytes((0x0C, len(text))) + text.encode())


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
    "netscape client": {"more": [(netscape_type(0x80), False)]},
    "netscape server": {"more": [(netscape_type(0x40), False)]},
    "netscape usages": {"more": [(netscape_type(0xC0), False)]},
    "netscape mail only": {"more": [(netscape_type(0x20), False)]},
    "registered id": {
        "san": [
            *dns("cucm-pub.example.com"),
            x509.RegisteredID(x509.ObjectIdentifier("1.3.6.1.4.1.55555.3")),
        ]
    },
    "principal": {"san": [*dns("cucm-pub.example.com"), other_name(PRINCIPAL)]},
    "mail as other name": {"san": [*dns("cucm-pub.example.com"), other_name(MAILBOX, "root@example.com")]},
    "mail elsewhere": {"san": [*dns("cucm-pub.example.com"), other_name(MAILBOX, "root@example.org")]},
    "directory name": {"san": [*dns("cucm-pub.example.com"), *directory(name("x", C="US"))]},
    "dot at the end": {"san": dns("cucm-pub.example.com.")},
    "address of version 6": {"san": [x509.IPAddress(ip_address("2001:db8::1"))]},
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
    "permits registered id": constraints([x509.RegisteredID(x509.ObjectIdentifier("1.3.6.1.4.1.55555"))]),
    "excludes registered id": constraints(None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]),
    "permits principal": constraints([other_name(PRINCIPAL)]),
    "excludes principal": constraints(None, [other_name(PRINCIPAL)]),
    "permits another other name": constraints([other_name(x509.ObjectIdentifier("1.2.3"))]),
    "forged": {"signer": "ec256-forger"},
}
#: Names of a leaf that only some constraints are about, and those constraints.
SPECIAL_NAMES = (
    "registered id",
    "principal",
    "mail as other name",
    "mail elsewhere",
    "directory name",
    "dot at the end",
    "address of version 6",
)
SPECIAL_CONSTRAINTS = (
    *(fault for fault in AUTHORITY if "registered" in fault or "principal" in fault or "other name" in fault),
    *("permits mail", "permits subject", "permits example.com", "excludes example.com", "permits addresses"),
)
#: What is wrong with a single fault, where it is a matter of the path.
EXPECTED = {
    ("leaf", "netscape client"): "netscape_type_excludes",
    ("leaf", "netscape server"): "netscape_type_excludes",
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
    ("root", "forged"): "root_signature_wrong",
    ("issuing", "forged"): "issuer_not_trusted",
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
    zoo += [
        {"leaf": leaf, "issuing": fault}
        for leaf, fault in itertools.product(SPECIAL_NAMES, SPECIAL_CONSTRAINTS)
    ]
    others = [fault for fault in AUTHORITY if fault not in named]
    zoo += [
        {"issuing": one, "upper": other}
        for number, (one, other) in enumerate(itertools.combinations(others, 2))
        if not number % 3
    ]
    return zoo
