# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pairing playbook with CAs that decide later: what waits is named, and the next run goes on from there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.certsrv.client import ControlClient as CertsrvControl
from ansible_collections.ucops.cucm.tests.certsrv.client import certsrv_process
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    PASSPHRASE,
    SECRETS,
    Outcome,
    Site,
    assert_calls_prove_the_pair,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

RESTART = ("-e", "cucm_certificate_restart_services=true")
NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")


def by_hand(directory: Path) -> dict[str, Any]:
    """The variables of a site whose certificates are signed by a person."""
    return {
        "cucm_certificate_sign_options": {
            "backend": "manual",
            "manual": {
                "csr_path": str(directory / "requests" / "{{ inventory_hostname }}.csr"),
                "certificate_path": str(directory / "certificates"),
                "chain_path": str(directory / "ca" / "chain.pem"),
                "instructions": "The console is on ca.example.com",
            },
        }
    }


@pytest.fixture
def desk(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    for name in ("requests", "certificates"):
        (tmp_path / name).mkdir()
    with site(tmp_path, simulator, ca, variables=by_hand(tmp_path)) as made:
        yield made


def sign_by_hand(here: Site, *nodes: str) -> None:
    """What a person does at the console of a CA, here with OpenSSL."""
    for node in nodes:
        subprocess.run(
            (
                *("openssl", "x509", "-req", "-days", "365", "-copy_extensions", "copy", "-sha256"),
                *("-CA", "ca/issuing.pem", "-CAkey", "ca/issuing.key", "-passin", f"pass:{PASSPHRASE}"),
                *(
                    "-in",
                    f"requests/{node}.csr",
                    "-out",
                    f"certificates/whatever-{node}.cer",
                    "-outform",
                    "DER",
                ),
            ),
            cwd=here.directory,
            check=True,
            capture_output=True,
            timeout=60,
        )


def test_signed_by_hand_in_a_later_run(desk: Site) -> None:
    first = desk.succeed(PAIR, *RESTART)
    assert {mutation["operation"] for mutation in desk.journal()} == {"generate-csr"}
    for node in NODES:
        assert f"{node}: Have the CSR of" in first.output
    assert "The console is on ca.example.com" in first.output
    assert "nothing was changed towards CUCM10, since" in first.output

    made = desk.journal()
    again = desk.succeed(PAIR, *RESTART)
    assert again.changed() == dict.fromkeys(NODES, 0)
    assert desk.journal() == made

    sign_by_hand(desk, *NODES)
    second = desk.succeed(PAIR, *RESTART)
    assert "Have the CSR of" not in second.output
    assert_calls_prove_the_pair(desk)
    assert [mutation["operation"] for mutation in desk.journal()].count("generate-csr") == len(NODES)
    third = desk.succeed(PAIR, *RESTART)
    assert third.changed() == dict.fromkeys(NODES, 0)


@pytest.mark.long  # the workflow of test_awx has it
def test_the_other_nodes_go_on_while_one_waits(desk: Site) -> None:
    desk.succeed(PAIR, *RESTART)
    sign_by_hand(desk, *NODES[:3])
    outcome = desk.succeed(PAIR, *RESTART)
    assert "cucm10-sub1: Have the CSR of" in outcome.output
    assert "cucm10-pub: Have the CSR of" not in outcome.output
    uploaded = [m["node"] for m in desk.journal() if m["operation"] == "upload-identity"]
    assert sorted(uploaded) == sorted(NODES[:3])
    assert not [m for m in desk.journal() if m["node"] == "cucm10-sub1" and m["operation"] != "generate-csr"]
    assert not [m for m in desk.journal() if m["operation"] == "addSipTrunk"]
    assert "no certificate for the trunk is there yet on cucm10-sub1" in outcome.output
    sign_by_hand(desk, "cucm10-sub1")
    desk.succeed(PAIR, *RESTART)
    assert_calls_prove_the_pair(desk)


def test_what_waits_can_count_as_failed(desk: Site) -> None:
    screen = desk.fail(PAIR, "-e", "cucm_certificate_fail_on_pending=true")
    assert "cucma-pub: Have the CSR of" in screen


def test_check_mode_goes_through_while_requests_wait(desk: Site) -> None:
    predicted = desk.succeed(PAIR, "--check", "--diff", *RESTART)
    assert desk.journal() == []
    assert not list((desk.directory / "requests").iterdir())
    assert all(predicted.changed().values())
    desk.succeed(PAIR, *RESTART)
    made = desk.journal()
    waiting = desk.succeed(PAIR, "--check", "--diff", *RESTART)
    assert waiting.changed() == dict.fromkeys(NODES, 0)
    assert desk.journal() == made


def test_without_files_the_ca_says_who_it_is(tmp_path: Path, simulator: Simulator, ca: Path) -> None:
    with site(tmp_path, simulator, ca, variables={"cucm_certificate_ca_certificate_paths": []}) as here:
        here.succeed(PAIR, *RESTART)
        assert_calls_prove_the_pair(here)
        assert here.succeed(PAIR, *RESTART).changed() == dict.fromkeys(NODES, 0)


@pytest.fixture(scope="session")
def microsoft_ca() -> Iterator[dict[str, Any]]:
    """A stand-alone CA: every request waits until it is issued."""
    with certsrv_process() as ready:
        yield ready


class Enrollment:
    """A site whose CA is the double, and the person who issues there."""

    def __init__(self, here: Site, ready: dict[str, Any]) -> None:
        self.site = here
        self.ca = CertsrvControl(ready["control"])
        self.ca.order("reset")
        self.secret = ready["password"]
        here.variables = {
            "cucm_certificate_ca_certificate_paths": [],
            "cucm_certificate_sign_options": {
                "backend": "adcs",
                "adcs": {name: ready[name] for name in ("url", "ca_path", "username", "password")},
            },
        }

    def run(self, *arguments: str) -> Outcome:
        outcome = self.site.run(PAIR, *RESTART, *arguments, secrets=(*SECRETS, self.secret))
        assert outcome.status == 0, outcome.output
        assert "[WARNING]" not in outcome.output, outcome.output
        return outcome

    def requests(self) -> list[dict[str, Any]]:
        return self.ca.read("requests")

    def issue(self) -> None:
        for request in self.requests():
            if request["disposition"] == "pending":
                self.ca.order("issue", id=request["id"])

    def assert_requests_are_remembered(self, between: Any = None) -> Outcome:
        """Run and run again: the second run asks for nothing that the first one has asked for."""
        first = self.run()
        for node in NODES:
            assert f"{node}: " in first.output
        assert len(self.requests()) == len(NODES)
        again = self.run(*(between(first) if between else ()))
        assert again.changed() == dict.fromkeys(NODES, 0)
        assert len(self.requests()) == len(NODES)
        return again

    def assert_issued_requests_are_fetched(self) -> None:
        """Issue, run and run again: the pair works, and nothing was asked for twice."""
        self.issue()
        self.run()
        assert_calls_prove_the_pair(self.site)
        assert len(self.requests()) == len(NODES)
        assert self.ca.read("complaints") == []
        assert self.run().changed() == dict.fromkeys(NODES, 0)


@pytest.fixture
def enrollment(
    tmp_path: Path, simulator: Simulator, ca: Path, microsoft_ca: dict[str, Any]
) -> Iterator[Enrollment]:
    with site(tmp_path, simulator, ca) as made:
        yield Enrollment(made, microsoft_ca)


def test_requests_wait_at_a_microsoft_ca_and_a_file_remembers_them(enrollment: Enrollment) -> None:
    """Named among the options of signing, as others of the module are."""
    enrollment.site.variables["cucm_certificate_sign_options"]["state_path"] = str(
        enrollment.site.directory / "requests.json"
    )
    enrollment.assert_requests_are_remembered()
    enrollment.assert_issued_requests_are_fetched()


@pytest.mark.long  # the file remembers them the same way
def test_the_fact_cache_remembers_them(enrollment: Enrollment) -> None:
    """As fact storage of AWX does."""
    enrollment.site.variables["cucm_certificate_requests_are_kept"] = True
    enrollment.site.environment = {
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(enrollment.site.directory / "facts"),
    }
    enrollment.assert_requests_are_remembered()


@pytest.mark.long  # test_awx walks a whole one
def test_a_workflow_hands_them_on(enrollment: Enrollment) -> None:
    """As AWX does with the artifacts of a job: they are the extra variables of the next one."""
    enrollment.site.variables["cucm_certificate_requests_are_kept"] = True
    enrollment.site.environment = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}

    def artifacts(outcome: Outcome) -> tuple[str, str]:
        shown = outcome.output.partition("CUSTOM STATS")[2]
        stats = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
        assert sorted(stats["cucm_certificate_requests"]) == sorted(NODES)
        (enrollment.site.directory / "artifacts.json").write_text(json.dumps(stats))
        return "-e", "@artifacts.json"

    enrollment.assert_requests_are_remembered(artifacts)


def test_where_nothing_would_remember_them_nothing_is_asked(enrollment: Enrollment) -> None:
    outcome = enrollment.site.run(PAIR, secrets=(*SECRETS, enrollment.secret))
    assert outcome.status != 0
    assert "cucm_certificate_state_path" in outcome.output
    assert enrollment.requests() == []
    assert enrollment.site.journal() == []


def test_a_denied_request_fails_its_node_and_no_run_asks_again(enrollment: Enrollment) -> None:
    enrollment.site.variables["cucm_certificate_state_path"] = str(
        enrollment.site.directory / "requests.json"
    )
    enrollment.run()
    denied = next(r for r in enrollment.requests() if "cucm10-sub1" in r["subject"])
    enrollment.ca.order("deny", id=denied["id"])
    enrollment.issue()
    for _run in range(2):
        outcome = enrollment.site.run(PAIR, *RESTART, secrets=(*SECRETS, enrollment.secret))
        assert outcome.status != 0
        # The publisher is not restarted while another node of its cluster has failed.
        failed_hosts = {host for host, counts in outcome.counts.items() if counts["failed"]}
        assert failed_hosts == {"cucm10-sub1", "cucm10-pub"}
        failed = outcome.tasks("ca_sign", "failed")
        assert [task["result"]["reason"] for task in failed] == ["request_denied"]
        assert len(enrollment.requests()) == len(NODES)
