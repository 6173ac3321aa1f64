# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a certificate would expire unnoticed, or all nodes of a site would be renewed in one night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal import (
    LAST_NIGHTS,
    Amount,
    Installed,
    Policy,
    PolicyError,
    decide,
    due_from,
    jitter_of,
    own_clock_problem,
    state_of_run,
    window_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal_run import (
    distrusting,
    outcome_of_renewal,
    plan_of_renewal,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(host: str = "cucma-pub", *, left: float = 10, validity: float = 47, **more: Any) -> Installed:
    end = NOW + left * DAY
    return Installed(
        host, "CUCMA", "CallManager", end - validity * DAY, end, f"fingerprint of {host}", **more
    )


def actions(certificates: list[Installed], policy: Policy, now: datetime = NOW) -> dict[str, str]:
    return {each.installed.host: each.action for each in decide(certificates, now, policy)}


NO_JITTER = Policy.of("33%", "0")

# The policy, as users write it.


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("30", Amount(days=30)),
        (30, Amount(days=30)),
        ("30d", Amount(days=30)),
        ("30 days", Amount(days=30)),
        ("33%", Amount(share=0.33)),
        (" 33 % ", Amount(share=0.33)),
    ],
)
def test_amounts(text: object, amount: Amount) -> None:
    assert Amount.parse(text) == amount


@pytest.mark.parametrize("text", ["", "a month", "-1", "1.5", "101%", True, None, "99999", [30], "30%%"])
def test_what_is_no_amount_is_refused(text: object) -> None:
    with pytest.raises(PolicyError):
        Amount.parse(text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"before": "0"}, "cucm_renew_before"),
        ({"before": "0%"}, "cucm_renew_before"),
        ({"before": "51%"}, "in every run"),
        ({"before": "soon"}, "neither a number of days"),
        ({"jitter": "x"}, "cucm_renew_jitter"),
        ({"largest": -1}, "cucm_renew_max"),
        ({"largest": "all"}, "cucm_renew_max"),
    ],
)
def test_a_wrong_policy_names_its_variable(options: dict[str, Any], told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        Policy.of(**options)


# When a certificate is due.


@pytest.mark.parametrize(
    ("before", "validity", "days"),
    [("30", 730, 30), ("33%", 47, 15.51), ("33%", 100, 33), ("30", 47, 23.5), ("200", 200, 100)],
)
def test_days_never_count_for_more_than_half_of_the_validity(before: str, validity: int, days: float) -> None:
    """So a CA that issues for less than asked does not make every run renew."""
    assert window_of(certificate(validity=validity), Policy.of(before)) / DAY == pytest.approx(days)


def test_due_within_the_window_and_not_before() -> None:
    assert actions([certificate(left=15.6)], NO_JITTER) == {"cucma-pub": "leave"}
    assert actions([certificate(left=15.5)], NO_JITTER) == {"cucma-pub": "renew"}
    assert actions([certificate(left=-3)], NO_JITTER) == {"cucma-pub": "renew"}


installed = st.builds(
    certificate,
    host=st.text("abc0123", min_size=1, max_size=8),
    left=st.floats(-40, 800),
    validity=st.floats(0.01, 3650),
)
policies = st.builds(
    Policy.of,
    before=st.one_of(st.integers(1, 400), st.integers(1, 50).map("{}%".format)),
    jitter=st.one_of(st.integers(0, 400), st.integers(0, 100).map("{}%".format)),
    largest=st.integers(0, 5),
)


@given(installed, policies)
def test_jitter_leaves_some_nights_and_is_always_the_same(one: Installed, policy: Policy) -> None:
    window, jitter = window_of(one, policy), jitter_of(one, policy)
    assert timedelta() <= jitter
    assert window - jitter >= min(window, LAST_NIGHTS)
    assert jitter == jitter_of(replace(one, waits=True, skew=3.0), policy)
    assert one.not_after - window <= due_from(one, policy) <= one.not_after


@given(st.lists(installed, max_size=12, unique_by=lambda one: one.host), policies)
def test_a_run_renews_the_most_urgent_first_and_no_more_than_it_may(
    certificates: list[Installed], policy: Policy
) -> None:
    decided = decide(certificates, NOW, policy)
    assert len(decided) == len(certificates)
    ends = [each.installed.not_after for each in decided]
    assert ends == sorted(ends)
    renewed = [each for each in decided if each.action == "renew"]
    if policy.largest:
        assert sum(each.installed.left(NOW) > LAST_NIGHTS for each in renewed) <= policy.largest
    late = [each for each in decided if each.action == "postpone"]
    # Nothing urgent is postponed, and nothing that is postponed is more urgent than what is renewed.
    assert all(each.installed.left(NOW) > LAST_NIGHTS for each in late)
    assert all(one.installed.not_after <= other.installed.not_after for one in renewed for other in late)
    for each in decided:
        assert (each.action == "leave") <= (each.due_from > NOW)


def test_many_nodes_are_spread_over_the_window() -> None:
    """800 nodes whose certificates were all issued on one day: no night has a third of them."""
    policy = Policy.of("33%", "50%")
    nights: dict[int, int] = {}
    for number in range(800):
        night = (due_from(certificate(f"node{number}", left=47), policy) - NOW).days
        nights[night] = nights.get(night, 0) + 1
    assert len(nights) >= 8
    assert max(nights.values()) < 200


def test_a_request_that_waits_takes_no_place_in_the_limit() -> None:
    policy = Policy.of("33%", "0", 1)
    found = actions(
        [certificate("a", left=5, waits=True), certificate("b", left=6), certificate("c", left=7)], policy
    )
    assert found == {"a": "wait", "b": "renew", "c": "postpone"}


# What a person has to look at first.


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"skew": 7200.0}, "Fix NTP"),
        ({"skew": -301.0}, "differs by 301 s"),
        ({"self_signed": True}, "pair_clusters"),
        ({"left": 50, "validity": 47}, "begins to be valid only at"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], told: str) -> None:
    (decided,) = decide([certificate(**changes)], NOW, NO_JITTER)
    assert decided.action == "refuse"
    assert told in decided.why


def test_a_self_signed_certificate_that_is_not_due_is_left() -> None:
    assert actions([certificate(left=40, self_signed=True)], NO_JITTER) == {"cucma-pub": "leave"}


@pytest.mark.parametrize(
    ("skews", "told"),
    [
        ([0, 2, None], ""),
        ([900, 0, 0], ""),
        ([900, 0], ""),
        ([900, -900, 0], ""),
        ([900, 950, 0], "behind those of 2 of 3 nodes"),
        ([-90000, -90000], "25.0 hours ahead of"),
        ([900], "behind those of 1 of 1 nodes"),
    ],
)
def test_the_clock_of_this_machine(skews: list[float | None], told: str) -> None:
    found = own_clock_problem([certificate(f"n{place}", skew=skew) for place, skew in enumerate(skews)])
    assert told in found
    assert bool(told) == bool(found)


# A run.


def variables(left: float, service: str = "CallManager", **more: Any) -> dict[str, Any]:
    return {"cucm_cluster": "CUCMA", "cucm_preflight_state": state(left, service), **more}


def identity(left: float, service: str = "CallManager", **more: Any) -> dict[str, Any]:
    one = certificate(left=left)
    return {
        "service": service,
        "not_before": f"{one.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{one.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "fingerprint_sha256": "AA",
        "self_signed": False,
        **more,
    }


def state(left: float, service: str = "CallManager") -> dict[str, Any]:
    one = identity(left, service)
    return {"identity": one, "identities": [one], "clock": {"skew_seconds": 0.2}, "trusted": ["R", "I"]}


def planned(hostvars: dict[str, Any], **options: Any) -> dict[str, Any]:
    return plan_of_renewal(list(hostvars), hostvars, now=NOW, policy=NO_JITTER, **options)


def test_a_plan_and_its_page() -> None:
    """A node that is due, one that waits, one that was down for a month, one that could not be read."""
    plan = planned(
        {
            "due": variables(10.2),
            "asked": variables(5, cucm_certificate_planned={"is_pending": True}),
            "expired": variables(-4),
            "fresh": variables(40),
            "down": {"cucm_cluster": "CUCMA"},
        }
    )
    assert plan["renew"] == ["expired", "due"]
    assert plan["wait"] == ["asked"]
    assert plan["not_read"] == ["down"]
    assert plan["nodes"]["due"]["renew_before"] == 12
    assert plan["nodes"]["expired"]["renew_before"] == 1
    assert plan["nodes"]["fresh"] | {"renew_before": 0, "action": "leave"} == plan["nodes"]["fresh"]
    page = "\n".join(plan["lines"])
    assert "2 of 4 CallManager certificates are renewed now" in page
    assert "expired: is renewed now, expired 4.0 days ago" in page
    assert "asked: waits for its CA" in page
    assert "Next: fresh, from " in page


def test_what_is_left_for_later_is_prepared_all_the_same() -> None:
    """Its CSR is looked at with the others, since a place becomes free where one of them waits for its CA."""
    hostvars = {"first": variables(5), "second": variables(6)}
    options = {"now": NOW, "policy": Policy.of("33%", "0", 1)}
    plan = plan_of_renewal(list(hostvars), hostvars, **options)
    assert (plan["renew"], plan["postpone"]) == (["first"], ["second"])
    assert plan["nodes"]["second"]["renew_before"] == 7
    hostvars["first"]["cucm_certificate_planned"] = {"is_pending": True}
    plan = plan_of_renewal(list(hostvars), hostvars, **options)
    assert (plan["wait"], plan["renew"], plan["postpone"]) == (["first"], ["second"], [])


def test_tvs_is_named_and_left() -> None:
    read = {"identities": [identity(3), identity(3, "TVS"), identity(3, "tomcat"), identity(40, "CAPF")]}
    plan = planned({"due": variables(3, renew_identities=read)})
    assert [each["service"] for each in plan["others"]] == ["TVS", "tomcat"]
    assert "must never change in one run" in plan["others"][0]["text"]
    assert any("TVS" in line for line in plan["lines"])
    assert plan["renew"] == ["due"]


def test_a_wrong_clock_of_this_machine_stops_all() -> None:
    late = variables(3)
    late["cucm_preflight_state"]["clock"]["skew_seconds"] = -86400.0
    plan = planned({"one": late})
    assert plan["renew"] == []
    assert "ahead of" in plan["problem"]


def outcome(hostvars: dict[str, Any], active: list[str] | None = None, **plan: Any) -> dict[str, Any]:
    return outcome_of_renewal(
        list(hostvars), hostvars, active=list(hostvars) if active is None else active, renewal=plan
    )


@pytest.mark.parametrize(
    ("facts", "plan", "expected"),
    [
        ({}, {}, "nothing_to_do"),
        ({"cucm_certificate_is_new": True, "cucm_certificate_waiting": []}, {}, "renewed"),
        ({"cucm_certificate_restarted": ["Cisco HAProxy"]}, {}, "renewed"),
        ({"cucm_certificate_pending": True}, {}, "waits_for_ca"),
        ({}, {"wait": ["a"]}, "waits_for_ca"),
        ({"cucm_certificate_is_new": True}, {"wait": ["a"]}, "renewed"),
        ({"cucm_certificate_waiting": ["Cisco CallManager"]}, {"wait": ["a"]}, "waits_for_restart"),
        ({"cucm_certificate_waiting": ["Cisco CallManager"]}, {"refuse": ["a"]}, "failed"),
        ({}, {"problem": "the clock"}, "failed"),
    ],
)
def test_the_state_of_a_run(facts: dict[str, Any], plan: dict[str, Any], expected: str) -> None:
    assert outcome({"a": facts}, **plan)["state"] == expected


def test_a_failed_node_makes_the_run_failed_and_the_others_are_told() -> None:
    found = outcome({"a": {"cucm_certificate_is_new": True}, "b": {}}, active=["a"])
    assert (found["state"], found["renewed"], found["failed"]) == ("failed", ["a"], ["b"])
    assert "  Failed: b" in found["lines"]


def test_states_have_one_order() -> None:
    nothing: dict[str, list[str]] = {"failed": [], "restarts": [], "waits": [], "renewed": []}
    assert state_of_run(**{**nothing, "renewed": ["a"], "waits": ["b"]}) == "waits_for_ca"
    assert state_of_run(**nothing) == "nothing_to_do"


def test_who_does_not_trust_a_chain() -> None:
    """Own nodes and peers count; who was not read in this run, or is no peer, does not."""
    trusting = {"cucm_cluster": "A", "cucm_preflight_state": state(3), "cucm_peers": [{"cluster": "B"}, {}]}
    old = {"cucm_cluster": "B", "cucm_preflight_state": {"trusted": ["R"]}}
    hostvars: dict[str, Any] = {"a1": trusting, "a2": {}, "b1": old, "c1": old}
    groups = {"A": ["a1", "a2"], "B": ["b1", "b2"], "C": ["c1"]}
    assert distrusting(["I", "R"], "a1", hostvars, groups) == ["b1 lacks I"]
    assert distrusting(["R"], "a1", hostvars, groups) == []


# A year, in numbers alone. tests/benchmark/test_renewal_year.py does it with nodes that answer.


@given(
    validity=st.sampled_from([20, 47, 100, 200]),
    nodes=st.integers(1, 6),
    before=st.sampled_from(["20%", "33%", "50%", "30"]),
    jitter=st.sampled_from(["0", "50%", "100%"]),
    largest=st.integers(0, 3),
    fails=st.sets(st.integers(0, 364), max_size=30),
)
def test_a_year_of_nights_meets_every_expiry(
    validity: int, nodes: int, before: str, jitter: str, largest: int, fails: set[int]
) -> None:
    """All nodes begin on one day; on some nights the CA does not answer, though never on three in a row."""
    policy = Policy.of(before, jitter, largest)
    installed = {
        f"n{place}": certificate(f"n{place}", left=validity, validity=validity) for place in range(nodes)
    }
    for night in range(365):
        now = NOW + night * DAY
        if night in fails and not {night - 1, night - 2} & fails:
            continue
        for each in decide(installed.values(), now, policy):
            if each.action == "renew":
                host = each.installed.host
                end = now + validity * DAY
                installed[host] = replace(
                    each.installed, not_before=now, not_after=end, fingerprint=f"{host} {night}"
                )
        assert all(one.not_after > now for one in installed.values()), night
