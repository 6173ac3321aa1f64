# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and describing certificates and requests."""

from __future__ import annotations

import warnings
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki import x509 as pki
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    USAGES,
    general_name,
    key,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    name,
    openssl,
    write_key,
)
from ansible_collections.ucops.cucm.tests.support.strange_certificates import strange_certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

ROOT = make_ca()
CSR = make_csr(names=["DNS:CUCM-PUB.example.com", "IP:192.0.2.1"])
LEAF = make_leaf(CSR, ROOT)
DER = LEAF.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    "data",
    [
        pki.pem(LEAF),
        pki.pem(LEAF).encode(),
        DER,
        pki.pem(LEAF).replace("\n", "\r\n"),
        "\ufeff" + pki.pem(LEAF),
        pki.pem(LEAF).encode("utf-8-sig"),
        pki.pem(LEAF).encode("utf-16"),
        f"Bag Attributes\n  friendlyName: x\n{pki.pem(LEAF)}trailing words",
        "\n".join(f"    {line}" for line in pki.pem(LEAF).splitlines()),
        pki.pem(LEAF).rstrip("\n"),
        pki.pem(LEAF).replace(" CERTIFICATE", " X509 CERTIFICATE"),
    ],
)
def test_certificate_is_read_in_every_wrapping(data):
    assert pki.load_certificates(data, source="x") == [LEAF]


def test_several_certificates_keep_their_order():
    text = pki.pem(LEAF) + "issuer\n" + pki.pem(ROOT.certificate)
    assert pki.load_certificates(text, source="x") == [LEAF, ROOT.certificate]
    assert pki.load_certificate(text, source="x") == LEAF


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "neither PEM nor DER"),
        (b"", "neither PEM nor DER"),
        ("<html>", "neither PEM nor DER"),
        (b"\x30\x82garbage", "test-source"),
        (pki.pem(CSR), "it holds CERTIFICATE REQUEST"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
            "ENCRYPTED PRIVATE KEY",
        ),
        (pki.pem(LEAF)[:300], "the line END is missing"),
        (pki.pem(LEAF).replace("MII", "MI", 1), "cut off or damaged"),
        ("x" * (pki.LARGEST_CERTIFICATES + 1), "the largest accepted"),
    ],
)
def test_unreadable_certificate_says_what_was_found(data, words):
    with pytest.raises(pki.CertificateUnreadable, match="test-source") as caught:
        pki.load_certificates(data, source="test-source")
    assert words in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        pki.pem(CSR),
        pki.pem(CSR).replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        pki.pem(CSR).replace("\n", "\r\n"),
        "\ufeffshow csr own CallManager\n" + pki.pem(CSR) + "admin:",
        CSR.public_bytes(serialization.Encoding.DER),
    ],
)
def test_csr_is_read_in_every_wrapping(text):
    assert pki.load_csr(text, source="x") == CSR


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (pki.pem(CSR) * 2, "it holds 2 requests"),
        (pki.pem(LEAF), "it holds CERTIFICATE"),
        ("A" * 2_000_000, "the largest accepted"),
    ],
)
def test_csr_that_is_none_is_refused(text, words):
    with pytest.raises(pki.CsrUnreadable) as caught:
        pki.load_csr(text, source="x")
    assert words in caught.value.message
    assert caught.value.reason == "csr_unreadable"


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_loaders_read_or_refuse_whatever_comes(data):
    for load in (pki.load_certificates, pki.load_csr):
        with pytest.raises(CucmError):
            load(data, source="x")


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_changed_byte_is_read_or_refused_but_never_an_accident(position, value):
    damaged = DER[:position] + bytes([value]) + DER[position + 1 :]
    try:
        certificate = pki.load_certificate(damaged, source="x")
    except pki.CertificateUnreadable:
        return
    pki.describe_certificate(certificate)


CSR_DER = CSR.public_bytes(serialization.Encoding.DER)


@given(st.integers(0, len(CSR_DER) - 1), st.integers(0, 255))
def test_a_changed_byte_of_a_csr_is_read_or_refused(position, value):
    damaged = CSR_DER[:position] + bytes([value]) + CSR_DER[position + 1 :]
    try:
        csr = pki.load_csr(damaged, source="x")
    except pki.CsrUnreadable:
        return
    pki.describe_csr(csr)


def test_doubled_extension_is_unreadable():
    # made by hand, since no library writes it: the key usage extension twice
    usage = bytes.fromhex("300b0603551d0f0404030204b0")
    twice = bytes.fromhex("300b0603551d0f0404030204f0")
    assert usage in CSR_DER
    doubled = CSR_DER.replace(bytes.fromhex("0603551d25"), bytes.fromhex("0603551d0f"))
    assert twice not in doubled
    with pytest.raises(pki.CsrUnreadable):
        pki.load_csr(doubled, source="x")


def test_description_of_a_certificate(tmp_path):
    described = pki.describe_certificate(LEAF)
    path = tmp_path / "leaf.pem"
    path.write_text(described["certificate"])
    shown = openssl("x509", "-in", path, "-noout", "-serial", "-fingerprint", "-sha256").stdout
    assert f"serial={described['serial_number']}\n" in shown
    assert described["fingerprint_sha256"] in shown
    assert described["subject"]["CN"] == "cucm-pub.example.com"
    assert described["issuer"] == {"O": "Example", "CN": "Test Root"}
    assert described["public_key"] == {"type": "rsa", "size": 2048}
    assert described["signature_hash"] == "sha256"
    assert described["subject_alt_names"] == ["DNS:cucm-pub.example.com", "IP:192.0.2.1"]
    assert described["key_usage"] == list(USAGES)
    assert described["extended_key_usage"] == ["serverAuth", "clientAuth"]
    assert described["not_after"].endswith("Z")
    assert not described["is_ca"]
    assert not described["self_signed"]
    assert pki.describe_certificate(ROOT.certificate)["self_signed"]
    assert pki.describe_certificate(ROOT.certificate)["is_ca"]


def test_description_of_a_csr_as_release_14_makes_it():
    described = pki.describe_csr(make_csr("cucm-ms.example.com"))
    assert described["subject"] == {
        "C": "DE",
        "ST": "Berlin",
        "L": "Berlin",
        "O": "Example",
        "CN": "cucm-ms.example.com",
    }
    assert described["subject_alt_names"] == []
    assert described["spki_sha256"] == pki.spki_sha256(key("rsa2048").public_key())
    assert described["csr"].startswith("-----BEGIN CERTIFICATE REQUEST-----\n")


def test_repeated_attributes_are_joined():
    unit = x509.ObjectIdentifier("2.5.4.11")
    subject = x509.Name([x509.NameAttribute(unit, "one"), x509.NameAttribute(unit, "two")])
    assert pki.describe_csr(make_csr(subject=subject))["subject"] == {"OU": "one, two"}


def test_kinds_of_alternative_names():
    others = x509.SubjectAlternativeName(
        [
            general_name("URI:sip:a@example.com"),
            general_name("email:a@example.com"),
            general_name("RID:1.2.3"),
            x509.DirectoryName(name("x")),
            x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00"),
        ]
    )
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name("x"))
        .add_extension(others, critical=False)
        .sign(key("ec256"), hashes.SHA256())
    )
    assert pki.alt_names(csr) == {
        "URI:sip:a@example.com",
        "email:a@example.com",
        "RID:1.2.3",
        "dirName:CN=x",
        "otherName:1.2.3:0500",
    }


def test_other_key_types_are_described():
    described = pki.describe_csr(make_csr(with_key="ed25519"))
    assert described["public_key"] == {"type": "ed25519", "size": 0}
    assert described["signature_hash"] is None
    assert pki.describe_csr(make_csr(with_key="ec384"))["public_key"] == {"type": "ec", "size": 384}


def test_chain_is_ordered_by_signature():
    issuing = make_issuing_ca()
    root = issuing.above[0]
    leaf = make_leaf(CSR, issuing)
    stranger = make_ca("Stranger", with_key="ec256").certificate
    assert pki.order_chain(leaf, [root, stranger, leaf, issuing.certificate]) == [issuing.certificate, root]
    assert pki.order_chain(leaf, [root]) == []
    assert pki.order_chain(root, [issuing.certificate]) == []


def test_a_ca_of_the_same_name_and_another_key_is_not_taken():
    double = make_ca(with_key="rsa2048-double")
    assert pki.order_chain(LEAF, [double.certificate, ROOT.certificate]) == [ROOT.certificate]


def test_serial_numbers_have_whole_bytes():
    class Numbered:
        serial_number = 0xABC

    assert pki.serial_text(Numbered()) == "0ABC"


def test_a_chain_that_reaches_the_root_is_taken_before_a_cross_signed_one():
    """The copy of the root that another CA has signed ends later, and its own root is not there."""
    root = make_ca("Test Root", with_key="rsa2048-root", end=NOW + timedelta(days=100))
    stranger = make_ca("Stranger", with_key="rsa2048-other")
    crossed = make_ca("Test Root", issuer=stranger, with_key="rsa2048-root", end=NOW + timedelta(days=200))
    leaf = make_leaf(make_csr(), root)
    assert pki.order_chain(leaf, [crossed.certificate, root.certificate]) == [root.certificate]
    assert pki.order_chain(leaf, [crossed.certificate]) == [crossed.certificate]
    both = [crossed.certificate, stranger.certificate]
    assert pki.order_chain(leaf, both) == both


def test_cas_that_have_signed_one_another_end():
    one = make_ca("One", with_key="rsa2048-root")
    two = make_ca("Two", with_key="rsa2048-other")
    one_by_two = make_ca("One", issuer=two, with_key="rsa2048-root").certificate
    two_by_one = make_ca("Two", issuer=one, with_key="rsa2048-other").certificate
    leaf = make_leaf(make_csr(), one)
    assert pki.order_chain(leaf, [one_by_two, two_by_one]) == [one_by_two, two_by_one]
    assert pki.lowest_authorities([one_by_two, two_by_one]) == []
    assert pki.lowest_authorities([one.certificate, two_by_one]) == [two_by_one]


def test_text_that_begins_with_the_digit_0():
    data = b"0 s:CN = Root\n   i:CN = Root\n" + pki.pem(LEAF).encode()
    assert pki.load_certificates(data, source="x") == [LEAF]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\\n"),
        lambda text: text.replace("\n", "\\r\\n"),
        lambda text: "> > " + text.replace("\n", "\n> > "),
    ],
    ids=["backslash-n", "backslash-r-n", "quoted-mail"],
)
def test_lines_that_mail_and_json_have_changed(change):
    assert pki.load_certificate(change(pki.pem(LEAF)), source="x") == LEAF


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("\n", "*\n", 2), "the character '*' in line 1"),
        (lambda text: text.split("-----END")[0], "the line END is missing"),
    ],
    ids=["strange-character", "cut-off"],
)
def test_what_is_wrong_in_a_block_is_said(change, words):
    with pytest.raises(pki.CertificateUnreadable) as error:
        pki.load_certificate(
            change(pki.pem(LEAF)).replace("CERTIFICATE-----*", "CERTIFICATE-----"), source="x"
        )
    assert words in str(error.value)
    assert "as PEM" not in str(error.value)


def with_extension(before: bytes, after: bytes) -> bytes:
    """A certificate whose basicConstraints are replaced after signing, which only decoding notices."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "plain")]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "upper")]))
        .public_key(LEAF.public_key())
        .serial_number(77)
        .not_valid_before(LEAF.not_valid_before_utc)
        .not_valid_after(LEAF.not_valid_after_utc)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.19"), before), False)
    )
    der = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        serialization.Encoding.DER
    )
    assert len(before) == len(after)
    assert der.count(before) == 1
    return der.replace(before, after)


def test_written_out_default_is_read():
    der = with_extension(bytes.fromhex("3003aaaaaa"), bytes.fromhex("3003010100"))
    found = pki.load_certificate(der, source="x")
    with pytest.raises(ValueError, match=r"parsing asn1|error"):
        list(found.extensions)
    assert pki.is_ca(found) is False
    assert pki.describe_certificate(found)["subject_dn"] == "CN=plain"


def test_what_can_be_read_of_a_name_that_cannot_is_said():
    der = with_extension(bytes.fromhex("3000"), bytes.fromhex("3000")).replace(
        b"\x0c\x05plain", b"\x0c\x05pl\xe9in"
    )
    with pytest.raises(pki.CertificateUnreadable) as error:
        pki.load_certificate(der, source="x")
    assert "its subject cannot be decoded" in str(error.value)
    assert "serial number 4D" in str(error.value)
    assert "as PEM" not in str(error.value)


def made_by_openssl(tmp_path, *arguments):
    """What the binary makes of a CA: `ca.pem` and `key.pem` are in the directory."""
    ca = make_ca(with_key="ec256-shapes")
    (tmp_path / "ca.pem").write_text(pki.pem(ca.certificate))
    write_key(tmp_path / "key.pem", ca.key)
    out = tmp_path / "out"
    openssl(*arguments, "-out", out, cwd=tmp_path)
    return out.read_bytes()


@pytest.mark.parametrize("load", [pki.load_certificates, pki.load_bundle])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("MII", "M\u2026I", 1),
        lambda text: text.replace("END CERTIFICATE", "END CERT"),
        lambda text: text.replace("-----END", "\n> \u2013\u2013END"),
    ],
    ids=["cut off", "another character", "another label", "another dash"],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_damaged_block_beside_a_good_one_does_not_go_missing(load, damage, first):
    """Otherwise a chain would be uploaded, or judged, without its root."""
    good, bad = pki.pem(LEAF), damage(pki.pem(ROOT.certificate))
    with pytest.raises(pki.CertificateUnreadable, match="of 2 certificates in it, one is damaged"):
        load(bad + good if first else good + bad, source="x")


def test_words_about_a_label_are_no_block():
    text = f"Paste it from -----BEGIN CERTIFICATE----- on:\n{pki.pem(LEAF)}"
    assert pki.load_certificates(text, source="x") == [LEAF]


def test_der_one_after_another(tmp_path):
    root = ROOT.certificate.public_bytes(serialization.Encoding.DER)
    assert pki.load_certificates(DER + root, source="x") == [LEAF, ROOT.certificate]
    assert pki.load_certificates(DER + b"\r\n", source="x") == [LEAF]
    with pytest.raises(pki.CertificateUnreadable, match="4 bytes that are no DER follow"):
        pki.load_certificates(DER + b"junk", source="x")
    with pytest.raises(pki.CertificateUnreadable, match="follow"):
        pki.load_certificates(DER + root[:100], source="x")


def test_a_trusted_certificate_of_openssl_is_read(tmp_path):
    data = made_by_openssl(tmp_path, "x509", "-in", "ca.pem", "-trustout", "-addtrust", "serverAuth")
    assert b"BEGIN TRUSTED CERTIFICATE" in data
    assert pki.load_certificates(data, source="x") == pki.load_certificates(
        (tmp_path / "ca.pem").read_text(), source="x"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("pkcs12", "-export", "-in", "ca.pem", "-inkey", "key.pem", "-passout", "pass:x"),
            "a PKCS#12 store",
        ),
        (("pkey", "-in", "key.pem", "-outform", "DER"), "a private key"),
        (
            ("pkcs8", "-topk8", "-in", "key.pem", "-outform", "DER", "-passout", "pass:x"),
            "an encrypted private key",
        ),
        (("pkey", "-in", "key.pem", "-pubout", "-outform", "DER"), "a public key"),
        (
            ("req", "-new", "-key", "key.pem", "-subj", "/CN=x", "-outform", "DER"),
            "a certificate signing request",
        ),
    ],
)
def test_what_other_der_is_is_said(tmp_path, arguments, words):
    data = made_by_openssl(tmp_path, *arguments)
    for load in (pki.load_certificates, pki.load_bundle):
        with pytest.raises(pki.CertificateUnreadable, match=f"it holds {words}"):
            load(data, source="x")


def test_a_revocation_list_is_said_to_be_one():
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.certificate.subject)
    crl = builder.last_update(NOW).next_update(NOW + timedelta(days=1)).sign(ROOT.key, hashes.SHA256())
    with pytest.raises(pki.CertificateUnreadable, match="it holds a certificate revocation list"):
        pki.load_certificate(crl.public_bytes(serialization.Encoding.DER), source="x")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "its PEM text is empty"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is no DER"),
        (b"0", "neither PEM nor DER"),
        (b"0 certificates were found\n", "neither PEM nor DER"),
    ],
)
def test_words_for_what_is_empty_or_text(data, words):
    with pytest.raises(pki.CertificateUnreadable, match=words) as error:
        pki.load_certificate(data, source="x")
    assert ("Give it as PEM" in str(error.value)) == (b"BEGIN" not in data)


def test_a_negative_serial_number_is_told_and_no_library_warns_of_it() -> None:
    """Its words on the standard error would be taken by Ansible for a fault of the worker."""
    text, _key = strange_certificate()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        described = pki.describe_certificate(pki.load_certificate(text, source="a test"))
    assert described["serial_number"] == "-45"
