# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that are missing, and how to get them."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import MissingLibrary
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import missing, require


def test_nothing_is_missing() -> None:
    assert missing(("json", "ssl")) == ()
    require("json", "ssl")
    require()


def test_missing_ones_in_order() -> None:
    assert missing(("no_such_b", "json", "no_such_a")) == ("no_such_b", "no_such_a")


def test_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(sys.modules, "requests", raising=False)
    with pytest.raises(MissingLibrary) as caught:
        require("json", "requests")
    assert caught.value.message == (
        f"the Python library requests is not installed for {sys.executable}."
        f' Install with: {sys.executable} -m pip install "requests>=2.32".'
    )


def test_several_are_missing() -> None:
    with pytest.raises(MissingLibrary, match="libraries no_such_a, no_such_b are not installed"):
        require("no_such_a", "no_such_b")
