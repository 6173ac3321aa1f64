# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate_audit_report: documents become one report and its files, also those of four hundred nodes."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.certificate_audit_report import DEFINITION
from ansible_collections.ucops.cucm.tests.support.audited import (
    audited,
    document,
    issuing,
    pair,
    root,
    self_signed,
    signed,
    trunk,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW, execute, make_ca
from ansible_collections.ucops.cucm.tests.support.timing import processor_seconds

FORMS = ("json_path", "csv_path", "html_path", "prometheus_path")


def written(directory: Path, documents: list[dict[str, Any]]) -> list[str]:
    paths = []
    for each in documents:
        path = directory / f"{each['node']}.json"
        path.write_text(json.dumps(each), encoding="utf-8")
        paths.append(str(path))
    return paths


def report(paths: list[str], **options: Any) -> dict[str, Any]:
    return execute(DEFINITION, {"paths": paths, **options})[0]


def soon() -> dict[str, Any]:
    return document(identities={"CallManager": signed("cucma-pub", end=NOW + timedelta(days=50))})


def test_all_forms_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    paths = written(tmp_path, pair())
    files = {name: tmp_path / f"out.{name}" for name in FORMS}
    result = report(paths, **{name: str(path) for name, path in files.items()})
    assert result["worst"] == "none"
    assert result["summary"][0].startswith("Certificates of Unified CM: no finding; 2 nodes")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert json.loads(files["json_path"].read_text()) == result["report"]
    assert files["html_path"].read_text().startswith("<!DOCTYPE html>")
    assert files["csv_path"].read_text().startswith('"cluster"')
    assert files["prometheus_path"].read_text().startswith("# HELP")


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, pair())
    options = {"paths": paths, "json_path": str(tmp_path / "out"), "return_report": False}
    result, _warnings = execute(DEFINITION, options, check_mode=True)
    assert result["report"] is None
    assert not (tmp_path / "out").exists()


def test_a_document_that_is_not_there_is_a_node_not_measured(tmp_path: Path) -> None:
    paths = [*written(tmp_path, pair()), str(tmp_path / "cucma-sub9.json")]
    result = report(paths)
    assert result["totals"]["nodes"] == 3
    assert result["report"]["not_measured"][0]["nodes"] == ["cucma-sub9"]


def test_a_file_that_is_no_document_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    result = report([str(tmp_path / "other.json")])
    assert (result["failed"], result["reason"]) == (True, "document_unreadable")
    assert (report([])["failed"], report([])["reason"]) == (True, "invalid_option")


@pytest.mark.parametrize(
    ("limit", "fails"), [("none", False), ("critical", False), ("warning", True), ("notice", True)]
)
def test_fail_on(tmp_path: Path, limit: str, fails: bool) -> None:
    result = report(written(tmp_path, [soon()]), fail_on=limit, json_path=str(tmp_path / "out"))
    assert bool(result.get("failed")) is fails
    assert (tmp_path / "out").exists()
    assert result["counts"]["warning"] == 1
    assert not fails or result["reason"] == "audit_failed"


@pytest.mark.parametrize("limit", ["critical", "notice"])
def test_a_node_that_was_not_measured_keeps_no_limit(tmp_path: Path, limit: str) -> None:
    paths = [*written(tmp_path, pair()), str(tmp_path / "cucma-sub9.json")]
    assert report(paths, fail_on=limit)["reason"] == "audit_failed"
    assert "failed" not in report(paths, fail_on="none")


def site(clusters: int) -> list[dict[str, Any]]:
    """Clusters of two nodes in a ring of trunks, with twenty CAs that all have and a certificate of its own each."""
    shared = [make_ca(f"Shared {number}").certificate for number in range(20)]
    store = {"CallManager": [*shared, root().certificate, issuing().certificate], "tomcat": shared}
    made = []
    for number in range(clusters):
        own = {"CallManager": signed(f"c{number}-pub"), "tomcat": self_signed(f"c{number}-pub.example.com")}
        peer = (number + 1) % clusters
        trunks = [trunk("T", f"c{peer}-pub", f"c{peer}-sub")]
        made += [
            document(f"C{number}", f"c{number}-pub", identities=own, trust=store, trunks=trunks),
            document(f"C{number}", f"c{number}-sub", identities=own, trust=store, hostname=f"c{number}-pub"),
        ]
    return made


def test_four_hundred_nodes_cost_ten_times_what_forty_do() -> None:
    """What grows with the square of the nodes would cost a hundred times as much."""
    few, many = site(20), site(200)
    checked: list[int] = []

    def join(documents: list[dict[str, Any]]) -> Callable[[], None]:
        return lambda: checked.append(audited(documents)["totals"]["measured"])

    base = processor_seconds(join(few))
    whole = processor_seconds(join(many))
    assert set(checked) == {40, 400}
    assert whole < 25 * base
