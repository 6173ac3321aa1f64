# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_cluster_info): what a cluster is."""

from __future__ import annotations

from dataclasses import asdict

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.cluster import read_cluster
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)


def run(params: Params, _context: Context) -> Result:
    """Read release, AXL version and security mode; changes nothing."""
    with open_session(ConnectionOptions.from_params(params)) as session:
        return asdict(read_cluster(session, params["axl_version"]))


DEFINITION = ModuleDefinition(run=run, argument_spec=AXL_ARGUMENTS, libraries=LIBRARIES)
