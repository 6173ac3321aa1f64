# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capture does not show: without a remedy, nobody knows how to capture again."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.captures import lack


def test_a_lack_tells_its_reason_in_words_and_what_to_do():
    told = lack("gap")
    assert set(told) == {"reason", "text", "remedy"}
    assert told["reason"] == "gap" and told["text"] and told["remedy"]


def test_a_reason_that_nobody_has_listed_is_a_bug():
    with pytest.raises(KeyError):
        lack("no_reason")
