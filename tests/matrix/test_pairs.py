# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every release joined to every release, itself too: the same playbook with the same variables.

`make test-matrix` runs all pairs; tests/integration/test_releases.py has a few of them for every run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import release_pairs
from ansible_collections.ucops.cucm.tests.support.pairs import assert_pair_works

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(("first", "second"), release_pairs())
def test_every_pair_of_releases(first: str, second: str, tmp_path: Path) -> None:
    assert_pair_works(first, second, tmp_path)
