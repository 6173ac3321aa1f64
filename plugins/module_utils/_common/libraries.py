# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The third-party libraries that the collection needs, and whether this interpreter has them.

A library that is missing or too old must not break the import of a plugin, so each package guards
its own import and asks here for a readable error when the library is first needed. Versions are
those of the installed distribution: what a library can do is not guessed from its attributes.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import metadata
from importlib.util import find_spec

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import MissingLibrary

#: Import name → the requirement as users install it; requirements.txt says why.
REQUIREMENTS = {
    "asyncssh": "asyncssh>=2.18",
    "cryptography": "cryptography>=42",
    "lxml": "lxml>=4.9.2",
    "requests": "requests>=2.32",
    "urllib3": "urllib3>=2.6.3",
    "zeep": "zeep>=4.3.3",
}
#: The same for ways of logging on that not every user needs.
OPTIONAL_REQUIREMENTS = {
    "requests_gssapi": "requests-gssapi>=1.4",
    "requests_ntlm": "requests-ntlm>=1.3",
}
#: Libraries that come with another one, and whose version counts as well.
_BENEATH = {"requests": ("urllib3",)}
#: What pip needs on the system before it can install a library.
_PREREQUISITES = {
    "requests_gssapi": "It is compiled while it is installed, which needs a C compiler and the headers of Kerberos"
    " and Python (Debian: gcc libkrb5-dev python3-dev; RHEL: gcc krb5-devel python3-devel)",
}


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the import names, and of the libraries beneath them, that are not installed or too old."""
    wanted = dict.fromkeys(part for name in names for part in (name, *_BENEATH.get(name, ())))
    return tuple(name for name in wanted if _fault(name) is not None)


def require(*names: str) -> None:
    """Raise MissingLibrary unless this interpreter has every library in a version that is supported."""
    lacking = missing(names)
    if lacking:
        known = REQUIREMENTS | OPTIONAL_REQUIREMENTS
        wanted = " ".join(f'"{known.get(name, name)}"' for name in lacking)
        needs = [_PREREQUISITES[name] for name in lacking if name in _PREREQUISITES]
        raise MissingLibrary(
            f"{sys.executable} lacks {'a Python library' if len(lacking) == 1 else 'Python libraries'}:"
            f" {'; '.join(f'{name} {_fault(name)}' for name in lacking)}",
            remedy=". ".join((f"Install with: {sys.executable} -m pip install {wanted}", *needs)),
        )


def _fault(name: str) -> str | None:
    """Why a library cannot be used, to follow its name in a sentence; None when it can."""
    if find_spec(name) is None:
        return "is not installed"
    requirement = (REQUIREMENTS | OPTIONAL_REQUIREMENTS).get(name)
    if requirement is None:
        return None
    distribution, _sign, lowest = requirement.partition(">=")
    installed = _version(distribution)
    # Unknown is not good enough: an old library can leave out a check without a word.
    if installed is None:
        return f"is installed in an unknown version, and {lowest} or later is needed"
    if _numbers(installed) < _numbers(lowest):
        return f"is installed in version {installed}, and {lowest} or later is needed"
    return None


@cache
def _version(distribution: str) -> str | None:
    try:
        found: str | None = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
    return found


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version, to compare: (2, 32) for 2.32.0rc1; empty when there are no numbers."""
    found = re.match(r"(?:\d+!)?(\d+(?:\.\d+)*)", version)
    numbers = [int(part) for part in found[1].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
