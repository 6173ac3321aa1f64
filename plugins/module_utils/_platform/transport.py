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
from ansible_collections.ucops.cucm.plugins.module_utils._platform.rest import ROLES, RestCertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import CertificateStore

CERTIFICATE_ARGUMENTS: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "transport": {
        "type": "str",
        "choices": ["auto", "rest"],
        "default": "auto",
        "fallback": (env_fallback, ["CUCM_TRANSPORT"]),
    },
}


@contextmanager
def open_store(params: Mapping[str, Any]) -> Iterator[CertificateStore]:
    """The certificate store of the node that the options name. Nothing is sent before the first read."""
    with HttpSession(ConnectionOptions.from_params(params), roles=ROLES) as session:
        yield RestCertificateStore(session)
