# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers to OPTIONS mean: with a wrong set, trunks that are in service are told as out of it."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip import REMEDIES_OF_REFUSAL, UNAVAILABLE


def test_what_makes_a_destination_unavailable_is_no_refusal():
    assert frozenset((408, 503)) == UNAVAILABLE
    assert set(REMEDIES_OF_REFUSAL) == {401, 403, 407}
    for remedy in REMEDIES_OF_REFUSAL.values():
        assert remedy.format(here="cucma", there="cucm10") != remedy
