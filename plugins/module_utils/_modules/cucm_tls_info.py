# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_tls_info)."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import open_shell
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import SHELL_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._platform.tls_minimum import read_minimum


def run(params: Params, _context: Context) -> Result:
    """Read the lowest TLS version of a node; changes nothing."""
    with open_shell(SshOptions.from_params(params)) as shell:
        found = read_minimum(lambda command: shell.run(command).output)
    return {
        "changed": False,
        "min_server_version": found.server,
        "min_client_version": found.client,
        "text": found.text,
    }


DEFINITION = ModuleDefinition(run=run, argument_spec=SHELL_ARGUMENTS, libraries=("asyncssh",))
