# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, the objects for AWX would make jobs that cannot run, that show secrets, or whose results are lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.tests.certsrv.client import ControlClient as CertsrvControl
from ansible_collections.ucops.cucm.tests.certsrv.client import certsrv_process
from ansible_collections.ucops.cucm.tests.demo.inventory import APPLICATION_USER, OS_ADMINISTRATOR, host_name
from ansible_collections.ucops.cucm.tests.support.authorities import Authorities
from ansible_collections.ucops.cucm.tests.support.awx import (
    EXTENSION,
    PROJECT,
    Controller,
    Job,
    Workflow,
    objects,
)
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PASSPHRASE,
    SECRETS,
    Site,
    assert_calls_prove_the_pair,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator, controlled_environment
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, answer, certificate

pytestmark = pytest.mark.timeout(1800)

NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")
ACCOUNTS: dict[str, dict[str, Any]] = {
    "Application user": {
        "username": APPLICATION_USER["cucm_axl_username"],
        "password": APPLICATION_USER["cucm_axl_password"],
    },
    "OS administrator": {
        "username": OS_ADMINISTRATOR["cucm_os_username"],
        "password": OS_ADMINISTRATOR["cucm_os_password"],
    },
}
TOKEN = "Bearer the-token-of-the-report-server"


def topology(simulator: Simulator) -> dict[str, Any]:
    """The simulated clusters as a topology file, without accounts and without a CA: those are credentials."""
    clusters = {}
    for name, cluster in simulator.clusters.items():
        nodes = {}
        for node, facts in cluster["nodes"].items():
            nodes[host_name(name, node)] = {
                "address": facts["address"],
                "hostname": facts["hostname"],
                "vars": {
                    "cucm_port": facts["https_port"],
                    "cucm_ssh_port": facts["ssh_port"],
                    "cucm_ssh_host_key": facts["ssh_host_key_fingerprint"],
                    "cucm_tls_fingerprint": facts["tomcat_fingerprint"],
                    "cucm_sip_port": facts["sip_port"],
                },
            }
        clusters[name] = {"nodes": nodes, "extensions": ["1018" if name == "CUCMA" else "9898"], "wave": 1}
    return {
        "plugin": "ucops.cucm.topology",
        "clusters": clusters,
        "links": {"mesh": "all"},
        "vars": {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        },
    }


def pem(path: str | Path) -> str:
    return Path(path).read_text(encoding="utf-8")


def key_in_files(ca: Path) -> dict[str, Any]:
    """The fields of the credential for the laboratory's CA."""
    return {
        "private_key": pem(ca / "issuing.key"),
        "passphrase": PASSPHRASE,
        "certificate": pem(ca / "issuing.pem"),
        "chain": pem(ca / "root.pem"),
    }


def microsoft(options: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: options[name] for name in ("url", "username", "password")},
        "auth_method": "ntlm",
        "server_ca": pem(options["ca_path"]),
    }


def assert_no_secrets(job: Job, *more: str) -> None:
    """In none of the files that AWX keeps of a job, and neither in what it hands on."""
    assert len(job.files) > 10
    for secret in (*SECRETS, *more):
        assert [name for name, text in job.files.items() if secret in text] == []


@pytest.fixture
def here(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        yield made


DUMP = """
- hosts: localhost
  gather_facts: false
  vars_files: [{files}]
  tasks:
    - ansible.builtin.copy:
        content: "{{{{ lookup('ansible.builtin.vars', *names) | to_json }}}}"
        dest: objects.json
        mode: "0600"
      vars:
        names: [{names}]
"""


def test_ansible_reads_the_objects_as_these_tests_do(tmp_path: Path) -> None:
    """With its own loader and templates, so that nothing here is tested that no module of AWX would get."""
    names = sorted(objects())
    files = [EXTENSION / "defaults.yml", *(EXTENSION / f"{name}.yml" for name in names)]
    (tmp_path / "dump.yml").write_text(DUMP.format(files=", ".join(map(str, files)), names=", ".join(names)))
    done = subprocess.run(
        (sys.executable, "-m", "ansible.cli.playbook", "dump.yml"),
        cwd=tmp_path,
        env=controlled_environment(tmp_path, tmp_path / "results.jsonl"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    read = json.loads((tmp_path / "objects.json").read_text())
    assert dict(zip(names, read, strict=True)) == objects()


def test_the_example_of_a_topology_is_an_inventory(tmp_path: Path) -> None:
    made = yaml.safe_load((PROJECT / "clusters.cucm.yml").read_text(encoding="utf-8"))
    assert sorted(Controller(tmp_path, made, {}).inventory["wave_1"]["children"]) == ["CUCM10", "CUCMA"]


CAS = {
    "local": "CA with a key in files",
    "adcs": "Microsoft CA",
    "vault": "Vault PKI",
    "cfssl": "CFSSL",
}


def ca_credential(backend: str, ca: Path, authorities: Authorities) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of the credential for a CA, and the secrets among them."""
    if backend == "local":
        fields = key_in_files(ca)
        return fields, (fields["passphrase"], fields["private_key"].splitlines()[2])
    if backend not in authorities.options:
        pytest.skip("; ".join(authorities.missing))
    options = authorities.options[backend]
    server_ca = pem(options["ca_path"])
    if backend == "adcs":
        return microsoft(options), (options["password"],)
    if backend == "vault":
        names = ("url", "mount", "role", "role_id", "secret_id", "approle_mount")
        fields = {**{name: options[name] for name in names}, "server_ca": server_ca, "validity_days": "365"}
        return fields, (options["secret_id"],)
    names = ("url", "profile", "auth_key")
    fields = {
        **{name: options[name] for name in names},
        "server_ca": server_ca,
        "validity_days": "365",
        "chain": pem(options["chain_path"]),
    }
    return fields, (options["auth_key"],)


@pytest.mark.parametrize(
    "backend", [name if name == "vault" else pytest.param(name, marks=pytest.mark.long) for name in CAS]
)
def test_a_check_runs_with_the_credentials_of_each_ca(
    here: Site, ca: Path, authorities: Authorities, backend: str
) -> None:
    authorities.reset()
    fields, secrets = ca_credential(backend, ca, authorities)
    controller = Controller(
        here.directory / "awx",
        topology(here.simulator),
        {**ACCOUNTS, "CA": fields},
        settings={"ucops_awx_ca": CAS[backend]},
    )
    job = controller.launch("Check", {"cucm_hosts": "wave_1", "cucm_ticket": "CHG0001"})
    assert job.succeeded, job.output
    assert "[WARNING]" not in job.output
    assert_no_secrets(job, *secrets)
    assert here.journal() == []
    outcome = job.artifacts["cucm_outcome"]
    assert outcome["check_mode"] is True
    assert outcome["nodes"] == len(NODES)
    assert outcome["ticket"] == "CHG0001"


@pytest.fixture
def report_server(tmp_path: Path) -> Iterator[tuple[TlsServer, str]]:
    """A web server that takes what it is sent, and the certificate of its CA."""
    root = certificate("Root of the report server", is_ca=True)
    own = certificate("127.0.0.1", issuer=root, names=["127.0.0.1"])
    with TlsServer(own.write(tmp_path, "report-server"), [answer(201)]) as server:
        yield server, root.pem


def controller_of(here: Site, report_server: tuple[TlsServer, str], **ca: Any) -> Controller:
    server, root = report_server
    return Controller(
        here.directory / "awx",
        topology(here.simulator),
        {
            **ACCOUNTS,
            "CA": ca["fields"],
            "Report server": {"header": "Authorization", "value": TOKEN, "server_ca": root},
        },
        settings={
            "ucops_awx_ca": ca["kind"],
            "ucops_awx_report_url": f"https://127.0.0.1:{server.port}/cucm",
        },
    )


@pytest.fixture(scope="session")
def standalone_ca() -> Iterator[dict[str, Any]]:
    """A stand-alone CA: every request waits until somebody issues it."""
    with certsrv_process() as ready:
        yield ready


SURVEY = {"cucm_hosts": "wave_1", "cucm_ticket": "CHG0004711", "cucm_certificate_ctl_is_updated": "false"}


def test_the_workflow_pairs_two_clusters_whose_ca_decides_later(
    here: Site, standalone_ca: dict[str, Any], report_server: tuple[TlsServer, str]
) -> None:
    """Node by node along the edges, each job in a directory of its own; artifacts are all that is handed on."""
    ca = CertsrvControl(standalone_ca["control"])
    ca.order("reset")
    controller = controller_of(here, report_server, kind="Microsoft CA", fields=microsoft(standalone_ca))

    def approve(identifier: str) -> bool:
        if identifier == "wait-for-ca":
            for request in ca.read("requests"):
                ca.order("issue", id=request["id"])
        return True

    workflow = Workflow(controller, "Pair clusters", SURVEY, approve)
    ended_well = workflow.run()
    jobs = {step.identifier: step.job for step in workflow.steps if step.job}
    shown = "\n".join(job.output for job in jobs.values())
    assert [(step.identifier, step.succeeded) for step in workflow.steps] == [
        ("check", True),
        ("approve-change", True),
        ("pair", False),
        ("wait-for-ca", True),
        ("resume", True),
        ("approve-restart", True),
        ("restart", True),
        ("verify", True),
    ], shown
    assert ended_well

    # What is handed on stands for nothing that the next job finds out by itself.
    planned = {name: job.artifacts["cucm_outcome"] for name, job in jobs.items() if name != "verify"}
    assert planned["check"]["plan_counts"]["sign"] == len(NODES)
    assert planned["restart"]["plan_counts"]["restart"] == len(NODES)
    assert planned["restart"]["plan_counts"]["sign"] == 0
    assert planned["check"]["plan"] != planned["restart"]["plan"]

    # Each node was asked for once: the requests went from job to job.
    assert len(ca.read("requests")) == len(NODES)
    waiting = jobs["pair"].artifacts
    assert sorted(waiting["cucm_certificate_requests"]) == sorted(NODES)
    assert sorted(entry["host"] for entry in waiting["cucm_outcome"]["requests"]) == sorted(NODES)
    assert jobs["resume"].artifacts["cucm_outcome"]["requests"] == []
    restarts = jobs["resume"].artifacts["cucm_outcome"]["restarts"]
    assert sorted(entry["host"] for entry in restarts) == sorted(NODES)
    assert all("Cisco CallManager" in entry["services"] for entry in restarts)
    assert jobs["restart"].artifacts["cucm_outcome"]["restarts"] == []
    assert_calls_prove_the_pair(here)

    verdict = jobs["verify"].artifacts["cucm_outcome"]
    assert (verdict["verdict"], verdict["failed"], verdict["not_passed"]) == ("pass", [], [])
    assert verdict["counts"]["pass"] > 0
    for text in (
        "pass: the link works (SIP trunks over TLS, change CHG0004711)",
        "CUCMA -> CUCM10",
        "Checks: ",
    ):
        assert text in jobs["verify"].folded

    # The report went out, and nothing else of the job did.
    server, _root = report_server
    assert server.paths == ["/cucm/report.html", "/cucm/report.json", "/cucm/report.xml"]
    assert json.loads(server.requests[1].body)["verdict"] == "pass"
    assert {request.headers["authorization"] for request in server.requests} == {TOKEN}
    assert verdict["report"]["urls"][0].endswith("/cucm/report.html")

    for job in jobs.values():
        assert_no_secrets(job, standalone_ca["password"], TOKEN, TOKEN.partition(" ")[2])
        assert len(json.dumps(job.artifacts)) < 64 * 1024
        assert job.succeeded or "[WARNING]" not in job.output


def test_the_jobs_from_pair_to_unpair(here: Site, ca: Path, report_server: tuple[TlsServer, str]) -> None:
    """One after the other at the same clusters, with a CA that signs at once."""
    controller = controller_of(here, report_server, kind="CA with a key in files", fields=key_in_files(ca))
    check_the_inventory(controller)
    job = controller.launch("Pair")
    assert job.succeeded, job.output
    assert_no_secrets(job)
    verify_with_a_refused_upload(controller, report_server, passes=False)
    restart_with_the_answer_of_the_survey(controller)
    verify_with_a_refused_upload(controller, report_server, passes=True)
    unpaired = controller.launch("Unpair", SURVEY)
    assert unpaired.succeeded, unpaired.output
    assert here.operations().count("removeSipTrunk") == 2


def check_the_inventory(controller: Controller) -> None:
    job = controller.launch("Check the inventory", SURVEY)
    assert job.succeeded, job.output
    wrong = controller.launch(
        "Check the inventory", {"cucm_hosts": "cucm", "cucm_report_url": "http://127.0.0.1/cucm"}
    )
    assert not wrong.succeeded
    assert "cucm_report_url: it is no https address" in wrong.folded


def restart_with_the_answer_of_the_survey(controller: Controller) -> None:
    """In mixed mode it is asked for; the answers of a survey are texts, and reach the roles as such."""
    refused = controller.launch("Restart", {"cucm_certificate_mixed_mode": True, **SURVEY})
    assert not refused.succeeded
    assert "run 'utils ctl update CTLFile'" in refused.folded
    answered = {**SURVEY, "cucm_certificate_ctl_is_updated": "true"}
    job = controller.launch("Restart", {"cucm_certificate_mixed_mode": True, **answered})
    assert job.succeeded, job.output


def verify_with_a_refused_upload(
    controller: Controller, report_server: tuple[TlsServer, str], *, passes: bool
) -> None:
    """The verdict is not lost, and the job ends as the verdict says."""
    server, _root = report_server
    server.script[:] = [answer(507, f"no room for {TOKEN}".encode())]
    job = controller.launch("Verify")
    outcome = job.artifacts["cucm_outcome"]
    assert job.succeeded is passes, job.output
    assert outcome["passed"] is passes
    assert "The report was not sent. 127.0.0.1, upload of the report:" in job.folded
    assert "HTTP 507" in job.folded
    assert "The verdict stands all the same, and this log has it." in job.folded
    assert "[WARNING]: The report was not sent" in job.folded
    assert "HTTP 507" in outcome["report"]["problem"]
    assert outcome["report"]["urls"] == []
    assert bool(outcome["failed"]) is not passes
    assert all(entry["remedy"] for entry in outcome["failed"])
    assert_no_secrets(job, TOKEN, TOKEN.partition(" ")[2])
