# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start recording, or with the first argument `replay` the comparison, from a checkout or an installed collection."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "rehearsal"))

from rehearse import COLLECTION, make_importable

if __name__ == "__main__":
    make_importable(COLLECTION)
    program = import_module("ansible_collections.ucops.cucm.extensions.recording.program")
    replaying = sys.argv[1:2] == ["replay"]
    sys.exit(program.replay_main(sys.argv[2:]) if replaying else program.record_main(sys.argv[1:]))
