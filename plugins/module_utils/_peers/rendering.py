# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration text from templates: deterministic, and an error where a template names what is not there."""

from __future__ import annotations

from functools import cache
from typing import Any

try:
    from jinja2 import Environment, StrictUndefined
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass


@cache
def _environment() -> Environment:
    # The output is configuration text and no HTML. What goes into it has passed `_peers.hand_over`.
    return Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(template: str, **values: Any) -> str:
    """The text of a template."""
    return _environment().from_string(template).render(**values)
