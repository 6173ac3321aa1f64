# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a kind of peer has no page, its page has old defaults, or its example is no valid entry."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry

COLLECTION = Path(__file__).resolve().parents[2]
PAGES = COLLECTION / "docs" / "docsite" / "rst"
EXTERNAL = [name for name, kind in PEER_KINDS.items() if kind.is_external]


def test_the_tables_are_those_of_the_kinds() -> None:
    command = (sys.executable, str(COLLECTION / "tools" / "peer_pages.py"), "--check")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def examples(page: str) -> list[dict[str, object]]:
    """The entries of cucm_peers in the code blocks of a page."""
    text = (PAGES / f"{page}.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"\.\. code-block:: yaml\n\n((?:   .*\n|\n)+)", text)
    found = [yaml.safe_load(block) for block in blocks if "cucm_peers" in block]
    return [entry for data in found for entry in data["cucm_peers"]]


@pytest.mark.parametrize("kind", EXTERNAL)
def test_each_kind_has_a_page_with_a_valid_example(kind: str) -> None:
    (entry,) = examples(f"peer_{kind}")
    assert entry["kind"] == kind
    assert fault_of_entry(entry) is None
    listed = (COLLECTION / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8")
    assert f"peer_{kind}\n" in listed
    guide = (PAGES / "guide_peers.rst").read_text(encoding="utf-8")
    assert f"docsite.peer_{kind}`" in guide


def test_the_examples_of_the_guide_are_valid() -> None:
    entries = examples("guide_peers")
    assert len(entries) == 2
    assert [fault_of_entry(entry) for entry in entries] == [None, None]
