# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate modules against simulated nodes of releases 14 and 15, over real HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cert_info,
    cucm_cert_upload,
    cucm_csr,
)
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
    default_topology,
)
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from cryptography import x509
from cryptography.hazmat.primitives import hashes

NODES = ("cucma-pub", "cucm10-pub")


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[RunningSimulator]:
    old = ClusterTopology("OLD", "12.5", (NodeTopology("old-pub", "publisher"),))
    with running_simulator(Topology((*default_topology().clusters, old))) as simulator:
        yield simulator


@pytest.fixture(name="simulator")
def _simulator(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RunningSimulator:
    monkeypatch.setattr(http, "BACK_OFF", (0.0, 0.0))
    running.clear_faults()
    running.reset()
    return running


def call(
    simulator: RunningSimulator,
    name: str,
    definition: ModuleDefinition,
    *,
    context: Context | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run a module's function against a node, with the defaults of its argument spec."""
    node = simulator.node(name)
    params = {option: spec.get("default") for option, spec in definition.argument_spec.items()} | {
        "host": node.topology.address,
        "port": node.web.port,
        "username": "osadmin",
        "password": "osadmin-secret",
        "validate_certs": False,
        **options,
    }
    return definition.run(params, context or Context())


def csr(simulator: RunningSimulator, name: str, **options: Any) -> dict[str, Any]:
    return call(simulator, name, cucm_csr.DEFINITION, **options)


def upload(simulator: RunningSimulator, name: str, **options: Any) -> dict[str, Any]:
    return call(simulator, name, cucm_cert_upload.DEFINITION, **options)


def sign(text: str, issuer: str = "Example Root CA") -> str:
    """What a CA makes of a CSR: its subject, key and extensions."""
    request = x509.load_pem_x509_csr(text.encode())
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(made.name(issuer))
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made.NOW - made.timedelta(hours=1))
        .not_valid_after(made.NOW + made.timedelta(days=365))
    )
    for extension in request.extensions:
        builder = builder.add_extension(extension.value, critical=False)
    return made.pem(builder.sign(made.key(issuer), hashes.SHA256()))


def operations(simulator: RunningSimulator) -> list[str]:
    return [mutation.operation for mutation in simulator.journal.since(0)]


@pytest.mark.parametrize("name", NODES)
@pytest.mark.parametrize("service", ["CallManager", "CallManager-ECDSA", "tomcat"])
def test_a_whole_renewal_and_again(simulator: RunningSimulator, name: str, service: str) -> None:
    chain = made.pem(made.intermediate()) + made.pem(made.root())
    request = csr(simulator, name, service=service, subject_alt_names=["192.0.2.9", "pub.example.com"])
    assert request["status"] == "generated"
    assert csr(simulator, name, service=service)["csr"] == request["csr"]
    signed = sign(request["csr"], "Example Issuing CA")
    trust = upload(simulator, name, service=service, purpose="trust", certificate_content=chain)
    identity = upload(simulator, name, service=service, purpose="identity", certificate_content=signed)
    assert (trust["changed"], identity["changed"]) == (True, True)
    assert identity["certificate"]["certificate"] == signed
    assert operations(simulator) == ["generate-csr", "upload-trust", "upload-identity"]

    before = simulator.requests.counts().total()
    again = csr(simulator, name, service=service, issuer=made.pem(made.root()))
    assert (again["changed"], again["status"]) == (False, "installed")
    for purpose, content in (("trust", chain), ("identity", signed)):
        result = upload(simulator, name, service=service, purpose=purpose, certificate_content=content)
        assert result["changed"] is False
    assert simulator.requests.counts().total() - before == 3
    assert len(simulator.journal) == 3


def test_check_mode_changes_nothing(simulator: RunningSimulator) -> None:
    context = Context(check_mode=True)
    request = csr(simulator, "cucma-pub", context=context)
    assert (request["changed"], request["csr"]) == (True, None)
    trust = upload(
        simulator,
        "cucma-pub",
        purpose="trust",
        certificate_content=made.pem(made.root()),
        context=context,
    )
    identity = upload(simulator, "cucma-pub", purpose="identity", context=context)
    assert (trust["changed"], identity["changed"]) == (True, True)
    assert len(simulator.journal) == 0


def test_a_multi_server_certificate(simulator: RunningSimulator) -> None:
    options = {"distribution": "multi-server", "common_name": "cucma-ms.a.example.com"}
    request = csr(simulator, "cucma-pub", **options)
    names = request["csr_details"]["subject_alt_names"]
    assert len(names) == 2
    upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(made.root()))
    upload(simulator, "cucma-pub", purpose="identity", certificate_content=sign(request["csr"]))
    other = csr(simulator, "cucma-sub1", **options)
    assert other["status"] == "installed"


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
@pytest.mark.parametrize("operation", ["generate-csr", "upload-trust", "upload-identity"])
def test_a_lost_answer_anywhere(simulator: RunningSimulator, kind: str, operation: str) -> None:
    simulator.fault(kind=kind, door="certmgr", operation=operation, node="cucma-pub")
    request = csr(simulator, "cucma-pub")
    upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(made.root()))
    signed = sign(request["csr"])
    result = upload(simulator, "cucma-pub", purpose="identity", certificate_content=signed)
    assert result["certificate"]["certificate"] == signed
    assert operations(simulator) == ["generate-csr", "upload-trust", "upload-identity"]
    assert csr(simulator, "cucma-pub")["status"] == "installed"


def test_a_certificate_of_an_older_csr(simulator: RunningSimulator) -> None:
    upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(made.root()))
    old = csr(simulator, "cucma-pub")["csr"]
    csr(simulator, "cucma-pub", force=True)
    with pytest.raises(CucmError, match="another key") as error:
        upload(simulator, "cucma-pub", purpose="identity", certificate_content=sign(old))
    assert error.value.reason == "key_differs"
    assert operations(simulator) == ["upload-trust", "generate-csr", "generate-csr"]


def test_a_ca_that_is_not_trusted(simulator: RunningSimulator) -> None:
    request = csr(simulator, "cucma-pub")
    with pytest.raises(CucmError) as error:
        upload(simulator, "cucma-pub", purpose="identity", certificate_content=sign(request["csr"]))
    assert error.value.reason == "issuer_not_trusted"


def test_a_newer_ca_of_the_same_name(simulator: RunningSimulator) -> None:
    newer = made.certificate("Example Root CA", issuer=None, key_label="newer", ca=True)
    upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(newer))
    with pytest.raises(CucmError) as error:
        upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(made.root()))
    assert error.value.reason == "not_stored"


def test_an_older_ca_of_the_same_name_is_displaced(simulator: RunningSimulator) -> None:
    newer = made.certificate("Example Root CA", issuer=None, key_label="newer", ca=True)
    upload(simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(made.root()))
    context = Context()
    result = upload(
        simulator, "cucma-pub", purpose="trust", certificate_content=made.pem(newer), context=context
    )
    assert [item["certificate"] for item in result["replaced"]] == [made.pem(made.root())]
    assert len(context.warnings) == 1


def test_trust_reaches_other_nodes_and_goes_again(simulator: RunningSimulator) -> None:
    content = {"purpose": "trust", "certificate_content": made.pem(made.root())}
    upload(simulator, "cucma-pub", **content)
    assert upload(simulator, "cucma-sub1", **content)["changed"] is False
    assert upload(simulator, "cucma-sub1", state="absent", **content)["changed"] is True
    assert upload(simulator, "cucma-pub", state="absent", **content)["changed"] is False


def test_a_node_that_lags_behind(simulator: RunningSimulator) -> None:
    content = {"purpose": "trust", "certificate_content": made.pem(made.root())}
    simulator.fault(kind="replication-lag", cluster="CUCMA", node="cucma-sub1", reads=9)
    upload(simulator, "cucma-pub", **content)
    assert upload(simulator, "cucma-sub1", **content)["changed"] is True


@pytest.mark.parametrize("name", NODES)
def test_info(simulator: RunningSimulator, name: str) -> None:
    request = csr(simulator, name)
    everything = call(simulator, name, cucm_cert_info.DEFINITION)
    assert [item["service"] for item in everything["identities"]] == [
        "CallManager",
        "CallManager-ECDSA",
        "tomcat",
        "tomcat-ECDSA",
    ]
    assert {item["service"] for item in everything["trust"]} == {"CallManager", "tomcat"}
    assert [item["csr"] for item in everything["csrs"]] == [request["csr"]]
    one = call(simulator, name, cucm_cert_info.DEFINITION, service="tomcat", kind=["identity"])
    assert [item["service"] for item in one["identities"]] == ["tomcat"]
    assert one["csrs"] == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [("html", UnexpectedAnswer), ("garbage", UnexpectedAnswer), ("unavailable", ServerBusy)],
)
def test_a_node_that_is_not_itself(simulator: RunningSimulator, kind: str, error: type[CucmError]) -> None:
    simulator.fault(kind=kind, door="certmgr", count=None)
    with pytest.raises(error):
        csr(simulator, "cucma-pub")
    assert len(simulator.journal) == 0


def test_a_busy_node_recovers(simulator: RunningSimulator) -> None:
    simulator.fault(kind="unavailable", door="certmgr", operation="generate-csr", count=2)
    assert csr(simulator, "cucma-pub")["changed"] is True
    assert operations(simulator) == ["generate-csr"]


def test_a_release_without_rest(simulator: RunningSimulator) -> None:
    with pytest.raises(UnsupportedByRelease, match="release 14 or later"):
        csr(simulator, "old-pub", transport="rest")


def test_accounts(simulator: RunningSimulator) -> None:
    with pytest.raises(AuthenticationFailed, match="not an application user"):
        csr(simulator, "cucma-pub", username="administrator", password="administrator-secret")
    with pytest.raises(PermissionDenied, match="privilege level 1"):
        csr(simulator, "cucma-pub", username="osreader", password="osreader-secret")
    assert len(simulator.journal) == 0
