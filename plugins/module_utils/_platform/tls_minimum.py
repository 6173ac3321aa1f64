# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lowest TLS version that a node allows, by its command line.

`show tls min-version` shows it since release 15SU2, where it is the cluster's; before, the command line has it once for
the node as a server and once as a client. No example of the answer is public, so the version is all that is read of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandRefused

#: `1.2`, also behind `TLSv`, and not a part of a longer number.
_VERSION = re.compile(r"(?<![\d.])1\.[0-3](?!\.?\d)")


@dataclass(frozen=True)
class Minimum:
    """The lowest versions as a server and as a client; None where the node did not tell, and then `text` says why."""

    server: str | None
    client: str | None
    text: str = ""


def read_minimum(run: Callable[[str], str]) -> Minimum:
    """Read it; `run` gives what a command prints, and raises CommandRefused for one that the node does not know."""
    try:
        both = run("show tls min-version")
    except CommandRefused:
        pass
    else:
        version, why = _version_in(both)
        return Minimum(version, version, why)
    found: dict[str, str | None] = {}
    reasons = []
    for side in ("server", "client"):
        try:
            found[side], why = _version_in(run(f"show tls {side} min-version"))
        except CommandRefused:
            found[side], why = None, "the command line of this release does not show it"
        reasons.append(why)
    return Minimum(found["server"], found["client"], next(filter(None, reasons), ""))


def _version_in(output: str) -> tuple[str | None, str]:
    """The only version in what was printed; None and the reason where there is not exactly one."""
    versions = set(_VERSION.findall(output))
    if len(versions) == 1:
        return versions.pop(), ""
    shown = " ".join(output.split())[:200] or "(nothing)"
    return None, f"no TLS version can be read in what the node printed: {shown}"
