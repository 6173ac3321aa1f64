# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator, and one set of CAs, for each process of pytest; every run of a target resets them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.authorities import Authorities, running_authorities
from ansible_collections.ucops.cucm.tests.support.playbooks import make_ca
from ansible_collections.ucops.cucm.tests.support.runner import Simulator, running_simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with running_simulator() as running:
        yield running


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with running_authorities(tmp_path_factory.mktemp("authorities")) as running:
        for why in running.missing:
            warnings.warn(f"SKIPPED: parts of the targets that sign: {why}", stacklevel=1)
        yield running


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a laboratory CA."""
    return make_ca(tmp_path_factory.mktemp("laboratory"))
