# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated CUBE and Expressway: whom they ask, which names they take, and which of two certificates they show."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.peer import Kind, PeerSettings, running_peer
from ansible_collections.ucops.cucm.tests.unit.simulator.support import SERVER_AND_CLIENT, Authority
from cryptography import x509
from cryptography.hazmat.primitives import hashes

NODE = "cucma-pub.example.com"
SERVER_ONLY = (x509.ExtendedKeyUsageOID.SERVER_AUTH,)


class Files:
    """Identities of one CA as files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority()
        self.trusted = directory / "ca.pem"
        self.trusted.write_text(self.authority.pem)

    def identity(self, name: str, alt_names: tuple[str, ...] = (), usages=SERVER_AND_CLIENT) -> Path:
        own = pki.new_key("ec", 256)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        csr = pki.pem(
            x509.CertificateSigningRequestBuilder().subject_name(subject).sign(own, hashes.SHA256())
        )
        path = self.directory / f"{name}-{len(alt_names)}-{len(usages)}.pem"
        certificate = self.authority.sign(csr, usages=usages, alt_names=alt_names)
        path.write_bytes(pki.key_pem(own) + certificate.encode())
        return path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def outcome(files: Files, kind: Kind, accepted: tuple[str, ...], caller: Path) -> str:
    """What a peer makes of a caller with this identity; the caller is a peer that checks no name."""
    own = files.identity("peer.example.com", ("peer.example.com",))
    with running_peer(PeerSettings(kind, own, own, files.trusted, accepted)) as peer:
        calling = PeerSettings("cube", caller, caller, files.trusted)
        with running_peer(calling) as other:
            answer = other.ping("127.0.0.1", peer.port)
            peer.wait_for_one()
        assert (answer == "SIP/2.0 200 OK") == (peer.seen == ["accepted"])
        return peer.seen[0]


@pytest.mark.parametrize(
    ("kind", "accepted", "alt_names", "expected"),
    [
        ("cube", (NODE,), (), "accepted"),
        ("cube", ("other.example.com", NODE), (), "accepted"),
        ("cube", ("*.example.com",), (), "accepted"),
        ("cube", ("*.other.example.com",), (), "name not accepted"),
        ("cube", ("other.example.com",), (), "name not accepted"),
        ("cube", (), (), "accepted"),
        ("expressway", (NODE,), (NODE,), "accepted"),
        # The common name does not count there.
        ("expressway", (NODE,), ("192.0.2.1",), "name not accepted"),
    ],
)
def test_names(
    files: Files, kind: Kind, accepted: tuple[str, ...], alt_names: tuple[str, ...], expected: str
) -> None:
    assert outcome(files, kind, accepted, files.identity(NODE, alt_names)) == expected


def test_a_caller_without_client_authentication_is_refused(files: Files) -> None:
    caller = files.identity(NODE, (NODE,), SERVER_ONLY)
    assert outcome(files, "expressway", (NODE,), caller).startswith("handshake failed")


def test_a_caller_of_another_ca_is_refused(files: Files, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Files(tmp_path / "other").identity(NODE, (NODE,))
    assert outcome(files, "cube", (), stranger).startswith("handshake failed")


def test_it_shows_one_certificate_when_called_and_the_other_when_it_calls(files: Files) -> None:
    server, client = (files.identity(name, (name,)) for name in ("in.example.com", "out.example.com"))
    expects_out = PeerSettings("expressway", server, server, files.trusted, ("out.example.com",))
    with_both = PeerSettings("cube", server, client, files.trusted)
    with running_peer(with_both) as two, running_peer(expects_out) as other:
        assert two.ping("127.0.0.1", other.port) == "SIP/2.0 200 OK"
        assert other.ping("127.0.0.1", two.port) == "name not accepted"


def test_what_cannot_be_set_up_is_refused(files: Files) -> None:
    own = files.identity("peer.example.com")
    with pytest.raises(ValueError, match="takes 10 names"):
        PeerSettings("cube", own, own, files.trusted, tuple(f"n{number}" for number in range(11)))
    with pytest.raises(ValueError, match="no wildcard"):
        PeerSettings("expressway", own, own, files.trusted, ("*.example.com",))
