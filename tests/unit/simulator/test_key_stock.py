# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, two nodes of a simulated fleet may share a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.simulator import key_stock, pki


def test_a_key_is_taken_once_and_then_keys_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(key_stock.DIRECTORY, str(tmp_path))
    monkeypatch.setattr(key_stock, "_stock", key_stock._stock.__wrapped__)
    assert key_stock.fill(tmp_path, 1024, 2) == 2
    assert key_stock.fill(tmp_path, 1024, 2) == 0
    stock = key_stock._read(key_stock._path(tmp_path, 1024))
    monkeypatch.setattr(key_stock, "_stock", lambda _length: stock)
    keys = [pki.new_key("rsa", 1024) for _number in range(3)]
    assert len({key.private_numbers().public_numbers.n for key in keys}) == 3  # type: ignore[union-attr]
    assert stock == []


def test_without_a_stock_there_is_no_key_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(key_stock.DIRECTORY, raising=False)
    monkeypatch.setattr(key_stock, "_stock", key_stock._stock.__wrapped__)
    assert key_stock.take(1024) is None
