# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a cluster is not joined to a peer of another kind, or its report says what nobody saw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support import builders
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, UNPAIR, Site, make_ca, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator
from ansible_collections.ucops.cucm.tests.support.sip_peer import SipPeer, sip_peer, write_identity

pytestmark = pytest.mark.timeout(1800)

RUN = (
    *("-e", "cucm_hosts=CUCMA", "-e", "cucm_certificate_restart_services=true"),
    *("-e", "cucm_verify_directory=report", "-e", "cucm_preflight_peer_state_path=names.json"),
)
THEIRS = builders.make_ca("Peer Root", with_key="rsa2048-peer-root")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[SipPeer]:
    with sip_peer(write_identity(tmp_path, "sbc.example.com", THEIRS)) as found:
        yield found


@pytest.fixture
def here(tmp_path: Path, simulator: Simulator, peer: SipPeer) -> Iterator[Site]:
    made = make_ca(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "peer-ca.pem").write_text(pem(THEIRS.certificate), encoding="utf-8")

    def edit(data: dict[str, Any]) -> None:
        variables = data["all"]["children"]["cucm"]["children"]["CUCMA"]["vars"]
        variables["cucm_peers"] = [
            {
                "kind": "generic",
                "name": "SBC",
                "ca_certificate_paths": ["peer-ca.pem"],
                "nodes": [{"address": "127.0.0.1", "port": peer.port}],
                "patterns": ["0.!"],
                "accept_replaces_header": True,
            }
        ]

    with site(tmp_path / "site", simulator, made, edit=edit) as found:
        yield found


def report(here: Site) -> dict[str, Any]:
    return dict(json.loads((here.directory / "report" / "report.json").read_text(encoding="utf-8")))


def test_a_cluster_and_a_peer_of_another_kind(here: Site, peer: SipPeer, tmp_path: Path) -> None:
    done = here.succeed(PAIR, *RUN)
    place = f"127.0.0.1:{peer.port}"
    # The plan says what was read before anything was changed.
    assert "NOTE: cucm_peers, peer SBC, node 127.0.0.1: its port shows sbc.example.com" in " ".join(
        done.output.split()
    )
    made = done.tasks("cucm_sip_tls_trunks")[-1]["result"]
    (trunk,) = made["trunks"]
    assert trunk["security_profile"]["x509_subject_names"] == ["sbc.example.com"]
    assert trunk["destinations"][0]["port"] == peer.port
    link = report(here)["links"][0]
    assert (link["external"]["name"], link["external"]["title"]) == ("SBC", "SIP peer")
    assert link["external"]["states"] == ["SBC does not ask for our certificate, so nobody proves us"]
    assert link["verdict"] == "pass", json.dumps(link, indent=1)
    # Its CA is trusted on every node, and the cluster's own ports were looked at for it.
    found = {
        (check["id"], check["node"]): check["result"]
        for direction in link["directions"]
        for check in direction["checks"]
    }
    for node in ("cucma-pub", "cucma-sub1"):
        assert (found["certificate_trusted", node], found["port_open", node]) == ("pass", "pass")
    remembered = json.loads((here.directory / "names.json").read_text(encoding="utf-8"))
    assert remembered["places"][place]["names"] == ["sbc.example.com"]

    # Another name at the port is told, and is not followed.
    peer.identity = write_identity(tmp_path, "other.example.com", THEIRS)
    again = here.run(PAIR, *RUN)
    shown = " ".join(again.output.split())
    assert "WARNING: cucm_peers, peer SBC, node 127.0.0.1: its port shows other.example.com now" in shown
    assert set(again.changed().values()) == {0}
    assert again.status != 0
    failed = {
        (check["id"], check["node"])
        for direction in report(here)["links"][0]["directions"]
        for check in direction["checks"]
        if check["result"] == "fail"
    }
    assert failed == {("subject_names", "127.0.0.1")}

    here.succeed(UNPAIR, "-e", "cucm_hosts=CUCMA", may_warn=True)
    assert here.operations()[-1] == "removeSipTrunkSecurityProfile"
