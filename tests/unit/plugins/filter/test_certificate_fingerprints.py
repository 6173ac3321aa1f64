# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of PEM texts, as OpenSSL has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.filter.certificate_fingerprints import certificate_fingerprints


def made(directory: Path, name: str) -> tuple[str, str]:
    """A certificate, and its fingerprint as OpenSSL prints it."""
    path = directory / f"{name}.pem"
    key = directory / f"{name}.key"
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    subprocess.run(
        ("openssl", *new, "-subj", f"/CN={name}", "-keyout", key, "-out", path),
        check=True,
        capture_output=True,
    )
    printed = subprocess.run(
        ("openssl", "x509", "-in", path, "-noout", "-fingerprint", "-sha256"),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return path.read_text(), printed.strip().partition("=")[2]


def test_each_certificate_in_order_whatever_stands_around(tmp_path: Path) -> None:
    first, second = made(tmp_path, "first"), made(tmp_path, "second")
    text = "Issuing CA:\r\n" + first[0].replace("\n", "\r\n") + "\nthe root\n" + second[0]
    assert certificate_fingerprints(text) == [first[1], second[1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no certificate in PEM"),
        (
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            "no certificate in PEM",
        ),
        ("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", "damaged"),
    ],
)
def test_what_holds_no_certificate_is_an_error(text: str, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        certificate_fingerprints(text)
