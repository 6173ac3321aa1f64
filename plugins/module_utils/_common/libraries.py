# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which third-party libraries are there.

A library that is missing must not break the import of a plugin, so each package guards its own
import and asks here for a readable error when the library is first needed.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import MissingLibrary

#: Import name → the requirement as users install it.
REQUIREMENTS = {
    "asyncssh": "asyncssh>=2.18",
    "cryptography": "cryptography>=42",
    "lxml": "lxml",
    "requests": "requests>=2.32",
    "zeep": "zeep>=4.3.3",
}
#: The same for ways of logging on that not every user needs.
OPTIONAL_REQUIREMENTS = {
    "requests_gssapi": "requests-gssapi>=1.4",
    "requests_ntlm": "requests-ntlm>=1.3",
}
#: What pip needs on the system before it can install a library.
_PREREQUISITES = {
    "requests_gssapi": "It is compiled while it is installed, which needs a C compiler and the headers of Kerberos"
    " and Python (Debian: gcc libkrb5-dev python3-dev; RHEL: gcc krb5-devel python3-devel)",
}


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the import names that this interpreter cannot find."""
    return tuple(name for name in names if find_spec(name) is None)


def require(*names: str) -> None:
    """Raise MissingLibrary unless every import name can be found by this interpreter."""
    absent = missing(names)
    if absent:
        known = REQUIREMENTS | OPTIONAL_REQUIREMENTS
        wanted = " ".join(f'"{known.get(name, name)}"' for name in absent)
        needs = [_PREREQUISITES[name] for name in absent if name in _PREREQUISITES]
        raise MissingLibrary(
            f"the Python librar{'y' if len(absent) == 1 else 'ies'} {', '.join(absent)}"
            f" {'is' if len(absent) == 1 else 'are'} not installed for {sys.executable}",
            remedy=". ".join((f"Install with: {sys.executable} -m pip install {wanted}", *needs)),
        )
