# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What something costs, for tests that bound it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

_TIMES = 3


def processor_seconds(call: Callable[[], object]) -> float:
    """The least processor time of three calls, without the tracing that measures coverage.

    Coverage makes Python code three times as slow, and what else the machine does adds to a single call.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return min(_once(call) for _time in range(_TIMES))
    finally:
        sys.settrace(tracer)


def _once(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began
