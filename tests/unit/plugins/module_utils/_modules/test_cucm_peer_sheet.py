# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_peer_sheet writes what differs, and nothing in check mode."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_peer_sheet import DEFINITION
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._peers.overs import params


def run(directory: Path, *, check_mode: bool = False, **peer: Any) -> dict[str, Any]:
    options = {**params("kamailio", **peer), "directory": str(directory)}
    result, warnings = execute(DEFINITION, options, check_mode=check_mode)
    assert warnings == []
    return result


def test_check_mode_predicts_and_writes_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "peer"
    foreseen = run(directory, check_mode=True)
    assert foreseen["changed"]
    assert not directory.exists()
    made = run(directory)
    assert made["written"] == foreseen["written"] == foreseen["files"]
    assert {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()} == {
        *made["files"]
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*") if path.is_file()} == {0o600}


def test_only_files_that_differ_are_written_and_shown(tmp_path: Path) -> None:
    run(tmp_path)
    assert run(tmp_path) == {**run(tmp_path), "changed": False, "written": [], "diff": []}
    changed = run(tmp_path, configuration={"options_interval": 7})
    assert changed["written"] == ["peer1/kamailio.cfg", "sheet.html"]
    (diff,) = changed["diff"]
    assert diff["before_header"] == "peer1/kamailio.cfg"
    assert '"ds_ping_interval", 30' in diff["before"]
    assert '"ds_ping_interval", 7' in diff["after"]


def test_a_directory_that_cannot_be_made_is_an_error_with_its_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(tmp_path / "file" / "peer")
    assert result["failed"]
    assert result["reason"] == "file_not_written"
    assert "Option: directory" in result["msg"]
