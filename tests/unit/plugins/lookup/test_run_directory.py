# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All tasks of a run name the same directory, which ends with the run."""

from __future__ import annotations

from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ucops.cucm.plugins.lookup.run_directory import LookupModule


def test_it_is_below_the_one_that_ansible_removes() -> None:
    lookup = LookupModule(templar=Templar(loader=DataLoader(), variables={}), loader=DataLoader())
    first = lookup.run(["evidence", "other"], variables={})
    assert first == [f"{constants.DEFAULT_LOCAL_TMP}/evidence", f"{constants.DEFAULT_LOCAL_TMP}/other"]
    assert lookup.run(["evidence"], variables={}) == first[:1]
