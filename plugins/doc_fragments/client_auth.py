# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Whether certificates of trunks need client authentication."""

    DOCUMENTATION = r"""
options:
  require_client_auth:
    version_added: 0.2.0
    description:
      - Whether a certificate must have client authentication (clientAuth) in its extended key usage. Public CAs stop giving it.
      - With V(auto), it must, unless all O(end_versions) are known to do without. Those are Unified CM 15SU5 and later, Expressway X15.5
        and later, and CUBE. On Unified CM, C(Ignore client authentication EKU) has to be on at both ends, which is not checked.
      - With V(never), a trunk works only where both ends do without it.
    type: str
    choices: [auto, always, never]
    default: auto
  end_versions:
    version_added: 0.2.0
    description:
      - The full versions of the clusters and other peers at both ends of the trunks, such as V(15.0.1.15900-1), V(X15.5) or
        V(IOS XE 17.9.4), for O(require_client_auth=auto). An empty or unknown one needs client authentication.
    type: list
    elements: str
    default: []
"""
