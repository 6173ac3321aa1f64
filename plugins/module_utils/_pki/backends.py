# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to a CA: the names of the backends, the options of each, and how it is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Params
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require
from ansible_collections.ucops.cucm.plugins.module_utils._pki.adcs import ADCS_ARGUMENTS, AdcsBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import Backend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.cfssl import CFSSL_ARGUMENTS, CfsslBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LOCAL_ARGUMENTS, LocalBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.manual import MANUAL_ARGUMENTS, ManualBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.vault import VAULT_ARGUMENTS, VaultBackend


@dataclass(frozen=True)
class BackendKind:
    """One way to a CA. Its name is also that of the dictionary with its options.

    `libraries` are import names of what it needs beyond cryptography. `has_authority` says whether it
    can tell its CA by itself; a person cannot.
    """

    name: str
    arguments: Mapping[str, Mapping[str, Any]]
    from_params: Callable[[Mapping[str, Any]], Backend]
    libraries: tuple[str, ...] = ()
    has_authority: bool = True

    def argument(self) -> dict[str, Any]:
        """The dictionary as an argument spec has it."""
        return {"type": "dict", "options": dict(self.arguments)}


#: In the order of the documentation: `doc_fragments/signing_backends.py`, and ca_sign for `manual`.
BACKENDS: tuple[BackendKind, ...] = (
    BackendKind("local", LOCAL_ARGUMENTS, LocalBackend.from_params),
    BackendKind("adcs", ADCS_ARGUMENTS, AdcsBackend.from_params, libraries=("requests",)),
    BackendKind("manual", MANUAL_ARGUMENTS, ManualBackend.from_params, has_authority=False),
    BackendKind("vault", VAULT_ARGUMENTS, VaultBackend.from_params, libraries=("requests",)),
    BackendKind("cfssl", CFSSL_ARGUMENTS, CfsslBackend.from_params, libraries=("requests",)),
)


def backend_arguments(kinds: Iterable[BackendKind]) -> dict[str, dict[str, Any]]:
    """The dictionaries of these backends, for an argument spec."""
    return {kind.name: kind.argument() for kind in kinds}


def backend_requirements(kinds: Iterable[BackendKind]) -> tuple[tuple[str, str, tuple[str]], ...]:
    """That the chosen backend's dictionary is given, for `required_if`."""
    return tuple(("backend", kind.name, (kind.name,)) for kind in kinds)


def backend_of(params: Params) -> Backend:
    """The backend that the option `backend` names, made of its dictionary; MissingLibrary without its own."""
    kind = next(kind for kind in BACKENDS if kind.name == params["backend"])
    require(*kind.libraries)
    return kind.from_params(params[kind.name])


@contextmanager
def opened_backend(params: Params) -> Iterator[Backend]:
    """As `backend_of`; afterwards the connection is closed, and a token that was got for it given back."""
    backend = backend_of(params)
    try:
        yield backend
    finally:
        backend.close()
