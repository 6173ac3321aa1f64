# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks end to end: pair, again, check, limit, interrupt, restart window, unpair."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.demo.inventory import laboratory_ca
from ansible_collections.ucops.cucm.tests.simulator.topology import Topology, pair_topology
from ansible_collections.ucops.cucm.tests.support.pairs import paired_site
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    UNPAIR,
    Outcome,
    Site,
    assert_calls_prove_the_pair,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

RESTART = ("-e", "cucm_certificate_restart_services=true")
NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")


@pytest.fixture
def fresh(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        yield made


def restarted(here: Site) -> dict[str, list[str]]:
    """The nodes of each cluster in the order in which their services were restarted."""
    turns: dict[str, list[str]] = {}
    for mutation in here.journal():
        if mutation["door"] == "control-center":
            order = turns.setdefault(mutation["cluster"], [])
            if mutation["node"] not in order[-1:]:
                order.append(mutation["node"])
    return turns


IN_ORDER = {"CUCMA": ["cucma-pub", "cucma-sub1"], "CUCM10": ["cucm10-pub", "cucm10-sub1"]}


def test_check_pair_and_pair_again(fresh: Site) -> None:
    """Check mode changes nothing and predicts the run, the run works, and the next one changes nothing."""
    predicted = fresh.succeed(PAIR, "--check", "--diff", *RESTART)
    assert fresh.journal() == []
    assert all(predicted.changed().values())
    for shown in ("Secure SIP Trunk Profile TLS CUCM10", "9898", "1018", "Encrypted", "Example Root CA"):
        assert shown in predicted.output
    assert "PLAN for 4 nodes of 2 clusters: 4 certificates to have signed and to upload" in predicted.output

    first = fresh.succeed(PAIR, *RESTART)
    assert all(first.changed().values()), first.output

    def made(outcome: Outcome) -> list[Any]:
        tasks = [task["result"] for task in outcome.tasks("cucm_sip_tls_trunks")]
        return sorted((result["objects"] for result in tasks if result["changed"]), key=str)

    assert made(first) == made(predicted)
    expected = sorted(task["result"]["changed"] for task in predicted.tasks("cucm_csr"))
    assert expected == sorted(task["result"]["changed"] for task in first.tasks("cucm_csr"))
    assert "This is a check" not in first.output
    assert "planned and not" not in first.output
    assert "not planned" not in first.output
    assert restarted(fresh) == IN_ORDER
    assert_calls_prove_the_pair(fresh)

    before = fresh.journal()
    fresh.environment = {"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    second = fresh.succeed(PAIR, *RESTART)
    assert second.changed() == dict.fromkeys(NODES, 0)
    assert fresh.journal() == before
    assert "waits for a restart" not in second.output
    # What matters is shown whatever the callback leaves out.
    shown = second.output.splitlines()
    assert "PLAN: nothing to do on 4 nodes of 2 clusters." in shown
    assert "pass: the link works (SIP trunks over TLS)" in shown


def test_check_mode_finds_what_the_real_run_would_stumble_over(fresh: Site) -> None:
    screen = fresh.fail(PAIR, "--check", "-e", "cucm_sip_tls_trunk_device_pool=Nowhere")
    assert "this cluster has no device_pool 'Nowhere'" in screen


def test_options_of_profile_trunk_and_pattern_reach_them(fresh: Site) -> None:
    """What the role says of an option by itself does not push aside what the user says."""
    fresh.variables["cucm_sip_tls_trunk_profile_options"] = {
        "description": "P",
        "transmit_security_status": False,
    }
    fresh.variables["cucm_sip_tls_trunk_trunk_options"] = {"device_pool": "Nowhere"}
    screen = fresh.fail(PAIR, "--check", "--tags", "trunks")
    assert "this cluster has no device_pool 'Nowhere'" in screen
    fresh.variables["cucm_sip_tls_trunk_trunk_options"] = {"description": "T", "srtp_allowed": False}
    fresh.variables["cucm_sip_tls_trunk_pattern_options"] = {"partition": "Nowhere", "description": "R"}
    assert "this cluster has no partition 'Nowhere'" in fresh.fail(PAIR, "--check", "--tags", "trunks")
    fresh.variables["cucm_sip_tls_trunk_pattern_options"] = {"description": "R"}
    outcome = fresh.succeed(PAIR, "--check", "--diff", "--tags", "trunks")
    for task in outcome.tasks("cucm_sip_tls_trunks"):
        profile, trunk, pattern = (each["after"] for each in task["result"]["diff"])
        assert (profile["description"], profile["transmit_security_status"]) == ("P", False)
        assert (trunk["description"], trunk["srtp_allowed"]) == ("T", False)
        assert pattern["description"] == "R"
    assert fresh.journal() == []


BEFORE = """
- hosts: cucma-pub
  connection: local
  gather_facts: false
  module_defaults:
    group/ucops.cucm.cucm: &here
      host: "{{ ansible_host }}"
      port: "{{ cucm_port }}"
      tls_fingerprint: "{{ cucm_tls_fingerprint }}"
      username: "{{ cucm_axl_username }}"
      password: "{{ cucm_axl_password }}"
  tasks:
    - ucops.cucm.cucm_sip_trunk_security_profile:
        name: Source
        incoming_port: 5070
        accept_presence_subscription: true
    - ucops.cucm.cucm_sip_trunk:
        name: "{{ item }}"
        device_pool: Default
        location: Hub_None
        sip_profile: Standard SIP Profile
        security_profile: Non Secure SIP Trunk Profile
        destinations: [{address: 192.0.2.9, port: 5060}]
      loop: [CUCM10, Elsewhere]
    - ucops.cucm.cucm_route_pattern: {pattern: "9898", trunk: Elsewhere}
"""
OPTIONS_OF_THE_ROLE = {
    "cucm_sip_tls_trunk_copy_profile_from": "Source",
    "cucm_sip_tls_trunk_incoming_port": 5063,
    "cucm_sip_tls_trunk_location": "Phantom",
    "cucm_sip_tls_trunk_sip_profile": "Standard SIP Profile For Cisco VCS",
    "cucm_sip_tls_trunk_take_over": True,
    "cucm_sip_tls_trunk_reset": "never",
    "cucm_axl_version": "12.5",
}
#: The same in the dictionaries, against which the variables above say something else.
OPTIONS_IN_DICTIONARIES = {
    "cucm_axl_version": "12.5",
    "cucm_sip_tls_trunk_copy_profile_from": "Non Secure SIP Trunk Profile",
    "cucm_sip_tls_trunk_profile_options": {
        "copy_from": "Source",
        "incoming_port": 5063,
        "reset": "never",
    },
    "cucm_sip_tls_trunk_trunk_options": {
        "location": "Phantom",
        "sip_profile": "Standard SIP Profile For Cisco VCS",
        "take_over": True,
        "reset": "never",
    },
    "cucm_sip_tls_trunk_pattern_options": {"take_over": True},
}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(OPTIONS_OF_THE_ROLE, id="variables", marks=pytest.mark.long),
        pytest.param(OPTIONS_IN_DICTIONARIES, id="dictionaries"),
    ],
)
def test_every_option_of_the_trunk_role_reaches_its_object(fresh: Site, options: dict[str, Any]) -> None:
    """Objects of those names are there already, with other values, and are the role's to take over."""
    role = "    - ansible.builtin.include_role: {name: ucops.cucm.cucm_sip_tls_trunk}\n"
    (fresh.directory / "before.yml").write_text(BEFORE)
    (fresh.directory / "role.yml").write_text(
        f"- hosts: cucma-pub\n  connection: local\n  gather_facts: false\n  tasks:\n{role}"
    )

    def names(data: dict[str, Any]) -> None:
        hosts = data["all"]["children"]["cucm"]["children"]["CUCM10"]["hosts"]
        for number, variables in enumerate(hosts.values()):
            variables["cucm_subject_name"] = f"n{number}.example.com"

    fresh.edit = names
    fresh.succeed("before.yml")
    made = len(fresh.journal())
    fresh.variables.update(options)
    fresh.succeed("role.yml")
    done = fresh.journal()[made:]
    assert [mutation["operation"] for mutation in done] == [
        *("addSipTrunkSecurityProfile", "updateSipTrunk", "updateRoutePattern")
    ]
    profile, trunk, pattern = (mutation["details"]["elements"] for mutation in done)
    assert (profile["incomingPort"], profile["acceptPresenceSubscription"]) == ("5063", "true")
    assert trunk["locationName"] == "Phantom"
    assert trunk["sipProfileName"] == "Standard SIP Profile For Cisco VCS"
    assert trunk["securityProfileName"] == "Secure SIP Trunk Profile TLS CUCM10"
    assert pattern["destination"]["gatewayName"] == "CUCM10"


def test_an_unusable_ca_is_found_before_anything_is_asked_of_a_node(fresh: Site) -> None:
    wrong = laboratory_ca(fresh.directory / "ca", "not the passphrase")
    fresh.variables["cucm_certificate_sign_options"] = wrong["cucm_certificate_sign_options"]
    screen = fresh.fail(PAIR, *RESTART)
    assert "the passphrase is wrong" in screen
    assert fresh.journal() == []


@pytest.mark.long  # test_readme.py does the same with the README's commands
def test_no_restart_unless_allowed(fresh: Site) -> None:
    outcome = fresh.succeed(PAIR)
    assert not [mutation for mutation in fresh.journal() if mutation["door"] == "control-center"]
    for node in NODES:
        assert f"{node} waits for a restart of" in outcome.output
    assert not any(call["connected"] for call in fresh.calls())
    again = fresh.succeed(PAIR)
    assert again.changed() == dict.fromkeys(NODES, 0)
    assert "cucma-pub waits for a restart of" in again.output
    window = fresh.succeed(PAIR, "--tags", "restart", *RESTART)
    assert "waits for a restart" not in window.output
    assert_calls_prove_the_pair(fresh)


TWO_SERVICES = """
- hosts: cucm
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: ucops.cucm.cucm_preflight}
    - ansible.builtin.include_role: {name: ucops.cucm.cucm_certificate}
    - ansible.builtin.set_fact:
        waiting_after_one: "{{ cucm_certificate_waiting }}"
    - ansible.builtin.include_role: {name: ucops.cucm.cucm_certificate}
      vars: {cucm_certificate_service: CallManager-ECDSA}
    - ansible.builtin.assert:
        that:
          - waiting_after_one is subset(cucm_certificate_waiting)
          - "'Cisco CallManager' in cucm_certificate_waiting"
          - cucm_certificate_states | list == ['CallManager', 'CallManager-ECDSA']
    # Again for the first one, of which nothing is due any more: what the second one needs is still known.
    - ansible.builtin.include_role: {name: ucops.cucm.cucm_certificate}
      vars: {cucm_certificate_service: CallManager}
    - ansible.builtin.assert:
        that: "'Cisco CallManager' in cucm_certificate_waiting"
    - ansible.builtin.include_role: {name: ucops.cucm.cucm_sip_tls_trunk}
"""


def test_certificates_for_two_services_in_one_run(fresh: Site) -> None:
    """The profiles accept both names of each node, and what waits for the one is not forgotten with the other."""
    playbook = fresh.directory / "two_services.yml"
    playbook.write_text(TWO_SERVICES)
    outcome = fresh.succeed(str(playbook))
    made = outcome.tasks("cucm_sip_tls_trunks")
    assert len(made) == 2
    for task in made:
        names = task["result"]["trunks"][0]["security_profile"]["x509_subject_names"]
        assert len(names) == 4
        assert len([name for name in names if "-EC" in name.upper()]) == 2
    again = fresh.succeed(str(playbook))
    assert not [task for task in again.tasks("cucm_sip_tls_trunks") if task["result"]["changed"]]


def test_nodes_of_a_cluster_restart_one_after_the_other_under_any_strategy(fresh: Site) -> None:
    """The publisher first, also where the inventory lists it last, as AWX does that sorts by name."""

    def subscriber_first(data: dict[str, Any]) -> None:
        cluster = data["all"]["children"]["cucm"]["children"]["CUCMA"]
        cluster["hosts"] = dict(reversed(cluster["hosts"].items()))

    fresh.edit = subscriber_first
    fresh.environment = {"ANSIBLE_STRATEGY": "free"}
    fresh.succeed(PAIR, *RESTART)
    assert restarted(fresh) == IN_ORDER


def test_a_part_of_a_cluster_is_not_restarted_by_itself(fresh: Site) -> None:
    """A job slice has some nodes only, and does not know what the other slices do."""
    fresh.succeed(PAIR)

    def leave_out_the_publisher(data: dict[str, Any]) -> None:
        del data["all"]["children"]["cucm"]["children"]["CUCMA"]["hosts"]["cucma-pub"]

    fresh.edit = leave_out_the_publisher
    before = fresh.journal()
    screen = fresh.fail(PAIR, "--limit", "CUCMA", *RESTART)
    assert "CUCMA: cucm_publisher: the inventory has no host cucma-pub." in screen
    assert "A job slice has only some nodes" in screen
    assert fresh.journal() == before


def test_limited_to_one_cluster_the_inventory_must_name_the_peer(fresh: Site) -> None:
    screen = fresh.fail(PAIR, "--limit", "CUCMA", *RESTART)
    assert "cluster CUCM10, node cucm10-pub: the node is not in this run" in screen
    assert fresh.journal() == []


def test_limited_to_a_subscriber_the_publisher_is_asked(fresh: Site) -> None:
    fresh.edit = lambda data: fresh.cluster_variables(data, "CUCMA").update(cucm_peers=[])
    fresh.control.clear_requests()
    fresh.succeed(PAIR, "--limit", "cucma-sub1")
    asked = {request["node"] for request in fresh.control.requests() if request["door"] == "axl"}
    assert asked == {"cucma-pub"}


@pytest.mark.long  # each half is in other tests: the limit, and what is not in a run
def test_cluster_by_cluster(fresh: Site) -> None:
    names = {node: f"{node}.{'a' if 'cucma' in node else 'b'}.example.com" for node in NODES}

    def name_peers(data: dict[str, Any]) -> None:
        for cluster in data["all"]["children"]["cucm"]["children"].values():
            for node, variables in cluster["hosts"].items():
                variables["cucm_subject_name"] = names[node]

    fresh.edit = name_peers
    for cluster in ("CUCMA", "CUCM10"):
        fresh.succeed(PAIR, "--limit", cluster, *RESTART)
    assert_calls_prove_the_pair(fresh)
    both = fresh.succeed(PAIR, *RESTART)
    assert both.changed() == dict.fromkeys(NODES, 0)


def test_a_contradiction_about_a_name_is_an_error(fresh: Site) -> None:
    def contradict(data: dict[str, Any]) -> None:
        hosts = data["all"]["children"]["cucm"]["children"]["CUCM10"]["hosts"]
        hosts["cucm10-pub"]["cucm_subject_name"] = "other.example.com"

    fresh.edit = contradict
    screen = fresh.fail(PAIR, *RESTART)
    assert "the inventory says that it is other.example.com" in screen
    assert not [mutation for mutation in fresh.journal() if mutation["cluster"] == "CUCMA"]


def test_wrong_host_name_stops_before_anything_is_changed(fresh: Site) -> None:
    def rename(data: dict[str, Any]) -> None:
        data["all"]["children"]["cucm"]["children"]["CUCMA"]["hosts"]["cucma-sub1"]["cucm_hostname"] = "other"

    fresh.edit = rename
    screen = fresh.fail(PAIR, *RESTART)
    assert "cucma-sub1: the CallManager certificate of the node is made out to" in screen
    assert not [mutation for mutation in fresh.journal() if mutation["node"] == "cucma-sub1"]


def test_unpair_removes_what_pair_made_and_nothing_else(fresh: Site) -> None:
    fresh.succeed(PAIR)
    made = len(fresh.journal())
    outcome = fresh.succeed(UNPAIR)
    removed = Counter((m["cluster"], m["operation"]) for m in fresh.journal()[made:])
    assert removed == Counter(
        (cluster, operation)
        for cluster in ("CUCMA", "CUCM10")
        for operation in ("removeRoutePattern", "removeSipTrunk", "removeSipTrunkSecurityProfile")
    )
    assert outcome.changed()["cucma-pub"] == 1
    assert "6 objects to remove" in outcome.output
    again = fresh.succeed(UNPAIR)
    assert set(again.changed().values()) == {0}


def test_what_was_made_by_hand_is_neither_taken_over_nor_removed(fresh: Site) -> None:
    """A pattern that leads elsewhere is refused by pair and left alone by unpair."""
    fresh.succeed(PAIR)

    def another_trunk(data: dict[str, Any]) -> None:
        variables = fresh.cluster_variables(data, "CUCMA")
        variables["cucm_peers"][0].update(trunk="OTHER", security_profile="Other profile")
        variables["cucm_sip_tls_trunk_incoming_port"] = 5062

    fresh.edit = another_trunk
    made = len(fresh.journal())
    fresh.run(UNPAIR, "--limit", "CUCMA")
    assert len(fresh.journal()) == made
    screen = fresh.fail(PAIR, "--tags", "trunks")
    assert "9898" in screen
    assert "CUCM10" in screen
    assert "take_over" in screen
    changed = [(m["operation"], m["subject"]) for m in fresh.journal()[made:] if m["cluster"] == "CUCMA"]
    assert "updateRoutePattern" not in dict(changed)


def test_what_is_left_of_another_name_of_a_peer_is_found_before_anything_is_changed(fresh: Site) -> None:
    fresh.succeed(PAIR, "--tags", "trunks")
    before = fresh.journal()

    def rename(data: dict[str, Any]) -> None:
        fresh.cluster_variables(data, "CUCMA")["cucm_peers"][0].update(trunk="N", security_profile="N TLS")

    fresh.edit = rename
    for mode in ((), ("--check",)):
        screen = fresh.fail(PAIR, "--tags", "trunks", *mode)
        assert (
            "the SIP trunk security profile 'Secure SIP Trunk Profile TLS CUCM10' has the X.509 subject"
            in screen
        )
        assert "If it is left from an earlier name of the same peer, remove it" in screen
        assert "cucma-pub: REFUSED" in screen
    assert fresh.journal() == before


def test_the_plan_is_written_where_the_user_says(fresh: Site) -> None:
    path = fresh.directory / "plan.json"
    fresh.succeed(PAIR, "--check", "-e", f"cucm_plan_path={path}")
    plan = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (plan["counts"]["sign"], plan["counts"]["add"], plan["stops"]) == (4, 6, [])
    assert sorted(plan["hosts_with_steps"]) == sorted(NODES)


def test_the_other_peers_of_a_hub_are_joined_when_one_has_failed(fresh: Site) -> None:
    laboratory = {
        "cluster": "LAB",
        "nodes": [{"name": "lab-pub", "address": "192.0.2.30", "subject_name": "lab-pub.example.com"}],
        "patterns": ["7XXX"],
    }

    def hub(data: dict[str, Any]) -> None:
        fresh.cluster_variables(data, "CUCMA")["cucm_peers"].append(laboratory)
        fresh.cluster_variables(data, "CUCM10")["cucm_os_password"] = "wrong"

    fresh.edit = hub
    screen = fresh.fail(PAIR, *RESTART)
    assert "cluster CUCM10, node cucm10-pub: its certificate could not be read in this run" in screen
    made = [(m["operation"], m["subject"]) for m in fresh.journal() if m["door"] == "axl"]
    assert ("addSipTrunk", "LAB") in made
    assert ("addRoutePattern", "7XXX") in made
    assert ("addSipTrunk", "CUCM10") not in made


INTERRUPTIONS = (
    "generate-csr",
    "upload-trust",
    "upload-identity",
    "soapDoControlServices",
    "addSipTrunkSecurityProfile",
    "addSipTrunk",
    "addRoutePattern",
)


#: One write of each transport; what a run finds after the others is asserted of the modules, and by `make test-all`.
IN_EVERY_RUN = ("upload-identity", "addSipTrunk")


@pytest.mark.parametrize(
    "operation",
    [pytest.param(name, marks=[] if name in IN_EVERY_RUN else [pytest.mark.long]) for name in INTERRUPTIONS],
)
def test_interrupted_and_run_again_it_finishes(fresh: Site, operation: str) -> None:
    """Ansible is killed as soon as the simulator has done the operation for the first time."""
    process = fresh.start(PAIR, *RESTART)
    try:
        until = time.monotonic() + 900
        while operation not in fresh.operations():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until, f"no {operation} within 900 s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    fresh.succeed(PAIR, *RESTART)
    assert_calls_prove_the_pair(fresh)
    assert fresh.succeed(PAIR, *RESTART).changed() == dict.fromkeys(NODES, 0)


def test_a_node_that_is_just_being_restarted_is_waited_for(tmp_path: Path) -> None:
    pair = pair_topology("14", "15")
    slow = Topology(tuple(replace(cluster, restart_seconds=15.0) for cluster in pair.clusters))
    with paired_site(slow, tmp_path) as here:
        here.control.control("ALPHA", "alpha-pub", "Cisco CallManager", "Restart")
        here.control.clear_requests()
        here.succeed(PAIR, "--tags", "preflight", "-e", "cucm_preflight_starting_interval=1", may_warn=True)
        looks = [each for each in here.control.requests() if each["operation"] == "soapGetServiceStatus"]
        assert len([each for each in looks if each["node"] == "alpha-pub"]) > 1
        here.control.control("ALPHA", "alpha-pub", "Cisco CallManager", "Stop")
        stopped = here.run(PAIR, "--tags", "preflight", "-e", "cucm_preflight_starting_timeout=60")
        assert "alpha-pub: not started: Cisco CallManager" in stopped.output


def test_a_mixed_mode_cluster_is_told_to_update_its_ctl_first(fresh: Site) -> None:
    screen = fresh.fail(PAIR, *RESTART, "-e", "cucm_certificate_mixed_mode=true")
    assert "utils ctl update CTLFile" in screen
    assert not [mutation for mutation in fresh.journal() if mutation["door"] == "control-center"]
    fresh.succeed(
        PAIR, *RESTART, "-e", "cucm_certificate_mixed_mode=true", "-e", "cucm_certificate_ctl_is_updated=true"
    )
    assert_calls_prove_the_pair(fresh)
