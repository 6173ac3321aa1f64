# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load what templates need before core forks the worker of a task.

Core loads filters, tests and lookups where a template names them first. In a run that is in the worker of each task,
which ends with it, and core compiles the files of collections from their source each time: a quarter of the
processor time of a run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ansible.plugins.loader import filter_loader, lookup_loader, test_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig

_PLUGINS = Path(__file__).resolve().parents[1]
#: Any of core's own makes its loader load all of them.
_OF_CORE = ((filter_loader, "default"), (test_loader, "defined"), (lookup_loader, "ansible.builtin.file"))


@cache
def preload() -> None:
    """Load the filters and lookups of the collection, and core's own; once in the process."""
    if AnsibleCollectionConfig.collection_finder is None:  # not in a program of Ansible's
        return
    for loader, folder in ((filter_loader, "filter"), (lookup_loader, "lookup")):
        for path in sorted((_PLUGINS / folder).glob("[a-z]*.py")):
            loader.get(f"ucops.cucm.{path.stem}")
    for loader, name in _OF_CORE:
        loader.get(name)
