# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate REST service, over HTTPS, as a client sees it."""

from __future__ import annotations

import ssl
from datetime import timedelta
from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Authority, Client
from cryptography import x509
from cryptography.hazmat.primitives import hashes

A, A_SUB, B = "cucma-pub", "cucma-sub1", "cucm10-pub"


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    return Client(sim.node(A))


def message(reply: Any) -> str:
    body = reply.json()
    assert set(body) == {"key", "messages", "trackingId"}
    assert body["key"] == reply.status_code
    return str(body["messages"][0])


def trusted(client: Client, store: str = "CallManager") -> set[str]:
    reply = client.certmgr("GET", f"/trust/certificate?service={store}").json()
    items = reply if isinstance(reply, list) else reply["certificates"]
    return {item["certificate"] for item in items}


def test_wrong_password_and_read_only_account(sim: RunningSimulator) -> None:
    for account in (None, ("osadmin", "wrong"), ("administrator", "administrator-secret")):
        reply = Client(sim.node(A), account).certmgr("GET", "/snapshot/server")
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == 'Basic realm="CMPlatform Realm"'
    reader = Client(sim.node(A), ("osreader", "osreader-secret"))
    assert reader.certmgr("GET", "/snapshot/server").status_code == 200
    assert reader.certmgr("POST", "/csr", json={"service": "tomcat"}).status_code == 403
    assert len(sim.journal) == 0


def test_release_without_the_service() -> None:
    old = ClusterTopology("OLD", "12.5", (NodeTopology("old-pub", "publisher"),))
    with running_simulator(Topology((old,))) as sim:
        reply = Client(sim.node("old-pub")).certmgr("GET", "/snapshot/server")
    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_signing_request_has_the_shape_of_a_node(client: Client) -> None:
    request = x509.load_pem_x509_csr(client.csr().encode())

    assert request.is_signature_valid
    assert [attribute.rfc4514_attribute_name for attribute in request.subject] == ["C", "ST", "L", "O", "CN"]
    usage = request.extensions.get_extension_for_class(x509.KeyUsage)
    assert not usage.critical
    assert usage.value.data_encipherment
    assert not usage.value.key_agreement
    assert list(request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        x509.ExtendedKeyUsageOID.SERVER_AUTH,
        x509.ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    assert pki.alt_names(request) == frozenset()


def test_signing_request_options(client: Client) -> None:
    csr = client.csr(keyLength=3072, hashAlgorithm="sha512", altNames=["x.example.com", "192.0.2.1"])
    request = x509.load_pem_x509_csr(csr.encode())

    assert request.public_key().key_size == 3072
    assert request.signature_hash_algorithm.name == "sha512"
    assert pki.alt_names(request) == {"DNS:x.example.com", "IP:192.0.2.1"}


def test_elliptic_keys_only_for_the_purposes_that_have_them(client: Client) -> None:
    csr = client.csr("CallManager-ECDSA", keyType="ec", keyLength=256)
    assert x509.load_pem_x509_csr(csr.encode()).public_key().key_size == 256
    body = {"service": "CallManager", "keyType": "ec"}
    assert message(client.certmgr("POST", "/csr", json=body)) == "Invalid keyType for CallManager: ec"


def test_pending_request_is_read_back_and_replaced(sim: RunningSimulator, client: Client) -> None:
    assert client.certmgr("GET", "/csr?service=CallManager").status_code == 404
    first = client.csr()
    assert client.certmgr("GET", "/csr?service=CallManager").json()["csr"] == first
    second = client.csr()
    assert client.certmgr("GET", "/csr?service=CallManager").json()["csr"] == second != first
    assert [entry.operation for entry in sim.journal.since()] == ["generate-csr", "generate-csr"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"service": "callmanager"}, "Invalid service: callmanager"),
        ({"service": ["tomcat"]}, "Invalid value for field: service"),
        ({"service": "tomcat", "keyLength": "2048"}, "Invalid value for field: keyLength"),
        ({"service": "tomcat", "keyLength": 2047}, "Invalid keyLength for tomcat: 2047"),
        ({"service": "tomcat", "organization": "x"}, "Unknown field: organization"),
        ({"service": "tomcat", "distribution": "all"}, "Invalid distribution: all"),
        ({"service": "tomcat", "hashAlgorithm": "md5"}, "Invalid hashAlgorithm: md5"),
        ({"service": "tomcat", "altNames": "x"}, "Invalid value for field: altNames"),
    ],
)
def test_bad_signing_requests(sim: RunningSimulator, client: Client, body: dict, text: str) -> None:
    reply = client.certmgr("POST", "/csr", json=body)
    assert (reply.status_code, message(reply)) == (400, text)
    assert len(sim.journal) == 0


def test_broken_json(client: Client) -> None:
    reply = client.certmgr("POST", "/csr", data=b"{", headers={"Content-Type": "application/json"})
    assert (reply.status_code, message(reply)) == (400, "Invalid JSON Format")


def test_trust_is_replicated_in_the_cluster_only(sim: RunningSimulator, authority: Authority) -> None:
    assert Client(sim.node(A)).upload_trust(authority.pem).status_code == 201
    assert authority.pem in trusted(Client(sim.node(A_SUB)))
    assert authority.pem not in trusted(Client(sim.node(A)), "tomcat")
    assert authority.pem not in trusted(Client(sim.node(B)))


def test_trust_service_is_a_list(client: Client, authority: Authority) -> None:
    body = {"service": "CallManager", "certificates": [authority.pem]}
    reply = client.certmgr("POST", "/trust/certificates", json=body)
    assert (reply.status_code, message(reply)) == (400, "Invalid value for field: service")


def test_one_certificate_a_name_and_the_newer_one_wins(client: Client, sim: RunningSimulator) -> None:
    older, newer = Authority(), Authority()
    newer.certificate = _redated(newer)
    client.upload_trust(older.pem)
    client.upload_trust(newer.pem)
    assert newer.pem in trusted(client)
    assert older.pem not in trusted(client)
    assert client.upload_trust(older.pem).status_code == 201
    assert newer.pem in trusted(client)
    assert older.pem not in trusted(client)
    stored = [entry.details["certificates"][0]["stored"] for entry in sim.journal.since()]
    assert stored == [True, True, False]


def _redated(authority: Authority) -> x509.Certificate:
    """The same CA with a later start."""
    old = authority.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(old.not_valid_before_utc + timedelta(minutes=1))
        .not_valid_after(old.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(authority.key, hashes.SHA256())


def test_expired_trust_is_refused(sim: RunningSimulator, client: Client, authority: Authority) -> None:
    sim.advance(20 * 365 * 86400)
    reply = client.upload_trust(authority.pem)
    assert (reply.status_code, message(reply)) == (400, "The certificate has expired")


def test_identity_is_installed_and_the_request_is_gone(
    sim: RunningSimulator, client: Client, authority: Authority
) -> None:
    client.upload_trust(authority.pem)
    leaf = authority.sign(client.csr(altNames=["x.example.com"]))

    assert client.upload_identity(leaf).status_code == 201

    assert client.certmgr("GET", "/csr?service=CallManager").status_code == 404
    assert client.certmgr("GET", "/identity/certificate?service=CallManager").json()[0]["certificate"] == leaf
    own = sim.node(A).certificates
    assert pki.pem(own.installed["CallManager"].certificate) == leaf
    assert own.running["CallManager"] != own.installed["CallManager"]
    assert client.upload_identity(leaf).status_code == 500
    entry = sim.journal.since()[-1]
    assert (entry.door, entry.operation, entry.subject) == ("certmgr", "upload-identity", "CallManager")
    assert (entry.cluster, entry.node, entry.details["nodes"]) == ("CUCMA", A, [A])


def test_identity_of_an_older_request(client: Client, authority: Authority) -> None:
    client.upload_trust(authority.pem)
    stale = authority.sign(client.csr())
    client.csr()
    reply = client.upload_identity(stale)
    assert (reply.status_code, message(reply)) == (
        500,
        "CSR Public Key and Certificate Public Key Do Not Match",
    )


def test_identity_of_an_unknown_authority(
    sim: RunningSimulator, client: Client, authority: Authority
) -> None:
    reply = client.upload_identity(authority.sign(client.csr()))
    assert (reply.status_code, message(reply)) == (
        400,
        "CA Certificate is Not Available in the Trust-Store",
    )
    assert [entry.operation for entry in sim.journal.since()] == ["generate-csr"]


def test_identity_needs_the_whole_chain(client: Client, authority: Authority) -> None:
    issuing = Authority("Example Issuing CA", issuer=authority)
    client.upload_trust(issuing.pem)
    leaf = issuing.sign(client.csr())
    assert client.upload_identity(leaf).status_code == 400
    client.upload_trust(authority.pem)
    assert client.upload_identity(leaf).status_code == 201


def test_identity_with_other_names(client: Client, authority: Authority) -> None:
    client.upload_trust(authority.pem)
    reply = client.upload_identity(authority.sign(client.csr(), alt_names=["x.example.com"]))
    assert (reply.status_code, message(reply)) == (
        400,
        "CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match",
    )


def test_identity_service_is_text_and_certificates_are_pem(client: Client) -> None:
    for body, text in (
        ({"service": ["CallManager"], "certificates": ["x"]}, "Invalid service: ['CallManager']"),
        ({"service": "CallManager", "certificates": ["x"]}, "Certificate is not in PEM format"),
        ({"service": "CallManager", "certificates": []}, "Invalid value for field: certificates"),
    ):
        expected_first = client.certmgr("POST", "/identity/certificates", json=body)
        assert (expected_first.status_code, message(expected_first)) == (400, text)


def test_multi_server_identity_reaches_every_node(sim: RunningSimulator, authority: Authority) -> None:
    client = Client(sim.node(A))
    client.upload_trust(authority.pem, store="tomcat")
    reply = client.certmgr("POST", "/csr", json={"service": "tomcat", "distribution": "multi-server"})
    request = x509.load_pem_x509_csr(reply.json()["csr"].encode())
    assert pki.common_name(request.subject) == "cucma-pub-ms.a.example.com"
    assert pki.alt_names(request) == {"DNS:cucma-pub.a.example.com", "DNS:cucma-sub1.a.example.com"}

    leaf = authority.sign(reply.json()["csr"])
    assert client.upload_identity(leaf, "tomcat").status_code == 201

    installed = [sim.node(name).certificates.installed["tomcat"] for name in (A, A_SUB)]
    assert installed[0] == installed[1]
    assert pki.pem(installed[0].certificate) == leaf
    assert sim.node(B).certificates.installed["tomcat"] != installed[0]


@pytest.mark.parametrize(("name", "suffix"), [(A, "-trust"), (B, "")])
def test_snapshot(sim: RunningSimulator, name: str, suffix: str) -> None:
    client = Client(sim.node(name))
    csr = client.csr("tomcat")
    snapshot = client.certmgr("GET", "/snapshot/server").json()

    assert set(snapshot) == {"trackingId", "server", "identities", "trusts", "revokedCertificates"}
    identities = {item["service"]: item for item in snapshot["identities"]}
    assert identities["tomcat"]["csr"] == csr
    assert "csr" not in identities["CallManager"]
    stores = {item["service"]: item["certificate_data"] for item in snapshot["trusts"]}
    assert set(stores) == {f"CallManager{suffix}", f"tomcat{suffix}"}
    assert len(stores[f"CallManager{suffix}"]) == 4


def test_trust_is_deleted_everywhere(sim: RunningSimulator, client: Client, authority: Authority) -> None:
    client.upload_trust(authority.pem)
    found = client.certmgr("GET", "/trust/certificate?service=CallManager").json()
    name = next(item["filename"] for item in found if item["certificate"] == authority.pem)
    assert name.startswith("Example_Root_")

    path = f"/trust/certificate?service=CallManager&filename={name}"
    assert client.certmgr("DELETE", path).status_code == 200

    assert authority.pem not in trusted(Client(sim.node(A_SUB)))
    assert client.certmgr("DELETE", path).status_code == 404


def test_lagging_node_gets_trust_after_some_reads(sim: RunningSimulator, authority: Authority) -> None:
    sim.fault(kind="replication-lag", node=A_SUB, reads=2)
    Client(sim.node(A)).upload_trust(authority.pem)
    lagging = Client(sim.node(A_SUB))

    assert [authority.pem in trusted(lagging) for _read in range(3)] == [False, False, True]


def test_tomcat_identity_is_served_after_its_restart(sim: RunningSimulator, authority: Authority) -> None:
    client, node = Client(sim.node(A)), sim.node(A)
    client.upload_trust(authority.pem, store="tomcat")
    leaf = authority.sign(client.csr("tomcat"))
    client.upload_identity(leaf, "tomcat")

    def served() -> bytes:
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((node.topology.address, node.web.port)))

    assert served() != ssl.PEM_cert_to_DER_cert(leaf)
    order = {"cluster": "CUCMA", "node": A, "service": "Cisco Tomcat", "control": "Restart"}
    session = requests.Session()
    session.trust_env = False
    assert session.post(f"{sim.control_url}/services", json=order, timeout=300).json()["reason"] == -1
    sim.advance(10)
    assert served() == ssl.PEM_cert_to_DER_cert(leaf)
