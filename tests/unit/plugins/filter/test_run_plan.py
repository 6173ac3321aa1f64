# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run, its page, and what did not come as planned."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.plan_differences import plan_differences
from ansible_collections.ucops.cucm.plugins.filter.run_plan import run_plan
from ansible_collections.ucops.cucm.plugins.filter.unplanned_hosts import unplanned_hosts
from ansible_collections.ucops.cucm.plugins.module_utils._site.plan import LONGEST_PAGE

NEW = {"about": "installed", "reason": "self_signed", "text": "the installed certificate is self-signed"}
NO_CSR = {"about": "pending", "reason": "no_csr", "text": "no CSR is pending"}
SERVICES = ["Cisco CallManager", "Cisco CTIManager"]


def thing(kind: str, name: str, change: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "cluster": "B", "change": change, "fields": [], "resets": [], **more}


def node(**planned: Any) -> dict[str, Any]:
    wanted = {
        "service": "CallManager",
        "is_done": not planned,
        "backend": "local",
        "reasons": [],
        "missing_cas": 0,
        "restart_services": [],
        "may_restart": True,
    }
    return {
        "cucm_cluster": "A",
        "cucm_preflight_state": {"release": "14.0"},
        "cucm_certificate_planned": {**wanted, **planned},
    }


def publisher(
    *objects: dict[str, Any], links: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        **node(),
        "cucm_sip_tls_trunk_foreseen": {"objects": list(objects), **more},
        "cucm_sip_tls_trunk_plan": links or [],
    }


def test_a_first_run() -> None:
    hostvars = {
        "a-pub": publisher(
            thing("sip_trunk_security_profile", "TLS B", "add"),
            thing("sip_trunk", "B", "change", fields=["destinations"], resets=["B"]),
            thing("route_pattern", "98", "none"),
        ),
        "a-sub": node(reasons=[NEW, NO_CSR], missing_cas=2, restart_services=SERVICES),
    }
    plan = run_plan(["a-pub", "a-sub"], hostvars, check_mode=True)
    assert plan["page"] == [
        (
            "PLAN for 2 nodes of 1 cluster: 1 certificate to have signed and to upload, 1 node that gets CA"
            " certificates, 1 node whose services restart, 1 object to add, 1 object to change, 1 trunk to reset."
            " This is a check: nothing is changed."
        ),
        "A (14.0)",
        "  a-pub: add security profile 'TLS B'",
        "  a-pub: change trunk 'B' (destinations)",
        "  a-pub: reset trunk 'B'",
        "  a-sub: new CallManager certificate, signed by the local CA (the installed certificate is self-signed)",
        "  a-sub: upload 2 CA certificates to CallManager-trust",
        "  a-sub: restart Cisco CallManager, Cisco CTIManager",
        "Calls may drop in: A.",
    ]
    assert plan["hosts_with_steps"] == ["a-pub", "a-sub"]
    assert plan["stops"] == []
    assert not plan["trunks_are_done"]
    assert {name: many for name, many in plan["counts"].items() if many} == {
        "sign": 1,
        "trust": 1,
        "restart": 1,
        "add": 1,
        "change": 1,
        "reset": 1,
    }


def test_nothing_to_do() -> None:
    plan = run_plan(["a-pub", "a-sub"], {"a-pub": publisher(), "a-sub": node()})
    assert plan["page"] == ["PLAN: nothing to do on 2 nodes of 1 cluster."]
    assert plan["trunks_are_done"]
    assert plan["steps"] == plan["hosts_with_steps"] == []


def test_a_restart_that_is_not_allowed_waits() -> None:
    plan = run_plan(["a"], {"a": node(restart_services=SERVICES, may_restart=False)})
    assert plan["page"][0] == "PLAN: nothing to do on 1 node of 1 cluster."
    assert plan["page"][2] == (
        "  a: WAITS for a restart of Cisco CallManager, Cisco CTIManager"
        " (cucm_certificate_restart_services is not true)"
    )
    assert not any("Calls may drop" in line for line in plan["page"])


@pytest.mark.parametrize(
    "result",
    [
        {"objects": [], "reason": "peers_failed", "problems": [{"cluster": "B", "msg": "no pool."}]},
        {"reason": "host_unreachable", "msg": "no pool."},
        {"msg": "no pool."},
    ],
    ids=["one peer", "the whole cluster", "the task itself"],
)
def test_what_cannot_be_done_stops_the_run(result: dict[str, Any]) -> None:
    hostvars = {"a": {**node(), "cucm_sip_tls_trunk_foreseen": result}}
    plan = run_plan(["a"], hostvars)
    assert plan["stops"] == ["no pool."]
    assert "  a: REFUSED: no pool." in plan["page"]


def test_a_peer_whose_node_failed_is_told_and_stops_nothing() -> None:
    link = {"cluster": "B", "problem": "its certificate could not be read", "waits_for": []}
    plan = run_plan(["a"], {"a": publisher(links=[link])})
    assert plan["stops"] == []
    assert not plan["trunks_are_done"]
    assert "  a: REFUSED: its certificate could not be read" in plan["page"]
    removal = {**publisher(links=[link]), "cucm_sip_tls_trunk_removes": True}
    assert run_plan(["a"], {"a": removal})["page"] == ["PLAN: nothing to do on 1 node of 1 cluster."]


def test_a_long_page_is_cut_and_the_data_are_whole() -> None:
    many = LONGEST_PAGE + 10
    hostvars = {"a": publisher(*(thing("sip_trunk", str(number), "add") for number in range(many)))}
    plan = run_plan(["a"], hostvars)
    assert len(plan["page"]) == LONGEST_PAGE + 2
    assert plan["page"][-1] == "… and 11 lines more: cucm_plan_path names a file for all of it."
    assert len(plan["steps"]) == many


DONE = {"cucm_certificate_is_new": True, "cucm_certificate_waiting": []}


def test_all_came_as_planned() -> None:
    added = thing("sip_trunk", "B", "add")
    hostvars = {"a": {**publisher(added), "cucm_sip_tls_trunk_made": {"objects": [added]}}}
    assert plan_differences(run_plan(["a"], hostvars), ["a"], hostvars) == []
    before = {"b": node(reasons=[NEW], restart_services=SERVICES)}
    assert plan_differences(run_plan(["b"], before), ["b"], {"b": {**before["b"], **DONE}}) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            {"cucm_certificate_pending": True},
            "a: the certificate was not issued yet, since the CA has not decided.",
        ),
        ({}, "a: a new certificate was planned and not made."),
        (
            {**DONE, "cucm_certificate_waiting": ["Cisco Tftp"]},
            "a: a restart was planned, and Cisco Tftp still waits for one.",
        ),
    ],
)
def test_what_became_of_a_certificate(after: dict[str, Any], words: str) -> None:
    hostvars = {"a": node(reasons=[NEW], restart_services=SERVICES)}
    plan = run_plan(["a"], hostvars)
    told = plan_differences(plan, ["a"], {"a": {**hostvars["a"], **after}})
    assert words in told


def test_what_became_of_the_trunks() -> None:
    hostvars = {"a": publisher(thing("sip_trunk", "B", "add"))}
    plan = run_plan(["a"], hostvars)
    other = {"objects": [thing("route_pattern", "98", "add")]}
    told = plan_differences(plan, ["a"], {"a": {**hostvars["a"], "cucm_sip_tls_trunk_made": other}})
    assert told == ["a: planned and not done: add trunk 'B'.", "a: done and not planned: add pattern '98'."]
    waiting = [{"cluster": "B", "problem": "", "waits_for": ["b-pub"]}]
    told = plan_differences(plan, ["a"], {"a": {**hostvars["a"], "cucm_sip_tls_trunk_plan": waiting}})
    assert told == ["a: nothing was done towards B, since b-pub waits for a CA."]


def test_a_node_that_failed() -> None:
    hostvars = {"a": node(reasons=[NEW])}
    told = plan_differences(run_plan(["a"], hostvars), [], hostvars)
    assert told == ["a: not finished, since the node has failed. What was planned there may be done in part."]


def test_where_a_ca_decides_the_node_and_its_trunks_wait() -> None:
    waiting = {"cluster": "B", "problem": "", "waits_for": ["a-sub"]}
    hostvars = {
        "a-pub": publisher(links=[waiting]),
        "a-sub": node(reasons=[NEW], missing_cas=2, is_pending=True, backend="adcs"),
    }
    plan = run_plan(["a-pub", "a-sub"], hostvars)
    assert plan["page"] == [
        "PLAN: nothing to do on 2 nodes of 1 cluster.",
        "A (14.0)",
        "  a-pub: WAITS for a certificate of a-sub: no trunk to B",
        "  a-sub: WAITS for the adcs CA, which decides about the CallManager certificate",
    ]
    # The CA is asked again all the same, and the peers that are left out are named.
    assert not plan["certificates_are_done"]
    assert not plan["trunks_are_done"]


def test_a_link_to_another_wave_waits_and_is_no_failure() -> None:
    link = {"cluster": "B", "problem": "", "waits_for": ["wave 2"], "waits_for_wave": "2"}
    hostvars = {"a": publisher(links=[link])}
    plan = run_plan(["a"], hostvars)
    assert plan["page"][1:] == ["A (14.0)", "  a: WAITS for wave 2: no trunk to B yet"]
    assert plan["trunks_are_done"]
    assert plan["stops"] == plan_differences(plan, ["a"], hostvars) == []


def test_what_the_preflight_knows_is_planned_until_more_is_noted() -> None:
    known = {"cucm_preflight_state": {"planned": node(restart_services=SERVICES)["cucm_certificate_planned"]}}
    hostvars: dict[str, Any] = {
        "a": known,
        "b": {"cucm_preflight_state": {"failed": True}},
        "c": {**known, **node(reasons=[NEW])},
    }
    assert unplanned_hosts(["a", "b", "c"], hostvars) == ["b"]
    assert run_plan(["a", "c"], hostvars)["counts"] == {
        **dict.fromkeys(run_plan([], {})["counts"], 0),
        "restart": 1,
        "sign": 1,
    }
