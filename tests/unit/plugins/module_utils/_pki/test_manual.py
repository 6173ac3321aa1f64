# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend that hands the CSR to a person and picks up what that person brings."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    AuthorityUnusable,
    Issued,
    Mailbox,
    Pending,
    RequestKeeper,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import judge_certificate
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.manual import ManualBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    key,
    make_ca,
    make_csr,
    make_leaf,
    openssl,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

ROOT = make_ca()
FIRST = make_ca("Test First", issuer=ROOT, with_key="rsa2048-issuing")
SECOND = make_ca("Test Second", issuer=ROOT, with_key="rsa2048-other")
CSR = make_csr(names=["DNS:cucm-pub.example.com"])
REQUEST = SigningRequest(CSR, profile_of("CallManager"), timedelta(days=365), NOW)
LEAF = make_leaf(CSR, FIRST)
#: Of the last renewal: the same names, another key.
OLD = make_leaf(make_csr(names=["DNS:cucm-pub.example.com"], with_key="rsa2048-new"), FIRST)
DER = serialization.Encoding.DER


class Desk:
    """The directory in which the person works."""

    def __init__(self, directory):
        self.directory = directory
        self.csr = directory / "node.csr"
        self.certificate = directory / "node.pem"
        self.chain = directory / "chain.pem"
        self.chain.write_text("".join(pem(ca.certificate) for ca in (ROOT, SECOND, FIRST)))

    def backend(self, **changes):
        options = {
            "csr_path": str(self.csr),
            "certificate_path": str(self.certificate),
            "certificate_content": None,
            "chain_path": str(self.chain),
            "instructions": None,
        }
        return ManualBackend.from_params({**options, **changes})


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_it_is_a_mailbox_and_keeps_no_requests(desk):
    assert isinstance(desk.backend(), Mailbox)
    assert not isinstance(desk.backend(), RequestKeeper)


def test_the_csr_is_written_once(desk):
    backend = desk.backend()
    assert backend.pick_up(REQUEST) is None
    handed_in = backend.sign(REQUEST)
    assert isinstance(handed_in, Pending)
    assert handed_in.changed
    assert desk.csr.read_text() == pem(CSR)
    again = desk.backend().pick_up(REQUEST)
    assert (again.changed, again.request_id) == (False, None)
    assert not backend.sign(REQUEST).changed


def test_the_instructions_name_the_places(desk):
    text = desk.backend(instructions="The portal is https://portal.example.com.").sign(REQUEST).instructions
    for part in ("cucm-pub.example.com", str(desk.csr), str(desk.certificate), "https://portal.example.com"):
        assert part in text


def test_without_a_path_the_csr_is_in_the_result_and_nothing_changes(desk):
    backend = desk.backend(csr_path=None, certificate_path=None)
    waiting = backend.pick_up(REQUEST)
    assert not waiting.changed
    assert "(csr)" in waiting.instructions
    assert "manual.certificate_content" in waiting.instructions


def test_a_csr_for_another_key_is_handed_in_anew(desk):
    desk.backend().sign(REQUEST)
    renewal = SigningRequest(make_csr(with_key="rsa2048-new"), REQUEST.profile, REQUEST.validity, NOW)
    assert desk.backend().pick_up(renewal) is None
    assert desk.backend().sign(renewal).changed
    assert desk.csr.read_text() == pem(renewal.csr)


def crlf(text):
    return text.replace("\n", "\r\n").encode()


def bundle(encoding):
    return pkcs7.serialize_certificates([ROOT.certificate, LEAF, FIRST.certificate], encoding)


FORMS = {
    "pem": pem(LEAF).encode(),
    "crlf": crlf(pem(LEAF)),
    "in a mail": crlf(f"Dear customer,\n\nhere it is:\n\n{pem(LEAF)}\nYours, the CA\n"),
    "indented": textwrap.indent(pem(LEAF), "    ").encode(),
    "utf-16": pem(LEAF).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + pem(LEAF).encode(),
    "der": LEAF.public_bytes(DER),
    "chain, root first": "".join(map(pem, (ROOT.certificate, FIRST.certificate, LEAF))).encode(),
    "pkcs7 der": bundle(DER),
    "pkcs7 pem": bundle(serialization.Encoding.PEM),
    "pkcs7 as AD CS labels it": (
        b"-----BEGIN CERTIFICATE-----\r\n"
        + base64.encodebytes(bundle(DER)).replace(b"\n", b"\r\n")
        + b"-----END CERTIFICATE-----\r\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_certificate_is_taken(desk, form):
    desk.certificate.write_bytes(FORMS[form])
    found = desk.backend().pick_up(REQUEST)
    assert found == Issued(LEAF, changed=False)


def test_a_pkcs7_of_openssl_is_taken(desk):
    (desk.directory / "leaf.crt").write_text(pem(LEAF))
    openssl(
        "crl2pkcs7", "-nocrl", "-certfile", desk.chain, "-certfile", desk.directory / "leaf.crt", "-out",
        desk.certificate,
    )  # fmt: skip
    assert desk.backend().pick_up(REQUEST).certificate == LEAF


def test_a_pasted_certificate_counts_before_the_file(desk):
    desk.certificate.write_text(pem(OLD))
    assert (
        desk.backend(certificate_content=f"from the portal\n{pem(LEAF)}").pick_up(REQUEST).certificate == LEAF
    )


def test_an_empty_paste_is_none(desk):
    assert desk.backend(certificate_content="").pick_up(REQUEST) is None


def test_a_pasted_certificate_for_another_key_is_judged(desk):
    found = desk.backend(certificate_content=pem(ROOT.certificate) + pem(OLD)).pick_up(REQUEST)
    assert found.certificate == OLD
    findings = judge_certificate(found.certificate, REQUEST, desk.backend().authority())
    assert [finding.reason for finding in findings] == ["key_differs"]


def test_a_file_with_the_certificate_of_the_last_renewal_is_not_the_answer(desk):
    desk.certificate.write_text(pem(OLD))
    assert desk.backend().pick_up(REQUEST) is None
    desk.backend().sign(REQUEST)
    waiting = desk.backend().pick_up(REQUEST)
    assert isinstance(waiting, Pending)
    assert "another key" in waiting.warnings[0]
    assert str(desk.certificate) in waiting.warnings[0]


def test_of_two_certificates_for_the_key_the_newer_is_meant(desk):
    newer = make_leaf(CSR, FIRST, start=NOW - timedelta(minutes=1))
    desk.certificate.write_text(pem(newer) + pem(LEAF))
    assert desk.backend().pick_up(REQUEST).certificate == newer


def test_a_directory_serves_many_nodes(desk):
    directory = desk.directory / "brought"
    directory.mkdir()
    (directory / "a.cer").write_bytes(LEAF.public_bytes(DER))
    (directory / "b.pem").write_text(pem(OLD))
    (directory / "notes.md").write_text("not a certificate, and not looked at")
    (directory / "sub.pem").mkdir()
    found = desk.backend(certificate_path=str(directory)).pick_up(REQUEST)
    assert found.certificate == LEAF


def test_what_cannot_be_read_in_a_directory_is_told_and_left_out(desk):
    directory = desk.directory / "brought"
    directory.mkdir()
    (directory / "bad.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (directory / "other.pem").write_text(pem(OLD))
    desk.backend().sign(REQUEST)
    waiting = desk.backend(certificate_path=str(directory)).pick_up(REQUEST)
    assert len(waiting.warnings) == 1
    assert "bad.pem" in waiting.warnings[0]


@pytest.mark.parametrize(
    "content",
    [b"", b"rubbish", pem(LEAF)[:-40].encode(), b"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----"],
)
def test_a_file_that_cannot_be_read_is_an_error(desk, content):
    desk.certificate.write_bytes(content)
    with pytest.raises(CucmError) as caught:
        desk.backend().pick_up(REQUEST)
    assert caught.value.reason == "certificate_unreadable"
    assert str(desk.certificate) in caught.value.message


def test_a_certificate_of_another_intermediate_of_the_ca_is_known(desk):
    authority = desk.backend().authority()
    for ca in (FIRST, SECOND):
        leaf = make_leaf(CSR, ca)
        assert authority.chain_of(leaf) == (ca.certificate, ROOT.certificate)
        assert judge_certificate(leaf, REQUEST, authority) == []


def test_a_ca_that_came_with_the_certificate_is_not_trusted(desk):
    stranger = make_ca("Stranger", with_key="rsa2048-new")
    desk.certificate.write_text(pem(make_leaf(CSR, stranger)) + pem(stranger.certificate))
    found = desk.backend().pick_up(REQUEST)
    findings = judge_certificate(found.certificate, REQUEST, desk.backend().authority())
    assert [finding.reason for finding in findings] == ["other_issuer"]


def test_the_chain_must_be_complete(desk):
    desk.chain.write_text(pem(FIRST.certificate))
    with pytest.raises(AuthorityUnusable) as caught:
        desk.backend().authority()
    assert caught.value.reason == "ca_chain_incomplete"
    assert caught.value.option == "manual.chain_path"


def test_a_place_that_cannot_be_written_is_found_before(desk):
    backend = desk.backend(csr_path=str(desk.directory / "none" / "node.csr"))
    for check in (
        lambda: backend.probe(REQUEST.profile, REQUEST.validity, NOW),
        lambda: backend.prepare(REQUEST),
    ):
        with pytest.raises(CucmError) as caught:
            check()
        assert caught.value.option == "manual.csr_path"


def test_only_the_person_knows_when_the_certificate_will_end(desk):
    assert desk.backend().latest_end(REQUEST) is None


def test_an_elliptic_key_is_told_apart(desk):
    csr = make_csr(with_key="ec384")
    assert key("ec384").public_key() == csr.public_key()
    desk.certificate.write_text(pem(LEAF) + pem(make_leaf(csr, FIRST)))
    found = desk.backend().pick_up(SigningRequest(csr, REQUEST.profile, REQUEST.validity, NOW))
    assert found.certificate.public_key() == csr.public_key()


OPENSSL_CA = """
[ca]
default_ca = site
[site]
database = {directory}/index.txt
serial = {directory}/serial
new_certs_dir = {directory}
certificate = {directory}/ca.pem
private_key = {directory}/ca.key
default_md = sha256
default_days = 365
policy = anything
copy_extensions = copy
[anything]
commonName = supplied
[service]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@pytest.mark.parametrize(
    ("csr", "service"),
    [
        (make_csr(names=["DNS:cucm-pub.example.com"]), "CallManager"),
        (make_csr("cucm-ms.example.com", names=["DNS:cucm-pub.example.com", "IP:192.0.2.10"]), "tomcat"),
        (
            make_csr("cucm-EC-ms.example.com", names=["DNS:cucm-pub.example.com"], with_key="ec384"),
            "CallManager-ECDSA",
        ),
    ],
)
def test_what_openssl_ca_has_signed_is_the_answer(desk, csr, service):
    """The CA of many small sites, worked by hand."""
    FIRST.write(desk.directory, passphrase=None)
    (desk.directory / "index.txt").touch()
    (desk.directory / "serial").write_text("1000\n")
    (desk.directory / "ca.cnf").write_text(OPENSSL_CA.format(directory=desk.directory))
    desk.chain.write_text("".join(map(pem, FIRST.chain)))
    request = SigningRequest(csr, profile_of(service), REQUEST.validity, NOW)
    desk.backend().sign(request)
    openssl(
        "ca", "-batch", "-config", desk.directory / "ca.cnf", "-preserveDN", "-extensions", "service",
        "-in", desk.csr, "-out", desk.certificate,
    )  # fmt: skip
    later = replace(request, now=datetime.now(UTC))
    found = desk.backend().pick_up(later)
    assert judge_certificate(found.certificate, later, desk.backend().authority()) == []
