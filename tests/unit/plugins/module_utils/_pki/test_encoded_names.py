# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a certificate that OpenSSL reads is refused for the characters of a name, or shown with other ones.

OpenSSL is the judge of the text, of the fingerprint and of the chain.
"""

from __future__ import annotations

import base64

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki import x509 as pki
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import AuthorityUnusable
from ansible_collections.ucops.cucm.plugins.module_utils._pki.encoded_names import with_readable_names
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import judge_identity
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.names import name_text
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    Ca,
    key,
    make_ca,
    make_csr,
    make_leaf,
    openssl,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

PLACEHOLDER = "ABCDEFGH"
#: String types whose bytes OpenSSL takes for Latin-1: numeric, printable, teletex, IA5.
ONE_BYTE_TYPES = st.sampled_from((0x12, 0x13, 0x14, 0x16))
READ = {
    "teletex, Latin-1": b"\x14\x08M\xfcller X",
    "teletex, UTF-8": b"\x14\x08M\xc3\xbcllerX",
    "printable, Latin-1": b"\x13\x08M\xfcller X",
    "printable, NUL": b"\x13\x08AB\x00DEFGH",
    "printable, at and star": b"\x13\x08AB@DEF*H",
    "printable, underscore": b"\x13\x08AB_DEF&H",
    "IA5, Latin-1": b"\x16\x08M\xfcller X",
    "UTF-8, NUL": b"\x0c\x08AB\x00DEFGH",
    "BMP, NUL": b"\x1e\x08\x00A\x00\x00\x00A\x00B",
    "universal": b"\x1c\x08\x00\x00\x00A\x00\x00\x00B",
}
NOT_READ = {
    "UTF-8, Latin-1": b"\x0c\x08M\xfcller X",
    "BMP, half of a pair": b"\x1e\x08\xd8\x3d\x00A\x00A\x00B",
    "universal, no characters": b"\x1c\x08\x00\x01\x01\x01ABCD",
    "general": b"\x1b\x08ABCDEFGH",
    "boolean": b"\x01\x08ABCDEFGH",
}


def resigned(certificate: x509.Certificate, old: bytes, new: bytes, with_key: str) -> bytes:
    """The certificate with other bytes in it, and a signature that fits them again; the length stays."""
    body = certificate.tbs_certificate_bytes
    assert old in body
    assert len(old) == len(new)
    body = body.replace(old, new)
    signature = key(with_key).sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    bits = b"\x03" + bytes([len(signature) + 1]) + b"\x00" + signature
    inner = body + algorithm + bits
    return b"\x30\x82" + len(inner).to_bytes(2, "big") + inner


def root_named(element: bytes) -> bytes:
    root = make_ca(PLACEHOLDER, with_key="ec256-odd").certificate
    return resigned(root, b"\x0c\x08" + PLACEHOLDER.encode(), element, "ec256-odd")


def shown_by_openssl(der: bytes, tmp_path) -> list[str]:
    path = tmp_path / "odd.der"
    path.write_bytes(der)
    done = openssl(
        *("x509", "-inform", "DER", "-in", path, "-noout", "-nameopt", "RFC2253,utf8,-esc_msb"),
        *("-subject", "-issuer", "-serial", "-fingerprint", "-sha256"),
        encoding="utf-8",
    )
    return [line.partition("=")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("element", READ.values(), ids=READ)
def test_openssl_shows_the_same(element, tmp_path):
    der = root_named(element)
    found = pki.load_certificate(der, source="x")
    told = pki.describe_certificate(found)
    assert shown_by_openssl(der, tmp_path) == [
        told["subject_dn"],
        told["issuer_dn"],
        told["serial_number"],
        told["fingerprint_sha256"],
    ]
    assert told["self_signed"] is True
    # What is handed on are the bytes of the certificate, whatever was made of its names.
    assert pki.load_certificate(told["certificate"], source="x") == found
    assert found.public_bytes(serialization.Encoding.DER) == der


@given(ONE_BYTE_TYPES, st.binary(min_size=8, max_size=8))
def test_every_byte_of_a_latin_1_text_is_one_character(tag, text):
    found = pki.load_certificate(root_named(bytes((tag, 8)) + text), source="x")
    assert pki.common_name(found) == text.decode("latin-1")


@pytest.mark.parametrize("element", NOT_READ.values(), ids=NOT_READ)
def test_what_openssl_refuses_is_refused_with_all_that_can_be_read(element, tmp_path):
    der = root_named(element)
    (tmp_path / "odd.der").write_bytes(der)
    assert openssl("x509", "-inform", "DER", "-in", tmp_path / "odd.der", "-noout", check=False).returncode
    for data in (der, pem_of(der)):
        with pytest.raises(pki.CertificateUnreadable) as error:
            pki.load_certificate(data, source="x")
        told = str(error.value)
        assert "cannot be decoded" in told
        assert f"subject CN=#{element.hex()},O=Example" in told
        assert f"issuer CN=#{element.hex()},O=Example" in told
        assert "serial number " in told
        assert "valid until " in told
        assert "key ec 256" in told
        assert "Give it as PEM" not in told


def pem_of(der: bytes) -> str:
    text = base64.b64encode(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


def test_a_chain_below_such_a_root_is_judged_as_openssl_judges_it(tmp_path):
    """The issuer's name in the leaf is UTF-8, the root's own is Latin-1: equal names (RFC 5280, 7.1)."""
    der = root_named(READ["teletex, Latin-1"])
    root = pki.load_certificate(der, source="x")
    csr = make_csr(names=["DNS:cucm-pub.example.com"], with_key="ec256-leaf", usages=("digitalSignature",))
    leaf = make_leaf(csr, Ca(root, key("ec256-odd")), usages=("digitalSignature",))
    (tmp_path / "root.pem").write_text(pki.pem(root))
    (tmp_path / "leaf.pem").write_text(pki.pem(leaf))
    assert openssl("verify", "-CAfile", tmp_path / "root.pem", tmp_path / "leaf.pem").returncode == 0
    assert judge_identity(leaf, csr=csr, trusted=[root], service="CallManager-ECDSA", now=NOW) == []


def test_the_authority_key_identifier_may_hold_such_a_name():
    """As `openssl ca` writes it with issuer:always."""
    plain = make_ca(PLACEHOLDER, with_key="ec256-odd", identifiers=False).certificate
    identifier = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(plain.subject)], plain.serial_number)
    builder = (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.subject)
        .public_key(plain.public_key())
        .serial_number(plain.serial_number)
        .not_valid_before(plain.not_valid_before_utc)
        .not_valid_after(plain.not_valid_after_utc)
        .add_extension(identifier, critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
    )
    made = builder.sign(key("ec256-odd"), hashes.SHA256())
    der = resigned(made, b"\x0c\x08" + PLACEHOLDER.encode(), READ["teletex, Latin-1"], "ec256-odd")
    found = pki.load_certificate(der, source="x")
    assert pki.is_ca(found)
    assert pki.is_self_signed(found)


def test_pkcs7_may_hold_such_a_certificate(tmp_path):
    (tmp_path / "root.pem").write_text(pem_of(root_named(READ["printable, underscore"])))
    openssl(
        *("crl2pkcs7", "-nocrl", "-certfile", tmp_path / "root.pem"),
        *("-outform", "DER", "-out", tmp_path / "root.p7b"),
    )
    found = pki.load_bundle((tmp_path / "root.p7b").read_bytes(), source="x")
    assert [pki.common_name(one) for one in found] == ["AB_DEF&H"]


def test_a_ca_whose_name_cannot_be_written_again_does_not_sign_here(tmp_path):
    ca = Ca(pki.load_certificate(root_named(READ["teletex, Latin-1"]), source="x"), key("ec256-odd"))
    options = {
        "private_key_passphrase": None,
        "index_path": None,
        "digest": "sha256",
        "backdate_minutes": 10,
        "allow_shorter_validity": False,
        "allow_unencrypted_key": False,
        **ca.write(tmp_path),
    }
    with pytest.raises(AuthorityUnusable) as error:
        LocalBackend.from_params(options).authority()
    assert error.value.reason == "ca_name_not_writable"


def test_a_name_of_a_server_is_shown_too():
    name = make_ca(PLACEHOLDER).certificate.subject.public_bytes()
    odd = name.replace(b"\x0c\x08" + PLACEHOLDER.encode(), READ["teletex, Latin-1"])
    assert name_text(odd) == "CN=M\xfcller X,O=Example"


def test_a_certificate_with_ordinary_names_is_left_alone():
    der = make_ca("Root, of + many").certificate.public_bytes(serialization.Encoding.DER)
    assert with_readable_names(der) == der


def test_der_that_is_cut_off_says_so():
    der = make_ca().certificate.public_bytes(serialization.Encoding.DER)
    with pytest.raises(pki.CertificateUnreadable, match="cut off after 100 of ") as error:
        pki.load_certificate(der[:100], source="x")
    assert "PEM" not in str(error.value)


def test_a_request_with_such_a_name_is_refused_with_its_subject():
    csr = make_csr(PLACEHOLDER, with_key="ec256-leaf").public_bytes(serialization.Encoding.DER)
    odd = csr.replace(b"\x0c\x08" + PLACEHOLDER.encode(), READ["teletex, Latin-1"])
    with pytest.raises(pki.CsrUnreadable) as error:
        pki.load_csr(odd, source="x")
    assert "CN=M\xfcller X" in str(error.value)
    assert "PEM" not in str(error.value)
