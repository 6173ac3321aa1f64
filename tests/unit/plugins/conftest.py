# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each test is a task of its own: the secrets of one are not taken out of the texts of another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import secrets_of_task


@pytest.fixture(autouse=True)
def _task() -> Iterator[None]:
    with secrets_of_task():
        yield
