# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS connection to one node: its options, and the session with the account in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import Endpoint, HttpsSession

try:
    from requests.auth import HTTPBasicAuth
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from requests import Response

CONNECTION_ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True, "fallback": (env_fallback, ["CUCM_HOST"])},
    "port": {"type": "int", "default": 8443, "fallback": (env_fallback, ["CUCM_PORT"])},
    "username": {"type": "str", "required": True, "fallback": (env_fallback, ["CUCM_USERNAME"])},
    "password": {
        "type": "str",
        "required": True,
        "no_log": True,
        "fallback": (env_fallback, ["CUCM_PASSWORD"]),
    },
    "validate_certs": {
        "type": "bool",
        "default": True,
        "fallback": (env_fallback, ["CUCM_VALIDATE_CERTS"]),
    },
    "ca_path": {"type": "path", "fallback": (env_fallback, ["CUCM_CA_PATH"])},
    "tls_fingerprint": {"type": "str", "fallback": (env_fallback, ["CUCM_TLS_FINGERPRINT"])},
    "timeout": {"type": "int", "default": 60, "fallback": (env_fallback, ["CUCM_TIMEOUT"])},
    "allow_legacy_tls": {
        "type": "bool",
        "default": False,
        "fallback": (env_fallback, ["CUCM_ALLOW_LEGACY_TLS"]),
    },
}


@dataclass(frozen=True)
class ConnectionOptions(Endpoint):
    """Where to connect, as whom, and whom to trust. `timeout` is in seconds."""

    username: str = field(kw_only=True)
    password: str = field(kw_only=True, repr=False)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ConnectionOptions:
        """Take the connection options out of a module's parameters; raises InvalidOption."""
        options = cls(**{name: params[name] for name in CONNECTION_ARGUMENTS})
        options.check()
        return options

    def check(self) -> None:
        super().check()
        if ":" in self.username:
            raise InvalidOption(
                "a user name with a colon cannot be sent (HTTP Basic authentication)",
                host=self.host,
                option="username",
                remedy="Use an account without a colon in its name",
            )


@dataclass(frozen=True)
class Answered:
    """When an answer came, by this machine's clock, and its Date header, by the node's; '' for none."""

    sent_at: datetime
    received_at: datetime
    date: str


class HttpSession(HttpsSession):
    """One HTTPS session with one node.

    `roles` names the roles that the account needs, for the error about a missing one. `answered`
    tells of the last answer, None before the first.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        *,
        roles: str = "the roles that the module's documentation names",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        # As bytes, since requests encodes text as Latin-1.
        auth = HTTPBasicAuth(options.username.encode(), options.password.encode())
        super().__init__(options, auth=auth, account=options.username, roles=roles, sleep=sleep)
        self.options = options
        self.answered: Answered | None = None
        self._session.hooks["response"].append(self._note_answer)

    def _note_answer(self, response: Response, **_how: Any) -> None:
        # The headers are there and the body is not read yet, which could take long.
        received_at = datetime.now(UTC)
        self.answered = Answered(
            received_at - response.elapsed, received_at, response.headers.get("Date") or ""
        )
