# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.sip_trunk_evidence import DEFINITION
from ansible_collections.ucops.cucm.tests.support.builders import execute

SECTION = {"services": [{"name": "Cisco CallManager"}], "changed": False}


def write(path: Path, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    result, warnings = execute(DEFINITION, {"path": str(path), "content": content}, **more)
    assert warnings == []
    return result


def test_a_document_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    content = {"node": "cucma-pub", "release": "14.0", "trunks": None, "probes": [], "text": "Zoë"}
    assert write(path, content) == {"changed": False, "bytes": path.stat().st_size}
    assert json.loads(path.read_text(encoding="utf-8")) == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_later_document_takes_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text("an older and longer one" * 100, encoding="utf-8")
    path.chmod(0o644)
    write(path, {"node": "cucma-pub"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"node": "cucma-pub"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("noise", ["invocation", "failed_when_result", "attempts", "exception"])
def test_what_core_adds_to_a_result_is_left_out(tmp_path: Path, noise: str) -> None:
    path = tmp_path / "one.json"
    write(path, {"node_info": {**SECTION, noise: {"module_args": {"host": "192.0.2.203"}}}})
    assert json.loads(path.read_text(encoding="utf-8")) == {"node_info": SECTION}


def test_it_is_left_out_of_the_results_of_captures_too(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    result = {"connections": [], "invocation": {"module_args": {"path": "one.cap"}}}
    write(path, {"captures": [{"path": "one.cap", "result": result}]})
    kept = [{"path": "one.cap", "result": {"connections": []}}]
    assert json.loads(path.read_text(encoding="utf-8")) == {"captures": kept}


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    assert write(tmp_path / "one.json", {}, check_mode=True)["changed"] is False
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_made_for_its_user_alone(tmp_path: Path) -> None:
    write(tmp_path / "report" / "evidence" / "one.json", {})
    made = [tmp_path / "report", tmp_path / "report" / "evidence"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700, 0o700]


def test_a_place_that_is_not_there_is_refused_in_check_mode(tmp_path: Path) -> None:
    result = write(tmp_path / "nowhere" / "one.json", {}, check_mode=True)
    assert result["failed"]
    assert result["reason"] == "invalid_option"
    assert str(tmp_path / "nowhere") in result["msg"]
