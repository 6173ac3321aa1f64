# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, one run with a wrong password would lock an account of a cluster."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, UNPAIR, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

VERIFY = "ucops.cucm.verify"
WRONG = "not-the-password"


@pytest.fixture
def fresh(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        made.control.clear_requests()
        yield made


def refused(here: Site) -> Counter[str]:
    """Failed logons at the HTTPS ports, by cluster."""
    return Counter(request["cluster"] for request in here.control.requests() if request["status"] == 401)


@pytest.mark.parametrize("playbook", [PAIR, UNPAIR, VERIFY])
def test_wrong_axl_password_is_tried_once_a_cluster(fresh: Site, playbook: str) -> None:
    def more_patterns(data: dict[str, object]) -> None:
        for cluster in ("CUCMA", "CUCM10"):
            (peer,) = fresh.cluster_variables(data, cluster)["cucm_peers"]
            peer["patterns"] = [f"{first}XXX" for first in "234"]

    fresh.edit = more_patterns
    fresh.fail(playbook, "-e", f"cucm_axl_password={WRONG}")
    assert refused(fresh) == {"CUCMA": 1, "CUCM10": 1}
    assert fresh.journal() == []


def test_the_certificate_role_alone_tries_a_wrong_axl_password_once_a_cluster(fresh: Site) -> None:
    """Without a preflight. By the strategy free no node waits for another, and each may try once."""
    (fresh.directory / "alone.yml").write_text(
        "- hosts: cucm\n"
        "  gather_facts: false\n"
        "  tasks:\n"
        "    - ansible.builtin.include_role: {name: ucops.cucm.cucm_certificate}\n"
    )
    screen = fresh.fail("alone.yml", "-e", f"cucm_axl_password={WRONG}")
    assert refused(fresh) == {"CUCMA": 1, "CUCM10": 1}
    assert fresh.journal() == []
    assert "cucm_axl_password was refused by CUCM10" in screen


def test_what_needs_the_account_is_not_measured_for_the_failed_logon(fresh: Site, tmp_path: Path) -> None:
    asked = (
        "cucm_verify_capture=true",
        "cucm_verify_traces=true",
        f"cucm_verify_directory={tmp_path / 'seen'}",
    )
    fresh.fail(VERIFY, "-e", f"cucm_axl_password={WRONG}", *(part for text in asked for part in ("-e", text)))
    assert refused(fresh) == {"CUCMA": 1, "CUCM10": 1}
    evidence = [json.loads(path.read_text()) for path in sorted((tmp_path / "seen" / "evidence").iterdir())]
    assert len(evidence) == 4
    for node in evidence:
        left_out = [node["node_info"], node["traces"], node["captures"][0]["result"]]
        assert [part["reason"] for part in left_out] == ["logon_failed"] * 3
        assert all(part["msg"].startswith("not measured: the logon failed. ") for part in left_out)
        assert "cucm_axl_password" in node["node_info"]["msg"]
        assert node["certificates"]["identities"]
    assert [node["trunks"]["reason"] for node in evidence if node["trunks"]] == ["logon_failed"] * 2
    report = json.loads((tmp_path / "seen" / "report.json").read_text())
    assert "the logon failed" in json.dumps(report)


def test_wrong_os_password_is_tried_once_a_node(fresh: Site) -> None:
    fresh.fail(VERIFY, "-e", f"cucm_os_password={WRONG}", "-e", "cucm_verify_capture=true")
    logons = Counter(request["node"] for request in fresh.control.requests() if request["status"] == 401)
    assert logons == dict.fromkeys(("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1"), 1)


def test_another_node_is_asked_first_when_the_publisher_does_not_answer(fresh: Site) -> None:
    def no_publisher(data: dict[str, object]) -> None:
        # Another name with another port where nothing listens.
        cluster = data["all"]["children"]["cucm"]["children"]["CUCMA"]  # type: ignore[index]
        cluster["hosts"]["cucma-pub"]["cucm_port"] = 1

    fresh.edit = no_publisher
    fresh.fail(VERIFY, "-e", f"cucm_axl_password={WRONG}")
    assert refused(fresh) == {"CUCMA": 1, "CUCM10": 1}
