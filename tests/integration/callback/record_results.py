# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as one line of JSON, for the integration tests to judge."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: record_results
short_description: Writes every task's result as one line of JSON
type: notification
description:
  - Appends to the file that the environment variable E(RECORD_RESULTS) names.
  - The results are as callbacks see them, so what C(no_log) hides is hidden here too.
"""


class CallbackModule(CallbackBase):
    """One line a result: name, action, status, tags and the result without the invocation."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record_results"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, status: str, result: Any) -> None:
        kept = {
            key: value
            for key, value in result.result.items()
            if key != "invocation" and not key.startswith("_ansible")
        }
        line = {
            "name": result.task.get_name(),
            "action": result.task.action,
            "tags": list(result.task.tags),
            "host": result.host.get_name(),
            "status": status,
            "result": kept,
        }
        with open(os.environ["RECORD_RESULTS"], "a", encoding="utf-8") as lines:
            lines.write(json.dumps(line, default=str, sort_keys=True) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._record("unreachable", result)
