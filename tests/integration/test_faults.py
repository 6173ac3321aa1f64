# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault names itself: a working pair is broken in one way, and `verify` says which.

For each fault: the checks that fail by themselves, those that fail in consequence, and words of the
remedy. Nothing else may fail, and nothing that failed may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_pattern import (
    DEFINITION as ROUTE_PATTERN,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk import (
    DEFINITION as SIP_TRUNK,
)
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca
from ansible_collections.ucops.cucm.tests.support.laboratory import (
    PATTERNS,
    A,
    B,
    Laboratory,
    Report,
    free_port,
    judge_files,
    profile_name,
    report_on_files,
    two_clusters,
)
from ansible_collections.ucops.cucm.tests.support.playbooks import Site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

TO_B, TO_A = f"{A}→{B}", f"{B}→{A}"
#: Both trunks feel a connection that cannot be made in either direction.
BOTH_STATUSES = {f"{TO_B} trunk_status", f"{TO_A} trunk_status"}
#: What nobody can see of a node whose SIP port does not answer.
BEHIND_THE_PORT = (
    "tls_spoken",
    "tls_version",
    "tls_cipher",
    "client_certificate_demanded",
    "certificate_running",
)


def dark(direction: str, *but: str) -> set[str]:
    """The checks that are not measured, since a port does not answer."""
    return {f"{direction} {check}" for check in BEHIND_THE_PORT if check not in but}


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    directory = tmp_path_factory.mktemp("laboratory")
    path = directory / "topology.yml"
    path.write_text(json.dumps(asdict(two_clusters())), encoding="utf-8")  # JSON is YAML
    with simulator_process(path) as ready:
        yield Laboratory(Site(directory, Simulator(ready["control"], ready["clusters"])))


@pytest.fixture
def healthy(laboratory: Laboratory) -> Laboratory:
    laboratory.pair()
    return laboratory


@dataclass(frozen=True)
class Fault:
    """One way to break the pair, and what `verify` has to say of it."""

    name: str
    apply: Callable[[Laboratory], object]
    causes: set[str]
    effects: set[str] = field(default_factory=set)
    remedy: tuple[str, ...] = ()
    not_measured: set[str] = field(default_factory=set)
    variables: dict[str, Any] = field(default_factory=dict)


def renew_with_new_ca(lab: Laboratory) -> None:
    """The CA of one side gets a new key under its old name, and signs all of that side's nodes anew."""
    renewed = make_ca("Example Root CA", with_key="rsa2048-renewed")
    for node in lab.nodes(B):
        lab.install(B, node, ca=renewed, trusted=(renewed, lab.ca))


def other_ca(lab: Laboratory) -> None:
    stranger = make_ca("Stranger CA", with_key="rsa2048-stranger")
    lab.install(B, "cucm10-pub", ca=stranger, trusted=(stranger, lab.ca))


def unprotected_profile(lab: Laboratory) -> None:
    lab.profile(
        A,
        device_security_mode="Non Secure",
        incoming_transport_type="TCP+UDP",
        outgoing_transport_type="UDP",
        incoming_port=5060,
    )


def srtp_without_encryption(lab: Laboratory) -> None:
    lab.profile(A, device_security_mode="Authenticated")


def wrong_port(lab: Laboratory) -> None:
    destinations = lab.destinations(B)
    destinations[0]["port"] = free_port([destinations[0]["address"]])
    lab.trunk(A, destinations=destinations)


def unknown_name(lab: Laboratory) -> None:
    destinations = lab.destinations(B)
    destinations[0]["address"] = "cucm10-pub.invalid"
    lab.trunk(A, destinations=destinations)


def pattern_to_another_trunk(lab: Laboratory) -> None:
    elsewhere = [{"address": "192.0.2.99", "port": 5061}]
    lab.module(
        A,
        SIP_TRUNK,
        name="ELSEWHERE",
        security_profile="Non Secure SIP Trunk Profile",
        sip_profile="Standard SIP Profile",
        device_pool="Default",
        destinations=elsewhere,
    )
    lab.module(A, ROUTE_PATTERN, pattern=PATTERNS[A], trunk="ELSEWHERE", take_over=True)


def without_trunk(lab: Laboratory) -> None:
    lab.module(A, ROUTE_PATTERN, pattern=PATTERNS[A], trunk=B, state="absent")
    lab.module(A, SIP_TRUNK, name=B, state="absent")


def no_common_version(lab: Laboratory) -> None:
    lab.site.control.defect(cluster=A, tls_versions=["1.2", "1.2"])
    lab.site.control.defect(cluster=B, node="cucm10-pub", tls_versions=["1.0", "1.0"])


def changed_without_reset(lab: Laboratory) -> None:
    """The names were wrong, were corrected, and nobody has reset the trunk."""
    lab.profile(A, x509_subject_names=["old.example.com"], reset="always")
    lab.profile(A, reset="never")


FAULTS = (
    Fault(
        "a subject name is missing on one side",
        lambda lab: lab.profile(A, x509_subject_names=lab.names(B)[:1], reset="always"),
        {f"{TO_B} subject_names"},
        BOTH_STATUSES,
        ("X.509 Subject Name", profile_name(B), "cucm10-sub1.b.example.com"),
    ),
    Fault(
        "a subject name differs in case",
        lambda lab: lab.profile(
            A, x509_subject_names=[name.upper() for name in lab.names(B)], reset="always"
        ),
        {f"{TO_B} subject_names"},
        BOTH_STATUSES,
        ("cucm10-pub.b.example.com", "cucm10-sub1.b.example.com", "X.509 Subject Name"),
    ),
    Fault(
        "the root is missing on one node",
        lambda lab: lab.distrust(A, "cucma-sub1"),
        {f"{TO_B} certificate_trusted"},
        BOTH_STATUSES,
        ("Example Root CA", "CallManager-trust", "cucma-sub1"),
    ),
    Fault(
        "a certificate was uploaded, and its service not restarted",
        lambda lab: lab.install(B, "cucm10-pub", with_key="rsa2048-next", running=False),
        {f"{TO_B} certificate_running"},
        {f"{TO_B} certificate_agreement"},
        ("Restart Cisco CallManager", "cucm10-pub"),
    ),
    Fault(
        "a certificate has expired",
        lambda lab: lab.install(
            B, "cucm10-pub", start=NOW - timedelta(days=400), end=NOW - timedelta(days=1)
        ),
        {f"{TO_B} certificate_dates"},
        BOTH_STATUSES,
        ("cucm10-pub",),
    ),
    Fault(
        "a certificate is not valid yet",
        lambda lab: lab.install(B, "cucm10-pub", start=NOW + timedelta(days=1)),
        {f"{TO_B} certificate_dates"},
        BOTH_STATUSES,
        ("cucm10-pub",),
    ),
    Fault(
        "a certificate ends soon",
        lambda lab: lab.install(B, "cucm10-sub1", end=NOW + timedelta(days=3)),
        {f"{TO_B} certificate_expiry"},
        set(),
        ("cucm10-sub1",),
    ),
    Fault(
        "a certificate is for servers only",
        lambda lab: lab.install(B, "cucm10-pub", extended=("serverAuth",)),
        {f"{TO_B} certificate_usage"},
        {f"{TO_A} trunk_status"},
        ("client authentication", "cucm10-pub"),
    ),
    Fault(
        "a certificate is of another CA",
        other_ca,
        {f"{TO_B} certificate_trusted"},
        BOTH_STATUSES,
        ("Stranger CA", "CallManager-trust"),
    ),
    Fault(
        "the CA was renewed on one side only",
        renew_with_new_ca,
        {f"{TO_B} certificate_trusted"},
        BOTH_STATUSES,
        ("Example Root CA", "CallManager-trust", "cucma-pub"),
    ),
    Fault(
        "the key is weak",
        lambda lab: lab.install(B, "cucm10-pub", with_key="rsa1024-weak"),
        {f"{TO_B} certificate_strength"},
        set(),
        ("2048 bits", "cucm10-pub"),
    ),
    Fault(
        "the profile is for UDP",
        unprotected_profile,
        {f"{TO_B} trunk_security", f"{TO_B} srtp"},
        {f"{TO_A} port_open", *BOTH_STATUSES},
        (profile_name(B), "Encrypted", "TLS"),
        dark(TO_A),
    ),
    Fault(
        "SRTP is allowed without encryption",
        srtp_without_encryption,
        {f"{TO_B} trunk_security", f"{TO_B} srtp"},
        set(),
        (profile_name(B), "Encrypted"),
    ),
    Fault(
        "the port of a destination is wrong",
        wrong_port,
        {f"{TO_B} trunk_destinations"},
        {f"{TO_B} port_open", f"{TO_B} trunk_status"},
        ("trunk 'CUCM10'", "Destination"),
        dark(TO_B),
    ),
    Fault(
        "the name of a destination is unknown",
        unknown_name,
        {f"{TO_B} trunk_destinations"},
        {f"{TO_B} name_resolved", f"{TO_B} trunk_status"},
        ("cucm10-pub.invalid",),
        {f"{TO_B} name_resolved", f"{TO_B} port_open", *dark(TO_B)},
    ),
    Fault(
        "OPTIONS ping is off",
        lambda lab: lab.trunk(A, sip_profile="Standard SIP Profile"),
        {f"{TO_B} options_ping"},
        set(),
        ("Standard SIP Profile", "OPTIONS"),
        {f"{TO_B} trunk_status"},
    ),
    Fault(
        "the pattern leads to another trunk",
        pattern_to_another_trunk,
        {f"{TO_B} route_pattern"},
        set(),
        ("'9898'", "to 'CUCM10'"),
    ),
    Fault(
        "the pattern is missing",
        lambda lab: lab.module(A, ROUTE_PATTERN, pattern=PATTERNS[A], trunk=B, state="absent"),
        {f"{TO_B} route_pattern"},
        set(),
        ("9898",),
    ),
    Fault(
        "the trunk is missing",
        without_trunk,
        {f"{TO_B} trunk_configured", f"{TO_B} route_pattern"},
        {f"{TO_A} port_open", f"{TO_A} trunk_status"},
        ("CUCM10",),
        {
            *dark(TO_A),
            *dark(TO_B),
            *(
                f"{TO_B} {check}"
                for check in (
                    "trunk_security",
                    "trunk_destinations",
                    "subject_names",
                    "srtp",
                    "options_ping",
                    "name_resolved",
                    "port_open",
                    "trunk_status",
                )
            ),
        },
    ),
    Fault(
        "the SIP port speaks without TLS",
        lambda lab: lab.site.control.defect(cluster=B, node="cucm10-pub", plain_sip=True),
        {f"{TO_B} tls_spoken"},
        {f"{TO_B} trunk_status"},
        ("cucm10-pub",),
        dark(TO_B, "tls_spoken"),
    ),
    Fault(
        "there is no common version of TLS",
        no_common_version,
        {f"{TO_B} tls_version"},
        BOTH_STATUSES,
        ("Upgrade the node", "cucm10-pub"),
        dark(TO_B, "tls_spoken", "tls_version"),
    ),
    Fault(
        "a clock is an hour off",
        lambda lab: lab.site.control.defect(cluster=B, node="cucm10-pub", clock_skew=3600),
        {f"{TO_B} clock"},
        set(),
        ("NTP", "cucm10-pub"),
    ),
    Fault(
        "a service is stopped",
        lambda lab: lab.site.control.control(B, "cucm10-pub", "Cisco CallManager", "Stop"),
        {f"{TO_B} service_running"},
        {f"{TO_B} port_open", f"{TO_B} trunk_status"},
        ("Start Cisco CallManager", "cucm10-pub"),
        # What a node that does not run thinks of its own trunk, nobody knows.
        {f"{TO_A} trunk_status", *dark(TO_B)},
    ),
    Fault(
        "one of two nodes is down",
        lambda lab: lab.site.control.inject(kind="unreachable", node="cucm10-sub1", count=None),
        {f"{TO_B} port_open"},
        {f"{TO_B} trunk_status"},
        ("cucm10-sub1",),
        {
            f"{TO_A} trunk_status",
            f"{TO_A} certificate_trusted",
            *dark(TO_B),
            *(
                f"{TO_B} {check}"
                for check in (
                    "service_running",
                    "clock",
                    "subject_names",
                    "certificate_trusted",
                    "certificate_dates",
                    "certificate_expiry",
                    "certificate_usage",
                    "certificate_strength",
                )
            ),
        },
    ),
    Fault(
        "the SIP port is silent",
        lambda lab: lab.site.control.defect(cluster=B, node="cucm10-pub", silent=True),
        {f"{TO_B} tls_spoken"},
        {f"{TO_B} trunk_status"},
        ("cucm10-pub",),
        dark(TO_B, "tls_spoken"),
        variables={"cucm_verify_probe_timeout": 2},
    ),
    Fault(
        "a node does not ask for a client certificate",
        lambda lab: lab.site.control.defect(cluster=B, node="cucm10-pub", demands_client_certificate=False),
        {f"{TO_B} client_certificate_demanded"},
        set(),
        ("cucm10-pub",),
    ),
    Fault(
        "a node shows another certificate than the one that is installed",
        lambda lab: lab.site.control.defect(cluster=B, node="cucm10-pub", serves_self_signed=True),
        {f"{TO_B} certificate_running"},
        {f"{TO_B} certificate_agreement", f"{TO_B} certificate_trusted", *BOTH_STATUSES},
        ("Restart Cisco CallManager", "cucm10-pub"),
    ),
    Fault(
        "OPTIONS is answered with 503",
        lambda lab: lab.site.control.defect(cluster=B, options_status=503),
        {f"{TO_B} trunk_status"},
        set(),
        ("CUCM10",),
    ),
    Fault(
        "the profile was repaired, and the trunk not reset",
        changed_without_reset,
        {f"{TO_B} trunk_reset"},
        {f"{TO_B} trace_failures", f"{TO_A} trace_failures", *BOTH_STATUSES},
        ("Reset", "trunk 'CUCM10'"),
        variables={"cucm_verify_traces": True},
    ),
)


#: One fault for each thing that `verify` reads. The others are asserted of the verdict itself, by
#: tests/unit/plugins/module_utils/_verdict/test_verdict_faults.py, and here by `make test-all`.
IN_EVERY_RUN = {
    "a subject name is missing on one side",  # the security profile
    "the root is missing on one node",  # a trust store
    "a certificate was uploaded, and its service not restarted",  # what a port shows, beside the store
    "the port of a destination is wrong",  # the trunk, and a port that is closed
    "the name of a destination is unknown",  # names
    "the trunk is missing",
    "there is no common version of TLS",  # a handshake
    "a clock is an hour off",
    "a service is stopped",
    "one of two nodes is down",
    "OPTIONS is answered with 503",  # the status of trunks
    "the profile was repaired, and the trunk not reset",  # traces
}


def told(report: Report) -> str:
    return report.outcome.output + json.dumps(
        [[str(finding), check] for finding, check in report.checks("fail")], indent=1, ensure_ascii=False
    )


def test_there_are_enough_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 24
    assert {fault.name for fault in FAULTS} >= IN_EVERY_RUN


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            fault,
            id=fault.name.replace(" ", "-"),
            marks=[] if fault.name in IN_EVERY_RUN else [pytest.mark.long],
        )
        for fault in FAULTS
    ],
)
def test_a_fault_names_itself(healthy: Laboratory, fault: Fault) -> None:
    fault.apply(healthy)
    report = healthy.verify(**fault.variables)
    assert report.causes() == fault.causes, told(report)
    assert report.effects() == fault.effects, told(report)
    assert report.not_measured() == fault.not_measured, told(report)
    assert report.data["verdict"] == "fail"
    assert report.outcome.status != 0
    remedies = "\n".join(report.remedies(cause.split()[1]) for cause in fault.causes)
    for words in fault.remedy:
        assert words in remedies, remedies
    for effect in fault.effects:
        assert "Fix first" in report.remedies(effect.split()[1])


def test_a_healthy_pair_passes(healthy: Laboratory) -> None:
    report = healthy.verify()
    assert report.outcome.status == 0, told(report)
    assert report.data["verdict"] == "pass"
    assert not report.checks("fail")
    assert not report.not_measured()
    assert set(report.outcome.changed().values()) == {0}
    assert "[WARNING]" not in report.outcome.output
    assert not [entry for entry in healthy.site.journal() if entry["door"] != "axl"]


def test_what_cannot_be_read_is_not_measured_and_no_pass(healthy: Laboratory) -> None:
    def wrong(data: dict[str, Any]) -> None:
        healthy.site.cluster_variables(data, B)["cucm_os_password"] = "not-the-password"

    healthy.site.edit = wrong
    try:
        report = healthy.verify()
    finally:
        healthy.site.edit = lambda data: None
    assert report.data["verdict"] == "not_measured"
    assert report.outcome.status != 0
    assert not report.checks("fail")
    # A judges what it saw on the wire; whom B trusts, only B can tell.
    assert report.not_measured() == {f"{TO_A} certificate_trusted", f"{TO_B} certificate_running"}
    assert "not-the-password" not in json.dumps(report.data)


def test_report_only_leaves_the_run_green(healthy: Laboratory) -> None:
    FAULTS[0].apply(healthy)
    report = healthy.verify(cucm_verify_report_only=True)
    assert report.data["verdict"] == "fail"
    assert report.outcome.status == 0


CALL = """
- name: Call the peer
  ansible.builtin.uri:
    url: "{url}/calls"
    method: POST
    body_format: json
    body: "{{{{ {{'CUCMA': {{'cluster': 'CUCMA', 'from': '1018', 'to': '9898'}},
               'CUCM10': {{'cluster': 'CUCM10', 'from': '9898', 'to': '1018'}}}}[cucm_cluster] }}}}"
  changed_when: false
"""


def everything(lab: Laboratory, directory: Path) -> dict[str, Any]:
    """Capture, reset, call and traces, all asked for."""
    tasks = directory / "call.yml"
    tasks.write_text("---" + CALL.format(url=lab.site.control.url), encoding="utf-8")
    return {
        "cucm_verify_capture": True,
        "cucm_verify_capture_seconds": 6,
        "cucm_verify_reset": True,
        "cucm_verify_traces": True,
        "cucm_verify_test_call_tasks": str(tasks),
        "cucm_verify_negative_probes": ["no_certificate", "throw_away_ca"],
    }


def test_with_capture_traces_and_a_call_everything_is_measured(healthy: Laboratory, tmp_path: Path) -> None:
    report = healthy.verify(**everything(healthy, tmp_path))
    assert report.outcome.status == 0, told(report)
    passed = {str(finding) for finding, _check in report.checks("pass")}
    for direction in (TO_B, TO_A):
        for check in (
            "handshake_complete",
            "application_data",
            "digit_analysis",
            "call_over_tls",
            "certificate_in_trace",
            "call_answered",
            "trace_failures",
            "certificate_agreement",
            "strangers_refused",
        ):
            assert f"{direction} {check}" in passed
    assert all(entry["agree"] for entry in report.data["agreement"])

    # The same evidence is judged again without the clusters: first the files of a colleague, then all of it.
    proof = healthy.site.directory / "proof"
    captures = [str(path) for path in sorted((proof / "captures").glob("*.cap"))]
    traces = [str(path) for path in sorted((proof / "traces").rglob("SDL*"))]
    files = {
        "cucm_verify_captures": captures,
        "cucm_verify_trace_paths": traces,
        "cucm_verify_capture_ports": [healthy.sip_port],
    }
    (tmp_path / "desk").mkdir()
    alone = report_on_files(tmp_path / "desk", **files)
    seen = {finding.check for finding, _check in alone.checks("pass")}
    assert {"handshake_complete", "application_data", "certificate_dates", "call_over_tls"} <= seen, told(
        alone
    )
    # What fails there is the stranger whom the probe has played from this machine.
    assert {finding.check for finding, _check in alone.checks("fail")} == {"trace_failures"}
    assert all(finding.direction.endswith("→127.0.0.1") for finding, _check in alone.checks("fail"))
    again = report_on_files(tmp_path / "desk", cucm_verify_evidence_paths=[str(proof / "evidence")])
    assert again.outcome.status == 0, told(again)
    assert {str(finding) for finding, _check in again.checks("pass")} == passed


def test_no_trunk_is_reset_where_no_capture_runs(healthy: Laboratory) -> None:
    def wrong(data: dict[str, Any]) -> None:
        healthy.site.cluster_variables(data, A)["cucm_os_password"] = "not-the-password"

    before = len(healthy.site.journal())
    healthy.site.edit = wrong
    try:
        report = healthy.verify(
            cucm_verify_capture=True,
            cucm_verify_capture_seconds=1,
            cucm_verify_capture_start_timeout=5,
            cucm_verify_reset=True,
        )
    finally:
        healthy.site.edit = lambda data: None
    done = healthy.site.journal()[before:]
    assert {(entry["cluster"], entry["operation"]) for entry in done} == {(B, "resetSipTrunk")}
    assert report.data["verdict"] == "not_measured"
    assert "not-the-password" not in json.dumps(report.data)


def test_files_that_are_no_evidence_are_named(tmp_path: Path) -> None:
    (tmp_path / "noise.cap").write_bytes(b"no capture at all")
    outcome = judge_files(tmp_path, cucm_verify_captures=["noise.cap"])
    assert outcome.status != 0
    assert "noise.cap" in outcome.output
    assert "Traceback" not in outcome.output
