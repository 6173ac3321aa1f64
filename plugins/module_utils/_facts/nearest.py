# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: How alike a name must be to be offered as what was meant, from 0 to 1.
_ALIKE = 0.6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that was probably meant; None if none is much like this one."""
    by_folded = {one.casefold(): one for one in known}
    folded = name.casefold()
    close = difflib.get_close_matches(folded, by_folded, n=3, cutoff=_ALIKE)
    # Of equally near ones, difflib has no preference; letters in another order are the likelier slip.
    same_letters = [one for one in close if sorted(one) == sorted(folded)]
    return by_folded[(same_letters or close)[0]] if close else None
