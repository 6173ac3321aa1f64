# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a name that a stranger shows is accepted, or one that has changed is followed in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_peer_names
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import fingerprint, load_certificate, pem
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    CA,
    NODE,
    OTHER_CA,
    free_port,
    identity,
    plain_peer,
    server_context,
    tls_peer,
)


def names(port: int, tmp_path: Path, *, ca: Any = CA, check: bool = False, **more: Any) -> dict[str, Any]:
    path = tmp_path / "trusted.pem"
    path.write_text(pem(ca.certificate), encoding="utf-8")
    node = {
        "name": "peer1",
        "address": "127.0.0.1",
        "port": port,
        "place": "peer1:5061",
        **more.pop("node", {}),
    }
    peer = {"name": "HQ", "nodes": [node], "ca_certificate_paths": [str(path)]}
    result, warnings = execute(
        sip_peer_names.DEFINITION, {"peers": [peer], "timeout": 5, **more}, check_mode=check
    )
    assert warnings == []
    return dict(result)


def place(result: dict[str, Any]) -> dict[str, Any]:
    (one,) = result["places"]
    return dict(one)


@pytest.mark.parametrize("versions", [("1.2", "1.2"), ("1.3", "1.3")], ids=["1.2", "1.3"])
def test_a_peer_under_its_ca(tmp_path: Path, versions: tuple[str, str]) -> None:
    with tls_peer(server_context(identity(tmp_path), versions=versions)) as peer:
        result = names(peer.port, tmp_path)
    one = place(result)
    assert (one["status"], one["names"], one["finding"]) == ("read", [NODE], "")
    assert (one["peer"], one["node"], one["place"], result["changed"]) == ("HQ", "peer1", "peer1:5061", False)


def test_a_stranger_tells_no_names(tmp_path: Path) -> None:
    with tls_peer(server_context(identity(tmp_path))) as peer:
        result = names(peer.port, tmp_path, ca=OTHER_CA)
    assert (place(result)["status"], place(result)["names"]) == ("not_trusted", [])
    assert "not among the trusted CAs" in place(result)["text"]


def test_the_fingerprint_counts_in_place_of_the_ca(tmp_path: Path) -> None:
    files = identity(tmp_path)
    shown = fingerprint(load_certificate(Path(files[0]).read_text(encoding="utf-8"), source="test"))
    with tls_peer(server_context(files)) as peer:
        right = names(peer.port, tmp_path, ca=OTHER_CA, node={"tls_fingerprint": shown.lower()})
        wrong = names(peer.port, tmp_path, node={"tls_fingerprint": "00:11"})
    assert place(right)["names"] == [NODE]
    assert (place(wrong)["status"], place(wrong)["names"]) == ("not_trusted", [])


def test_nobody_and_no_tls(tmp_path: Path) -> None:
    assert place(names(free_port(), tmp_path))["status"] == "not_reached"
    with plain_peer(lambda connection, _peer: connection.sendall(b"SIP/2.0 400 Bad Request\r\n\r\n")) as peer:
        assert place(names(peer.port, tmp_path))["status"] == "not_reached"


def test_what_was_shown_is_remembered_and_a_change_is_a_finding(tmp_path: Path) -> None:
    state = tmp_path / "names.json"
    with tls_peer(server_context(identity(tmp_path))) as peer:
        assert names(peer.port, tmp_path, state_path=str(state), check=True)["changed"]
        assert not state.exists()
        assert names(peer.port, tmp_path, state_path=str(state))["changed"]
        assert not names(peer.port, tmp_path, state_path=str(state))["changed"]
    assert state.stat().st_mode & 0o777 == 0o600
    with tls_peer(server_context(identity(tmp_path, "other.example.com"))) as peer:
        changed = names(peer.port, tmp_path, state_path=str(state))
    one = place(changed)
    assert (one["status"], one["names"], changed["changed"]) == ("changed", [NODE], False)
    assert one["finding"].startswith(f"its port shows other.example.com now, and showed {NODE} at ")
    assert f"remove peer1:5061 from {state}" in one["finding"]
    assert changed["findings"] == [f"HQ, peer1:5061: {one['finding']}"]
    # What is remembered counts also while nobody answers.
    gone = place(names(free_port(), tmp_path, state_path=str(state)))
    assert (gone["names"], gone["status"]) == ([NODE], "not_reached")
    assert "could not be read" in gone["finding"]


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"format": "other", "places": {}})])
def test_a_file_of_another_kind_is_no_memory(tmp_path: Path, content: str) -> None:
    state = tmp_path / "names.json"
    state.write_text(content, encoding="utf-8")
    result = names(free_port(), tmp_path, state_path=str(state))
    assert result["failed"]
    assert "is no file of remembered names" in result["msg"]
    assert state.read_text(encoding="utf-8") == content
