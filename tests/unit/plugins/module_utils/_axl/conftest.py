# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the tests of AXL."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import forget_versions


@pytest.fixture(autouse=True)
def _no_remembered_version() -> None:
    forget_versions()
