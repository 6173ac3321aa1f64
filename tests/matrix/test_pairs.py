# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every release joined to every release, itself too: the same playbook with the same variables.

Two pairs have no TLS version in common, and are refused.

`make test-matrix` runs all pairs; tests/integration/test_releases.py has a few of them for every run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import common_sip_version, release_pairs
from ansible_collections.ucops.cucm.tests.support.pairs import assert_pair_is_refused, assert_pair_works

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(("first", "second"), release_pairs())
def test_every_pair_of_releases(first: str, second: str, tmp_path: Path) -> None:
    if common_sip_version(first, second) is None:
        assert_pair_is_refused(first, second, tmp_path)
    else:
        assert_pair_works(first, second, tmp_path)
