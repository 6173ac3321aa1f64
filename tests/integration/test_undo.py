# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the playbooks do not record what is there before their first change, or do not go back to it."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, UNPAIR, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

RESTORE = "ucops.cucm.restore"
RESTART = ("-e", "cucm_certificate_restart_services=true")
#: A trunk of the peer's name, in clear, as somebody made it by hand.
BY_HAND = """
- hosts: cucma-pub
  connection: local
  gather_facts: false
  module_defaults:
    group/ucops.cucm.cucm: "{{ lookup('ucops.cucm.connection', 'cucma-pub') }}"
  tasks:
    - ucops.cucm.cucm_sip_trunk:
        name: CUCM10
        description: By hand
        device_pool: Default
        location: Hub_None
        sip_profile: Standard SIP Profile
        security_profile: Non Secure SIP Trunk Profile
        destinations: [{address: 192.0.2.9, port: 5060}]
"""
LOOK = """
- hosts: cucm
  connection: local
  gather_facts: false
  tasks:
    - ucops.cucm.cucm_sip_trunk_info:
        status: false
      module_defaults:
        ucops.cucm.cucm_sip_trunk_info: "{{ lookup('ucops.cucm.connection', cucm_publisher) }}"
      when: inventory_hostname == cucm_publisher
"""


@pytest.fixture
def fresh(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        made.variables["cucm_state_directory"] = "state"
        made.variables["cucm_sip_tls_trunk_take_over"] = True
        (tmp_path / "by_hand.yml").write_text(BY_HAND)
        (tmp_path / "look.yml").write_text(LOOK)
        yield made


def records(here: Site) -> list[Path]:
    return sorted((here.directory / "state").glob("*.json"))


def trunks(here: Site) -> list[tuple[str, str, str]]:
    """Name, description and security profile of every trunk."""
    found = here.succeed("look.yml").tasks("cucm_sip_trunk_info")
    return [
        (trunk["name"], trunk["description"], trunk["security_profile"]["name"])
        for task in found
        for trunk in task["result"]["trunks"]
    ]


def test_pair_restore_and_unpair(fresh: Site) -> None:
    """What pair changed is set back, what it added is removed, and what cannot be undone is told before and after."""
    fresh.succeed("by_hand.yml")
    by_hand = trunks(fresh)
    first = fresh.succeed(PAIR, *RESTART)
    assert [path.name.split("-")[0] for path in records(fresh)] == ["CUCM10", "CUCMA"]
    for path in records(fresh):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert str(path.name) in first.output
        content = json.loads(path.read_text())
        assert len(content["certificates"]) == 2
        assert content["purpose"] == "pair"
        assert all(secret not in path.read_text() for secret in ("administrator-secret", "osadmin-secret"))
    assert all(call["connected"] for call in fresh.calls())
    before = fresh.journal()
    predicted = fresh.succeed(RESTORE, "--check", "--diff")
    assert fresh.journal() == before
    assert len(records(fresh)) == 2
    for shown in (
        "RESTORE CUCMA as it was at",
        "set back: SIP trunk 'CUCM10'",
        "remove: route pattern '9898'",
        "cannot be undone: cucma-sub1: the CallManager certificate of the record",
        "By hand",
    ):
        assert shown in predicted.output
    done = fresh.succeed(RESTORE)
    for shown in (
        "RESTORED CUCMA as it was at",
        "cannot be undone: cucma-sub1:",
        "before this run is recorded in",
    ):
        assert shown in done.output
    assert trunks(fresh) == by_hand
    assert len(records(fresh)) == 4
    again = fresh.succeed(RESTORE)
    assert set(again.changed().values()) == {0}
    assert "all objects are as they were" in again.output
    # Nothing was changed, so that nothing was recorded.
    assert len(records(fresh)) == 4
    # The other way to the same end.
    fresh.succeed(PAIR, "--tags", "trunks")
    fresh.succeed(UNPAIR)
    assert trunks(fresh) == by_hand


def test_a_bad_moment_stops_the_run_before_a_change(fresh: Site) -> None:
    """On the page of the plan, also in check mode; a run with nothing to do does not ask."""
    fresh.variables["cucm_safety_backup_hours"] = 4
    fresh.control.defect(cluster="CUCM10", node="cucm10-sub1", replication_state=3)
    screen = fresh.fail(PAIR)
    for shown in (
        "REFUSED: the last good Disaster Recovery backup is 5 h old, and 4 h are allowed.",
        "REFUSED: the database is not replicated everywhere: cucm10-sub1 (3) Bad Replication.",
        "NOTE: the enterprise parameter Phone Interaction on Certificate Update is 'Automatically Reset Phones'",
        "Nothing was changed in this run. cucma-pub: the last good",
    ):
        assert shown in screen
    assert fresh.journal() == []
    assert records(fresh) == []
    fresh.control.repair()
    fresh.variables["cucm_safety_backup_hours"] = 6
    fresh.control.clear_requests()
    assert "REFUSED" not in fresh.succeed(PAIR, "--check").output


def test_a_record_that_cannot_be_used_or_written_stops_the_run(fresh: Site) -> None:
    fresh.succeed(PAIR)
    before = fresh.journal()
    damaged = records(fresh)[-1]
    damaged.write_text(damaged.read_text()[:-100])
    screen = fresh.fail(RESTORE)
    assert "Nothing was changed in this run" in screen
    assert "it is no JSON, or only a part of it" in screen
    assert "the record" in fresh.fail(UNPAIR)
    fresh.variables["cucm_state_directory"] = "inventory.yml"
    fresh.variables["cucm_sip_tls_trunk_trunk_options"] = {"description": "Other"}
    assert "cannot be written to" in fresh.fail(PAIR)
    assert fresh.journal() == before


def test_roles_without_a_plan_record_too(fresh: Site) -> None:
    (fresh.directory / "roles.yml").write_text(
        "- hosts: cucm\n  connection: local\n  gather_facts: false\n  tasks:\n"
        + "".join(
            f"    - ansible.builtin.include_role: {{name: ucops.cucm.{role}}}\n"
            for role in ("cucm_preflight", "cucm_certificate", "cucm_sip_tls_trunk")
        )
    )
    fresh.succeed("roles.yml")
    assert [path.name.split("-")[0] for path in records(fresh)] == ["CUCM10", "CUCMA"]
    content = json.loads(records(fresh)[0].read_text())
    assert [each["options"] for each in content["objects"]] == [None, None, None]
    assert len(content["certificates"]) == 2
