# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an SSH connection, apart from the SSH library, which takes its time to import."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import CONNECTION_ARGUMENTS

#: Documented in `doc_fragments/ssh.py`.
SSH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "ssh_port": {"type": "int", "default": 22, "fallback": (env_fallback, ["CUCM_SSH_PORT"])},
    # A public key, or its fingerprint; said, since its name looks like a secret to ansible-test.
    "ssh_host_key": {"type": "str", "no_log": False, "fallback": (env_fallback, ["CUCM_SSH_HOST_KEY"])},
    "ssh_known_hosts": {"type": "path", "fallback": (env_fallback, ["CUCM_SSH_KNOWN_HOSTS"])},
    "ssh_allow_legacy_algorithms": {
        "type": "bool",
        "default": False,
        "fallback": (env_fallback, ["CUCM_SSH_ALLOW_LEGACY_ALGORITHMS"]),
    },
}

#: Documented in the part TRANSCRIPT of the same fragment.
TRANSCRIPT_ARGUMENTS: dict[str, dict[str, Any]] = {"return_transcript": {"type": "bool", "default": False}}

#: For a module that uses SSH only. The account is documented in the part ACCOUNT of the same fragment.
SHELL_ARGUMENTS: dict[str, dict[str, Any]] = {
    **{name: CONNECTION_ARGUMENTS[name] for name in ("host", "username", "password", "timeout")},
    **SSH_ARGUMENTS,
}
