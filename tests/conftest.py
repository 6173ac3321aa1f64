# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One hypothesis profile for every run: a property holds or does not, however slow the machine is."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "any_machine",
    # `make test-all` asks for more.
    max_examples=int(os.environ.get("UCOPS_EXAMPLES", "100")),
    deadline=None,
    # Those that measure time; the others tell of a strategy that generates badly.
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("any_machine")
