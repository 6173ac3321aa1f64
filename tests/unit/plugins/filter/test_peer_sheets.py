# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the administrators of other peers are told comes from the inventory and from what the run has read."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.peer_sheets import peer_sheets

CUBE = {
    "kind": "cube",
    "name": "HQ CUBE",
    "release": "17.12.4",
    "patterns": ["9XXX", "0.!"],
    "ca_certificate_paths": ["cube-ca.pem"],
    "nodes": [{"address": "cube1.example.com", "server_names": ["cube1.example.com"]}],
    "hand_over": {"numbers": ["1XXX"], "configuration": {"tag": 7}},
}


def identity(name: str, service: str = "CallManager", **more: Any) -> dict[str, Any]:
    return {"service": service, "subject": {"CN": name}, "subject_alt_names": [], **more}


def host(name: str, peers: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "cucm_cluster": "CUCMA",
        "cucm_peers": peers,
        "ansible_host": f"{name}.example.com",
        "cucm_certificate_ca_certificate_paths": ["issuing.pem", "root.pem"],
        **more,
    }


def sheets(peers: list[Any], **more: Any) -> list[dict[str, Any]]:
    hosts = {name: host(name, peers, **more) for name in ("pub", "sub")}
    return peer_sheets(list(hosts), hosts, {"CUCMA": list(hosts)})


def test_one_sheet_for_each_cluster_and_peer_that_is_none() -> None:
    (sheet,) = sheets([{"cluster": "CUCM10"}, CUBE, {"kind": "cueb"}, "nonsense"])
    assert sheet["folder"] == "CUCMA/HQ-CUBE"
    assert [node["address"] for node in sheet["nodes"]] == ["pub.example.com", "sub.example.com"]
    assert sheet["numbers"] == ["1XXX"]
    assert sheet["ca_certificate_paths"] == ["issuing.pem", "root.pem"]
    peer = sheet["peer"]
    assert (peer["name"], peer["kind"], peer["release"]) == ("HQ CUBE", "cube", "17.12.4")
    assert peer["ca_certificate_paths"] == ["cube-ca.pem"]
    assert peer["configuration"] == {"tag": 7}
    # A pattern with wildcards of Unified CM alone is no number that another system can be told.
    assert peer["numbers"] == ["9XXX"]
    (node,) = peer["nodes"]
    assert node["names"] == ["cube1.example.com"]
    assert peer["settings"] == {"tls_max": "1.2"}


def test_the_port_is_the_one_where_the_cluster_takes_the_calls_of_that_peer() -> None:
    def ports(**more: Any) -> list[int]:
        entry = {**CUBE, **more.pop("entry", {})}
        return [node["port"] for node in sheets([entry], **more)[0]["nodes"]]

    assert ports() == [5061, 5061]
    assert ports(cucm_sip_tls_trunk_incoming_port=5071) == [5071, 5071]
    assert ports(cucm_sip_tls_trunk_incoming_port=5071, entry={"incoming_port": 6061}) == [6061, 6061]


def test_the_names_are_those_of_the_certificates_that_the_peer_may_be_shown() -> None:
    read = {
        "identity": identity("old.example.com"),
        "identities": [identity("old-EC.example.com", "CallManager-ECDSA", self_signed=False)],
    }
    new = {"CallManager": {"installed": identity("new.example.com.")}}

    def names(entry: dict[str, Any], **more: Any) -> list[str]:
        return sheets([{**CUBE, **entry}], cucm_preflight_state=read, **more)[0]["nodes"][0]["names"]

    assert names({}) == ["old.example.com", "old-EC.example.com"]
    assert names({"key_types": ["rsa"]}, cucm_certificate_states=new) == ["new.example.com"]
    # No peer can accept the one that a node made for itself.
    read["identities"] = [identity("old-EC.example.com", "CallManager-ECDSA", self_signed=True)]
    assert names({}) == ["old.example.com"]
    assert sheets([CUBE], cucm_subject_name="given.example.com")[0]["nodes"][0]["names"] == [
        "given.example.com"
    ]
