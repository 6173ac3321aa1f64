# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases before 14, whose certificates are managed by the command line; and the guide, replayed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.integration.pairs import assert_pair_works

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(("first", "second"), [("9.1", "15"), ("10.5", "14"), ("11.5", "12.5")])
def test_each_release_in_a_pair(first: str, second: str, tmp_path: Path) -> None:
    """Each release once; `make test-matrix` has all pairs."""
    assert_pair_works(first, second, tmp_path)


def test_the_guide_replayed() -> None:
    done = subprocess.run(
        (sys.executable, "-m", "ansible_collections.ucops.cucm.tests.demo.guide"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for number in range(1, 11):
        assert f"Step {number:>2} " in done.stdout
