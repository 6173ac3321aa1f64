# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of a node as data: what is installed for its services, and whom they trust."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import identity_of, readable
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    describe_certificate,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    CertificateStore,
)


def identities(
    store: CertificateStore, service: str | None, host: str, context: Context, *, include_ecdsa: bool = False
) -> list[dict[str, Any]]:
    """The installed certificate of a service, and of its EC twin where that is asked for; without one, of all."""
    found = []
    for name in _services(store, service, include_ecdsa=include_ecdsa):
        with left_out(name, service, "certificate", host, context):
            certificate = identity_of(store, name, host)
            if certificate is not None:
                restarts = services_to_restart(name, "identity")
                described = describe_certificate(certificate)
                found.append({"service": name, **described, "restart_services": restarts})
    return found


def trusted(
    store: CertificateStore, service: str | None, host: str, context: Context
) -> list[dict[str, Any]]:
    """The trust store of a service, or every trust store."""
    return [
        {"service": entry.service, "file_name": entry.file_name, **describe_certificate(certificate)}
        for entry, certificate in readable(store.trust(service), host, context)
    ]


def _services(store: CertificateStore, service: str | None, *, include_ecdsa: bool) -> list[str]:
    if service is None:
        return store.services()
    twin = f"{service}-ECDSA"
    return [service, *([twin] if include_ecdsa and twin in store.services() else [])]


@contextmanager
def left_out(name: str, wanted: str | None, what: str, host: str, context: Context) -> Iterator[None]:
    """Leave out what nobody named and cannot be read, with a warning: a newer release has services of its own."""
    try:
        yield
    except (CertificateRefused, CertificateUnreadable, UnexpectedAnswer) as error:
        if name == wanted:
            raise
        context.warn(f"{host}: the {what} of {name} is left out: {error.what}")
