# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and opening of a node's certificate store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    HostUnreachable,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.rest import ROLES, RestCertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import (
    SSH_ARGUMENTS,
    TRANSCRIPT_ARGUMENTS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import CertificateStore

CERTIFICATE_ARGUMENTS: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "transport": {
        "type": "str",
        "choices": ["auto", "rest", "cli"],
        "default": "auto",
        "fallback": (env_fallback, ["CUCM_TRANSPORT"]),
    },
    **SSH_ARGUMENTS,
    **TRANSCRIPT_ARGUMENTS,
}


@contextmanager
def open_store(params: Mapping[str, Any]) -> Iterator[CertificateStore]:
    """The certificate store of the node that the options name.

    With `transport: auto` the node's REST is asked, and what it answers is kept for the first read.
    The command line is taken only when the node says that it has no such service, or speaks no TLS
    of today; never after a refused password, since accounts lock. Otherwise nothing is sent before
    the first read.
    """
    transport = params["transport"]
    if transport != "cli":
        with HttpSession(ConnectionOptions.from_params(params), roles=ROLES) as session:
            store = RestCertificateStore(session)
            if transport == "rest" or _has_rest(store):
                yield store
                return
    with _command_line(params) as store_over_shell:
        yield store_over_shell


def _has_rest(store: RestCertificateStore) -> bool:
    try:
        store.services()
    except UnsupportedByRelease:
        return False
    except HostUnreachable as error:
        if error.reason != "tls_too_old":
            raise
        return False
    return True


@contextmanager
def _command_line(params: Mapping[str, Any]) -> Iterator[CertificateStore]:
    # Here and not above: asyncssh takes a third of a second to import, and most tasks do without it.
    from ansible_collections.ucops.cucm.plugins.module_utils._platform.cli import (  # noqa: PLC0415
        CliCertificateStore,
        Sessions,
    )
    from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions  # noqa: PLC0415

    with Sessions(SshOptions.from_params(params)) as sessions:
        yield CliCertificateStore(sessions)
